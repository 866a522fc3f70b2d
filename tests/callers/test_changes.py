"""Changes: what each does to a record, and which make no sense."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ivr.callers.caller import Author, Case, Grant, Mark, Record, Span
from ivr.callers.changes import (
    Change,
    CloseCase,
    GiveGrant,
    OpenCase,
    RefusedError,
    Release,
    RemoveMark,
    RevokeGrant,
    SetMark,
    SetShared,
    apply,
)

THEN = Author("Ronit", "ronit", 1000.0, "twenty years a customer")
NOW = Author("Noam", "root", 2000.0, "told by telephone")
GRANT = Grant("golden-beam", THEN)
CASE = Case("K7", "fault", True, THEN)
MARK = Mark("nuisance", THEN)
FULL = Record(3, (GRANT,), (CASE,), (MARK,), THEN)
#: From when the grant was given, or the case opened, until it was taken back.
PROTECTED = (Span(1000.0, 2000.0),)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (GiveGrant("silver", 3000.0), {"grants": (GRANT, Grant("silver", NOW, 3000.0))}),
        (
            GiveGrant("golden-beam", 3000.0),
            {"grants": (Grant("golden-beam", NOW, 3000.0),), "protected": PROTECTED},
        ),
        (RevokeGrant("golden-beam"), {"grants": (), "protected": PROTECTED}),
        (RevokeGrant(None), {"grants": (), "protected": PROTECTED}),
        (OpenCase("K8", None, complex=False), {"cases": (CASE, Case("K8", None, False, NOW))}),
        (CloseCase("K7"), {"cases": (), "protected": PROTECTED}),
        (CloseCase(None), {"cases": (), "protected": PROTECTED}),
        (SetMark("nuisance", 3000.0), {"marks": (Mark("nuisance", NOW, 3000.0),)}),
        (SetMark("other"), {"marks": (MARK, Mark("other", NOW))}),
        (RemoveMark("nuisance"), {"marks": ()}),
        (SetShared(False), {"shared": None}),
        (SetShared(True), {"shared": NOW}),
    ],
)
def test_a_change_does_one_thing(change: Change, expected: dict[str, object]) -> None:
    assert apply(FULL, change, NOW) == replace(FULL, **expected)  # type: ignore[arg-type] # of each kind


def test_a_released_number_keeps_nothing_but_its_count() -> None:
    assert apply(FULL, Release(), NOW) == Record(generation=4)


@pytest.mark.parametrize(
    ("record", "change", "words"),
    [
        (FULL, RevokeGrant("silver"), "the number has: golden-beam"),
        (Record(), RevokeGrant(None), "the number has: none"),
        (FULL, OpenCase("K7", None, complex=False), "K7 is open already"),
        (FULL, CloseCase("K9"), "open are: K7"),
        (Record(), CloseCase(None), "open are: none"),
        (
            replace(FULL, cases=(CASE, replace(CASE, id="K8"))),
            CloseCase(None),
            "name the case to close; open are: K7, K8",
        ),
        (Record(), RemoveMark("nuisance"), "no mark 'nuisance'"),
        (Record(), SetShared(False), "not marked shared"),
        (Record(), GiveGrant("golden-beam", 2000.0), "lies in the past"),
        (Record(), SetMark("nuisance", 1999.0), "lies in the past"),
    ],
)
def test_a_change_that_makes_no_sense_is_refused(
    record: Record, change: Change, words: str
) -> None:
    with pytest.raises(RefusedError, match=words):
        apply(record, change, NOW)


@pytest.mark.parametrize("kind", [Grant, Mark])
def test_a_term_holds_from_its_beginning_until_its_end(kind: type[Grant] | type[Mark]) -> None:
    term = kind("x", THEN, 2000.0)
    assert [term.holds(at) for at in (999.9, 1000.0, 1999.9, 2000.0)] == [False, True, True, False]
    assert kind("x", THEN).holds(9e9)
