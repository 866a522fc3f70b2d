"""An opening is told in pieces; those that are not declared are a problem of the policy."""

from __future__ import annotations

from ivr.engine.policies import checked
from ivr.policy.model import Policy
from ivr.policy.problems import Problems
from ivr.routing.spoken import BLOCKS
from tests.routing.policies import TEXT

OPENS = TEXT.replace("announce: closed-hours}", "announce: [closed-hours, {opens: service}]}")
PIECES = "".join(f"  {block}: {{he: a, en: a}}\n" for block in BLOCKS)


def test_an_opening_whose_pieces_are_not_declared_is_a_problem() -> None:
    problems = checked({"a.yaml": OPENS})
    assert isinstance(problems, Problems)
    line = next(at for at, text in enumerate(OPENS.splitlines(), 1) if "opens" in text)
    assert f"a.yaml:{line}:" in str(problems)
    assert f"{len(BLOCKS)} of the pieces" in str(problems)
    assert "('opens', 'day-today', 'day-tomorrow', …)" in str(problems)


def test_one_that_lacks_is_named() -> None:
    lacking = PIECES.replace("  day-sunday: {he: a, en: a}\n", "")
    problems = checked({"a.yaml": OPENS.replace("calendars:", f"{lacking}calendars:")})
    assert isinstance(problems, Problems)
    assert "('day-sunday')" in str(problems)


def test_all_pieces_are_enough_and_none_is_needed_where_none_is_said() -> None:
    text = OPENS.replace("calendars:", f"{PIECES}calendars:")
    assert isinstance(checked({"a.yaml": text}), Policy)
    assert isinstance(checked({"a.yaml": TEXT}), Policy)
