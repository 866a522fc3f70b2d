"""The policy that ships, with the callers it is meant for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ivr.callers.caller import Caller, Case, Grant, Mark, Record
from ivr.policy.loader import open_policy
from ivr.policy.model import Policy
from ivr.routing.call import ARRIVING
from ivr.routing.step import step
from ivr.routing.steps import Action, Answer, Ask, Go, KeyPressed, NewCall, NoKey
from tests.policy.samples import AUTHOR, NOW, NUMBER, at, tally

POLICY = open_policy(Path(__file__).parents[2] / "routes")

REGULAR = Caller(NUMBER)
VIP = Caller(NUMBER, Record(grants=(Grant("golden-beam", AUTHOR),)))
COMPLEX = Caller(NUMBER, Record(cases=(Case("1", "billing", True, AUTHOR),)))
SIMPLE = Caller(NUMBER, Record(cases=(Case("1", "billing", False, AUTHOR),)))
SECOND = replace(SIMPLE, tallies=(tally("2026-11-10", case="1"),))
LONG_AGO = replace(SIMPLE, tallies=(tally("2026-11-01", case="1"),))
HEAVY = Caller(NUMBER, Record(marks=(Mark("nuisance", AUTHOR),)))
HEAVY_BUT_JUST = replace(COMPLEX, record=replace(COMPLEX.record, marks=HEAVY.record.marks))


def placed(
    caller: Caller | None, *keys: str, dialled: str = "+9721800123456", now: float = NOW
) -> Go:
    """Where the call goes, having pressed these keys ("" is none)."""
    assert isinstance(POLICY, Policy), str(POLICY)
    call = NewCall("d1", NUMBER if caller else None, dialled, int(now), caller)
    outcome = step(POLICY, ARRIVING, call, now)
    for key in keys:
        assert isinstance(outcome.step, Ask)
        outcome = step(POLICY, outcome.state, KeyPressed(key) if key else NoKey(), now)
    assert isinstance(outcome.step, Go)
    return outcome.step


@pytest.mark.parametrize(
    ("caller", "keys", "queue"),
    [
        (VIP, "1", "senior"),
        (VIP, "2", "team-leads"),
        (VIP, "0", "team-leads"),
        (COMPLEX, "", "senior"),
        (SECOND, "", "senior"),
        (SIMPLE, "1", "faults"),
        (LONG_AGO, "1", "faults"),
        (HEAVY, "", "patience"),
        (HEAVY_BUT_JUST, "", "senior"),
        (REGULAR, "1", "faults"),
        (REGULAR, "2", "main"),
        (REGULAR, "3", "main"),
        (REGULAR, "0", "main"),
        (None, "1", "faults"),
        (None, "2", "main"),
    ],
)
@pytest.mark.parametrize("dialled", ["+9721800123456", "*611", "+97231234567"])
def test_each_caller_lands_in_his_queue(
    caller: Caller | None, keys: str, queue: str, dialled: str
) -> None:
    if dialled == "+97231234567":  # no entrypoint, and so no menu: whoever it is gets a person
        keys, queue = "", {"faults": "main"}.get(queue, queue)
        queue = "team-leads" if caller is VIP else queue
    went = placed(caller, *keys, dialled=dialled)
    assert went.action is Action.QUEUE
    assert went.post is not None
    assert went.post.queue == queue


def test_a_vip_stands_before_a_regular_who_came_earlier() -> None:
    earlier = placed(REGULAR, "2", now=NOW - 19 * 60)
    assert placed(VIP, "2").priority > earlier.priority
    assert placed(VIP, "2").priority < placed(REGULAR, "2", now=NOW - 21 * 60).priority


def test_a_caller_who_presses_nothing_gets_a_person() -> None:
    went = placed(REGULAR, "", "")
    assert went.post is not None
    assert went.post.queue == "main"


@pytest.mark.parametrize(
    ("dialled", "answer"), [("+9721800123456", Answer.BEFORE), ("*611", Answer.EARLY)]
)
@pytest.mark.parametrize("caller", [VIP, HEAVY, REGULAR, None])
def test_closed_hours_are_told_before_any_menu(
    caller: Caller | None, dialled: str, answer: Answer
) -> None:
    went = placed(caller, dialled=dialled, now=at("2026-11-27 15:00"))  # a Friday afternoon
    assert (went.action, went.answer, went.then) == (Action.ANNOUNCE, answer, False)
    said = [sound.removeprefix("ivr/") for sound in went.sounds]
    assert said[:2] == ["welcome", "closed-hours"]
    assert said[2] == "opens"
    assert said[-1] == "quiet-hours"
