"""`--html` as an operator meets it, and nobody else pays for it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ivr.cli import main
from ivr.tools.report.page import page
from tests import ROOT
from tests.routing.policies import TEXT
from tests.tools.replay.test_command import CALLS, MAPPING

NUMBER = "541111111"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("calls.csv").write_text(CALLS)
    Path("columns.yaml").write_text(MAPPING)
    Path("a.yaml").write_text(TEXT)
    Path("b.yaml").write_text(
        TEXT.replace("topic: fault}, queue: faults", "topic: fault}, queue: main")
    )
    return tmp_path


def run(*args: str) -> Result:
    given = ("calls.csv", "--mapping", "columns.yaml", "--policy", "a.yaml", *args)
    return CliRunner().invoke(main, ["replay", *given])


def test_the_page_has_what_the_json_has(here: Path) -> None:
    found = run("--against", "b.yaml", "--json", "out.json", "--html", "out.html")
    assert found.exit_code == 0, found.output
    text = Path("out.html").read_text("utf-8")
    assert text == page(json.loads(Path("out.json").read_text("utf-8")))
    assert "would be treated otherwise" in text
    assert NUMBER not in text


def test_tables_are_printed_all_the_same(here: Path) -> None:
    assert run("--html", "out.html").stdout == run().stdout


def test_numbers_are_in_the_page_if_asked_for_and_only_for_us(here: Path) -> None:
    assert run("--against", "b.yaml", "--html", "out.html", "--show-numbers").exit_code == 0
    assert NUMBER in Path("out.html").read_text("utf-8")
    assert Path("out.html").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("name", ["no/such/out.html", ".", "-"])
def test_a_place_that_cannot_be_written_is_told_at_once(here: Path, name: str) -> None:
    found = run("--html", name)
    assert found.exit_code == 2
    assert found.stdout == ""
    assert found.stderr.startswith("Error: ")
    assert "Traceback" not in found.stderr


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["check", "routes"],
        ["serve", "--help"],
        ["call", "--from", "1", "--to", "1", "--engine", "127.0.0.1:1"],
    ],
)
def test_what_serves_calls_imports_nothing_of_it(words: list[str]) -> None:
    script = (
        "import sys\nfrom ivr.cli import main\nimport ivr.service\n"
        f"words = {words!r}\n"
        "try:\n    words and main(words)\nexcept SystemExit:\n    pass\n"
        "heavy = {'jinja2', 'markupsafe', 'pygal', 'simpy'} & set(sys.modules)\n"
        "print(sorted(heavy), file=sys.stderr)\n"
    )
    found = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert found.stderr.splitlines()[-1] == "[]", found.stderr
