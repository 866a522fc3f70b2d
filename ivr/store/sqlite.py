"""The embedded store: one SQLite file, a thread that writes and one that looks up.

Questions of people (a history, a report) may read much: a thread of their own does, so that no
call waits for them. Another one brings the log home after an erasure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from twisted.internet.defer import Deferred, gatherResults

from ivr.engine.interfaces import Waiting
from ivr.store import forgetting, ledger, reading, writing
from ivr.store.batches import Session
from ivr.store.files import Files
from ivr.store.threads import Soon, Worker, at_once

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Sequence
    from datetime import date

    from ivr.callers.caller import Author, Caller, Consent, Instant, Record
    from ivr.callers.changes import Change
    from ivr.callers.contacts import Contact
    from ivr.callers.erasure import Bounds
    from ivr.engine.interfaces import Annotation, Erased, Found, History, OpenCall

#: Seconds to wait for another process that writes, before the write fails.
PATIENCE: Final = 5.0
#: How many contacts are removed in one transaction.
_AT_ONCE: Final = 500
#: How many requests may wait for each thread; the next fails at once.
WAITING: Final = 2000


class SqliteStore:
    """A `Store` (ivr.engine.interfaces) in the file at `path`, made if it is not there.

    `deliver(function, *arguments)` runs a function in the thread that asks: with a reactor it is
    `reactor.callFromThread`. Nothing here waits for the disk in that thread, the constructor
    included: that the file cannot be used is told by the first request (`ping`).
    """

    def __init__(
        self,
        path: str,
        deliver: Callable[..., object],
        *,
        patience: float = PATIENCE,
        waiting: int = WAITING,
        soon: Soon = at_once,
        connect: Callable[[str], sqlite3.Connection] | None = None,
    ) -> None:
        files = Files(path, patience, connect)
        writer, reader, desk, porter = (Session(files) for _ in range(4))
        self._writer = Worker("store-writer", writer.write, writer.close, deliver, waiting, soon)
        self._reader = Worker("store-reader", reader.read, reader.close, deliver, waiting, soon)
        self._desk = Worker("store-desk", desk.read, desk.close, deliver, waiting, soon)
        self._porter = Worker("store-porter", porter.use, porter.close, deliver, waiting, soon)

    def waiting(self) -> Waiting:
        """See `Queueing`."""
        return Waiting(self._reader.waiting, self._writer.waiting)

    def lookup(self, number: str | None, linked_id: str | None, since: date) -> Deferred[Found]:
        """See `Store.lookup`."""
        return self._reader.ask(lambda c: reading.lookup(c, number, linked_id, since))

    def remember(self, *calls: OpenCall) -> Deferred[None]:
        """See `Store.remember`."""
        return self._writer.ask(lambda c: writing.remember(c, calls))

    def record(self, contact: Contact) -> Deferred[bool]:
        """See `Store.record`."""
        return self._writer.ask(lambda c: ledger.record(c, contact))

    def forget(self, linked_id: str, before: Instant) -> Deferred[None]:
        """See `Store.forget`."""
        return self._writer.ask(lambda c: writing.forget(c, linked_id, before))

    def change(self, number: str, change: Change, author: Author) -> Deferred[Record]:
        """See `Store.change`."""
        return self._writer.ask(lambda c: writing.change(c, number, change, author))

    def change_many(
        self, changes: Sequence[tuple[str, Change]], author: Author
    ) -> Deferred[Sequence[str | None]]:
        """See `Store.change_many`. One transaction: give some hundreds, to leave room for calls."""
        return self._writer.ask(lambda c: writing.change_many(c, changes, author))

    def history(self, number: str) -> Deferred[History]:
        """See `Store.history`."""
        return self._desk.ask(lambda c: reading.history(c, number))

    def annotate(self, contact: str, annotation: Annotation, author: Author) -> Deferred[Contact]:
        """See `Store.annotate`."""
        return self._writer.ask(lambda c: ledger.annotate(c, contact, annotation, author))

    def consent(
        self, number: str, consent: Consent, allowed: Callable[[Caller], bool], since: date
    ) -> Deferred[bool]:
        """See `Store.consent`. `allowed` is asked in the writer's thread."""
        return self._writer.ask(lambda c: writing.consent(c, number, consent, allowed, since))

    def attend(self, day: date) -> Deferred[None]:
        """See `Store.attend`."""
        return self._writer.ask(lambda c: writing.attend(c, day))

    def candidates(self, least: int, months: Sequence[str]) -> Deferred[Sequence[str]]:
        """See `Store.candidates`."""
        return self._desk.ask(lambda c: reading.candidates(c, least, months))

    def undocumented(self, since: date) -> Deferred[Sequence[tuple[str, int, int]]]:
        """See `Store.undocumented`."""
        return self._desk.ask(lambda c: reading.undocumented(c, since))

    def retire(self, before: date, keep_from: date) -> Deferred[int]:
        """See `Store.retire`. Some at a time: other writes come between."""
        return Deferred.fromCoroutine(self._retire(before, keep_from))

    async def _retire(self, before: date, keep_from: date) -> int:
        retired, went = 0, _AT_ONCE
        while went == _AT_ONCE:
            went = await self._writer.ask(lambda c: ledger.retire(c, before, keep_from, _AT_ONCE))
            retired += went
        return retired

    def retired_before(self) -> Deferred[date | None]:
        """See `Store.retired_before`."""
        return self._desk.ask(reading.retired_before)

    def erase(self, number: str, bounds: Bounds, author: Author) -> Deferred[Erased]:
        """See `Store.erase`."""
        return Deferred.fromCoroutine(self._erase(number, bounds, author))

    async def _erase(self, number: str, bounds: Bounds, author: Author) -> Erased:
        erased = await self._writer.ask(lambda c: forgetting.erase(c, number, bounds, author))
        await self._porter.ask(forgetting.bring_home)
        return erased

    def ping(self) -> Deferred[None]:
        """See `Store.ping`."""
        return self._reader.ask(reading.ping)

    def close(self) -> Deferred[None]:
        """See `Store.close`."""
        return gatherResults(
            [worker.stop() for worker in (self._writer, self._reader, self._desk, self._porter)]
        ).addCallback(_nothing)


def _nothing(_results: object) -> None:
    return None
