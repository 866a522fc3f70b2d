"""The policy that ships: what two of its callers are to each other. The rest is in routes/tests."""

from __future__ import annotations

from pathlib import Path

from ivr.callers.caller import Caller, Grant, Record
from ivr.policy.loader import open_policy
from ivr.policy.model import Policy
from ivr.routing.call import ARRIVING
from ivr.routing.step import step
from ivr.routing.steps import Go, KeyPressed, NewCall
from tests.policy.samples import AUTHOR, NOW, NUMBER

POLICY = open_policy(Path(__file__).parents[2] / "routes")

REGULAR = Caller(NUMBER)
VIP = Caller(NUMBER, Record(grants=(Grant("golden-beam", AUTHOR),)))


def priority(caller: Caller, now: float) -> int:
    """QUEUE_PRIO of a call about a bill."""
    assert isinstance(POLICY, Policy), str(POLICY)
    arrived = step(POLICY, ARRIVING, NewCall("d1", NUMBER, "+9721800123456", int(now), caller), now)
    went = step(POLICY, arrived.state, KeyPressed("2"), now).step
    assert isinstance(went, Go)
    return went.priority


def test_a_vip_stands_before_a_regular_who_came_earlier_but_not_for_ever() -> None:
    """`ivr test` tells a head start; it compares no two calls."""
    assert priority(VIP, NOW) > priority(REGULAR, NOW - 19 * 60)
    assert priority(VIP, NOW) < priority(REGULAR, NOW - 21 * 60)
