"""Menus that real keys answer, and hours in which nobody does."""

from __future__ import annotations

import itertools

import pytest

from tests.live.conftest import Engines
from tests.live.floor import Caller, Floor
from tests.live.real import Engine, e164

MENU = "1800500001"


@pytest.fixture(scope="module")
def engine(engines: Engines) -> Engine:
    return engines("menus.yaml")


_KEYS = {
    "1": ("menus-faults", "fault"),
    "2": ("menus-billing", "billing"),
    "0": ("menus-main", None),
    "93": ("menus-leaving", "leaving"),
    "90": ("menus-main", None),
    "*2": ("menus-billing", "billing"),
    "51": ("menus-faults", "fault"),
}
"""The keys pressed (in different menus where they are several), and where they lead."""


@pytest.mark.parametrize("how", ["RFC 4733", "SIP INFO"])
def test_keys_lead_where_the_menu_says(floor: Floor, how: str) -> None:
    callers = {keys: floor.caller(MENU) for keys in _KEYS}
    for place in range(max(map(len, _KEYS))):
        pressing = {keys: caller for keys, caller in callers.items() if place < len(keys)}
        _hear(list(pressing.values()))
        for keys, caller in pressing.items():
            _press(caller, keys[place], how)
            _was_taken(floor, caller, place + 1)
    for keys, caller in callers.items():
        queue, topic = _KEYS[keys]
        caller.queued(queue)
        caller.hang_up()
        (contact,) = floor.real.contacts(caller.uniqueid)
        expected = (topic, queue, e164(caller.number))
        assert (contact.topic, contact.queue, contact.number) == expected, keys


def _hear(callers: list[Caller]) -> None:
    """Wait until all of them, who hear their menus side by side, have heard half a second."""
    for caller, packets in zip(reversed(callers), (25, *[1] * len(callers)), strict=False):
        caller.call.ear.wait_loud(packets)


def _press(caller: Caller, key: str, how: str) -> None:
    if how == "SIP INFO":
        caller.call.press_by_info(key)
    else:
        caller.call.press(key)


def _was_taken(floor: Floor, caller: Caller, count: int) -> None:
    """Wait until Asterisk has so many keys of this caller."""
    taken = ("DTMFEnd", caller.uniqueid, "Received")
    found = itertools.count(1)
    floor.manager.wait(
        lambda e: (
            (e["Event"], e.get("Uniqueid"), e.get("Direction")) == taken and next(found) == count
        ),
        what=f"key {count} of {caller.number}",
    )


def test_no_key_is_asked_once_more_and_then_led_on(floor: Floor) -> None:
    silent = floor.caller("1800500002")
    silent.queued("menus-main", 20)
    entry = floor.real.wait_log(
        lambda e: (e["event"], e.get("linkedid")) == ("decision", silent.uniqueid)
    )
    assert (entry["plays"], entry["topic"]) == (2, "general")
    assert silent.call.ear.loud > 30, "both prompts were heard"
    silent.hang_up()


# Closed: by the sample policy, on both of its entrypoints. ------------------------------------


def test_closed_hours_cost_nobody_who_pays_for_the_call(floor: Floor, engines: Engines) -> None:
    closed = engines(hours="closed")
    company = floor.caller("1800123456", engine=closed)
    himself = floor.caller("*611", engine=closed)
    for caller in (company, himself):
        caller.call.wait_over(40)
        assert caller.call.ear.loud > 400, "eight seconds: when it opens, and when it is quiet"
        assert not caller.queues()
        (contact,) = closed.contacts(caller.uniqueid)
        assert (contact.route, contact.outcome.value) == ("closed", "declined")
    assert company.call.answered()
    assert company.call.when("received", "BYE")
    assert [row["disposition"] for row in company.cdr()] == ["ANSWERED"]
    assert not himself.call.answered()
    assert himself.call.final() == 603
    assert himself.gone()["Cause"] == "16"
    (record,) = himself.cdr()
    assert (record["answer"], record["billsec"]) == ("", "0"), "never answered, nothing billed"
    assert record["disposition"] != "ANSWERED"
