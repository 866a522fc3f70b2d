"""`ivr replay` as an operator meets it: tables, JSON, and one line where something is wrong."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ivr.tools.replay.command import command
from tests.routing.policies import TEXT

MAPPING = """\
caller: {column: who, is: number}
started: {columns: [at], format: "%Y-%m-%d %H:%M"}
outcome: {column: end, answered: [yes-], abandoned: [no-]}
hold: hold
topic: topic
vip: {vip: ["1"]}
"""
CALLS = """\
who,at,end,hold,topic,vip
0541111111,2026-11-22 09:00,yes-,10,fault,0
0541111111,2026-11-22 09:30,no-,200,fault,0
0542222222,2026-11-22 10:00,yes-,0,billing,1
"""


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
    return CliRunner().invoke(command, given)


def test_tables_are_printed(here: Path) -> None:
    found = run("--against", "b.yaml")
    assert found.exit_code == 0, found.output
    lines = found.output.splitlines()
    assert lines[0].startswith("3 calls from 2026-11-22 09:00 to 2026-11-22 10:00 (1 day)")
    assert "regular      2  66.7%         1          1  1:45    0:10  3:20          1" in lines
    assert "2 calls (66.7%) of 1 caller would be treated otherwise" in lines
    assert "+972541111111      2              2  1: 2" in lines


def test_both_traces_are_printed_if_asked_for(here: Path) -> None:
    lines = run("--against", "b.yaml", "--traces").output.splitlines()
    one, other = lines.index("  a.yaml:"), lines.index("  b.yaml:")
    assert any("the caller pressed 1" in line for line in lines[one:other])
    assert any("queue faults" in line for line in lines[one:other])
    assert any("queue main" in line for line in lines[other:])


def test_every_figure_is_in_the_json_and_numbers_are_masked(here: Path) -> None:
    assert run("--json", "out.json").exit_code == 0
    text = Path("out.json").read_text()
    form = json.loads(text)
    assert form["log"]["rows"] == form["log"]["calls"] == 3
    assert "541111111" not in text


def test_a_json_with_numbers_is_for_its_user_alone(here: Path) -> None:
    Path("out.json").write_text("old")
    Path("out.json").chmod(0o644)
    assert run("--json", "out.json", "--show-numbers").exit_code == 0
    assert stat.S_IMODE(Path("out.json").stat().st_mode) == 0o600
    assert run("--json", "out.json").exit_code == 0
    assert sorted(each.name for each in here.iterdir()) == [
        "a.yaml", "b.yaml", "calls.csv", "columns.yaml", "out.json",
    ]  # fmt: skip


def test_where_the_json_cannot_go_is_told_before_the_log_is_read(here: Path) -> None:
    Path("calls.csv").write_text("no log at all")
    assert "there is no folder" in run("--json", "nowhere/out.json").output


def test_a_file_whose_name_is_no_text_is_read(here: Path) -> None:
    odd = os.fsdecode(b"calls\xff.csv")
    Path(odd).write_text(CALLS)
    Path("a.yaml").rename(os.fsdecode(b"a\xff.yaml"))
    given = (odd, "--mapping", "columns.yaml", "--policy", os.fsdecode(b"a\xff.yaml"))
    found = CliRunner().invoke(command, [*given, "--json", "out.json", "--html", "out.html"])
    assert found.exit_code == 0, found.output
    form = json.loads(Path("out.json").read_text())
    assert (form["log"]["file"], form["policies"][0]["name"]) == ("calls\ufffd.csv", "a\ufffd.yaml")


def test_nothing_out_of_a_log_moves_the_cursor(here: Path) -> None:
    names = MAPPING.replace("{column: who, is: number}", "who")
    Path("columns.yaml").write_text(f"{names}queue: queue\n")
    evil = "\x1b[2J\x9b2J\u202e"
    Path("calls.csv").write_text(
        f"who,at,end,hold,topic,vip,queue\n{evil},2026-11-22 09:00,yes-,10,fault,0,{evil}\n"
    )
    found = CliRunner().invoke(
        command,
        ["calls.csv", "--mapping", "columns.yaml", "--policy", "a.yaml", "--against", "b.yaml"],
        color=True,
    )
    assert r"such as line 2: \x1b[2J\x9b2J\u202e at 2026" in found.output
    assert {"\x1b", "\x9b", "\u202e"}.isdisjoint(found.output)


def test_numbers_are_shown_if_asked_for(here: Path) -> None:
    found = run("--against", "b.yaml", "--json", "-", "--show-numbers")
    form = json.loads(found.stdout)
    assert [each["number"] for each in form["against"]["by_caller"]] == ["+972541111111"]
    assert (
        json.loads(run("--against", "b.yaml", "--json", "-").stdout)["against"]["by_caller"][0][
            "number"
        ]
        == "+972******11"
    )


def test_days_bound_what_is_counted(here: Path) -> None:
    more = CALLS + "0541111111,2026-11-23 09:00,yes-,0,,0\n0541111111,2026-11-24 09:00,yes-,0,,0\n"
    Path("calls.csv").write_text(more)
    form = json.loads(run("--since", "2026-11-23", "--until", "2026-11-23", "--json", "-").stdout)
    log = form["log"]
    assert (log["calls"], log["history"], log["callers"]) == (1, 3, 1)


def test_the_limit_of_a_wait_can_be_said(here: Path) -> None:
    form = json.loads(run("--wait-limit", "200s", "--json", "-").stdout)
    assert form["volume"]["waits"]["past_limit"] == 0
    assert run("--wait-limit", "long").exit_code == 2


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (("--policy", "nowhere"), 2, "does not exist"),
        (("--against", "bad.yaml"), 1, "has problems"),
        (("--vip-grant", "gold"), 2, "no grant of the policy"),
        (("--json", "nowhere/out.json"), 2, "cannot be written"),
        (("--json", "."), 2, "name a file in it, such as figures.json"),
        (("--since", "yesterday"), 2, "--since"),
    ],
)
def test_what_is_wrong_is_one_line(here: Path, args: tuple[str, ...], code: int, said: str) -> None:
    Path("bad.yaml").write_text("version: 1\n")
    found = run(*args)
    assert found.exit_code == code
    assert said in found.output
    assert "Traceback" not in found.output


@pytest.mark.parametrize("content", [b"", b"\x00\xff\xfe\x80" * 50, b"who,at\n1,2\n"])
def test_a_file_that_is_no_log_says_so(here: Path, content: bytes) -> None:
    Path("calls.csv").write_bytes(content)
    found = run()
    assert found.exit_code == 2
    assert found.exception is None or isinstance(found.exception, SystemExit)


def test_no_call_at_all_says_what_to_look_at(here: Path) -> None:
    Path("calls.csv").write_text(CALLS.splitlines()[0] + "\n")
    found = run()
    assert (found.exit_code, found.output.splitlines()[0]) == (
        0, "no call to replay: look at the mapping, and at --since and --until",
    )  # fmt: skip
