"""Callers, contacts and consents as bytes, and back. Pure. Scripts read and write the same forms.

Everything is MessagePack, which keeps a double as it is and which Redis' Lua has built in. Days are
counted from the year 2000, months from the year 0.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, TypeVar

from ivr.callers.caller import Author, Caller, Consent, MonthTally, Record, Tally
from ivr.callers.contacts import Contact, Outcome
from ivr.callers.months import earliest, first_needed
from ivr.engine.interfaces import JournalEntry, OpenCall
from ivr.store.documents import record_doc, record_from
from ivr.store.redis.packing import (
    day_number,
    day_of,
    fours,
    month_number,
    month_of,
    opened,
    opened_all,
    packed,
    peeked,
    unpacked,
)
from ivr.store.sound import sound

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from ivr.callers.caller import Instant

T = TypeVar("T")

#: A number that has shipped stays.
_OUTCOMES: Final = (
    Outcome.ANSWERED, Outcome.ABANDONED, Outcome.DECLINED, Outcome.OVERFLOWED, Outcome.BROKEN,
)  # fmt: skip
#: Of the sums: the first day that the caller itself tells; all, at first.
_ALWAYS: Final = -1_000_000


@dataclass(frozen=True, slots=True)
class Known:
    """What a lookup reads of a caller, in the order in which it lies there.

    `version` grows with each write: who changes a caller says which one was read. `releases` are
    the moments at which the number got a new owner, back to its erasure. `since`: sums of days
    before it lie elsewhere. `days` are day, case, ended, answered of each tally in one list,
    `months` month, "", contacts and marks. `consents` are the latest of each line, `doc` is
    `documents.record_doc`. `erased` is when the number was, and is left out where it never was.
    """

    version: int = 0
    generation: int = 0
    releases: Sequence[float] = ()
    agent: str = ""
    agent_at: float = 0
    answered: str = ""
    answered_at: float = 0
    bare: int = 0
    since: int = _ALWAYS
    days: Sequence[Any] = ()
    months: Sequence[Any] = ()
    consents: Sequence[Sequence[Any]] = ()
    doc: str = ""
    erased: Instant | None = None
    record: Record = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "record", record_from(self.generation, self.doc))

    def caller(
        self, number: str, since: date, older: Sequence[bytes], whole: Sequence[str], *,
        reconciled: bool,
    ) -> Caller:  # fmt: skip
        """The caller with its tallies from local day `since` on.

        `older` are the sums of days that lie elsewhere, `whole` the months on each day of which an
        engine was there.
        """
        months = self._months(earliest(self.record.process, since))
        first = first_needed(self.record.process, months)
        return Caller(
            number,
            self.record,
            self._tallies(day_number(since), older),
            self.agent or None,
            months,
            frozenset() if first is None else frozenset(name for name in whole if name >= first),
            bool(self.bare),
            tuple(map(_consent, self.consents)),
            reconciled=reconciled,
        )

    def _tallies(self, first: int, older: Sequence[bytes]) -> tuple[Tally, ...]:
        days = [*(each for member in older for each in unpacked(member)), *self.days]
        return tuple(
            Tally(day_of(day), case or None, ended, answered)
            for day, case, ended, answered in fours(days)
            if day >= first
        )

    def _months(self, earliest: str) -> tuple[MonthTally, ...]:
        first = month_number(earliest)
        return tuple(
            MonthTally(month_of(name), contacts, marks)
            for name, _, contacts, marks in fours(self.months)
            if name >= first
        )

    def has_month(self, least: int, names: Sequence[str]) -> bool:
        """Whether one of the months named has at least so much evidence."""
        numbers = set(map(month_number, names))
        return any(
            name in numbers and contacts >= least for name, _, contacts, _ in fours(self.months)
        )

    def packed(self) -> bytes:
        """As it lies there after this write."""
        return packed([
            self.version + 1, self.generation, self.releases, self.agent, self.agent_at,
            self.answered, self.answered_at, self.bare, self.since, self.days, self.months,
            self.consents, self.doc, *([] if self.erased is None else [self.erased]),
        ])  # fmt: skip

    def changed(self, record: Record, at: float) -> Known:
        """With another record; a new owner, since `at`, begins with nothing."""
        if record.generation == self.generation:
            return replace(self, doc=record_doc(record))
        releases = (*self.releases, at)
        return Known(
            self.version, record.generation, releases, doc=record_doc(record), erased=self.erased
        )

    def erased_by(self, generation: int, at: float) -> Known:
        """As one of whom nothing is known, by owner `generation`, who began at that moment."""
        return Known(self.version, generation, (at,), erased=at)

    def with_consent(self, given: Consent) -> Known:
        """With a consent among the latest, unless a later one of its line is known."""
        by_line = {each.line: each for each in map(_consent, self.consents)}
        known = by_line.get(given.line)
        if known is None or (known.at, known.id) <= (given.at, given.id):
            by_line[given.line] = given
        return replace(self, consents=[_of_consent(by_line[line]) for line in sorted(by_line)])


def known_from(read: bytes | None) -> Known:
    """Raises `DamagedError`."""
    return Known() if read is None else opened(read, lambda values: sound(Known(*values)))


def tried_from(number: str, read: bytes | None) -> Known:
    """The same, if a lookup can make a caller of it. Raises `DamagedError`."""

    def tried(values: Sequence[Any]) -> Known:
        known = sound(Known(*values))
        known.caller(number, day_of(0), (), (), reconciled=False)
        return known

    return Known() if read is None else opened(read, tried)


# --- contacts --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Kept:
    """A contact in the ledger, and the owner of the number whose it is."""

    contact: Contact
    generation: int

    @property
    def told(self) -> bytes:
        """What `scripts.ANNOTATE` needs of it: owner, case, mark, note."""
        contact = self.contact
        return packed([
            self.generation, contact.case or "", contact.marked_by or "", contact.note or "",
        ])  # fmt: skip

    def packed(self) -> bytes:
        """As it lies there."""
        contact = self.contact
        head = (
            self.generation, contact.case or "", contact.note or "", contact.disposition or "",
            contact.marked_by or "",
        )  # fmt: skip
        return b"".join(map(packed, head)) + rest(contact)


def facts(contact: Contact) -> bytes:
    """What `scripts.RECORD` must know to count a contact, by name."""
    return packed({
        "started": contact.started, "ended": contact.ended, "day": day_number(contact.day),
        "month": month_number(contact.day.isoformat()[:7]),
        "answered": contact.outcome is Outcome.ANSWERED, "asked_for": contact.asked_for,
        "agent": contact.agent or "", "case": contact.case or "", "topic": contact.topic or "",
        "has_topic": contact.topic is not None, "note": contact.note or "",
        "disposition": contact.disposition or "", "marked": contact.marked_by or "",
    })  # fmt: skip


def rest(contact: Contact) -> bytes:
    """What never changes of a contact, but for its id and number, which its place tells."""
    return packed([
        len(contact.linked_id), len(contact.decision), contact.started, contact.ended,
        day_number(contact.day), _OUTCOMES.index(contact.outcome), contact.dialled, contact.tier,
        contact.topic, contact.route, contact.queue, contact.agent, contact.hold, contact.talk,
        contact.transfer, contact.asked_for,
    ])  # fmt: skip


def kept_from(id_: bytes, read: bytes, number: str | None) -> Kept:
    """Raises `DamagedError`."""
    return opened_all(read, lambda values: _kept(id_.decode(), number, *values))


def owner_and_day(read: bytes) -> tuple[int, int]:
    """Whose a contact is, and the number of its day. Raises `DamagedError`."""
    return peeked(read, 5, 4)


def _kept(
    id_: str, number: str | None, generation: int, case: str, note: str, disposition: str,
    marked: str, values: Sequence[Any],
) -> Kept:  # fmt: skip
    linked, decision, started, ended, day, outcome, *more = values
    dialled, tier, topic, route, queue, agent, hold, talk, transfer, asked_for = more
    contact = Contact(
        system=id_[linked + decision + 2 :], linked_id=id_[:linked],
        decision=id_[linked + 1 : linked + 1 + decision], number=number, started=started,
        ended=ended, day=day_of(day), outcome=_OUTCOMES[outcome], dialled=dialled, tier=tier,
        topic=topic, route=route, queue=queue, agent=agent, hold=hold, talk=talk,
        transfer=transfer, case=case or None, asked_for=asked_for, note=note or None,
        disposition=disposition or None, marked_by=marked or None,
    )  # fmt: skip
    return Kept(sound(contact), generation)


# --- journal, consents, open calls -----------------------------------------------------------


def entry(made: JournalEntry) -> bytes:
    """An entry of the journal; its number is told by its place."""
    by = made.author
    return packed([
        made.number, made.generation, made.kind, dict(made.values), by.by, by.os_user, by.at, by.why
    ])  # fmt: skip


def entry_from(read: bytes) -> JournalEntry:
    """Raises `DamagedError`."""
    return opened(read, lambda values: _entry(*values))


def _entry(
    number: str, generation: int, kind: str, values: dict[str, object], *by: Any
) -> JournalEntry:
    return sound(JournalEntry(number, generation, kind, values, sound(Author(*by))))


def consent(given: Consent, generation: int) -> bytes:
    """A consent and the owner of the number who gave it."""
    return packed([generation, *_of_consent(given)])


def consent_from(read: bytes) -> tuple[Consent, int]:
    """Raises `DamagedError`."""
    return opened(read, lambda values: (_consent(values[1:]), values[0]))


def open_call(call: OpenCall) -> bytes:
    """What a call carries."""
    return packed([call.number, call.state, call.at])


def open_call_from(linked_id: str, read: bytes | None) -> OpenCall | None:
    """Raises `DamagedError`."""
    return (
        None if read is None else opened(read, lambda values: sound(OpenCall(linked_id, *values)))
    )


def owner(number: str) -> bytes:
    """A number in an index: as the integer that Redis keeps in eight bytes, if it is one."""
    return (number[1:] if _is_short(number) else number).encode()


def owner_from(read: bytes) -> str:
    """The number again."""
    text = read.decode()
    return f"+{text}" if text.isdecimal() else text


def _is_short(number: str) -> bool:
    digits = number[1:]
    return number[:1] == "+" and digits.isdecimal() and digits.isascii() and digits[0] != "0"


def _of_consent(given: Consent) -> list[Any]:
    return [
        given.id, given.line, given.prompt, given.version, given.key, given.at, given.decision,
        given.topic,
    ]  # fmt: skip


def _consent(values: Sequence[Any]) -> Consent:
    id_, line, prompt, version, key, at, decision, topic = values
    # Lua writes a whole number as an integer.
    return sound(Consent(id_, line, prompt, version, key, float(at), decision, topic))
