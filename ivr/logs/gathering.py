"""A queue with a bound, whose reader is woken seldom: between a call's thread and one that writes.

A thread that is woken takes the interpreter from the calls. So it is woken for what comes after a
pause, and at once; what comes while it is busy waits a moment for more, and is taken together.
"""

from __future__ import annotations

import threading
from queue import Empty, SimpleQueue
from typing import Final, Generic, TypeVar

_T = TypeVar("_T")

#: Seconds for which things are gathered: what a process that is killed may lose.
MOMENT: Final = 0.05


class Gathering(Generic[_T]):
    """Takes things of any thread, at most `waiting` at a time, for one thread that reads them.

    What comes within `moment` seconds after the last reading is read together, unless `hurry` is
    called. `is_over` once all is read that came before `end`.
    """

    def __init__(self, waiting: int, moment: float) -> None:
        self._waiting = waiting
        self._moment = moment
        # Nobody waits for it while things are gathered: each put would wake him.
        self._queue: SimpleQueue[_T | None] = SimpleQueue()
        self._hurry = threading.Event()
        self._had_some = False
        self.is_over = False

    def put(self, thing: _T) -> bool:
        """Take a thing, if there is room. Never waits."""
        if self._queue.qsize() >= self._waiting:
            return False
        self._queue.put(thing)
        return True

    def hurry(self) -> None:
        """Have it read now, rather than in a moment."""
        self._hurry.set()

    def end(self) -> None:
        """Nothing more will come."""
        self._queue.put(None)
        self._hurry.set()

    def read(self, most: int, seconds: float | None = None) -> list[_T]:
        """What came, `most` at a time; waits for it, for so long. Nothing: none came, or over."""
        if self._had_some:
            self._hurry.wait(self._moment)
        self._hurry.clear()
        things = self._ready(most) or self._next(most, seconds)
        self._had_some = 0 < len(things) < most
        return things

    def _ready(self, most: int) -> list[_T]:
        things: list[_T] = []
        for _ in range(min(self._queue.qsize(), most)):
            thing = self._queue.get_nowait()
            if thing is None:
                self.is_over = True
                break
            things.append(thing)
        return things

    def _next(self, most: int, seconds: float | None) -> list[_T]:
        if self.is_over:
            return []
        try:
            thing = self._queue.get(timeout=seconds)
        except Empty:
            return []
        if thing is None:
            self.is_over = True
            return []
        return [thing, *self._ready(most - 1)]
