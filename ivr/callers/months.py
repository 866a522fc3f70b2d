"""The calendar months of a caller, as the nuisance process judges them. Pure."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Final

from ivr.callers.caller import Span
from ivr.callers.nuisance import Month

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from zoneinfo import ZoneInfo

    from ivr.callers.caller import Caller, Instant, Record

#: Months that the process looks back at the most. What is older has been decided, or is forgotten.
FURTHEST: Final = 36

_FOREVER: Final = float("inf")


def month_of(zone: ZoneInfo, at: Instant) -> str:
    """The local calendar month of a moment, as `YYYY-MM`."""
    return datetime.fromtimestamp(at, zone).strftime("%Y-%m")


def months(caller: Caller, zone: ZoneInfo, now: Instant) -> tuple[Month, ...]:
    """Every month that is over, oldest first, from the first that matters on; quiet ones too.

    The first is the one in which people last took a step, else the first with evidence.
    """
    tallies = {tally.name: tally for tally in caller.months}
    present = month_of(zone, now)
    since = caller.record.process.since or min(tallies, default=present)
    spans = tuple(protection(caller.record))
    over = [name for name in _from(since, present) if name < present]
    return tuple(
        Month(
            name,
            tallies[name].contacts if name in tallies else 0,
            tallies[name].marks if name in tallies else 0,
            _void(name, caller.here, spans, zone),
        )
        for name in over[-FURTHEST:]
    )


def protection(record: Record) -> Iterator[Span]:
    """The times during which the caller was, or is, protected; those that last end never."""
    yield from record.protected
    for grant in record.grants:
        yield Span(grant.author.at, grant.until if grant.until is not None else _FOREVER)
    for case in record.cases:
        yield Span(case.author.at, _FOREVER)
    if record.process.appeal is not None:
        yield Span(record.process.appeal, _FOREVER)


def _void(name: str, here: frozenset[str], spans: Iterable[Span], zone: ZoneInfo) -> str:
    if name not in here:
        return "the store was not there all the month"
    first, following = _begins(name, zone), _begins(_next(name), zone)
    if any(span.start < following and span.end > first for span in spans):
        return "a grant, an open case or an appeal"
    return ""


def _begins(name: str, zone: ZoneInfo) -> Instant:
    day = date.fromisoformat(f"{name}-01")
    return datetime(day.year, day.month, 1, tzinfo=zone).timestamp()


def _from(name: str, last: str) -> Iterator[str]:
    while name <= last:
        yield name
        name = _next(name)


def _next(name: str) -> str:
    year, month = int(name[:4]), int(name[5:])
    return f"{year + month // 12:04}-{month % 12 + 1:02}"
