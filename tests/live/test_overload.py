"""The engine refuses a call: Asterisk goes on at once, and does not wait for it."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from tests.live.conftest import Engines
from tests.live.floor import Floor, fresh_number
from tests.live.line import seconds_between
from tests.live.real import Engine

SUPPORT, MAIN = "1800400001", "talks-main"

AT_ONCE = 1.5
"""Seconds: the answer to the call takes half of one."""


@pytest.fixture
def engine(engines: Engines) -> Iterator[Engine]:
    fresh = engines("talks.yaml", calls_per_number="1", max_connections_per_address="1")
    yield fresh
    fresh.close()


def test_a_flood_of_one_number_falls_back_at_once_and_nobody_else_does(floor: Floor) -> None:
    flooding = fresh_number()
    floor.caller(SUPPORT, number=flooding).queued(MAIN)
    again = floor.caller(SUPPORT, number=flooding)
    joined = floor.joined(floor.fallback)
    assert seconds_between(floor.newchannel(joined), joined) < AT_ONCE
    again.call.ear.wait_loud()
    assert floor.real.metric("ivr_connections_refused_total", reason="number") == 1
    floor.caller(SUPPORT).queued(MAIN)


def test_beyond_the_bound_of_sessions_calls_fall_back_at_once(floor: Floor) -> None:
    with socket.create_connection(("127.0.0.1", floor.real.port)):
        late = floor.caller(SUPPORT)
        joined = late.queued(floor.fallback)
        assert seconds_between(late.arrived, joined) < AT_ONCE
    assert floor.real.metric("ivr_connections_refused_total", reason="address") >= 1
    floor.real.wait_idle()
    floor.caller(SUPPORT).queued(MAIN)
