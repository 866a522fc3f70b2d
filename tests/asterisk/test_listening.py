"""FastAGI on the loop's own transports, over real sockets."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Coroutine, Iterator
from typing import Any

import pytest
from twisted.internet.task import Clock

from ivr.asterisk.agi_commands import exec_app
from ivr.asterisk.fastagi import FastAgiFactory, Session
from ivr.asterisk.lag import waited
from ivr.asterisk.limits import Limits, Refusal
from ivr.asterisk.listening import listen

HEADER = b"agi_network: yes\nagi_network_script: route\nagi_callerid: 0521234567\n\n"


class Watch:
    """An observer that writes down what it is told."""

    def __init__(self) -> None:
        self.open = 0
        self.refusals: list[tuple[str, Refusal]] = []
        self.failures: list[BaseException] = []

    def opened(self, peer: str) -> None:
        self.open += 1

    def closed(self, peer: str) -> None:
        self.open -= 1

    def refused(self, peer: str, reason: Refusal, detail: str) -> None:
        self.refusals.append((peer, reason))

    def failed(self, peer: str, request: object, failure: Any) -> None:
        self.failures.append(failure.value)


class Bench:
    """A port, and a loop that turns while something is awaited."""

    def __init__(self, loop: asyncio.AbstractEventLoop, address: str = "127.0.0.1") -> None:
        self.loop, self.watch, self.clock, self.address = loop, Watch(), Clock(), address
        self.seen: list[tuple[str, float]] = []
        self.factory = FastAgiFactory(self.clock, self._answer, Limits(connections=2), self.watch)
        self.port = listen(None, loop, self.factory, address, 0)

    async def _answer(self, session: Session) -> None:
        wire: Any = session
        self.seen.append((session.peer, waited(wire.transport)))
        await session.command(exec_app("Answer"))

    async def connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection(self.address, self.port.port)

    def run(self, story: Coroutine[Any, Any, None]) -> None:
        self.loop.run_until_complete(asyncio.wait_for(story, 20))


@pytest.fixture(params=["asyncio", "uvloop"])
def loop(request: pytest.FixtureRequest) -> Iterator[asyncio.AbstractEventLoop]:
    module = pytest.importorskip("uvloop") if request.param == "uvloop" else asyncio
    made = module.new_event_loop()
    yield made
    made.close()


@pytest.fixture
def bench(loop: asyncio.AbstractEventLoop) -> Iterator[Bench]:
    one = Bench(loop)
    yield one
    one.port.stop()
    loop.run_until_complete(asyncio.sleep(0))


def test_a_session_is_served_and_closed(bench: Bench) -> None:
    async def story() -> None:
        reader, writer = await bench.connected()
        for byte in range(len(HEADER)):  # however it comes in
            writer.write(HEADER[byte : byte + 1])
            await writer.drain()
        assert await reader.readline() == b"EXEC Answer\n"
        writer.write(b"200 result=0\n")
        assert await reader.read() == b""
        writer.close()
        while bench.watch.open:
            await asyncio.sleep(0)

    bench.run(story())
    ((peer, seconds),) = bench.seen
    assert peer == "127.0.0.1"
    assert 0 <= seconds < 5
    assert bench.watch.refusals == []
    assert bench.factory.open_sessions == 0


def test_beyond_the_bound_connections_are_closed_unread(bench: Bench) -> None:
    async def story() -> None:
        inside = [await bench.connected() for _ in range(2)]
        while bench.watch.open < 2:
            await asyncio.sleep(0)
        reader, writer = await bench.connected()
        assert await _end(reader) == b""
        writer.close()
        for _, each in inside:
            each.close()
        while bench.watch.open:
            await asyncio.sleep(0)

    bench.run(story())
    assert bench.watch.refusals[0][1] is Refusal.CONNECTIONS


def test_who_breaks_the_rules_is_cut_off_with_a_reset(bench: Bench) -> None:
    async def story() -> None:
        reader, writer = await bench.connected()
        writer.write(b"GET / HTTP/1.0\r\n\r\n")
        with pytest.raises(ConnectionResetError):
            await reader.read()
        writer.close()

    bench.run(story())
    assert bench.watch.refusals == [("127.0.0.1", Refusal.GARBAGE)]
    assert bench.watch.open == 0


def test_a_caller_who_is_gone_ends_his_session(bench: Bench) -> None:
    async def story() -> None:
        reader, writer = await bench.connected()
        writer.write(HEADER)
        assert await reader.readline() == b"EXEC Answer\n"
        writer.transport.abort()
        while bench.factory.open_sessions:
            await asyncio.sleep(0)

    bench.run(story())
    assert bench.watch.open == 0
    assert bench.watch.failures == []


def test_a_stopped_port_takes_nobody_and_keeps_who_is_there(bench: Bench) -> None:
    async def story() -> None:
        reader, writer = await bench.connected()
        writer.write(HEADER)
        assert await reader.readline() == b"EXEC Answer\n"
        bench.port.stop()
        await asyncio.sleep(0.01)  # a turn or two: the loop closes ports in one of its own
        with pytest.raises(ConnectionRefusedError):
            await bench.connected()
        writer.write(b"200 result=0\n")
        assert await reader.read() == b""
        writer.close()

    bench.run(story())


def test_an_address_that_is_taken_is_told(bench: Bench) -> None:
    with pytest.raises(OSError, match="in use"):
        listen(None, bench.loop, bench.factory, "127.0.0.1", bench.port.port)


@pytest.mark.skipif(not socket.has_ipv6, reason="this machine has no IPv6")
def test_it_listens_on_ipv6_too(loop: asyncio.AbstractEventLoop) -> None:
    bench = Bench(loop, "::1")

    async def story() -> None:
        reader, writer = await bench.connected()
        writer.write(HEADER)
        assert await reader.readline() == b"EXEC Answer\n"
        writer.close()
        while bench.watch.open:
            await asyncio.sleep(0)

    bench.run(story())
    bench.port.stop()
    loop.run_until_complete(asyncio.sleep(0))
    assert bench.seen[0][0] == "::1"


async def _end(reader: asyncio.StreamReader) -> bytes:
    """What comes until the end, of whichever kind."""
    try:
        return await reader.read()
    except ConnectionResetError:
        return b""
