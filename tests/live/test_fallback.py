"""No decision, whatever the reason, and the caller is in the fallback queue within a bound."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from ivr.routing.onward import FIXED_DATE
from tests.live.double import Answer, GoneError, Session, decision, queue
from tests.live.engine import EngineProcess, wooden
from tests.live.line import Line, seconds_between
from tests.ports import free_port

AT_ONCE = 2.5
"""Seconds: less than the bound; the answer to the call takes half of one."""
BOUND = 3 + AT_ONCE
"""Seconds in which a hung engine is given up: the dialplan's three, and the answer."""


@pytest.fixture
def process_queue(line: Line) -> str:
    return line.queue("stay")


@pytest.fixture
def process(process_queue: str) -> Iterator[EngineProcess]:
    engine = wooden(process_queue)
    yield engine
    engine.close()


def _falls_back(line: Line, engine: str, within: float, **settings: str) -> None:
    call = line.call(engine=engine, settings=settings)
    joined = line.joined(line.fallback)
    assert seconds_between(line.newchannel(joined), joined) < within
    assert call.answered()
    call.ear.wait_loud()
    call.hang_up()
    line.gone(joined)
    assert [row[5] for row in line.log(joined, "IVRDECISION")] != []


def test_the_engine_is_down(line: Line) -> None:
    _falls_back(line, f"127.0.0.1:{free_port()}", AT_ONCE)


def test_a_caller_without_a_decision_keeps_his_place(line: Line) -> None:
    before = int(time.time())
    call = line.call(engine=f"127.0.0.1:{free_port()}")
    priority = line.priority(line.joined(line.fallback))
    assert priority in range(FIXED_DATE - before - 2, FIXED_DATE - before + 1)
    call.hang_up()


def _close_at_once(session: Session) -> None:
    """Say nothing and go."""


def _die(session: Session) -> None:
    session.command("GET VARIABLE CHANNEL(language)")
    raise GoneError


def _half_a_decision(session: Session) -> None:
    session.set(IVR_ACTION="queue", IVR_QUEUE="pool-001")


def _nonsense(session: Session) -> None:
    session.command("NOT A COMMAND")


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(_close_at_once, id="closes at once"),
        pytest.param(_die, id="dies in mid-session"),
        pytest.param(_half_a_decision, id="never says done"),
        pytest.param(_nonsense, id="speaks nonsense"),
        pytest.param(decision(IVR_ACTION="teleport", IVR_QUEUE="pool-001"), id="unknown action"),
        pytest.param(decision(IVR_ACTION=""), id="no action"),
        pytest.param(decision(IVR_ACTION="queue"), id="queue without a name"),
        pytest.param(decision(IVR_ACTION="dial"), id="dial without a number"),
        pytest.param(decision(IVR_ACTION="announce"), id="announce without a prompt"),
    ],
)
def test_an_answer_that_is_none(line: Line, answer: Answer) -> None:
    line.engine.answers["route", line.dialled] = answer
    _falls_back(line, line.engine.address, AT_ONCE)


def test_the_engine_says_nothing(line: Line) -> None:
    line.engine.answers["route", line.dialled] = Session.hang
    _falls_back(line, line.engine.address, BOUND)
    assert line.engine.wait("route", line.dialled).closed.wait(10), "the session was left open"


def test_the_engine_is_frozen(line: Line, process: EngineProcess) -> None:
    process.freeze()
    _falls_back(line, process.address, BOUND)


def test_the_engine_is_killed_in_mid_session(line: Line, process: EngineProcess) -> None:
    process.freeze()
    call = line.call(engine=process.address)
    line.manager.wait(
        lambda e: (
            e["Event"] == "AsyncAGIStart"
            or (
                e["Event"] == "Newexten"
                and e["Application"] == "AGI"
                and e["Extension"] == line.dialled
            )
        ),
        what="the AGI session",
    )
    process.kill()
    joined = line.joined(line.fallback)
    assert seconds_between(line.newchannel(joined), joined) < BOUND
    call.hang_up()


@pytest.mark.parametrize(
    ("answer", "within"),
    [
        pytest.param(_die, AT_ONCE, id="dead"),
        pytest.param(Session.hang, BOUND, id="hung"),
        pytest.param(decision(IVR_ACTION="teleport"), AT_ONCE, id="not understood"),
    ],
)
def test_the_second_engine_is_asked(
    line: Line, process: EngineProcess, process_queue: str, answer: Answer, within: float
) -> None:
    line.engine.answers["route", line.dialled] = answer
    call = line.call(ENGINE2=process.address)
    connected = line.connected(process_queue)
    assert seconds_between(line.newchannel(connected), connected) < within + 1
    call.hang_up()


def test_both_engines_are_gone(line: Line) -> None:
    _falls_back(line, f"127.0.0.1:{free_port()}", AT_ONCE, ENGINE2=f"127.0.0.1:{free_port()}")


def test_the_engine_is_gone_when_a_queue_gives_up(line: Line) -> None:
    line.engine.answers["route", line.dialled] = queue(line.queue(), IVR_TIMEOUT="1")
    line.engine.answers["next", line.dialled] = _die
    call = line.call()
    joined = line.joined(line.fallback)
    assert line.priority(joined) == -5, "the place from the decision is kept"
    call.hang_up()


# The fallback queue itself refuses. -----------------------------------------------------------


def test_the_fallback_queue_refuses(line: Line) -> None:
    agent = line.queue("stay")  # the last resort is an agent's extension, seen by his channel
    call = line.call(
        engine="127.0.0.1:1", FALLBACK_QUEUE="refusing", LAST_RESORT=f"Local/stay_{agent}@agents/n"
    )
    call.ear.wait_loud()
    answered = line.manager.wait(
        lambda e: e["Event"] == "BridgeEnter" and f"stay_{agent}" in e["Channel"],
        20,
        "the last resort's answer",
    )
    refusals = _queued_at(line, answered["Linkedid"])
    assert len(refusals) == 2, "the queue is tried once more after the apology"
    assert seconds_between(refusals[0], refusals[1]) > 1, "the apology takes its time"
    call.hang_up()


_NOBODY = {
    "refuses": {"FALLBACK_QUEUE": "refusing"},
    "does not exist": {"FALLBACK_QUEUE": "no-such-queue"},
    "is not named": {"FALLBACK_QUEUE": ""},
    "refuses, and the last resort is busy": {
        "FALLBACK_QUEUE": "refusing",
        "LAST_RESORT": "Local/busy_x@agents/n",
    },
    "refuses, and there is no such last resort": {
        "FALLBACK_QUEUE": "refusing",
        "LAST_RESORT": "NoSuchTech/1",
    },
}


def test_nobody_is_there_and_goodbye_is_spoken(line: Line) -> None:
    calls = {
        name: line.call(engine="127.0.0.1:1", settings=settings)
        for name, settings in _NOBODY.items()
    }
    for name, call in calls.items():
        call.wait_over(30)
        end = call.when("received", "BYE")
        assert end, f"{name}: ended by the dialplan, in good order"
        assert call.ear.loud > 350, f"{name}: apology and goodbye are some nine seconds"
        assert end - call.ear.last_loud < 1.5, f"{name}: the goodbye is the last thing heard"


def _queued_at(line: Line, linkedid: str) -> list[dict[str, str]]:
    return [
        dict(event)
        for event in line.manager.find(
            lambda e: (
                e["Event"] == "Newexten"
                and e.get("Linkedid") == linkedid
                and e["Application"] == "Queue"
            )
        )
    ]
