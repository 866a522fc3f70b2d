"""Threads that work for the reactor: all that waits is done at once and told in one delivery.

The reactor's thread only ever puts a job into a queue. A disk that hangs stops the thread here,
and nothing else: what waits is bounded, and who waits has a deadline of its own.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar

from twisted.internet.defer import Deferred, fail
from twisted.python.failure import Failure

from ivr.engine.interfaces import StoreError

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Sequence

T = TypeVar("T")

#: The most jobs that share one transaction, so that the first of them never waits for long.
BATCH: Final = 256


@dataclass(slots=True, eq=False)
class Job:
    """One thing to do with a connection. `told` fires in the reactor's thread.

    Whoever waits may give up; a write that was asked for is done all the same.
    """

    work: Callable[[sqlite3.Connection], Any]
    told: Deferred[Any] = field(init=False)
    given_up: bool = False

    def __post_init__(self) -> None:
        self.told = Deferred(self._give_up)

    def _give_up(self, _told: Deferred[Any]) -> None:
        self.given_up = True


#: A job and what came of it: a result, or a `Failure`.
Outcome: TypeAlias = tuple[Job, object]


class Worker:
    """One thread with a queue. `perform` does a batch and never raises; `end` lets go of all."""

    def __init__(
        self,
        name: str,
        perform: Callable[[Sequence[Job]], Sequence[Outcome]],
        end: Callable[[], None],
        deliver: Callable[..., object],
        waiting: int,
    ) -> None:
        self._name = name
        self._perform = perform
        self._end = end
        self._deliver = deliver
        self._waiting = waiting
        self._queue: SimpleQueue[Job | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._ended: Deferred[None] | None = None

    def ask(self, work: Callable[[sqlite3.Connection], T]) -> Deferred[T]:
        """Queue a piece of work. Fails at once when closed, or when too many wait."""
        if self._ended is not None:
            return fail(StoreError("the store is closed"))
        if self._queue.qsize() >= self._waiting:
            return fail(
                StoreError(f"{self._waiting} requests wait for the store: is its disk slow?")
            )
        job = Job(work)
        self._queue.put(job)
        self._start()
        return job.told

    def stop(self) -> Deferred[None]:
        """Finish what is queued, then let go. Fires when that is done."""
        if self._ended is None:
            self._ended = Deferred()
            self._queue.put(None)
            self._start()
        waiter: Deferred[None] = Deferred()
        self._ended.addBoth(_also, waiter)
        return waiter

    def _start(self) -> None:
        if self._thread is None:
            # A daemon: a disk that hangs must not keep the process from ending.
            self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
            self._thread.start()

    def _run(self) -> None:
        going_on = True
        while going_on:
            jobs, going_on = self._take()
            if jobs:
                self._deliver(_settle, self._perform(jobs))
        self._end()
        self._deliver(self._tell_end)

    def _take(self) -> tuple[Sequence[Job], bool]:
        """All that waits, at most a batch; and whether more may come."""
        jobs: list[Job] = []
        next_one = self._queue.get()
        while next_one is not None:
            jobs.append(next_one)
            if len(jobs) == BATCH:
                return jobs, True
            try:
                next_one = self._queue.get_nowait()
            except Empty:
                return jobs, True
        return jobs, False

    def _tell_end(self) -> None:
        if self._ended is not None:
            self._ended.callback(None)


def _also(_result: object, waiter: Deferred[None]) -> None:
    waiter.callback(None)


def _settle(outcomes: Sequence[Outcome]) -> None:
    for job, outcome in outcomes:
        if job.given_up:
            continue  # has fired already
        if isinstance(outcome, Failure):
            job.told.errback(outcome)
        else:
            job.told.callback(outcome)
