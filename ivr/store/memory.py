"""A store in memory: for tests, and the plain model that the other stores are held against.

It keeps what it is told and works everything else out when it is asked.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

from twisted.internet.defer import Deferred, maybeDeferred

from ivr.callers.caller import Caller, Record
from ivr.callers.changes import RefusedError, apply
from ivr.callers.contacts import about
from ivr.callers.erasure import ERASE
from ivr.callers.nuisance import Process
from ivr.engine.interfaces import Erased, Found, History, JournalEntry, StoreError
from ivr.store import erasing, sums
from ivr.store.annotations import ANNOTATE, annotated, annotation_values, unknown
from ivr.store.documents import KINDS, RELEASE, change_values

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import date

    from ivr.callers.caller import Author, Consent, Instant
    from ivr.callers.changes import Change
    from ivr.callers.contacts import Contact
    from ivr.callers.erasure import Bounds
    from ivr.engine.interfaces import Annotation, OpenCall

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
        self._consents: dict[str, tuple[str, int, Consent]] = {}
        self._days: set[date] = set()
        # Contacts that were removed still count: they are left out where contacts are shown.
        self._gone: set[str] = set()
        self._retired: date | None = None
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
    def remember(self, *calls: OpenCall) -> None:
        """See `Store.remember`."""
        self._open_calls.update({call.linked_id: call for call in calls})

    @_answering
    def record(self, contact: Contact) -> bool:
        """See `Store.record`."""
        if contact.id in self._contacts:
            return False
        if self._retired is not None and contact.day < self._retired:
            return False
        if contact.ended <= self._erased(contact.number):
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
        contacts = [c for c in self._shown() if c.number == number]
        return History(
            number,
            self._record(number),
            tuple(entry for entry in self._journal if entry.number == number),
            tuple(sorted(contacts, key=lambda contact: (contact.started, contact.id))),
            tuple(sorted(self._consents_of(number), key=lambda each: (each.at, each.id))),
        )

    @_answering
    def annotate(self, contact: str, annotation: Annotation, author: Author) -> Contact:
        """See `Store.annotate`."""
        if contact not in self._contacts or contact in self._gone:
            raise unknown(contact)
        generation, before = self._contacts[contact]
        after = annotated(before, annotation, author)
        self._contacts[contact] = generation, after
        values = annotation_values(contact, annotation)
        entry = JournalEntry(after.number or "", generation, ANNOTATE, values, author)
        self._journal.append(entry)
        return after

    @_answering
    def consent(
        self, number: str, consent: Consent, allowed: Callable[[Caller], bool], since: date
    ) -> bool:
        """See `Store.consent`."""
        caller = self._caller(number, since)
        try:
            may = allowed(caller)
        except Exception as error:
            raise StoreError(f"the store cannot do this: {error}") from error
        if not may:
            return False
        new = (number, caller.record.generation, consent)
        whose, _, kept = self._consents.setdefault(consent.id, new)
        return (whose, kept) == (number, consent)

    @_answering
    def attend(self, day: date) -> None:
        """See `Store.attend`."""
        self._days.add(day)

    @_answering
    def candidates(self, least: int, months: Sequence[str]) -> Sequence[str]:
        """See `Store.candidates`."""
        known = {contact.number for _, contact in self._contacts.values() if contact.number}
        return tuple(
            sorted(
                number
                for number in known | set(self._records)
                if self._record(number).process != Process()
                or sums.has_month(self._own(number, self._record(number).generation), least, months)
            )
        )

    @_answering
    def undocumented(self, since: date) -> Sequence[tuple[str, int, int]]:
        """See `Store.undocumented`."""
        return sums.undocumented(c for c in self._shown() if c.day >= since)

    @_answering
    def retire(self, before: date, keep_from: date) -> int:
        """See `Store.retire`."""
        self._retired = max(before, self._retired or before)
        went = {each for each in self._contacts if self._is_old(each, before, keep_from)}
        self._gone |= went
        return len(went)

    @_answering
    def retired_before(self) -> date | None:
        """See `Store.retired_before`."""
        return self._retired

    @_answering
    def erase(self, number: str, bounds: Bounds, author: Author) -> Erased:
        """See `Store.erase`."""
        held = self._held(number)
        plan = erasing.plan(number, held, bounds, author)
        if plan is None:
            return Erased(False, held.record, 0, 0, 0)
        self._records[number] = Record(plan.generation)
        self._contacts = {i: c for i, c in self._contacts.items() if c[1].number != number}
        self._gone &= set(self._contacts)
        self._consents = {i: c for i, c in self._consents.items() if i not in plan.gone}
        self._open_calls = {i: c for i, c in self._open_calls.items() if c.number != number}
        others = [entry for entry in self._journal if entry.number != number]
        self._journal = [*others, *(held.journal[place] for place in plan.stay), plan.entry]
        return plan.erased

    @_answering
    def ping(self) -> None:
        """See `Store.ping`."""

    def close(self) -> Deferred[None]:
        """See `Store.close`."""
        self._closed = True
        return maybeDeferred(lambda: None)

    def _shown(self) -> Iterator[Contact]:
        return (c for _, c in self._contacts.values() if c.id not in self._gone)

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
        since = sum(
            entry.number == contact.number
            and entry.kind in (RELEASE, ERASE)
            and entry.author.at > contact.started
            for entry in self._journal
        )
        return self._record(contact.number).generation - since

    def _erased(self, number: str | None) -> float:
        told = (e.author.at for e in self._journal if e.number == number and e.kind == ERASE)
        return max(told, default=float("-inf"))

    def _held(self, number: str) -> erasing.Held:
        record = self._record(number)
        return erasing.Held(
            record,
            any(self._own(number, record.generation)),
            sum(contact.number == number for contact in self._shown()),
            [entry for entry in self._journal if entry.number == number],
            [(owner, c) for whose, owner, c in self._consents.values() if whose == number],
            [call.at for call in self._open_calls.values() if call.number == number],
        )

    def _caller(self, number: str, since: date) -> Caller:
        record = self._record(number)
        own = list(self._own(number, record.generation))
        months = sums.months(own, record.process, since)
        return Caller(
            number,
            record,
            sums.tallies(own, since),
            sums.last_agent(own),
            months,
            sums.here(self._days, record.process, months),
            sums.is_undocumented(own),
            sums.latest(self._consents_of(number, record.generation)),
        )

    def _own(self, number: str, generation: int) -> Iterator[Contact]:
        for owner, contact in self._contacts.values():
            if contact.number == number and owner == generation:
                yield contact

    def _consents_of(self, number: str, generation: int | None = None) -> Iterator[Consent]:
        for whose, owner, consent in self._consents.values():
            if whose == number and generation in (None, owner):
                yield consent

    def _is_old(self, id_: str, before: date, keep_from: date) -> bool:
        generation, contact = self._contacts[id_]
        record = self._record(contact.number)
        evidence = record.process != Process() and generation == record.generation
        if id_ in self._gone or contact.day >= before:
            return False
        return not (evidence and contact.day >= keep_from)
