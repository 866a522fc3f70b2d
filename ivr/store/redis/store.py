"""The shared store: three threads as the embedded one has, each with connections of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar, cast

from twisted.internet.defer import Deferred, gatherResults

from ivr.engine.interfaces import Reconciliation, Waiting
from ivr.store.redis import forgetting, ledger, operations, reconciling, sweeps
from ivr.store.redis.breaker import PAUSE, Breaker
from ivr.store.redis.links import link
from ivr.store.redis.places import parse
from ivr.store.redis.session import Session, Shared
from ivr.store.threads import Soon, Worker, at_once

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from ivr.callers.caller import Author, Caller, Consent, Instant, Record
    from ivr.callers.changes import Change
    from ivr.callers.contacts import Contact
    from ivr.callers.erasure import Bounds
    from ivr.engine.interfaces import Annotation, Erased, Found, History, OpenCall
    from ivr.store.redis.commands import Operation

T = TypeVar("T")

#: How many requests may wait for each thread; the next fails at once.
WAITING: Final = 2000


class RedisStore:
    """A `Store` (ivr.engine.interfaces) in the Redis at `url` (see `places`).

    `deliver(function, *arguments)` runs a function in the thread that asks: with a reactor it is
    `reactor.callFromThread`. Nothing is connected before the first request; one that no engine has
    begun is refused then unless it may be `new`. `pause`: seconds between two looks for servers
    that are gone. Raises `places.PlaceError`.
    """

    def __init__(
        self,
        url: str,
        deliver: Callable[..., object],
        *,
        new: bool = True,
        waiting: int = WAITING,
        soon: Soon = at_once,
        pause: float = PAUSE,
    ) -> None:
        place, self._shared = parse(url), Shared()
        breaker = Breaker(lambda: link(place), pause)
        writer, reader, desk = (
            Session(link(place), place, self._shared, breaker, new=new) for _ in range(3)
        )
        self._writer = Worker("store-writer", writer.perform, writer.close, deliver, waiting, soon)
        self._reader = Worker("store-reader", reader.read, reader.close, deliver, waiting, soon)
        self._desk = Worker("store-desk", desk.read, desk.close, deliver, waiting, soon)

    def is_reconciled(self) -> bool:
        """See `Reconcilable`: as of the last lookup."""
        return self._shared.reconciled

    def reconcile(self, author: Author, *, accept: bool) -> Deferred[Reconciliation]:
        """See `Reconcilable`."""
        return _ask(
            self._desk, lambda s: reconciling.reconcile(s.link, author, accept=accept)
        ).addCallback(self._reread)

    def _reread(self, result: T) -> T:
        if isinstance(result, Reconciliation):
            self._shared.reconciled = result.opened
        self._shared.changed()
        return result

    def waiting(self) -> Waiting:
        """See `Queueing`."""
        return Waiting(self._reader.waiting, self._writer.waiting)

    def lookup(self, number: str | None, linked_id: str | None, since: date) -> Deferred[Found]:
        """See `Store.lookup`."""
        return _ask(self._reader, lambda s: operations.lookup(s.around, number, linked_id, since))

    def remember(self, *calls: OpenCall) -> Deferred[None]:
        """See `Store.remember`."""
        return _ask(self._writer, lambda _: operations.remember(calls))

    def record(self, contact: Contact) -> Deferred[bool]:
        """See `Store.record`."""
        return _ask(self._writer, lambda _: ledger.record(contact))

    def forget(self, linked_id: str, before: Instant) -> Deferred[None]:
        """See `Store.forget`."""
        return _ask(self._writer, lambda _: operations.forget(linked_id, before))

    def change(self, number: str, change: Change, author: Author) -> Deferred[Record]:
        """See `Store.change`."""
        return _ask(self._writer, lambda s: operations.change(s.around, number, change, author))

    def change_many(
        self, changes: Sequence[tuple[str, Change]], author: Author
    ) -> Deferred[Sequence[str | None]]:
        """See `Store.change_many`; all of a number or none, each number for itself."""
        return _ask(self._writer, lambda s: operations.change_many(s.around, changes, author))

    def history(self, number: str) -> Deferred[History]:
        """See `Store.history`."""
        return _ask(self._desk, lambda _: operations.history(number))

    def annotate(self, contact: str, annotation: Annotation, author: Author) -> Deferred[Contact]:
        """See `Store.annotate`."""
        return _ask(self._writer, lambda s: ledger.annotate(s.around, contact, annotation, author))

    def consent(
        self, number: str, consent: Consent, allowed: Callable[[Caller], bool], since: date
    ) -> Deferred[bool]:
        """See `Store.consent`. `allowed` is asked in the writer's thread."""
        return _ask(
            self._writer, lambda s: operations.consent(s.around, number, consent, allowed, since)
        )

    def attend(self, day: date) -> Deferred[None]:
        """See `Store.attend`."""
        return _ask(self._writer, lambda _: operations.attend(day)).addCallback(self._reread)

    def candidates(self, least: int, months: Sequence[str]) -> Deferred[Sequence[str]]:
        """See `Store.candidates`."""
        return Deferred.fromCoroutine(sweeps.candidates(self._at_the_desk, least, months))

    def undocumented(self, since: date) -> Deferred[Sequence[tuple[str, int, int]]]:
        """See `Store.undocumented`."""
        return Deferred.fromCoroutine(sweeps.undocumented(self._at_the_desk, since))

    def retire(self, before: date, keep_from: date) -> Deferred[int]:
        """See `Store.retire`."""
        return Deferred.fromCoroutine(sweeps.retire(self._at_the_desk, before, keep_from))

    def retired_before(self) -> Deferred[date | None]:
        """See `Store.retired_before`."""
        return self._at_the_desk(lambda _: ledger.retired_before())

    def erase(self, number: str, bounds: Bounds, author: Author) -> Deferred[Erased]:
        """See `Store.erase`."""
        return _ask(self._writer, lambda s: forgetting.erase(s.around, number, bounds, author))

    def _at_the_desk(self, work: Callable[[Session], Operation[T]]) -> Deferred[T]:
        return _ask(self._desk, work)

    def ping(self) -> Deferred[None]:
        """See `Store.ping`."""
        return _ask(self._reader, lambda _: operations.ping())

    def close(self) -> Deferred[None]:
        """See `Store.close`."""
        return gatherResults(
            [worker.stop() for worker in (self._writer, self._reader, self._desk)]
        ).addCallback(_nothing)


def _ask(worker: Worker[Session], work: Callable[[Session], Operation[T]]) -> Deferred[T]:
    """The session runs the operation that `work` begins: what it returns is what is told."""
    return worker.ask(cast("Callable[[Session], T]", work))


def _nothing(_results: object) -> None:
    return None
