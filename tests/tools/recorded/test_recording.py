"""A file is opened: its form is found, and nothing in it leads to a traceback."""

from __future__ import annotations

import contextlib
import gzip
import os
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from ivr.tools.place import UsageExit
from ivr.tools.recorded import order, recording
from ivr.tools.recorded.options import calls_options, reading
from ivr.tools.recorded.recording import Form, open_calls
from tests.tools.recorded.files import HEAD, MAPPING, SAMPLES, ZONE, read, read_file, table

ROW = "0541111111,2026-01-02,10:00:00,yes,,,,,,,\n"


def test_a_packed_file_is_read_as_it_is(tmp_path: Path) -> None:
    packed = tmp_path / "queue_log.1.gz"
    packed.write_bytes(gzip.compress((SAMPLES / "queue_log").read_bytes()))
    assert read_file(packed).calls == read_file(SAMPLES / "queue_log").calls
    packed.write_bytes(packed.read_bytes()[:-20])
    with pytest.raises(UsageExit, match="breaks off after line"):
        read_file(packed)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"\n\n \n", "is empty"),
        (b"who,when\n1,2\n", "neither a queue_log nor a CDR"),
        (bytes(range(256)) * 500, "neither"),
        (b"\x00" * 300_000, "empty|neither"),
        (b"\x1f\x8b" + b"\x00" * 99, "breaks off"),
        (b"\xff\xfe\x00", "neither|breaks off"),
        (b'"' * 200_000, "neither|empty"),
    ],
)
def test_a_file_of_another_kind_says_what_to_give(content: bytes, words: str) -> None:
    with pytest.raises(UsageExit, match=words):
        read(content)


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(UsageExit, match="cannot be read"):
            read_file(path)
    with pytest.raises(UsageExit, match="nowhere"):
        read_file(SAMPLES / "queue_log", mapping=tmp_path / "nowhere")
    (tmp_path / "binary").write_bytes(b"\xff\x00")
    with pytest.raises(UsageExit, match="binary"):
        read_file(SAMPLES / "queue_log", mapping=tmp_path / "binary")


def test_a_pipe_is_told(tmp_path: Path) -> None:
    ours, theirs = os.pipe()
    try:
        with pytest.raises(UsageExit, match="cannot be read"):
            read_file(Path(f"/dev/fd/{ours}"))
    finally:
        os.close(ours)
        os.close(theirs)


def test_a_line_without_an_end_takes_no_memory() -> None:
    found = table("x" * 3_000_000 + "\n" + ROW)
    assert found.told == ["2: longer than 65,536 characters"]
    assert [call.line for call in found.calls] == [3]


@given(st.binary(max_size=400), st.booleans())
def test_whatever_is_in_a_file_it_is_read_or_refused(junk: bytes, mapped: bool) -> None:
    starts = (HEAD + ROW).encode() if mapped else (SAMPLES / "queue_log").read_bytes()[:2000]
    read(starts + junk, MAPPING if mapped else None)
    with contextlib.suppress(UsageExit):
        read(junk, MAPPING if mapped else None)


WORDS = [
    "1800000000", "a", "q", "NONE", "IVRENDED", "ENTERQUEUE", "", "CONNECT", "COMPLETEAGENT", "DID",
    "ABANDON", "IVRDECISION", "ATTENDEDTRANSFER", "|", "\n", "9" * 20,
]  # fmt: skip


@given(st.lists(st.sampled_from(WORDS)))
def test_lines_of_the_right_words_in_any_order(words: list[str]) -> None:
    read("1800000000|a|q|NONE|ENTERQUEUE||0541111111|1\n" + "|".join(words))


def test_it_can_be_read_again() -> None:
    found = read_file(SAMPLES / "queue_log")
    assert list(found.recording) == found.calls
    assert found.recording.tally.calls == len(found.calls)


def test_progress_goes_up_to_the_whole_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "_PROGRESS", 10)
    file, mapping = tmp_path / "t.csv", tmp_path / "m.yaml"
    file.write_text(HEAD + ROW * 5000)
    mapping.write_text(MAPPING)
    seen: list[int] = []
    calls = open_calls(file, zone=ZONE, region="IL", mapping=mapping, progress=seen.append)
    assert len(list(calls)) == 5000
    assert seen == sorted(seen)
    assert seen[-1] == file.stat().st_size
    half = seen[len(seen) // 2]
    assert 0.4 < half / seen[-1] < 0.6


def test_a_full_disk_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(**_: object) -> object:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(order, "TemporaryFile", full)
    monkeypatch.setattr(order.in_order, "__defaults__", (5,))
    with pytest.raises(UsageExit, match="No space left on device; set TMPDIR"):
        table(ROW * 20)


@click.command()
@calls_options
def count(calls: Path, mapping: Path | None, utc: bool) -> None:
    with reading(calls, zone=ZONE, region="IL", mapping=mapping, utc=utc) as found:
        click.echo(f"{sum(1 for _ in found)} calls of a {found.form}")


def test_as_commands_read_it(tmp_path: Path) -> None:
    file = tmp_path / "log"
    file.write_text("nonsense\n" * 50 + (SAMPLES / "queue_log").read_text())
    answer = CliRunner().invoke(count, [str(file)])
    assert (answer.exit_code, answer.output) != (0, "")
    file.write_text((SAMPLES / "queue_log").read_text() + "nonsense\n" * 50)
    answer = CliRunner().invoke(count, [str(file)])
    assert answer.exit_code == 0
    assert answer.stdout == f"17 calls of a {Form.QUEUE_LOG}\n"
    told = answer.stderr.splitlines()
    assert len(told) == 21
    assert told[0].endswith("log:118: skipped: has fewer fields than any line of queue_log")
    assert told[-1].endswith("50 lines skipped, 20 of them named")
    answer = CliRunner().invoke(count, [str(tmp_path / "none")])
    assert answer.exit_code == 2
