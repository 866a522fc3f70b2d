"""A queue whose time is up, and queues that refuse: the caller goes on, and keeps his place."""

from __future__ import annotations

import pytest

from tests.live.conftest import Engines
from tests.live.floor import Caller, Floor
from tests.live.line import seconds_between
from tests.live.real import Engine

MAIN = "overflow-main"


@pytest.fixture(scope="module")
def engine(engines: Engines) -> Engine:
    return engines("overflow.yaml")


def _decisions(caller: Caller) -> list[str]:
    """The queues that were decided on, in order, by queue_log."""
    return [row[2] for row in caller.log("IVRDECISION")]


def test_the_time_is_up(floor: Floor) -> None:
    caller = floor.caller("1800600001")
    first, second = caller.queued("overflow-short"), caller.queued(MAIN)
    assert 1.5 < seconds_between(first, second) < 3.5
    assert floor.priority(second) == int(caller.log("IVRDECISION")[0][10]), "the place is kept"
    (gave_up,) = caller.log("EXITWITHTIMEOUT")
    assert gave_up[2] == "overflow-short"
    caller.hang_up()
    (contact,) = floor.real.contacts(caller.uniqueid)
    assert (contact.queue, contact.outcome.value, contact.route) == (MAIN, "abandoned", "time")


def test_queues_that_refuse_and_queues_that_are_not_there(floor: Floor) -> None:
    inside = floor.caller("1800600003")
    inside.queued("full")
    callers = {
        ("refusing", MAIN): floor.caller("1800600002"),
        ("full", MAIN): floor.caller("1800600003"),
        ("no-such-queue", "refusing", MAIN): floor.caller("1800600004"),
        ("NONE", MAIN): floor.caller("1800600006"),  # a number that is busy
    }
    for way, caller in callers.items():
        caller.queued(MAIN)
        assert _decisions(caller) == list(way)
    told = floor.caller("1800600007")
    told.call.ear.wait_loud()
    told.queued(MAIN)
    assert inside.queues() == ["full"]
    assert floor.real.metric("ivr_sessions_undecided_total") == 0
    for caller in (inside, told, *callers.values()):
        caller.hang_up()
    for caller in callers.values():
        (contact,) = floor.real.contacts(caller.uniqueid)
        assert (contact.queue, contact.outcome.value) == (MAIN, "abandoned")


def test_the_last_agent_logs_out(floor: Floor) -> None:
    floor.staff("overflow-left", "busy")
    caller = floor.caller("1800600005")
    caller.queued("overflow-left")
    floor.close_queue("overflow-left")
    caller.queued(MAIN)
    caller.hang_up()


def test_the_policy_has_nothing_left(floor: Floor) -> None:
    caller = floor.caller("1800600008")
    caller.queued(floor.fallback)
    assert [row[7:10] for row in caller.log("IVRDECISION")] == [
        ["regular", "everyone", "queue"],
        ["regular", "fallback", "undecided"],
    ]
    assert floor.real.metric("ivr_sessions_undecided_total", reason="exhausted") == 1
    caller.hang_up()
    (contact,) = floor.real.contacts(caller.uniqueid)
    assert (contact.queue, contact.outcome.value) == (floor.fallback, "abandoned")
