"""A server that is none, or not ours any more: it is told as a failure, and nothing of it stays."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import repeat
from typing import TYPE_CHECKING

import pytest

from ivr.callers.caller import Caller
from ivr.engine.interfaces import StoreError
from ivr.store.redis import meter
from tests.store.contract import caller
from tests.store.samples import DANA, contact
from tests.store.servers import RedisServer, RedisWorld

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    #: What is sent when something was asked: some bytes after the other.
    Answer = Callable[[bytes], Iterable[bytes]]


@dataclass
class Stranger:
    """Listens where a Redis should, and answers as it likes."""

    answer: Answer
    asked: int = 0

    def __post_init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._run, daemon=True)]
        self._threads[0].start()

    def pause(self) -> None:
        """Between two bytes of one that is slow."""
        self._over.wait(0.01)

    def close(self) -> None:
        self._over.set()
        self._listening.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        self._listening.close()

    def _run(self) -> None:
        with suppress(OSError):
            while True:
                wire, _ = self._listening.accept()
                self._threads.append(threading.Thread(target=self._serve, args=(wire,)))
                self._threads[-1].start()

    def _serve(self, wire: socket.socket) -> None:
        with wire, suppress(OSError):
            while asked := wire.recv(65536):
                self.asked += 1
                for part in self.answer(asked):
                    if self._over.is_set():
                        return
                    wire.sendall(part)


@contextmanager
def stranger(answer: Answer) -> Iterator[Stranger]:
    there = Stranger(answer)
    try:
        yield there
    finally:
        there.close()


def each(reply: bytes) -> Answer:
    """The same to every command."""
    return lambda asked: [reply * (asked.count(b"\r\n*") + asked.startswith(b"*"))]


STRANGE: dict[str, Answer] = {
    "an integer": each(b":7\r\n"),
    "a text": each(b"$3\r\nabc\r\n"),
    "a list": each(b"*2\r\n$1\r\na\r\n:1\r\n"),
    "a map": each(b"%1\r\n+a\r\n:1\r\n"),
    "an error": each(b"-ERR \xff no\r\n"),
    "more than was asked": lambda _: [b"$-1\r\n" * 99],
    "a length below nothing": each(b"$-5\r\n"),
    "a number beyond all": each(b":" + b"9" * 400 + b"\r\n"),
    "lists in lists": lambda _: [b"*1\r\n" * 100_000],
    "another protocol": lambda _: [b"HTTP/1.1 400 Bad Request\r\n\r\n"],
    "zeros": lambda _: [bytes(99)],
}


@pytest.mark.parametrize("name", STRANGE)
def test_what_is_no_answer_is_a_failure(name: str) -> None:
    with stranger(STRANGE[name]) as there:
        world = RedisWorld(f"redis://127.0.0.1:{there.port}")
        for ask in (lambda: caller(world.store), lambda: record(world)):
            with pytest.raises(StoreError):
                world.run(ask())
        world.close()
    assert there.asked


async def record(world: RedisWorld) -> bool:
    return await world.store.record(contact(1))


def test_an_answer_without_end_takes_no_more_than_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(meter, "MOST", 8 << 20)
    sent = [0]

    def endless(_: bytes) -> Iterator[bytes]:
        yield b"$99999999999\r\n"
        for part in repeat(b"x" * 65536):
            sent[0] += len(part)
            yield part

    with stranger(endless) as there:
        world = RedisWorld(f"redis://127.0.0.1:{there.port}")
        with pytest.raises(StoreError, match="more than 8 MB at once"):
            world.run(caller(world.store))
        world.close()
    assert sent[0] < 32 << 20, "what was on its way may be there as well"


def test_an_answer_that_trickles_holds_nobody_for_good(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """And the store is used again when a server is in its place."""
    monkeypatch.setattr(meter, "LONGEST", 0.5)
    there: Stranger

    def trickle(_: bytes) -> Iterator[bytes]:
        yield b"$99999\r\n"
        for part in repeat(b"x"):
            there.pause()
            yield part

    with stranger(trickle) as there:
        world = RedisWorld(f"redis://127.0.0.1:{there.port}", pause=0.05)
        with pytest.raises(StoreError, match="answers for more than"):
            world.run(caller(world.store))
    server = RedisServer(tmp_path, port=there.port)
    server.start()
    server.reconcile()
    assert world.run(patient(world)) == Caller(DANA)
    world.close()
    server.kill()


async def patient(world: RedisWorld) -> Caller:
    """As often as it takes until somebody looked whether the server is back."""
    while True:
        with suppress(StoreError):
            return await caller(world.store)
