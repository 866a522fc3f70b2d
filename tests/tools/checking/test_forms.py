"""What `ivr check` finds, in each form, to the letter; and whatever a policy is called."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.policy.doubts import Doubt, Kind
from ivr.policy.model import Place
from ivr.policy.problems import Problem
from ivr.tools.checking import CLEAN, PROBLEMS, UNREAD, WARNINGS, Checked, look
from ivr.tools.checking.as_github import as_github
from ivr.tools.checking.as_json import as_json
from ivr.tools.checking.as_junit import as_junit
from ivr.tools.checking.as_text import as_text

FILES = ("routes/a.yaml", "routes/b.yaml", "routes/c.yaml")
PROBLEM = Problem(Place("routes/a.yaml", 3, 5), "'x' is 100% wrong", "write 'y', or 'z'")
SECOND = Problem(Place("routes/a.yaml", 9, 1), "no 'queues'", "write some")
WARNING = Doubt(
    Place("routes/b.yaml", 2, 3), "nothing plays 'ברוכים'", "take it out", Kind.UNUSED_PROMPT
)
LACKING = "he/ivr/welcome: no recording of the prompt welcome: record it"

NOTHING = Checked("routes", FILES)
WARNED = Checked("routes", FILES, warnings=(WARNING,))
WRONG = Checked(
    "routes", FILES, None, (PROBLEM, SECOND), (WARNING,), (LACKING,), ("7 were not compared",)
)
UNKNOWN = Checked(
    "routes", problems=(Problem(Place("routes", 1, 1), "no policy here", "name another"),)
)

#: A name as nobody has it, but may: a command of GitHub's, a terminal's, Hebrew, half a character.
HOSTILE = "ro\nutes\r/::error::100%,a:b\x1b[31m\x00\u202eתפריט\udcff<&\"'>]]>.yaml"


def test_text() -> None:
    assert as_text(WRONG, strict=False) == (
        "routes/a.yaml:3:5: 'x' is 100% wrong: write 'y', or 'z'\n"
        "routes/a.yaml:9:1: no 'queues': write some\n"
        "he/ivr/welcome: no recording of the prompt welcome: record it\n"
        "routes/b.yaml:2:3: warning: nothing plays 'ברוכים': take it out\n"
        "routes: note: 7 were not compared\n"
        "routes: 3 problems, 1 warning in 3 files\n"
    )
    assert as_text(WARNED, strict=True) == (
        "routes/b.yaml:2:3: warning: nothing plays 'ברוכים': take it out\n"
        "routes: no problems, 1 warning in 3 files\n"
    )
    assert as_text(UNKNOWN, strict=False) == (
        "routes:1:1: no policy here: name another\n"
        "routes: could not be read, so nothing was checked\n"
    )


def test_json() -> None:
    assert json.loads(as_json(WRONG, strict=True)) == {
        "version": 1,
        "path": "routes",
        "result": "problems",
        "exit_code": 1,
        "policy": None,
        "counts": {"files": 3},
        "problems": [
            {
                "file": "routes/a.yaml",
                "line": 3,
                "column": 5,
                "wrong": "'x' is 100% wrong",
                "instead": "write 'y', or 'z'",
            },
            {
                "file": "routes/a.yaml",
                "line": 9,
                "column": 1,
                "wrong": "no 'queues'",
                "instead": "write some",
            },
            {
                "file": None,
                "line": None,
                "column": None,
                "wrong": "he/ivr/welcome: no recording of the prompt welcome",
                "instead": "record it",
            },
        ],
        "warnings": [
            {
                "file": "routes/b.yaml",
                "line": 2,
                "column": 3,
                "wrong": "nothing plays 'ברוכים'",
                "instead": "take it out",
                "kind": "unused-prompt",
            }
        ],
        "notes": ["7 were not compared"],
    }


def test_json_of_a_clean_policy() -> None:
    checked = look(Path(__file__).parents[3] / "routes", 1_795_428_000.0)
    told = json.loads(as_json(checked, strict=True))
    assert checked.policy is not None
    assert (told["result"], told["exit_code"]) == ("clean", 0)
    assert told["policy"] == checked.policy.hash
    assert (told["problems"], told["warnings"], told["notes"]) == ([], [], [])
    assert told["counts"] == {
        "files": 6, "entrypoints": 2, "menus": 1, "routes": 7, "queues": 5, "prompts": 57,
    }  # fmt: skip


def test_github() -> None:
    assert as_github(WRONG, strict=False) == (
        "::error file=routes/a.yaml,line=3,col=5::'x' is 100%25 wrong: write 'y', or 'z'\n"
        "::error file=routes/a.yaml,line=9,col=1::no 'queues': write some\n"
        "::error::he/ivr/welcome: no recording of the prompt welcome: record it\n"
        "::warning file=routes/b.yaml,line=2,col=3::nothing plays 'ברוכים': take it out\n"
        "::notice::7 were not compared\n"
    )
    assert as_github(WARNED, strict=True) == (
        "::error file=routes/b.yaml,line=2,col=3::nothing plays 'ברוכים': take it out\n"
    )
    assert as_github(NOTHING, strict=True) == ""


def test_junit() -> None:
    assert as_junit(WRONG, strict=False) == (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<testsuites name="ivr check" tests="4" failures="2" errors="0" time="0">\n'
        '  <testsuite name="ivr check" tests="4" failures="2" errors="0" time="0">\n'
        '    <testcase classname="ivr check" name="routes/a.yaml" time="0" file="routes/a.yaml">\n'
        '      <failure type="problem" message="routes/a.yaml:3:5: \'x\' is 100% wrong: '
        "write 'y', or 'z' (and 1 more)\">routes/a.yaml:3:5: 'x' is 100% wrong: "
        "write 'y', or 'z'\nroutes/a.yaml:9:1: no 'queues': write some</failure>\n"
        "    </testcase>\n"
        '    <testcase classname="ivr check" name="routes/b.yaml" time="0" file="routes/b.yaml">\n'
        "      <system-out>routes/b.yaml:2:3: warning: nothing plays 'ברוכים': take it out"
        "</system-out>\n"
        "    </testcase>\n"
        '    <testcase classname="ivr check" name="routes/c.yaml" time="0" '
        'file="routes/c.yaml" />\n'
        '    <testcase classname="ivr check" name="recordings" time="0">\n'
        f'      <failure type="problem" message="{LACKING}">{LACKING}</failure>\n'
        "    </testcase>\n"
        "    <system-out>7 were not compared\nroutes: 3 problems, 1 warning in 3 files"
        "</system-out>\n"
        "  </testsuite>\n"
        "</testsuites>\n"
    )


def cases(checked: Checked, *, strict: bool) -> dict[str | None, list[tuple[str, str | None]]]:
    """What is below each test case: tags and types."""
    root = Xml.fromstring(as_junit(checked, strict=strict))
    found = root.findall("testsuite/testcase")
    return {case.get("name"): [(each.tag, each.get("type")) for each in case] for case in found}


def test_warnings_are_failures_of_a_strict_check_only() -> None:
    clean: dict[str | None, list[tuple[str, str | None]]]
    clean = {"routes/a.yaml": [], "routes/c.yaml": []}
    assert cases(WARNED, strict=False) == {**clean, "routes/b.yaml": [("system-out", None)]}
    assert cases(WARNED, strict=True) == {**clean, "routes/b.yaml": [("failure", "warning")]}
    assert cases(UNKNOWN, strict=True) == {"routes": [("error", "unread")]}


def test_a_file_with_both_fails_once_and_tells_both() -> None:
    both = Checked("routes", FILES[1:2], problems=(Problem(WARNING.place, "w", "i"),),
                   warnings=(WARNING,))  # fmt: skip
    root = Xml.fromstring(as_junit(both, strict=True))
    (failure,) = root.findall(".//failure")
    assert failure.text is not None
    assert failure.text.splitlines() == [str(both.problems[0]), str(WARNING)]


@pytest.mark.parametrize(
    ("checked", "loose", "strict"),
    [
        (NOTHING, CLEAN, CLEAN),
        (WARNED, CLEAN, WARNINGS),
        (WRONG, PROBLEMS, PROBLEMS),
        (UNKNOWN, UNREAD, UNREAD),
        (Checked("routes", FILES, recordings=(LACKING,)), PROBLEMS, PROBLEMS),
    ],
)
def test_exit_codes(checked: Checked, loose: int, strict: int) -> None:
    assert checked.exit_code(strict=False) == loose
    assert checked.exit_code(strict=True) == strict
    assert json.loads(as_json(checked, strict=True))["exit_code"] == strict


# --- whatever it is called -----------------------------------------------------------------------


def named(name: str) -> Checked:
    place = Place(name, 1, 2)
    return Checked(
        name, (name,), None, (Problem(place, name, name),),
        (Doubt(place, name, name, Kind.OVERLAP),), (name,), (name,),
    )  # fmt: skip


def undone(written: str, *, is_property: bool) -> str:
    """What GitHub's runner reads: its own order, `%25` last."""
    if is_property:
        written = written.replace("%3A", ":").replace("%2C", ",")
    return written.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")


@given(st.one_of(st.just(HOSTILE), st.text(st.characters())))
def test_no_name_breaks_a_form(name: str) -> None:
    checked = named(name)
    text = as_text(checked, strict=False)
    assert len(text.split("\n")) == 6
    assert text.replace("\n", "").isprintable()
    told = json.loads(as_json(checked, strict=False))
    assert (told["path"], told["problems"][0]["file"]) == (name, name)
    commands = as_github(checked, strict=False).split("\n")
    assert len(commands) == 5
    assert "".join(commands).isprintable()
    xml = as_junit(checked, strict=True)
    xml.encode()
    assert len(Xml.fromstring(xml.encode()).findall("testsuite/testcase")) == 2


@given(st.text(st.characters(exclude_categories=["C", "Z"], include_characters="\r\n :,%")))
def test_github_reads_what_was_meant(name: str) -> None:
    command = as_github(named(name), strict=False).split("\n")[0]
    where, _, message = command.removeprefix("::error ").partition("::")
    file, line, column = where.split(",")
    assert undone(file.removeprefix("file="), is_property=True) == name
    assert (line, column) == ("line=1", "col=2")
    assert undone(message, is_property=False) == f"{name}: {name}"
