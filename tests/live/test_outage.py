"""The engine is stopped, killed or hung, at the worst moments: no caller waits for it for long."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.live.ami import Event
from tests.live.conftest import Engines
from tests.live.floor import Caller, Floor
from tests.live.line import seconds_between
from tests.live.real import Engine, e164

MENU, SUPPORT, MAIN = "1800500001", "1800400001", "talks-main"

AT_ONCE = 1.5
"""Seconds: the answer to the call takes half of one."""
BOUND = 3 + AT_ONCE
"""Seconds in which an engine that says nothing is given up."""
PROMPT = 5 + 5
"""Seconds that a prompt and the wait for a key may take, as these engines are set."""


@pytest.fixture
def menus(engines: Engines) -> Iterator[Engine]:
    engine = engines("menus.yaml", prompt_bound="5s")
    yield engine
    engine.close()


@pytest.fixture
def engine(engines: Engines) -> Iterator[Engine]:
    fresh = engines("talks.yaml")
    yield fresh
    fresh.close()


def _falls_back(floor: Floor, caller: Caller, since: float, within: float) -> Event:
    joined = caller.queued(floor.fallback, within + 5)
    assert float(joined["Timestamp"]) - since < within
    return joined


def _in_menu(floor: Floor, menus: Engine) -> Caller:
    """A caller who hears a menu."""
    caller = floor.caller(MENU, engine=menus)
    caller.call.ear.wait_loud(30)
    return caller


# Stopped. -------------------------------------------------------------------------------------


def test_stopped_it_finishes_what_it_began(floor: Floor, menus: Engine) -> None:
    choosing = _in_menu(floor, menus)
    menus.terminate()
    menus.wait_log(lambda e: e["event"] == "stopping")
    late = floor.caller(MENU, engine=menus)
    joined = late.queued(floor.fallback)
    assert seconds_between(late.arrived, joined) < AT_ONCE
    choosing.call.press("1")
    choosing.queued("menus-faults")
    assert menus.wait_end() == 0
    choosing.call.ear.wait_loud()


# Killed. --------------------------------------------------------------------------------------


def test_killed_while_it_speaks(floor: Floor, menus: Engine) -> None:
    choosing = _in_menu(floor, menus)
    killed = time.time()
    menus.kill()
    choosing.call.press("1")
    _falls_back(floor, choosing, killed, AT_ONCE + 1)
    late = floor.caller(MENU, engine=menus)
    _falls_back(floor, late, float(late.arrived["Timestamp"]), AT_ONCE)
    choosing.call.ear.wait_loud()


# Hung. ----------------------------------------------------------------------------------------


def test_hung_while_it_speaks(floor: Floor, menus: Engine) -> None:
    choosing = _in_menu(floor, menus)
    menus.freeze()
    frozen = time.time()
    late = floor.caller(MENU, engine=menus)
    _falls_back(floor, late, float(late.arrived["Timestamp"]), BOUND)
    choosing.call.press("1")
    _falls_back(floor, choosing, frozen, PROMPT + AT_ONCE)


def test_ten_callers_are_let_go_at_once_though_it_hangs(floor: Floor) -> None:
    floor.staff(MAIN, *["stay"] * 10)
    callers = [floor.caller(SUPPORT) for _ in range(10)]
    conversations = [caller.connected(MAIN) for caller in callers]
    floor.real.freeze()
    for conversation in conversations:
        floor.agent_hangs_up(conversation)
    for caller, conversation in zip(callers, conversations, strict=True):
        caller.call.wait_over()
        bye = caller.call.when("received", "BYE")
        assert bye, "the caller is released in good order"
        assert bye - floor.hung_up_at(conversation) < 1
        assert len(caller.log("IVRENDED")) == 1


# Restarted. -----------------------------------------------------------------------------------


def test_a_restart_is_not_noticed(floor: Floor, engines: Engines) -> None:
    """One caller talks and one waits while the engine is killed and started anew."""
    floor.staff(MAIN, "stay")
    talking = floor.caller(SUPPORT)
    conversation = talking.connected(MAIN)
    waiting = floor.caller(SUPPORT)
    waiting.queued(MAIN)
    old = floor.real
    old.kill()
    again = engines(folder=old.store.parent, port=old.port)
    talking.call.ear.wait_loud()
    waiting.call.ear.wait_loud()
    floor.agent_hangs_up(conversation)
    second = waiting.connected(MAIN)
    floor.agent_hangs_up(second)
    for caller in (talking, waiting):
        caller.call.wait_over()
        (contact,) = again.contacts(caller.uniqueid)
        assert (contact.number, contact.agent, contact.queue, contact.outcome.value) == (
            e164(caller.number),
            f"{MAIN} 0",
            MAIN,
            "answered",
        )
