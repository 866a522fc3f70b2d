"""`hagi://NAME`: Asterisk finds the engines by SRV records, in order, and does without them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.live.engine import EngineProcess, wooden
from tests.live.line import Line, seconds_between
from tests.live.names import Names
from tests.ports import free_port

NAME = "ivr.test"
URL = f"hagi://{NAME}"

AT_ONCE = 2.5
"""Seconds: less than the bound; the answer to the call takes half of one."""
BOUND = 3 + AT_ONCE


@pytest.fixture
def names(line: Line) -> Iterator[Names]:
    server = Names(line.asterisk.names)
    yield server
    server.close()


@pytest.fixture
def engines(line: Line) -> Iterator[list[tuple[EngineProcess, str]]]:
    """Two engines, and the queue of each."""
    queues = [line.queue("stay") for _ in range(2)]
    both = [(wooden(queue), queue) for queue in queues]
    yield both
    for engine, _ in both:
        engine.close()


def _port(engine: EngineProcess) -> int:
    return int(engine.address.rpartition(":")[2])


def _joins(line: Line, queue: str, within: float, **settings: str) -> None:
    call = line.call(settings=settings)
    joined = line.joined(queue)
    assert seconds_between(line.newchannel(joined), joined) < within
    call.hang_up()
    line.gone(joined)


Engines = list[tuple[EngineProcess, str]]


@pytest.mark.parametrize("first", [0, 1])
def test_the_first_by_priority_is_asked(
    line: Line, names: Names, engines: Engines, first: int
) -> None:
    ports = [_port(engine) for engine, _ in engines]
    names.tell(NAME, (20, ports[1 - first]), (10, ports[first]))
    _joins(line, engines[first][1], AT_ONCE, ENGINE=URL)
    assert f"_agi._tcp.{NAME}" in names.asked


def test_one_that_is_down_is_passed_over(line: Line, names: Names, engines: Engines) -> None:
    (gone, _), (engine, queue) = engines
    names.tell(NAME, (10, _port(gone)), (20, _port(engine)))
    gone.kill()
    _joins(line, queue, AT_ONCE, ENGINE=URL)


def test_one_that_hangs_costs_its_three_seconds_and_the_second_name_is_asked(
    line: Line, names: Names, engines: Engines
) -> None:
    (hung, _), (engine, queue) = engines
    names.tell(NAME, (10, _port(hung)), (20, _port(engine)))
    names.tell(f"second.{NAME}", (10, _port(engine)), (20, _port(hung)))
    hung.freeze()
    _joins(line, queue, BOUND, ENGINE=URL, ENGINE2=f"hagi://second.{NAME}")


def test_the_end_of_a_call_is_told_by_the_same_name(
    line: Line, names: Names, engines: Engines
) -> None:
    (engine, queue), _ = engines
    names.tell(NAME, (10, _port(engine)))
    call = line.call(settings={"ENGINE": URL})
    conversation = line.connected(queue)
    call.hang_up()
    begun, _ = line.report(conversation)
    (told,) = line.manager.find(
        lambda e: (e["Event"], e.get("Uniqueid")) == ("AGIExecStart", begun["Uniqueid"])
    )
    assert "IVR_DONE" in told["Command"]
    assert names.asked.count(f"_agi._tcp.{NAME}") == 2, "for the call, and for its end"


def test_a_name_that_nobody_knows_is_an_engine_that_is_down(
    line: Line, names: Names, engines: Engines
) -> None:
    (engine, queue), _ = engines
    _joins(line, queue, AT_ONCE, ENGINE=URL, ENGINE2=engine.address)
    assert f"_agi._tcp.{NAME}" in names.asked


def test_without_a_name_server_an_address_is_asked(line: Line, engines: Engines) -> None:
    (engine, queue), _ = engines
    _joins(line, queue, AT_ONCE, ENGINE=URL, ENGINE2=engine.address)


def test_a_name_server_that_hangs_holds_nobody_for_long(
    line: Line, names: Names, engines: Engines
) -> None:
    (engine, queue), _ = engines
    names.silent = True
    _joins(line, queue, BOUND, ENGINE=URL, ENGINE2=engine.address)
    assert f"_agi._tcp.{NAME}" in names.asked


def test_a_port_in_the_name_asks_for_no_records(line: Line, names: Names, engines: Engines) -> None:
    (engine, queue), _ = engines
    names.tell(NAME, (10, free_port()))
    _joins(line, queue, AT_ONCE, ENGINE=f"{URL}:{_port(engine)}")
    assert set(names.asked) == {NAME}
