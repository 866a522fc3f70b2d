from __future__ import annotations

from dataclasses import fields

import pytest

from ivr.callers.caller import Author, Case, Consent, Grant, Mark, MonthTally, Span
from ivr.callers.contacts import Contact
from ivr.callers.nuisance import Process, Told
from ivr.engine.interfaces import OpenCall
from ivr.store.documents import KINDS
from ivr.store.sound import _KINDS, DamagedError, month, sound

#: Made by its own type, which refuses what it does not know, or looked at by itself.
ELSEWHERE = {"Author", "Stage", "Told | None", "Outcome", "date", "Evidence"}
KEPT = (Author, Case, Consent, Contact, Grant, Mark, MonthTally, OpenCall, Process, Span, Told)


@pytest.mark.parametrize("kind", [*KEPT, *KINDS])
def test_every_field_that_is_kept_is_looked_at(kind: type[Span]) -> None:
    assert {str(field.type) for field in fields(kind)} <= {*_KINDS, *ELSEWHERE}


@pytest.mark.parametrize(("start", "wrong"), [("1", "float"), (float("nan"), "float")])
def test_what_is_of_another_kind_is_damaged(start: float, wrong: str) -> None:
    with pytest.raises(DamagedError, match=f"the start of a Span is no {wrong}"):
        sound(Span(start, 2.0))


@pytest.mark.parametrize("name", ["2026-1", "2026-13", "0000-01", "2026-99999", 7, None, "٢٠٢٦-01"])
def test_a_month_is_one_that_time_comes_past(name: object) -> None:
    with pytest.raises(DamagedError):
        month(name)
    assert month("2026-11") == "2026-11"
