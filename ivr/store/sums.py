"""What contacts add up to, worked out from each of them: the plain model of the sums. Pure."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from ivr.callers.caller import MonthTally, Tally
from ivr.callers.contacts import Outcome, is_evidence
from ivr.callers.months import earliest, first_needed, is_whole

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from ivr.callers.caller import Consent
    from ivr.callers.contacts import Contact
    from ivr.callers.nuisance import Process


def tallies(contacts: Sequence[Contact], since: date) -> tuple[Tally, ...]:
    """By day and case, from local day `since` on."""
    keys = sorted({(c.day, c.case or "") for c in contacts if c.day >= since})
    return tuple(_tally(contacts, day, case or None) for day, case in keys)


def _tally(contacts: Sequence[Contact], day: date, case: str | None) -> Tally:
    fitting = [c for c in contacts if c.day == day and c.case == case]
    return Tally(day, case, len(fitting), len(list(_answered(fitting))))


def months(contacts: Sequence[Contact], process: Process, since: date) -> tuple[MonthTally, ...]:
    """By calendar month, as far back as a lookup goes."""
    first = earliest(process, since)
    return tuple(month for month in _months(contacts) if month.name >= first)


def _months(contacts: Iterable[Contact]) -> Iterator[MonthTally]:
    evidence = [contact for contact in contacts if is_evidence(contact)]
    for name in sorted({_month(contact) for contact in evidence}):
        of_month = [contact for contact in evidence if _month(contact) == name]
        marks = sum(contact.marked_by is not None for contact in of_month)
        yield MonthTally(name, len(of_month), marks)


def has_month(contacts: Iterable[Contact], least: int, names: Sequence[str]) -> bool:
    """Whether one of the months named has at least so much evidence."""
    return any(month.name in names and month.contacts >= least for month in _months(contacts))


def here(days: Collection[date], process: Process, tallied: Sequence[MonthTally]) -> frozenset[str]:
    """The months, from the first that is needed on, of which every day is among `days`."""
    first = first_needed(process, tallied)
    if first is None:
        return frozenset()
    begin, bits = date.fromisoformat(f"{first}-01"), dict[str, int]()
    for day in days:
        if day >= begin:
            name = _name(day)
            bits[name] = bits.get(name, 0) | 1 << (day.day - 1)
    return frozenset(name for name, there in bits.items() if is_whole(name, there))


def last_agent(contacts: Iterable[Contact]) -> str | None:
    """Who answered last."""
    spoke = [(c.ended, c.agent) for c in _answered(contacts) if c.agent]
    return max(spoke)[1] if spoke else None


def is_undocumented(contacts: Iterable[Contact]) -> bool:
    """Whether the last answered contact has no note."""
    last = max(_answered(contacts), key=lambda c: (c.ended, c.id), default=None)
    return last is not None and last.note is None


def undocumented(contacts: Iterable[Contact]) -> Sequence[tuple[str, int, int]]:
    """By queue: answered contacts, and those without a note."""
    answered = list(_answered(contacts))
    by_queue = {
        queue: [c.note is None for c in answered if (c.queue or "") == queue]
        for queue in sorted({c.queue or "" for c in answered})
    }
    return tuple((queue, len(bare), sum(bare)) for queue, bare in by_queue.items())


def latest(consents: Iterable[Consent]) -> tuple[Consent, ...]:
    """The latest for each line."""
    by_line: dict[str, Consent] = {}
    for consent in sorted(consents, key=lambda each: (each.at, each.id)):
        by_line[consent.line] = consent
    return tuple(by_line[line] for line in sorted(by_line))


def _answered(contacts: Iterable[Contact]) -> Iterator[Contact]:
    return (contact for contact in contacts if contact.outcome is Outcome.ANSWERED)


def _month(contact: Contact) -> str:
    return _name(contact.day)


def _name(day: date) -> str:
    return day.isoformat()[:7]
