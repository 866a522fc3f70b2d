"""Everyone alike; the extreme speak to the senior service manager in person."""

from __future__ import annotations

import pytest

from ivr.callers.caller import Caller
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

POLICY = example("senior-manager")
EXTREME = calling(200)


@pytest.mark.parametrize("key", [BILLING, LEAVING, GENERAL, PERSON, NOTHING])
def test_hundreds_of_contacts_a_month_lead_to_the_senior_manager(key: str) -> None:
    assert POLICY.queue(EXTREME, key) == "senior-manager"
    assert POLICY.queue(calling(199), key) == "main"


def test_a_fault_is_mended_at_its_desk_whoever_reports_it() -> None:
    assert POLICY.queue(EXTREME, FAULT) == "faults"


def test_nobody_is_extreme_for_not_getting_through() -> None:
    assert POLICY.queue(calling(500, answered=3)) == "main"


@pytest.mark.parametrize("caller", [VIP, COMPLAINT])
def test_everyone_is_alike(caller: Caller) -> None:
    assert POLICY.policy.tiers == ()
    assert POLICY.queue(caller) == "main"
    assert POLICY.queue(calling(200, caller=caller)) == "senior-manager"


def test_nobody_waits_without_end_for_one_person() -> None:
    call = POLICY.call(EXTREME)
    for event in (TIMEOUT, REFUSED):
        assert queue_of(POLICY.goes_on(call, event)) == "main"


def test_the_store_late_and_a_withheld_number_make_nobody_extreme() -> None:
    assert POLICY.queue(None) == "main"
    assert POLICY.queue(None, number=None) == "main"
