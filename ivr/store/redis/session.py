"""A thread's way to a Redis, and how a batch of jobs becomes a few round trips on it.

What every caller shares is read at most once a second. While the servers are gone whoever asks is
told at once (see `breaker`), rather than made to wait for what would come too late.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from redis import exceptions
from twisted.python.failure import Failure

from ivr.callers.changes import RefusedError
from ivr.store.redis import around
from ivr.store.redis.commands import together
from ivr.store.redis.operations import Around
from ivr.store.redis.trouble import UnreachableError, explained

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ivr.store.redis.breaker import Breaker
    from ivr.store.redis.commands import Link, Operation
    from ivr.store.redis.places import RedisPlace
    from ivr.store.threads import Job, Outcome

#: Seconds for which what all share is taken as read.
FRESH: Final = 1.0


@dataclass(slots=True)
class Shared:
    """What the threads of one store tell each other: whether what they share was changed, whether
    the servers are known to have all that was acknowledged, and whether the store was ever there.
    """

    changes: int = 0
    reconciled: bool = True
    used: bool = False

    def changed(self) -> None:
        """Have each thread read it anew."""
        self.changes += 1


class Session:
    """One thread's; its methods run there only."""

    def __init__(
        self, link: Link, place: RedisPlace, shared: Shared, breaker: Breaker, *, new: bool
    ) -> None:
        self._link = link
        self._place = place
        self._shared = shared
        self._breaker = breaker
        self._new = new
        self._around = Around()
        self._seen: int | None = None
        self._fresh_until = 0.0

    def read(self, jobs: Sequence[Job[Session]]) -> Sequence[Outcome[Session]]:
        """Answer all of them; nobody waits for what was given up."""
        return self.perform([job for job in jobs if not job.given_up])

    def perform(self, jobs: Sequence[Job[Session]]) -> Sequence[Outcome[Session]]:
        """Do all of them, in lock-step."""
        try:
            self._breaker.check()
        except UnreachableError as known:  # and was told: the servers may be back by now
            results: Sequence[object] = [known] * len(jobs)
        else:
            results = self._done(jobs)
        return [(job, self._outcome(result)) for job, result in zip(jobs, results, strict=True)]

    def _done(self, jobs: Sequence[Job[Session]]) -> Sequence[object]:
        try:
            self._be_ready()
            operations = [self._begun(job) for job in jobs]
            results: Sequence[object] = self._run(together(operations))
        except Exception as error:  # whatever it is, those who wait must hear of it
            results = [self._lost(error)] * len(jobs)
        return results

    def close(self) -> None:
        """Let go of the connections."""
        self._breaker.end()
        self._link.close()

    def _begun(self, job: Job[Session]) -> Operation[Any]:
        operation: Operation[Any] = job.work(self)
        return operation

    @property
    def around(self) -> Around:
        """What all callers share."""
        return self._around

    @property
    def link(self) -> Link:
        """The way to the servers, for those who read them whole."""
        return self._link

    def _run(self, operation: Operation[Any]) -> Any:
        """One operation to its end."""
        replies: Any = None
        while True:
            try:
                asked = operation.send(replies)
            except StopIteration as end:
                return end.value
            replies = self._link.ask(asked) if asked else []

    def _be_ready(self) -> None:
        now, changes = time.monotonic(), self._shared.changes
        if now >= self._fresh_until or changes != self._seen:
            self._around = self._read_around()
            self._shared.reconciled = self._around.reconciled
            self._fresh_until, self._seen = now + FRESH, changes

    def _read_around(self) -> Around:
        """What all share. A connection that was idle may be gone, and then a new one will do."""
        try:
            return self._looked()
        except UnreachableError as error:
            if not isinstance(error.__cause__, exceptions.ConnectionError):
                raise
        return self._looked()

    def _looked(self) -> Around:
        used = self._shared.used
        reading = around.read(self._link, self._place, new=self._new, used=used)
        found: Around | Exception = self._run(together([reading]))[0]
        if isinstance(found, Exception):
            raise found
        self._shared.used = True
        return found

    def _lost(self, error: Exception) -> Exception:
        told = explained(error, self._place.shown)
        if isinstance(told, UnreachableError):
            self._breaker.trip(told)
            self._shared.changed()  # another server may be there next
            self._seen = None
        return told

    def _outcome(self, result: object) -> object:
        if not isinstance(result, Exception):
            return result
        return Failure(
            result if isinstance(result, RefusedError) else explained(result, self._place.shown)
        )
