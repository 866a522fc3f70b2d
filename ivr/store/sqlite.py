"""The embedded store: one SQLite file, one thread that writes and one that reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from twisted.internet.defer import gatherResults

from ivr.store import reading, writing
from ivr.store.batches import Session
from ivr.store.files import Files
from ivr.store.threads import Worker

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Sequence
    from datetime import date

    from twisted.internet.defer import Deferred

    from ivr.callers.caller import Author, Instant, Record
    from ivr.callers.changes import Change
    from ivr.callers.contacts import Contact
    from ivr.engine.interfaces import Found, History, OpenCall

#: Seconds to wait for another process that writes, before the write fails.
PATIENCE: Final = 5.0
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
        connect: Callable[[str], sqlite3.Connection] | None = None,
    ) -> None:
        files = Files(path, patience, connect)
        writer, reader = Session(files), Session(files)
        self._writer = Worker("store-writer", writer.write, writer.close, deliver, waiting)
        self._reader = Worker("store-reader", reader.read, reader.close, deliver, waiting)

    def lookup(self, number: str | None, linked_id: str | None, since: date) -> Deferred[Found]:
        """See `Store.lookup`."""
        return self._reader.ask(lambda c: reading.lookup(c, number, linked_id, since))

    def remember(self, call: OpenCall) -> Deferred[None]:
        """See `Store.remember`."""
        return self._writer.ask(lambda c: writing.remember(c, call))

    def record(self, contact: Contact) -> Deferred[bool]:
        """See `Store.record`."""
        return self._writer.ask(lambda c: writing.record(c, contact))

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
        return self._reader.ask(lambda c: reading.history(c, number))

    def ping(self) -> Deferred[None]:
        """See `Store.ping`."""
        return self._reader.ask(reading.ping)

    def close(self) -> Deferred[None]:
        """See `Store.close`."""
        return gatherResults([self._writer.stop(), self._reader.stop()]).addCallback(_nothing)


def _nothing(_results: object) -> None:
    return None
