"""More than a hundred contacts a month: the pool of the best agents."""

from __future__ import annotations

import pytest

from ivr.callers.caller import Caller
from ivr.routing.steps import Go
from tests.examples.calls import (
    BILLING,
    COMPLAINT,
    FAULT,
    GENERAL,
    LEAVING,
    NOTHING,
    PERSON,
    REFUSED,
    TIMEOUT,
    VIP,
    calling,
    example,
    queue_of,
)

POLICY = example("best-agents")
MANY = calling(101)


@pytest.mark.parametrize("key", [BILLING, LEAVING, GENERAL, PERSON, NOTHING])
def test_over_a_hundred_contacts_lead_to_the_best_agents(key: str) -> None:
    assert POLICY.queue(MANY, key) == "best-agents"
    assert POLICY.queue(calling(100), key) == "main"


def test_a_fault_goes_to_its_desk() -> None:
    assert POLICY.queue(MANY, FAULT) == "faults"


def test_only_answered_contacts_count() -> None:
    assert POLICY.queue(calling(400, answered=100)) == "main"


@pytest.mark.parametrize("caller", [VIP, COMPLAINT])
def test_a_vip_and_an_open_case_keep_their_own_way(caller: Caller) -> None:
    assert POLICY.queue(calling(101, caller=caller)) == "senior"


def test_a_pool_that_is_slow_or_empty_costs_no_place() -> None:
    call = POLICY.call(MANY)
    for event in (TIMEOUT, REFUSED):
        later = POLICY.goes_on(call, event)
        assert queue_of(later) == "senior"
        assert isinstance(later.step, Go)
        assert isinstance(call.step, Go)
        assert later.step.priority == call.step.priority


def test_the_store_late_and_a_withheld_number_are_regular() -> None:
    assert POLICY.queue(None) == "main"
    assert POLICY.queue(None, number=None) == "main"
