"""A network that can be spoilt: between two processes, slow, cut, or one-way."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final, TypeVar

T = TypeVar("T")

_CHUNK: Final = 65_536
_PATIENCE: Final = 20.0


@dataclass(frozen=True)
class Weather:
    """What becomes of that which is sent. `delay` is in seconds, and each way's."""

    delay: float = 0.0
    requests: bool = True
    answers: bool = True
    up: bool = True


_FAIR: Final = Weather()


@dataclass(eq=False)
class _Pair:
    """A connection, and the one that was made for it; `spoilt` when something of it was lost."""

    near: asyncio.StreamWriter
    far: asyncio.StreamWriter
    spoilt: bool = False

    def abort(self) -> None:
        """Reset both, as a network does that knows nothing of them any more."""
        for writer in (self.near, self.far):
            writer.transport.abort()


class Proxy:
    """Passes on to `target` (HOST:PORT) what comes to `address`. Thread-safe."""

    def __init__(self, target: str) -> None:
        self._host, _, port = target.rpartition(":")
        self._port = int(port)
        self._weather = _FAIR
        self._pairs: set[_Pair] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._door = socket.create_server(("127.0.0.1", 0))
        self._door.setblocking(False)
        self._loop.call_soon_threadsafe(self._start, self._accept())

    @property
    def port(self) -> int:
        """Where it listens, on 127.0.0.1."""
        port: int = self._door.getsockname()[1]
        return port

    @property
    def address(self) -> str:
        """The same with its host."""
        return f"127.0.0.1:{self.port}"

    def slow(self, seconds: float) -> None:
        """Whatever is sent arrives so much later, either way."""
        self._weather = Weather(delay=seconds)

    def cut(self) -> None:
        """Reset what is there, and each connection that comes."""
        self._weather = Weather(up=False)
        self._do(self._abort(lambda pair: True))

    def lose_answers(self) -> None:
        """One-way: what is asked arrives, and no answer comes back."""
        self._weather = Weather(answers=False)

    def swallow(self) -> None:
        """Half-open: connections are taken, and nothing goes through them, not even their end."""
        self._weather = Weather(requests=False, answers=False)

    def heal(self) -> None:
        """All goes through again; connections of which something was lost are reset."""
        self._weather = _FAIR
        self._do(self._abort(lambda pair: pair.spoilt))

    def close(self) -> None:
        """End it, and every connection."""
        self._do(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_PATIENCE)
        self._loop.close()

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(_PATIENCE)

    async def _abort(self, which: Callable[[_Pair], bool]) -> None:
        for pair in filter(which, tuple(self._pairs)):
            pair.abort()

    async def _end(self) -> None:
        self._door.shutdown(socket.SHUT_RDWR)
        self._weather = Weather(up=False)
        await self._abort(lambda pair: True)
        while self._tasks:
            await asyncio.gather(*self._tasks)
        self._door.close()

    async def _accept(self) -> None:
        """Until the door is shut.

        Not asyncio's own server: closed, it forgets the connections that it has just taken.
        """
        with suppress(OSError):
            while True:
                wire, _ = await self._loop.sock_accept(self._door)
                self._start(self._serve(wire))

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, wire: socket.socket) -> None:
        """One connection, until both of its ends are closed."""
        requests, near = await asyncio.open_connection(sock=wire)
        with suppress(OSError):
            if self._weather.up:
                answers, far = await asyncio.open_connection(self._host, self._port)
                await self._both(_Pair(near, far), requests, answers)
                await _closed(far)
        await _closed(near)

    async def _both(
        self, pair: _Pair, requests: asyncio.StreamReader, answers: asyncio.StreamReader
    ) -> None:
        self._pairs.add(pair)
        if self._weather.up:
            await asyncio.gather(
                self._pass(pair, requests, pair.far, lambda weather: weather.requests),
                self._pass(pair, answers, pair.near, lambda weather: weather.answers),
            )
        self._pairs.discard(pair)

    async def _pass(
        self,
        pair: _Pair,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        passes: Callable[[Weather], bool],
    ) -> None:
        """One way of a connection, to its end; the end is passed on as well."""
        with suppress(OSError):
            while True:
                data = await reader.read(_CHUNK)
                await asyncio.sleep(self._weather.delay)
                if not passes(self._weather):
                    pair.spoilt = True
                elif data:
                    writer.write(data)
                    await writer.drain()
                else:
                    writer.write_eof()
                if not data:
                    return


async def _closed(writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()
    with suppress(OSError):
        await writer.wait_closed()


@contextmanager
def proxy(target: str) -> Iterator[Proxy]:
    """One for as long as the context lasts."""
    running = Proxy(target)
    try:
        yield running
    finally:
        running.close()
