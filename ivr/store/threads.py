"""Threads that work for the reactor: all that waits is done at once and told in one delivery.

The reactor's thread only ever puts jobs into a queue. A disk that hangs stops the thread here,
and nothing else: what waits is bounded, and who waits has a deadline of its own.

What is asked within turns of the reactor that follow each other is handed over together, when a
turn brings nothing more: a thread that was woken at the first question would fight with the reactor
for the interpreter, which costs both more than the question.
"""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Final, Generic, TypeAlias, TypeVar

from twisted.internet.defer import Deferred, fail
from twisted.python.failure import Failure

from ivr.engine.interfaces import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

T = TypeVar("T")
#: What a job works with: a connection to the file, or the way to a server.
W = TypeVar("W")

#: The most jobs that share one transaction, so that the first of them never waits for long.
BATCH: Final = 256
#: So many are handed over at once, whether or not more are coming.
ENOUGH: Final = 32
#: Seconds that the first of them waits for more at most, however long the reactor's turns are.
LONGEST: Final = 0.002


@dataclass(slots=True, eq=False)
class Job(Generic[W]):
    """One thing to do with what a store's thread holds. `told` fires in the reactor's thread.

    Whoever waits may give up; a write that was asked for is done all the same.
    """

    work: Callable[[W], Any]
    told: Deferred[Any] = field(init=False)
    given_up: bool = False

    def __post_init__(self) -> None:
        self.told = Deferred(self._give_up)

    def _give_up(self, _told: Deferred[Any]) -> None:
        self.given_up = True


#: A job and what came of it: a result, or a `Failure`.
Outcome: TypeAlias = tuple[Job[W], object]


#: `soon(function, *arguments)` runs a function when this turn is over.
Soon: TypeAlias = "Callable[..., object]"


def at_once(function: Callable[..., object], *arguments: object) -> None:
    """Run a function now: for whoever asks one thing at a time."""
    function(*arguments)


class Worker(Generic[W]):
    """One thread with a queue. `perform` does a batch and never raises; `end` lets go of all.

    `deliver(function, *arguments)` runs a function in the thread that asks, and may be called in
    any; `soon(function, *arguments)` runs one there when its turn is over.
    """

    def __init__(
        self,
        name: str,
        perform: Callable[[Sequence[Job[W]]], Sequence[Outcome[W]]],
        end: Callable[[], None],
        deliver: Callable[..., object],
        waiting: int,
        soon: Soon = at_once,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._name = name
        self._now = now
        self._perform = perform
        self._end = end
        self._deliver = deliver
        self._soon = soon
        self._waiting = waiting
        self._asked = 0
        self._coming: list[Job[W]] = []  # asked in this turn, not handed over yet
        self._queue: SimpleQueue[list[Job[W]] | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._ended: Deferred[None] | None = None
        self._begun = 0  # this and the next two are the thread's
        self._left: list[Job[W]] = []
        self._going_on = True

    def ask(self, work: Callable[[W], T]) -> Deferred[T]:
        """Queue a piece of work. Fails at once when closed, or when too many wait."""
        if self._ended is not None:
            return fail(StoreError("the store is closed"))
        if self.waiting >= self._waiting:
            return fail(
                StoreError(f"{self._waiting} requests wait for the store: is its disk slow?")
            )
        job = Job(work)
        self._asked += 1
        self._coming.append(job)
        if len(self._coming) == 1:
            self._soon(self._look, 0, self._now() + LONGEST)
        return job.told

    @property
    def waiting(self) -> int:
        """How many pieces of work wait, besides those that are being done."""
        return self._asked - self._begun

    def stop(self) -> Deferred[None]:
        """Finish what is queued, then let go. Fires when that is done."""
        if self._ended is None:
            self._ended = Deferred()
            self._hand_over()
            self._queue.put(None)
            self._start()
        waiter: Deferred[None] = Deferred()
        self._ended.addBoth(_also, waiter)
        return waiter

    def _look(self, before: int, latest: float) -> None:
        """Hand over when a turn brought nothing more, enough has come, or it is late."""
        coming = len(self._coming)
        if coming in (before, 0) or coming >= ENOUGH or self._now() >= latest:
            self._hand_over()
        else:
            self._soon(self._look, coming, latest)

    def _hand_over(self) -> None:
        if self._coming:
            coming, self._coming = self._coming, []
            self._queue.put(coming)
            self._start()

    def _start(self) -> None:
        if self._thread is None:
            # A daemon: a disk that hangs must not keep the process from ending.
            thread = threading.Thread(target=self._run, name=self._name, daemon=True)
            with suppress(RuntimeError):  # none is to be had: who asks next tries again
                thread.start()
                self._thread = thread

    def _run(self) -> None:
        while jobs := self._take():
            self._deliver(_settle, self._outcomes(jobs))
        self._end()
        self._deliver(self._tell_end)

    def _outcomes(self, jobs: Sequence[Job[W]]) -> Sequence[Outcome[W]]:
        """What came of them; a bug costs those who asked, and nobody who asks later."""
        try:
            return self._perform(jobs)
        except Exception as error:
            told = StoreError(f"a bug in the store: {error!r}")
            told.__cause__ = error
            return [(job, Failure(told)) for job in jobs]

    def _take(self) -> Sequence[Job[W]]:
        """All that waits, at most a batch; nothing when it is over."""
        while self._going_on and len(self._left) < BATCH:
            try:
                came = self._queue.get(block=not self._left)
            except Empty:
                break
            if came is None:
                self._going_on = False
            else:
                self._left += came
        jobs, self._left = self._left[:BATCH], self._left[BATCH:]
        self._begun += len(jobs)
        return jobs

    def _tell_end(self) -> None:
        if self._ended is not None:
            self._ended.callback(None)


def _also(_result: object, waiter: Deferred[None]) -> None:
    waiter.callback(None)


def _settle(outcomes: Sequence[Outcome[Any]]) -> None:
    for job, outcome in outcomes:
        if job.given_up:
            continue  # has fired already
        if isinstance(outcome, Failure):
            job.told.errback(outcome)
        else:
            job.told.callback(outcome)
