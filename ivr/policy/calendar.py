"""Is a calendar open, and when does it open next? Pure: the moment is an argument.

The rules (design, "How a policy is read"):

- an interval belongs to the day it begins on, and may run over midnight into the next;
- a closed date (the operator's, a holiday, an eve without hours) cuts at midnight what runs into
  it; a day that the week leaves empty does not;
- the operator's own dates win over holidays, holidays over eves, eves over weekly hours;
- an eve shortens the day's hours and never opens what the week leaves closed (a Pesach eve on a
  Saturday stays closed in the morning);
- hours are those of the clock on the wall: a night on which the clock jumps has an hour less, or
  the same hour twice.
"""

from __future__ import annotations

from bisect import bisect_left
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final

from ivr.policy.holidays import is_eve, is_holiday
from ivr.policy.model import Interval

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zoneinfo import ZoneInfo

    from ivr.callers.caller import Instant
    from ivr.policy.model import Calendar, Hours

#: How far `next_opening` looks: longer than any run of holidays, short enough to be said.
HORIZON: Final = timedelta(days=60)

_DAY: Final = 1440
_ONE_DAY: Final = timedelta(days=1)


def is_open(calendar: Calendar, now: Instant) -> bool:
    """Whether the calendar is open at this moment."""
    return _open_at(calendar, datetime.fromtimestamp(now, calendar.zone))


def next_opening(calendar: Calendar, now: Instant) -> datetime | None:
    """The first moment from now on at which the calendar is open, in local time.

    While it is open that is now itself. None if it stays closed for `HORIZON`.
    """
    moment = datetime.fromtimestamp(now, calendar.zone)
    if _open_at(calendar, moment):
        return moment
    for offset in range(HORIZON.days + 1):
        for candidate in _candidates(calendar, moment.date() + offset * _ONE_DAY):
            if candidate > now and is_open(calendar, candidate):
                return datetime.fromtimestamp(candidate, calendar.zone)
    return None


def hours_on(calendar: Calendar, day: date) -> Hours:
    """The intervals that begin on a day."""
    special = _special_hours(calendar, day)
    if special is not None:
        return special
    weekly = calendar.weekly[day.weekday()]
    if calendar.eve_hours is not None and _is_eve(calendar, day):
        return _both(weekly, calendar.eve_hours)
    return weekly


def _open_at(calendar: Calendar, local: datetime) -> bool:
    day = local.date()
    minute = local.hour * 60 + local.minute
    if _within(hours_on(calendar, day), minute):
        return True
    if _is_closed_date(calendar, day):
        return False
    return _within(hours_on(calendar, day - _ONE_DAY), minute + _DAY)


def _within(hours: Hours, minute: int) -> bool:
    return any(interval.start <= minute < interval.end for interval in hours)


def _special_hours(calendar: Calendar, day: date) -> Hours | None:
    """The hours that hold on this date whatever weekday it is."""
    if day in calendar.dates:
        return calendar.dates[day]
    if calendar.holidays is not None and is_holiday(calendar.holidays, day):
        return calendar.holiday_hours
    return None


def _is_closed_date(calendar: Calendar, day: date) -> bool:
    special = _special_hours(calendar, day)
    if special is not None:
        return special == ()
    return calendar.eve_hours == () and _is_eve(calendar, day)


def _is_eve(calendar: Calendar, day: date) -> bool:
    return calendar.holidays is not None and is_eve(calendar.holidays, day)


def _both(one: Hours, other: Hours) -> Hours:
    """The time that lies in both."""
    pairs = (Interval(max(a.start, b.start), min(a.end, b.end)) for a in one for b in other)
    return tuple(sorted(pair for pair in pairs if pair.start < pair.end))


def _candidates(calendar: Calendar, day: date) -> list[Instant]:
    """Every moment of the day at which a closed calendar can turn open, in order.

    That is where an interval begins (twice, in an hour that comes twice) and where the clock
    jumps: into an interval that began in the hour left out, or back into one that was over.
    """
    starts = (
        datetime.combine(day, time(), calendar.zone) + timedelta(minutes=interval.start)
        for interval in hours_on(calendar, day)
    )
    found = {start.replace(fold=fold).timestamp() for start in starts for fold in (0, 1)}
    return sorted(found.union(_clock_changes(calendar.zone, day)))


def _clock_changes(zone: ZoneInfo, day: date) -> Iterator[Instant]:
    """The moment on this day, if any, at which the zone's clock jumps (to the minute)."""
    begin = datetime.combine(day, time(), zone)
    end = datetime.combine(day + _ONE_DAY, time(), zone)
    if begin.utcoffset() == end.utcoffset():
        return
    first = begin.timestamp()
    minutes = range(int(end.timestamp() - first) // 60 + 1)

    def jumped(minute: int) -> bool:
        there = datetime.fromtimestamp(first + 60 * minute, zone)
        return there.utcoffset() != begin.utcoffset()

    yield first + 60 * bisect_left(minutes, True, key=jumped)
