"""Who is on duty when, and which queues they serve: what a staffing file or a log comes to."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Final, TypeAlias

from ivr.policy.calendar import hours_on, is_open

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date
    from zoneinfo import ZoneInfo

    from ivr.callers.caller import Instant
    from ivr.policy.model import Calendar

#: So many agents from a moment on, in order.
Levels: TypeAlias = "tuple[tuple[Instant, int], ...]"

_ONE_DAY: Final = timedelta(days=1)
_HALF_HOUR: Final = 1800


@dataclass(frozen=True, slots=True)
class Serves:
    """A queue, as Asterisk calls it, that a group serves. Free agents of less penalty go first."""

    queue: str
    penalty: int = 0


@dataclass(frozen=True, slots=True)
class Shift:
    """So many agents while the calendar is open (None: always)."""

    count: int
    calendar: Calendar | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Agents who do the same work. Shifts add up; `seen` is what a log tells instead of shifts."""

    name: str
    serves: tuple[Serves, ...]
    shifts: tuple[Shift, ...] = ()
    seen: Levels = ()


@dataclass(frozen=True, slots=True)
class QueueRules:
    """A queue's settings, as in queues.conf: the sample's, unless it is said otherwise.

    `joinempty`: callers may stand in it while nobody is on duty; `leavewhenempty`: they are sent on
    when the last agent goes. `maxlen` None: no bound. Of the queues that a free agent serves, those
    of more `weight` come first.
    """

    joinempty: bool = False
    leavewhenempty: bool = True
    maxlen: int | None = None
    weight: int = 0


#: Of a queue that the staffing does not mention.
USUAL: Final = QueueRules()


@dataclass(frozen=True, slots=True)
class Staffing:
    """All of it. `fallback` is the queue of the dialplan (IVR_FALLBACK_QUEUE), None: none.

    `wrap_up` are seconds after each call in which the agent takes no other; None: as in the log.
    """

    groups: tuple[Group, ...]
    queues: Mapping[str, QueueRules] = field(default_factory=dict)
    fallback: str | None = None
    wrap_up: int | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """`--agents senior=8`: so many whenever somebody is; `senior=+2`: so many more."""

    group: str
    count: int
    relative: bool = False

    def apply(self, count: int) -> int:
        """How many there are instead; nobody comes where nobody was."""
        if not count:
            return 0
        return max(0, count + self.count) if self.relative else self.count


def changed(levels: Levels, change: Change | None) -> Levels:
    """The same times with other numbers."""
    if change is None:
        return levels
    return tuple((at, change.apply(count)) for at, count in levels)


def levels(group: Group, first: Instant, last: Instant, zone: ZoneInfo) -> Levels:
    """How many are on duty from `first` to `last`; each entry differs from the one before."""
    if group.seen:
        return group.seen
    moments = sorted({first, *_moments(group, first, last, zone)})
    found: list[tuple[Instant, int]] = []
    for at in moments:
        count = sum(shift.count for shift in group.shifts if _on_duty(shift, at))
        if not found or found[-1][1] != count:
            found.append((at, count))
    return tuple(found)


def day_of(now: Instant, zone: ZoneInfo) -> date:
    """The local day of a moment."""
    return datetime.fromtimestamp(now, zone).date()


def midnight(day: date, zone: ZoneInfo) -> Instant:
    """When a local day begins."""
    return datetime.combine(day, time(), zone).timestamp()


def with_seen(group: Group, seen: Levels) -> Group:
    """The group with numbers of its own, whatever its shifts say."""
    return replace(group, seen=seen)


def _on_duty(shift: Shift, at: Instant) -> bool:
    return shift.calendar is None or is_open(shift.calendar, at)


def _moments(group: Group, first: Instant, last: Instant, zone: ZoneInfo) -> Iterator[Instant]:
    """Every moment at which a number can change: calendars' own, and where the clock jumps."""
    day, until = day_of(first, zone) - _ONE_DAY, day_of(last, zone)
    while day <= until:
        start = midnight(day, zone)
        for half_hour in range(51):  # a day in which the clock goes back has 50
            yield from _within(start + half_hour * _HALF_HOUR, first, last)
        for shift in group.shifts:
            for at in _edges(shift.calendar, day):
                yield from _within(at, first, last)
        day += _ONE_DAY


def _within(at: Instant, first: Instant, last: Instant) -> Iterator[Instant]:
    if first <= at <= last:
        yield at


def _edges(calendar: Calendar | None, day: date) -> Iterator[Instant]:
    if calendar is None:
        return
    for hours in hours_on(calendar, day):
        for minutes in (hours.start, hours.end):
            at = datetime.combine(day, time(), calendar.zone) + timedelta(minutes=minutes)
            yield from (at.replace(fold=fold).timestamp() for fold in (0, 1))
