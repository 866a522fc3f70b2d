"""Opening hours and dates as operators write them: `07:00-24:00`, `22:00-02:00`, `2027-05-12`."""

from __future__ import annotations

import re
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from ivr.policy.model import Interval
from ivr.policy.reading.values import listed, shown, text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ivr.policy.model import Hours, Place
    from ivr.policy.problems import Report
    from ivr.policy.reading.nodes import Node, Scalar

CLOSED: Final = "closed"

_DAY: Final = 1440
_HOURS: Final = re.compile(r"([0-9]{1,2}):([0-5][0-9]) ?- ?([0-9]{1,2}):([0-5][0-9])")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def read_hours(node: Node, report: Report, *, closed: bool = False) -> Hours | None:
    """The intervals of a day, written as one or as a list; `closed` may be said where allowed."""
    read = [_interval(item, report, closed=closed) for item in listed(node, "'hours'", report)]
    found = [interval for interval in read if interval is not None]
    if closed and found == [_NEVER]:
        return ()
    if len(found) < len(read) or not found:
        return None
    if _NEVER in found:
        report.add(node.place, "closed, and hours beside it", "write the one or the other")
        return None
    if not are_apart(found, node.place, "these hours", report):
        return None
    return tuple(sorted(found))


#: What `closed` reads as, until it is clear that nothing stands beside it.
_NEVER: Final = Interval(0, 0)


def _interval(node: Node, report: Report, *, closed: bool) -> Interval | None:
    written = text(node, "'hours'", report)
    if written is None:
        return None
    if closed and written == CLOSED:
        return _NEVER
    match = _HOURS.fullmatch(written)
    start, end = _minutes(match) if match else (_DAY, 0)
    if start >= _DAY or end > _DAY:
        wrong = f"the hours {shown(written)} are not from one time of a day to another"
        instead = 'write them as "07:00-24:00"' + (", or closed" if closed else "")
        report.add(node.place, wrong, instead)
        return None
    if start == end:
        wrong = f"the hours {shown(written)} are empty"
        report.add(node.place, wrong, 'for the whole day write "00:00-24:00"')
        return None
    return Interval(start, end if end > start else end + _DAY)


def _minutes(match: re.Match[str]) -> tuple[int, int]:
    hour, minute, to_hour, to_minute = (int(part) for part in match.groups())
    return hour * 60 + minute, to_hour * 60 + to_minute


def are_apart(hours: Iterable[Interval], place: Place, what: str, report: Report) -> bool:
    """Whether no two intervals of one day overlap; reported if some do."""
    for one, other in pairwise(sorted(hours)):
        if other.start < one.end:
            wrong = f"{what} overlap ({_written(one)} and {_written(other)})"
            joined = Interval(one.start, max(one.end, other.end))
            report.add(place, wrong, f'write "{_written(joined)}"')
            return False
    return True


def _written(interval: Interval) -> str:
    end = interval.end if interval.end <= _DAY else interval.end - _DAY
    return f"{_clock(interval.start)}-{_clock(end)}"


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def read_date(node: Scalar, report: Report) -> date | None:
    """A date such as "2027-05-12"."""
    written = text(node, "the date", report)
    if written is None:
        return None
    try:
        if _DATE.fullmatch(written):
            return date.fromisoformat(written)
    except ValueError:
        pass
    report.add(
        node.place, f"{shown(written)} is no date", 'write year, month and day: "2027-05-12"'
    )
    return None
