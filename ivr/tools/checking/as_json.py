"""What was found, as one JSON object (docs/check.md has its shape)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from ivr.tools.checking.looking import CLEAN, PROBLEMS, UNREAD, WARNINGS, counted

if TYPE_CHECKING:
    from ivr.policy.doubts import Doubt
    from ivr.policy.problems import Problem
    from ivr.tools.checking.looking import Checked

#: Goes up when a key goes or changes its meaning, never when one is added.
VERSION: Final = 1

_RESULTS: Final = {
    CLEAN: "clean",
    PROBLEMS: "problems",
    UNREAD: "unread",
    WARNINGS: "warnings",
}


def as_json(checked: Checked, *, strict: bool) -> str:
    """One object, indented; what no encoding can hold is escaped."""
    code = checked.exit_code(strict=strict)
    found = {
        "version": VERSION,
        "path": checked.path,
        "result": _RESULTS[code],
        "exit_code": code,
        "policy": checked.policy.hash if checked.policy else None,
        "counts": {f"{what}s": number for what, number in counted(checked).items()},
        "problems": [
            *(_problem(each) for each in checked.problems),
            *(_recording(each) for each in checked.recordings),
        ],
        "warnings": [_warning(each) for each in checked.warnings],
        "notes": list(checked.notes),
    }
    return json.dumps(found, indent=2) + "\n"


def _problem(found: Problem | Doubt) -> dict[str, Any]:
    place = found.place
    where = {"file": place.file, "line": place.line, "column": place.column}
    return {**where, "wrong": found.wrong, "instead": found.instead}


def _warning(found: Doubt) -> dict[str, Any]:
    return {**_problem(found), "kind": found.kind.value}


def _recording(lacking: str) -> dict[str, Any]:
    """A recording is in no file of the policy; its line says what is wrong and what to do."""
    wrong, _, instead = lacking.rpartition(": ")
    return {"file": None, "line": None, "column": None, "wrong": wrong, "instead": instead}
