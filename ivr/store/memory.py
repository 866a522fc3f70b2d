"""A store in memory: for tests, and the plain model that the other stores are held against.

It keeps what it is told and works everything else out when it is asked.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

from twisted.internet.defer import Deferred, maybeDeferred

from ivr.callers.caller import Caller, Record, Tally
from ivr.callers.changes import RefusedError, apply
from ivr.callers.contacts import Outcome, about
from ivr.engine.interfaces import Found, History, JournalEntry, StoreError
from ivr.store.documents import KINDS, RELEASE, change_values

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import date

    from ivr.callers.caller import Author, Instant
    from ivr.callers.changes import Change
    from ivr.callers.contacts import Contact
    from ivr.engine.interfaces import OpenCall

P = ParamSpec("P")
T = TypeVar("T")


def _answering(
    method: Callable[Concatenate[MemoryStore, P], T],
) -> Callable[Concatenate[MemoryStore, P], Deferred[T]]:
    def answer(store: MemoryStore, /, *args: P.args, **kwargs: P.kwargs) -> Deferred[T]:
        def use() -> T:
            store.refuse_if_closed()
            return method(store, *args, **kwargs)

        return maybeDeferred(use)

    return answer


class MemoryStore:
    """A `Store` (ivr.engine.interfaces) that forgets everything when it ends."""

    def __init__(self) -> None:
        self._records: dict[str, Record] = {}
        self._journal: list[JournalEntry] = []
        self._contacts: dict[str, tuple[int, Contact]] = {}
        self._open_calls: dict[str, OpenCall] = {}
        self._closed = False

    def refuse_if_closed(self) -> None:
        """Raise `StoreError` once the store is closed."""
        if self._closed:
            raise StoreError("the store is closed")

    @_answering
    def lookup(self, number: str | None, linked_id: str | None, since: date) -> Found:
        """See `Store.lookup`."""
        call = self._open_calls.get(linked_id) if linked_id is not None else None
        wanted = number if call is None else call.number
        return Found(None if wanted is None else self._caller(wanted, since), call)

    @_answering
    def remember(self, call: OpenCall) -> None:
        """See `Store.remember`."""
        self._open_calls[call.linked_id] = call

    @_answering
    def record(self, contact: Contact) -> bool:
        """See `Store.record`."""
        if contact.id in self._contacts:
            return False
        known = self._record(contact.number)
        generation = self._owner(contact)
        owner = known if generation == known.generation else Record(generation)
        case = contact.case or about(owner, contact.topic)
        self._contacts[contact.id] = generation, replace(contact, case=case)
        return True

    @_answering
    def forget(self, linked_id: str, before: Instant) -> None:
        """See `Store.forget`."""
        self._open_calls = {
            kept: call
            for kept, call in self._open_calls.items()
            if kept != linked_id and call.at >= before
        }

    @_answering
    def change(self, number: str, change: Change, author: Author) -> Record:
        """See `Store.change`."""
        return self._change(number, change, author)

    @_answering
    def change_many(
        self, changes: Sequence[tuple[str, Change]], author: Author
    ) -> Sequence[str | None]:
        """See `Store.change_many`."""
        return [self._refusal(number, change, author) for number, change in changes]

    @_answering
    def history(self, number: str) -> History:
        """See `Store.history`."""
        contacts = [c for _, c in self._contacts.values() if c.number == number]
        return History(
            number,
            self._record(number),
            tuple(entry for entry in self._journal if entry.number == number),
            tuple(sorted(contacts, key=lambda contact: (contact.started, contact.id))),
        )

    @_answering
    def ping(self) -> None:
        """See `Store.ping`."""

    def close(self) -> Deferred[None]:
        """See `Store.close`."""
        self._closed = True
        return maybeDeferred(lambda: None)

    def _record(self, number: str | None) -> Record:
        return Record() if number is None else self._records.get(number, Record())

    def _change(self, number: str, change: Change, author: Author) -> Record:
        before = self._record(number)
        after = apply(before, change, author)
        self._records[number] = after
        entry = JournalEntry(
            number, before.generation, KINDS[type(change)], change_values(change), author
        )
        self._journal.append(entry)
        return after

    def _refusal(self, number: str, change: Change, author: Author) -> str | None:
        try:
            self._change(number, change, author)
        except RefusedError as refused:
            return str(refused)
        return None

    def _owner(self, contact: Contact) -> int:
        return sum(
            entry.number == contact.number
            and entry.kind == RELEASE
            and entry.author.at <= contact.started
            for entry in self._journal
        )

    def _caller(self, number: str, since: date) -> Caller:
        record = self._record(number)
        own = list(self._own(number, record.generation))
        return Caller(number, record, _tallies(own, since), _last_agent(own))

    def _own(self, number: str, generation: int) -> Iterator[Contact]:
        for owner, contact in self._contacts.values():
            if contact.number == number and owner == generation:
                yield contact


def _tallies(contacts: Sequence[Contact], since: date) -> tuple[Tally, ...]:
    keys = sorted({(c.day, c.case or "") for c in contacts if c.day >= since})
    return tuple(_tally(contacts, day, case or None) for day, case in keys)


def _tally(contacts: Sequence[Contact], day: date, case: str | None) -> Tally:
    fitting = [c for c in contacts if c.day == day and c.case == case]
    answered = sum(c.outcome is Outcome.ANSWERED for c in fitting)
    return Tally(day, case, len(fitting), answered)


def _last_agent(contacts: Sequence[Contact]) -> str | None:
    spoke = [(c.ended, c.agent) for c in contacts if c.agent and c.outcome is Outcome.ANSWERED]
    return max(spoke)[1] if spoke else None
