"""Decisions to keep: made by the sample policy, as in production."""

from __future__ import annotations

from functools import cache

from ivr.engine.interfaces import Decided
from ivr.engine.policies import load_checked
from ivr.policy.model import Policy
from ivr.tools.world import Incoming, Script, World
from tests import ROOT
from tests.policy.samples import at

NOON = at("2026-11-22 12:00")
NUMBER = "+972521234567"


@cache
def policy() -> Policy:
    loaded = load_checked(ROOT / "routes")
    assert isinstance(loaded, Policy), str(loaded)
    return loaded


def decided(keys: tuple[str, ...] = ("1",), ani: str = "0521234567") -> Decided:
    placed = World(policy(), NOON).call(Incoming(ani, "1800123456"), Script(keys))
    assert placed.decided is not None
    return placed.decided
