"""Erasing what is known of a number: what goes, and what the law has us keep. Pure.

A caller may ask to be forgotten (Israel's Privacy Protection Law with its Amendment 13; article 17
of the GDPR). All goes, over all owners of the number, but for three things:

- consents to a price: who agreed to what and when is the proof of a charge and part of the books,
  which are kept for seven years after the tax year;
- the two notices before such a consent: without them the charge would have no ground;
- one entry of the journal: that it was erased, when, by whom and why. By it a contact of before
  that is told again (an import of an old queue_log) is not taken any more.

The caller is never worse off: the number is clear and regular, as one that nobody knows. What we
still owe to him, or what speaks for others, is settled first.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Final

from ivr.callers.errors import RefusedError
from ivr.callers.nuisance import Stage

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from zoneinfo import ZoneInfo

    from ivr.callers.caller import Consent, Instant, Record

#: What the journal calls it. A name that has shipped stays.
ERASE: Final = "erase"

#: Whole years after the one of a charge. Source: Israel's Income Tax (Bookkeeping) Instructions,
#: section 25.
BOOKS_YEARS: Final = 7


@dataclass(frozen=True, slots=True)
class Bounds:
    """From when on something stays, or stands against it.

    `consents` given since that moment are kept. `calls` that were put down since then are under
    way; those before have ended, and nobody told.
    """

    consents: Instant
    calls: Instant


@dataclass(frozen=True, slots=True)
class Notice:
    """A step that a person confirmed with the customer, and its place in the journal."""

    place: int
    step: Stage
    at: Instant


def check(record: Record, calls: Iterable[Instant], bounds: Bounds) -> None:
    """Raise `RefusedError` where something is to be settled first; it says how."""
    if any(at >= bounds.calls for at in calls):
        raise RefusedError("a call of this number is under way: erase it when the call is over")
    if record.process.appeal is not None:
        raise RefusedError("an appeal is open: decide it first, with `ivr nuisance decide`")
    if record.cases:
        ids = ", ".join(case.id for case in record.cases)
        raise RefusedError(
            f"open cases would be forgotten unsolved ({ids}): close them first, with"
            " `ivr caller close-case`"
        )
    if record.shared is not None:
        raise RefusedError(
            "several people call from this number, and what is known of them cannot be told apart:"
            " if all of it is to go, say first that it is shared no longer, with"
            " `ivr caller shared NUMBER --no`"
        )


def grounds(notices: Sequence[Notice], consents: Iterable[Consent]) -> frozenset[int]:
    """The places of the notices that consents stand on: of each, the last second notice before it,
    and the last warning before that.
    """
    found = set[int]()
    for consent in consents:
        second = _last(notices, Stage.PAID, consent.at)
        if second is not None:
            first = _last(notices[: notices.index(second)], Stage.WARNED, second.at)
            found |= {each.place for each in (first, second) if each is not None}
    return frozenset(found)


def _last(notices: Sequence[Notice], step: Stage, until: Instant) -> Notice | None:
    return next((n for n in reversed(notices) if n.step is step and n.at <= until), None)


def books_from(now: Instant, zone: ZoneInfo, years: int = BOOKS_YEARS) -> Instant:
    """The moment from which on books are to be kept now, of this year and so many before."""
    return datetime(datetime.fromtimestamp(now, zone).year - years, 1, 1, tzinfo=zone).timestamp()


def books_until(at: Instant, zone: ZoneInfo, years: int = BOOKS_YEARS) -> date:
    """The last day on which books of that moment are to be kept."""
    return date(datetime.fromtimestamp(at, zone).year + years, 12, 31)
