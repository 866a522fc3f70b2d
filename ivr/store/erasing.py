"""What an erasure does to a number, worked out once for every store. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ivr.callers.caller import Record
from ivr.callers.erasure import ERASE, Notice, check, grounds
from ivr.callers.nuisance import Stage
from ivr.callers.process import Confirm
from ivr.engine.interfaces import Erased, JournalEntry
from ivr.store.documents import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ivr.callers.caller import Author, Consent, Instant
    from ivr.callers.erasure import Bounds

_CONFIRM: Final = KINDS[Confirm]


@dataclass(frozen=True, slots=True)
class Held:
    """What a store has of a number, as far as an erasure must know it.

    `counted` says that sums of the present owner are there; consents come with the owner who gave
    them, `calls` are the moments at which open ones were put down.
    """

    record: Record
    counted: bool
    contacts: int
    journal: Sequence[JournalEntry]
    consents: Sequence[tuple[int, Consent]]
    calls: Sequence[Instant]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be left of it.

    `generation` is that of the owner who begins now. Of the journal what is at the places in `stay`
    is left, and `entry` comes after it; the consents in `gone` (ids) go, and everything else.
    """

    generation: int
    stay: Sequence[int]
    entry: JournalEntry
    gone: frozenset[str]
    erased: Erased


def plan(number: str, held: Held, bounds: Bounds, author: Author) -> Plan | None:
    """What to do; None: nothing is known of the number, and nothing is to be written.

    Raises `RefusedError`.
    """
    check(held.record, held.calls, bounds)
    kept = [consent for _, consent in held.consents if consent.at >= bounds.consents]
    gone = frozenset(consent.id for _, consent in held.consents if consent.at < bounds.consents)
    stay = sorted(grounds(tuple(_notices(held.journal)), kept))
    earlier = sum(entry.kind == ERASE for entry in held.journal)
    entries = len(held.journal) - earlier - len(stay)
    found = _found(held, gone, entries)
    if not found and not earlier:
        return None
    erased = Erased(
        found, held.record, held.contacts, entries, len(gone),
        tuple(sorted(kept, key=lambda each: (each.at, each.id))), len(stay),
    )  # fmt: skip
    generation = held.record.generation + found
    entry = JournalEntry(number, generation - 1, ERASE, {}, author)
    return Plan(generation, stay, entry, gone, erased)


def _notices(journal: Sequence[JournalEntry]) -> Iterator[Notice]:
    for place, entry in enumerate(journal):
        if entry.kind == _CONFIRM:
            yield Notice(place, Stage(str(entry.values["step"])), entry.author.at)


def _found(held: Held, gone: frozenset[str], entries: int) -> bool:
    """Whether there is anything to erase."""
    present = held.record.generation
    agreed = any(generation == present for generation, _ in held.consents)
    decided = held.record != Record(present)
    return bool(decided or held.counted or held.contacts or entries or agreed or gone or held.calls)
