"""However a call ends, the store has its contacts, with the numbers that Asterisk has."""

from __future__ import annotations

import pytest

from ivr.callers.changes import GiveGrant
from ivr.callers.contacts import Contact
from tests.live.ami import Event
from tests.live.conftest import Engines
from tests.live.floor import Caller, Floor
from tests.live.real import Engine, e164

MAIN, VIPS = "talks-main", "talks-vips"
SUPPORT, BACK = "1800400001", "1800400002"


@pytest.fixture(scope="module")
def engine(engines: Engines) -> Engine:
    return engines("talks.yaml")


@pytest.fixture(scope="module")
def menus(engines: Engines) -> Engine:
    return engines("menus.yaml")


def _is_his(contact: Contact, caller: Caller, tier: str = "regular") -> None:
    assert contact.number == e164(caller.number)
    assert contact.tier == tier
    assert contact.linked_id == caller.uniqueid
    assert abs(contact.started - float(caller.arrived["Timestamp"])) < 2


def _as_in_queue_log(caller: Caller, contact: Contact, kind: str) -> None:
    """Hold and talk time are those of queue_log's own line of this agent, but for a second."""
    (row,) = [row for row in caller.linked_log(kind) if row[3] == contact.agent]
    assert row[2] == contact.queue
    hold, talk = (int(value) for value in row[-3:-1])
    assert contact.hold is not None
    assert abs(contact.hold - hold) <= 1, row
    assert contact.talk is not None
    assert abs(contact.talk - talk) <= 1, row
    assert talk >= 1


# Hang-ups. ------------------------------------------------------------------------------------


def test_in_a_prompt(floor: Floor, menus: Engine) -> None:
    caller = floor.caller("1800500001", engine=menus)
    caller.call.ear.wait_loud()
    caller.hang_up()
    (contact,) = menus.contacts(caller.uniqueid)
    _is_his(contact, caller)
    assert (contact.outcome.value, contact.queue, contact.agent, contact.talk) == (
        "abandoned",
        None,
        None,
        0,
    )


def test_in_the_queue(floor: Floor) -> None:
    floor.staff(MAIN, "deaf")
    caller = floor.caller(SUPPORT)
    caller.queued(MAIN)
    caller.call.ear.wait_loud(60)
    caller.hang_up()
    (contact,) = floor.real.contacts(caller.uniqueid)
    _is_his(contact, caller)
    assert (contact.outcome.value, contact.queue, contact.agent) == ("abandoned", MAIN, None)
    (row,) = caller.log("ABANDON")
    assert contact.hold is not None
    assert abs(contact.hold - int(row[-1])) <= 1
    assert contact.talk == 0


def test_while_talking(floor: Floor) -> None:
    """Side by side: one caller hangs up himself, the other's agent goes first."""
    floor.staff(MAIN, "stay")
    floor.staff(VIPS, "stay")
    himself, other = floor.caller(SUPPORT), floor.caller(SUPPORT, known=GiveGrant("golden-beam"))
    himself.connected(MAIN)
    conversation = other.connected(VIPS)
    himself.call.ear.wait_loud(110)
    himself.hang_up()
    floor.agent_hangs_up(conversation)
    other.call.wait_over()
    for caller, queue, tier, kind in (
        (himself, MAIN, "regular", "COMPLETECALLER"),
        (other, VIPS, "vip", "COMPLETEAGENT"),
    ):
        (contact,) = floor.real.contacts(caller.uniqueid)
        _is_his(contact, caller, tier)
        assert (contact.outcome.value, contact.queue, contact.agent, contact.transfer) == (
            "answered",
            queue,
            f"{queue} 0",
            None,
        )
        _as_in_queue_log(caller, contact, kind)


# Transfers: one caller, two conversations, both agents named. ----------------------------------


def _talks(floor: Floor) -> tuple[Caller, Event]:
    """A caller who has talked for a second with an agent of the first queue."""
    floor.staff(MAIN, "stay")
    caller = floor.caller(SUPPORT)
    conversation = caller.connected(MAIN)
    caller.call.ear.wait_loud(60)
    return caller, conversation


def _two(floor: Floor, caller: Caller, transfer: str) -> Contact:
    """The first contact is as it should be; give the second."""
    first, second = sorted(
        floor.real.contacts(caller.uniqueid, 2), key=lambda contact: contact.agent != f"{MAIN} 0"
    )
    for contact in (first, second):
        _is_his(contact, caller)
        assert contact.outcome.value == "answered"
    assert (first.agent, first.queue, first.transfer) == (f"{MAIN} 0", MAIN, transfer)
    if transfer == "attended":
        _as_in_queue_log(caller, first, "ATTENDEDTRANSFER")
    else:
        _as_in_queue_log(caller, first, "BLINDTRANSFER")
    return second


def test_blind_to_an_extension(floor: Floor) -> None:
    caller, conversation = _talks(floor)
    floor.transfer(conversation, "2011")
    floor.talking("stay_2011")
    caller.call.ear.wait_loud(110)
    caller.hang_up()
    second = _two(floor, caller, "blind")
    assert "stay_2011" in str(second.agent)
    assert second.talk in (2, 3)


def test_blind_back_into_the_ivr(floor: Floor) -> None:
    caller, conversation = _talks(floor)
    floor.staff(VIPS, "stay")
    floor.transfer(conversation, BACK)
    again = caller.connected(VIPS)
    caller.call.ear.wait_loud(110)
    floor.agent_hangs_up(again)
    caller.call.wait_over()
    second = _two(floor, caller, "blind")
    assert (second.agent, second.queue, second.route) == (f"{VIPS} 0", VIPS, "transferred")
    _as_in_queue_log(caller, second, "COMPLETEAGENT")


def test_attended_to_an_extension(floor: Floor) -> None:
    caller, conversation = _talks(floor)
    floor.consult(conversation, "2012")
    floor.talking("stay_2012")
    floor.agent_hangs_up(conversation)
    caller.call.ear.wait_loud(110)
    caller.hang_up()
    second = _two(floor, caller, "attended")
    assert "stay_2012" in str(second.agent)
    assert second.talk in (2, 3)


def test_attended_into_the_ivr(floor: Floor) -> None:
    caller, conversation = _talks(floor)
    floor.staff(VIPS, "stay")
    floor.consult(conversation, BACK)
    again = caller.connected(VIPS)
    floor.agent_hangs_up(conversation)
    caller.call.ear.wait_loud(110)
    floor.agent_hangs_up(again)
    caller.call.wait_over()
    second = _two(floor, caller, "attended")
    assert (second.agent, second.queue, second.route) == (f"{VIPS} 0", VIPS, "transferred")
    _as_in_queue_log(caller, second, "COMPLETEAGENT")
