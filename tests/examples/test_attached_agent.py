"""This caller always gets this agent, or waits for him up to a time, then the senior agents."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from ivr.routing.steps import Action, GaveUp, Go, LetGo
from tests.examples.calls import (
    COMPLAINT,
    EXEMPT,
    GENERAL,
    LAST_STAGE,
    NOTHING,
    OPEN_CASE,
    PERSON,
    REFUSED,
    REGULAR,
    TIMEOUT,
    VIP,
    calling,
    example,
    granted,
    queue_of,
    with_record,
)
from tests.policy.samples import NOW

POLICY = example("attached-agent")
DANAS = calling(300, caller=with_record(LAST_STAGE, grants=(granted("attached-dana"),)))
AVIS = with_record(REGULAR, grants=(granted("attached-avi"),))


@pytest.mark.parametrize("key", [*EXEMPT, GENERAL, PERSON, NOTHING])
def test_he_always_gets_his_agent(key: str) -> None:
    assert POLICY.queue(DANAS, key) == "dana"
    assert POLICY.queue(AVIS, key) == "avi"


def test_he_keeps_her_as_a_vip_and_with_an_open_case() -> None:
    both = (granted("golden-beam"), granted("attached-dana"))
    assert POLICY.queue(with_record(DANAS, grants=both, cases=(OPEN_CASE,))) == "dana"


def test_after_five_minutes_the_senior_agents_take_him_in_his_place() -> None:
    call = POLICY.call(DANAS)
    assert isinstance(call.step, Go)
    assert call.step.timeout == 300
    later = POLICY.goes_on(call, TIMEOUT)
    assert queue_of(later) == "senior"
    assert isinstance(later.step, Go)
    assert (later.step.timeout, later.step.priority) == (None, call.step.priority)


def test_where_she_is_not_logged_in_he_does_not_wait() -> None:
    assert queue_of(POLICY.goes_on(POLICY.call(DANAS), REFUSED)) == "senior"


def test_he_is_never_cut_off() -> None:
    """Whatever the queues answer: another queue, and at last the dialplan's own."""
    statuses = ("TIMEOUT", "FULL", "JOINEMPTY", "LEAVEEMPTY", "JOINUNAVAIL", "UNKNOWN", "")
    for answers in product(statuses, repeat=4):
        call = POLICY.call(DANAS)
        for status in answers:
            call = POLICY.goes_on(call, GaveUp(status, 7))
            if isinstance(call.step, LetGo):
                break
            assert isinstance(call.step, Go)
            assert call.step.action is Action.QUEUE


def test_nobody_else_gets_her() -> None:
    assert POLICY.queue(REGULAR) == "main"
    assert POLICY.queue(calling(300)) == "main"
    assert POLICY.queue(VIP) == "senior"
    assert POLICY.queue(COMPLAINT) == "senior"
    assert POLICY.queue(None) == "main"
    assert POLICY.queue(None, number=None) == "main"


def test_a_grant_that_is_over_attaches_nobody() -> None:
    over = replace(granted("attached-dana"), until=NOW)
    assert POLICY.queue(with_record(REGULAR, grants=(over,))) == "main"
