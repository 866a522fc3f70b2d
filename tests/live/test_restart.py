"""Asterisk ends in the midst of calls and starts again: the engine is there as before."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.live.asterisk import Asterisk
from tests.live.conftest import Engines
from tests.live.double import Double
from tests.live.floor import Floor
from tests.live.real import Engine

MENU, FAULTS = "1800500001", "menus-faults"


@pytest.fixture
def engine(engines: Engines) -> Iterator[Engine]:
    fresh = engines("menus.yaml")
    yield fresh
    fresh.close()


def test_no_session_of_an_asterisk_that_is_gone_stays(
    asterisk: Asterisk, double: Double, engine: Engine
) -> None:
    with closing(Floor(asterisk, double, engine)) as floor:
        hearing = floor.caller(MENU)
        hearing.call.ear.wait_loud()
        assert engine.metric("ivr_sessions_active") == 1
        asterisk.stop()
        asterisk.start()
        engine.wait_idle()
        assert engine.metric("ivr_sessions_undecided_total", reason="hangup") == 1
    with closing(Floor(asterisk, double, engine)) as floor:
        again = floor.caller(MENU)
        again.call.ear.wait_loud()
        again.call.press("1")
        again.queued(FAULTS)
        again.call.hang_up()
        (contact,) = engine.contacts(again.uniqueid)
        assert contact.outcome.value == "abandoned"
