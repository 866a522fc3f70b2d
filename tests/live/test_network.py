"""The network between Asterisk and the engine is slow, cut, or swallows what is sent."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.live.conftest import Engines
from tests.live.floor import Floor
from tests.live.line import seconds_between
from tests.live.real import Engine
from tests.proxy import Proxy, proxy

SUPPORT, MAIN = "1800400001", "talks-main"

AT_ONCE = 1.5
"""Seconds: the answer to the call takes half of one."""
BOUND = 3 + AT_ONCE
"""Seconds in which an engine that says nothing is given up."""


@pytest.fixture
def engine(engines: Engines) -> Iterator[Engine]:
    fresh = engines("talks.yaml")
    yield fresh
    fresh.close()


@pytest.fixture
def net(engine: Engine) -> Iterator[Proxy]:
    """Between Asterisk and the engine."""
    with proxy(engine.address) as net:
        engine.address = net.address
        yield net


def _falls_back(floor: Floor, within: float) -> None:
    caller = floor.caller(SUPPORT)
    joined = caller.queued(floor.fallback, within + 5)
    assert seconds_between(caller.arrived, joined) < within
    caller.call.ear.wait_loud()


def test_a_slow_way_to_the_engine_costs_a_moment(net: Proxy, floor: Floor) -> None:
    net.slow(0.3)
    caller = floor.caller(SUPPORT)
    caller.queued(MAIN)
    assert caller.queues() == [MAIN]


def test_a_way_that_is_cut_leads_to_the_fallback_queue_at_once(net: Proxy, floor: Floor) -> None:
    net.cut()
    _falls_back(floor, AT_ONCE)
    net.heal()
    floor.caller(SUPPORT).queued(MAIN)


@pytest.mark.parametrize("how", [Proxy.swallow, Proxy.lose_answers], ids=["half-open", "one-way"])
def test_a_way_that_swallows_all_is_given_up(net: Proxy, floor: Floor, how: object) -> None:
    assert callable(how)
    how(net)
    _falls_back(floor, BOUND)
    net.heal()
    floor.caller(SUPPORT).queued(MAIN)
