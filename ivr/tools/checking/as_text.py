"""What was found, for people: a line each, and a summary."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ivr.tools.checking.looking import counted
from ivr.tools.texts import count, printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ivr.tools.checking.looking import Checked


def as_text(checked: Checked, *, strict: bool) -> str:
    """`file:line:col: wrong: instead`, warnings marked; the last line is the summary."""
    del strict  # a person reads of warnings either way
    return "".join(f"{printable(line)}\n" for line in _lines(checked))


def _lines(checked: Checked) -> Iterator[str]:
    yield from map(str, checked.problems)
    yield from checked.recordings
    yield from map(str, checked.warnings)
    for note in checked.notes:
        yield f"{checked.path}: note: {note}"
    yield f"{checked.path}: {summary(checked)}"


def summary(checked: Checked) -> str:
    """How many there are of what, in how much."""
    if not checked.files:
        return "could not be read, so nothing was checked"
    wrong = len(checked.problems) + len(checked.recordings)
    found = count(wrong, "problem") if wrong else "no problems"
    if checked.warnings:
        found += f", {count(len(checked.warnings), 'warning')}"
    sizes = ", ".join(count(number, what) for what, number in counted(checked).items())
    known = f" (policy {checked.policy.hash})" if checked.policy else ""
    return f"{found} in {sizes}{known}"
