"""An announcement, then the end of the call: for who has been told twice, and chose it by key."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ivr.callers.caller import Mark
from ivr.callers.nuisance import Process, Stage
from ivr.routing.step import Outcome
from ivr.routing.steps import Action, GaveUp, Go, LetGo
from tests.examples.calls import (
    EXEMPT,
    FAULT,
    LAST_STAGE,
    NOTHING,
    OPEN_CASE,
    PERSON,
    REGULAR,
    author,
    calling,
    example,
    granted,
    told,
    with_record,
)
from tests.policy.samples import NOW

POLICY = example("disconnect")


def is_turned_away(outcome: Outcome) -> bool:
    return isinstance(outcome.step, Go) and outcome.step.action is not Action.QUEUE


def test_he_is_told_why_before_the_call_ends() -> None:
    away = POLICY.call(LAST_STAGE)
    assert isinstance(away.step, Go)
    assert (away.step.action, away.step.sounds) == (Action.ANNOUNCE, ("ivr/turned-away",))
    assert not away.step.then
    assert away.state.ticket.route == "turned-away"


@pytest.mark.parametrize("key", [*EXEMPT, PERSON, NOTHING])
def test_an_exempt_topic_or_none_is_never_turned_away(key: str) -> None:
    queue = "faults" if key == FAULT else "patience"
    assert POLICY.queue(LAST_STAGE, key) == queue


def test_whom_the_process_has_not_brought_there_is_not() -> None:
    warned = Process(Stage.WARNED, "2026-10", warned=told("dana", "2026-10-03"))
    for caller in (
        REGULAR,
        calling(900),
        with_record(REGULAR, process=warned),
        with_record(REGULAR, marks=(Mark("nuisance", author("ruth", "2026-11-01")),)),
    ):
        assert not is_turned_away(POLICY.call(caller))


@pytest.mark.parametrize(
    "changes",
    [
        {"grants": (granted("golden-beam"),)},
        {"cases": (OPEN_CASE,)},
        {"shared": author("ruth", "2026-11-01")},
        {"process": replace(LAST_STAGE.record.process, appeal=NOW - 60)},
    ],
    ids=["VIP", "open case", "shared", "appeal"],
)
def test_who_is_protected_is_not(changes: dict[str, object]) -> None:
    assert is_turned_away(POLICY.call(LAST_STAGE))
    assert not is_turned_away(POLICY.call(with_record(LAST_STAGE, **changes)))


def test_a_forwarded_call_a_withheld_number_and_a_late_store_are_not() -> None:
    assert not is_turned_away(POLICY.call(LAST_STAGE, forwarded_by="+97231234567"))
    assert not is_turned_away(POLICY.call(None, number=None))
    assert not is_turned_away(POLICY.call(None))


def test_two_quiet_months_clear_him() -> None:
    months = frozenset({"2026-09", "2026-10"})
    process = replace(LAST_STAGE.record.process, since="2026-08")
    quiet = replace(with_record(LAST_STAGE, process=process), here=months)
    assert not is_turned_away(POLICY.call(quiet))
    assert is_turned_away(POLICY.call(replace(quiet, here=months - {"2026-09"})))


def test_an_announcement_that_fails_is_followed_by_nothing_worse() -> None:
    away = POLICY.call(LAST_STAGE)
    after = POLICY.goes_on(away, GaveUp("FAILED"))
    assert isinstance(after.step, LetGo), "the fallback queue, and a person"
