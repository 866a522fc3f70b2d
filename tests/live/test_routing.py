"""Each caller lands where the policy says, by the policy that ships; and a place is kept."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import pytest

from ivr.callers.changes import Change, GiveGrant, OpenCase, SetMark
from tests.live.conftest import Engines
from tests.live.floor import Caller, Floor
from tests.live.real import Engine, e164

VIP = GiveGrant("golden-beam")
SENIOR = OpenCase("77", None, complex=True)
NUISANCE = SetMark("nuisance")


@pytest.fixture(scope="module")
def engine(engines: Engines) -> Engine:
    return engines()


@dataclass(frozen=True)
class Expected:
    """Who calls, what is pressed in the menu (if one is heard), and where that leads."""

    known: Change | None
    key: str
    queue: str
    tier: str
    route: str


_EVERYBODY = {
    "a VIP with a fault": Expected(VIP, "1", "senior", "vip", "golden-beam-faults"),
    "a VIP with a bill": Expected(VIP, "2", "team-leads", "vip", "golden-beam"),
    "a second call": Expected(SENIOR, "", "senior", "senior-required", "second-call"),
    "a nuisance": Expected(NUISANCE, "", "patience", "nuisance", "heavy-callers"),
    "anybody with a fault": Expected(None, "1", "faults", "regular", "faults"),
    "anybody with a bill": Expected(None, "2", "main", "regular", "everyone"),
    "anybody who wants a person": Expected(None, "0", "main", "regular", "everyone"),
}


def test_everybody_lands_where_the_sample_policy_says(floor: Floor) -> None:
    for queue in ("senior", "team-leads", "patience", "faults", "main"):
        floor.staff(queue, "stay", "stay")
    callers = {who: floor.caller(known=expected.known) for who, expected in _EVERYBODY.items()}
    for who, caller in callers.items():
        if _EVERYBODY[who].key:
            caller.call.ear.wait_loud(30)
            caller.call.press(_EVERYBODY[who].key)
    for who, caller in callers.items():
        caller.connected(_EVERYBODY[who].queue)
        caller.hang_up()
    for who, caller in callers.items():
        _was_routed(floor, who, caller)


def _was_routed(floor: Floor, who: str, caller: Caller) -> None:
    expected = _EVERYBODY[who]
    caller.gone()
    assert caller.queues() == [expected.queue], who
    (decision,) = caller.log("IVRDECISION")
    assert decision[7:10] == [expected.tier, expected.route, "queue"], who
    (contact,) = floor.real.contacts(caller.uniqueid)
    assert (contact.number, contact.tier, contact.route, contact.queue, contact.outcome.value) == (
        e164(caller.number),
        expected.tier,
        expected.route,
        expected.queue,
        "answered",
    ), who


@pytest.fixture(scope="module")
def places(engines: Engines) -> Engine:
    return engines("places.yaml")


def test_a_vip_overtakes_nobody_starves_and_places_are_kept(floor: Floor, places: Engine) -> None:
    """Head starts: 20 minutes (far), 1 second (near); the first caller waits for 3 seconds."""
    straight = partial(floor.caller, "1800200002", engine=places)
    waiting = floor.caller("1800200001", engine=places)
    waiting.queued("places-first")
    waiting.call.ear.wait_loud(60)  # places are told apart by seconds
    later = straight()
    later.queued("places-second")
    waiting.queued("places-second")
    later.call.ear.wait_loud(110)
    near = straight(known=SENIOR)
    near.queued("places-second")
    far = straight(known=VIP)
    far.queued("places-second")
    last = straight()
    last.queued("places-second")
    expected = [far, waiting, later, near, last]
    assert floor.order("places-second") == [caller.number for caller in expected]
    for place, caller in enumerate(expected):
        floor.agent("places-second", f"Local/stay_{place}@agents/n", f"Agent {place}")
        assert caller.connected("places-second")["MemberName"] == f"Agent {place}"
    assert waiting.queues() == ["places-first", "places-second"]
