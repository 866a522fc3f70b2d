"""Whether the servers can be asked: who tells that they cannot, and who finds them back."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from ivr.store.redis.breaker import Breaker
from ivr.store.redis.trouble import UnreachableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

    from ivr.store.redis.commands import Command

GONE = UnreachableError("gone")


class Server:
    """Answers, or fails in its own way; a link to itself."""

    def __init__(self) -> None:
        self.trouble: Exception | None = GONE

    def ask(self, commands: Sequence[Command]) -> Sequence[Any]:
        if self.trouble is not None:
            raise self.trouble
        return [b"1"] * len(commands)

    def keys(self, pattern: str) -> Iterator[Sequence[str]]:
        raise NotImplementedError(pattern)

    def primaries(self) -> Sequence[bytes]:
        raise NotImplementedError

    def close(self) -> None:
        pass


def is_open(breaker: Breaker) -> bool:
    try:
        breaker.check()
    except UnreachableError:
        return False
    return True


def until(there: Callable[[], bool]) -> None:
    """Ask again and again."""
    while not there():
        pass


def test_who_finds_them_gone_tells_all_until_they_are_back() -> None:
    server = Server()
    breaker = Breaker(lambda: server, pause=0.001)
    breaker.trip(GONE)
    assert not is_open(breaker)
    server.trouble = None
    until(lambda: is_open(breaker))


def test_a_machine_that_has_no_thread_left_to_look_refuses_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nobody would ever find them to be back: the next who asks tries for himself."""
    breaker = Breaker(Server, pause=60.0)

    def full(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", full)
        breaker.trip(GONE)
        assert is_open(breaker)
    breaker.trip(GONE)
    assert not is_open(breaker), "there is room again"
    breaker.end()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_look_that_breaks_off_refuses_nobody_for_good() -> None:
    def full() -> Server:
        raise MemoryError

    breaker = Breaker(full, pause=0.001)
    breaker.trip(GONE)
    for thread in threading.enumerate():
        if thread.name == "store-probe":
            thread.join()
    assert is_open(breaker)
