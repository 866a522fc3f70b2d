"""Days and months of a test, as moments."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final

from ivr.callers.months import following

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zoneinfo import ZoneInfo

    from ivr.callers.caller import Instant
    from ivr.tools.policytest.model import Day

#: Contacts of a day are spread between these hours, unless the file says when they were.
_FIRST: Final = time(8)
_LAST: Final = time(20)


def local(zone: ZoneInfo, at: Instant) -> datetime:
    """A moment on the wall."""
    return datetime.fromtimestamp(at, zone)


def instant(zone: ZoneInfo, day: date, clock: time) -> Instant:
    """A local day and time as a moment."""
    return datetime.combine(day, clock, tzinfo=zone).timestamp()


def day_of(day: Day, today: date) -> date:
    """A day as a date."""
    if day.date is not None:
        return day.date
    return today - timedelta(days=day.ago or 0)


def month_back(name: str, months: int) -> str:
    """The month (`YYYY-MM`) so many months before (or, negative, after) another."""
    count = int(name[:4]) * 12 + int(name[5:]) - 1 - months
    return f"{count // 12:04}-{count % 12 + 1:02}"


def days_of(month: str) -> list[date]:
    """Every day of a month."""
    year, number = int(month[:4]), int(month[5:])
    return [date(year, number, day + 1) for day in range(monthrange(year, number)[1])]


def later_by_months(moment: datetime, months: int) -> datetime:
    """The same day and time of a later month, or the last day of a shorter one."""
    name = month_back(f"{moment:%Y-%m}", -months)
    last = len(days_of(name))
    return moment.replace(
        year=int(name[:4]), month=int(name[5:]), day=min(moment.day, last), fold=0
    )


def months_ending(start: datetime, end: datetime) -> Iterator[str]:
    """The months that are over at `end` and were not at `start`."""
    for name in following(f"{start:%Y-%m}"):
        if name >= f"{end:%Y-%m}":
            return
        yield name


def spread(
    zone: ZoneInfo, days: list[date], count: int, clock: time | None, window: tuple[float, float]
) -> list[Instant]:
    """So many moments over the days, in order, within a window; none if no day fits into it."""
    fitting = [bounds for day in days if (bounds := _bounds(zone, day, clock, window))]
    if not fitting:
        return []
    found: list[Instant] = []
    for index, (first, last) in enumerate(fitting):
        here = count * (index + 1) // len(fitting) - count * index // len(fitting)
        found += [first + (last - first) * (each + 1) // (here + 1) for each in range(here)]
    return found


def _bounds(
    zone: ZoneInfo, day: date, clock: time | None, window: tuple[float, float]
) -> tuple[float, float] | None:
    """From when to when contacts of this day may be, if at all."""
    opens, ends = window
    if clock is not None:
        at = instant(zone, day, clock)
        return (at, at) if opens <= at < ends else None
    for first, last in ((_FIRST, _LAST), (time(), time(23, 59))):
        begin, end = instant(zone, day, first), instant(zone, day, last)
        bounds = max(begin, opens), min(end, ends)
        if bounds[0] < bounds[1]:
            return bounds
    return None
