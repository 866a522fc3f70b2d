"""Deadlines that all last as long: one timer for all of them."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.internet.defer import Deferred

T = TypeVar("T")


class Clock(Protocol):
    """Twisted's reactor, or `task.Clock`."""

    def seconds(self) -> float:
        """Now, in seconds."""

    def callLater(self, delay: float, call: Callable[[], object], /) -> object:
        """Call after `delay` seconds."""


class Deadlines:
    """Cancels what has not fired within `seconds`.

    Thousands of questions a second each have a deadline, and next to none of them meets it. Since
    all last as long, they end in the order in which they began: a queue, and a timer for its head.
    """

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock = clock
        self._seconds = seconds
        self._waiting: deque[tuple[float, Deferred[Any]]] = deque()
        self._is_timed = False

    def bound(self, asked: Deferred[T]) -> Deferred[T]:
        """The same; it fails with `CancelledError` if it does not fire in time."""
        if asked.called:
            return asked
        waiting = self._waiting
        while waiting and waiting[0][1].called:
            waiting.popleft()
        waiting.append((self._clock.seconds() + self._seconds, asked))
        if not self._is_timed:
            self._time(self._seconds)
        return asked

    def _time(self, seconds: float) -> None:
        self._is_timed = True
        self._clock.callLater(seconds, self._due)

    def _due(self) -> None:
        now, waiting = self._clock.seconds(), self._waiting
        while waiting and (waiting[0][1].called or waiting[0][0] <= now):
            _, asked = waiting.popleft()
            asked.cancel()  # of no effect on one that has fired
        self._is_timed = False  # not before: who is cancelled may ask again, and would set a timer
        if waiting:
            self._time(waiting[0][0] - now)
