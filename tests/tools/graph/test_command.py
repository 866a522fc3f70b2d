"""`ivr graph` as an operator calls it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ivr.cli import main
from tests.tools.graph.policies import ROOT, SAMPLE


def graph(*words: str | Path) -> Result:
    return CliRunner().invoke(main, ["graph", *map(str, words)])


def test_the_picture_in_the_docs_is_that_of_the_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a change of the sample: `ivr graph routes -o docs/images/sample.svg`."""
    monkeypatch.chdir(ROOT)
    result = graph()
    assert result.exit_code == 0
    assert result.stdout_bytes == (ROOT / "docs" / "images" / "sample.svg").read_bytes()


def test_a_file_is_written_in_the_format_of_its_name(tmp_path: Path) -> None:
    for name, begin in (("a.svg", "<?xml"), ("a.mmd", "%% policy"), ("a.txt", "<?xml")):
        result = graph(SAMPLE, "--output", tmp_path / name)
        assert (result.exit_code, result.output) == (0, "")
        assert (tmp_path / name).read_text("utf-8").startswith(begin)


def test_the_format_that_is_said_counts(tmp_path: Path) -> None:
    graph(SAMPLE, "-o", tmp_path / "a.svg", "--format", "mermaid")
    assert "flowchart TB" in (tmp_path / "a.svg").read_text("utf-8")


def test_it_writes_utf8_wherever_it_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    result = CliRunner(charset="ascii").invoke(main, ["graph", str(SAMPLE)])
    assert result.exit_code == 0
    assert "שלום" in result.stdout_bytes.decode()


def test_a_policy_with_problems_is_not_drawn(tmp_path: Path) -> None:
    (tmp_path / "policy.yaml").write_text("version: 1\nqueues: {main: {asterisk: main}}\n")
    result = graph(tmp_path, "--output", tmp_path / "a.svg")
    assert result.exit_code == 1
    assert "policy.yaml:1:1: no 'routes'" in result.stderr
    assert not (tmp_path / "a.svg").exists()


@pytest.mark.parametrize("content", [None, b"", b"\x00\xff\xfe"], ids=["none", "empty", "binary"])
def test_what_cannot_be_read(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "policy.yaml"
    if content is not None:
        file.write_bytes(content)
    result = graph(file)
    assert result.exit_code == (1 if content == b"" else 2)
    assert "policy.yaml" in result.stderr
    assert result.stdout == ""


def test_a_file_name_does_not_speak_to_the_terminal(tmp_path: Path) -> None:
    file = tmp_path / "a\x1b[2J.yaml"
    assert "a\\x1b[2J.yaml:1:1: " in graph(file).stderr
    file.write_text("version: 1\n")
    assert "a\\x1b[2J.yaml:1:1: " in graph(file).stderr


def test_where_nothing_can_be_written(tmp_path: Path) -> None:
    result = graph(SAMPLE, "--output", tmp_path / "none" / "a.svg")
    assert result.exit_code == 2
    assert result.stderr.endswith(
        f"a.svg cannot be written ({os.strerror(2)}): name another --output\n"
    )


def test_the_help_has_an_example() -> None:
    assert "ivr graph routes --output routes.svg" in graph("--help").output
