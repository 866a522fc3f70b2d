"""The calendar months of a caller, as the nuisance process judges them. Pure."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime
from functools import lru_cache
from itertools import islice, takewhile
from typing import TYPE_CHECKING, Final

from ivr.callers.caller import Span
from ivr.callers.nuisance import Month, is_cleared, stage

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from zoneinfo import ZoneInfo

    from ivr.callers.caller import Caller, Instant, MonthTally, Record
    from ivr.callers.nuisance import Process, Rules, Stage

#: Months that the process looks back at the most where people have taken no step. After a step
#: every month counts: one forgotten quiet month too many, and a number that was clear would not be.
FURTHEST: Final = 36

_FOREVER: Final = float("inf")


def month_of(zone: ZoneInfo, at: Instant) -> str:
    """The local calendar month of a moment, as `YYYY-MM`."""
    local = datetime.fromtimestamp(at, zone)
    return f"{local.year:04}-{local.month:02}"


def earliest(process: Process, since: date) -> str:
    """The first month that a lookup brings whose tallies reach back to local day `since`.

    That day is in the present month, or in one of the two before it.
    """
    count = since.year * 12 + since.month - 1 - FURTHEST
    furthest = f"{count // 12:04}-{count % 12 + 1:02}"
    return min(process.since, furthest) if process.since else furthest


def first_needed(process: Process, tallies: Sequence[MonthTally]) -> str | None:
    """The first month of which `months` asks whether the store was there; None: of none."""
    return process.since or (tallies[0].name if tallies else None)


@lru_cache(maxsize=1024)
def is_whole(name: str, days: int) -> bool:
    """Whether a month's days (bit 0: the first) are all there."""
    length = monthrange(int(name[:4]), int(name[5:]))[1]
    return days == (1 << length) - 1


def stage_of(caller: Caller, rules: Rules | None, zone: ZoneInfo, now: Instant) -> Stage:
    """The stage of a caller now, as `nuisance.stage` says of all his months.

    The last ones tell it of most callers, however long they have been calling.
    """
    record = caller.record
    if not (caller.months or record.process.since):
        return stage(rules, record, (), now)
    if rules is None or is_cleared(rules, _latest(caller, zone, now)):
        return stage(None, record, (), now)
    return stage(rules, record, months(caller, zone, now), now)


def _latest(caller: Caller, zone: ZoneInfo, now: Instant) -> Iterator[Month]:
    """The months that are over and after people's last step, the latest first."""
    tallies = {tally.name: tally for tally in caller.months}
    spans = tuple(protection(caller.record))
    stepped = caller.record.process.since
    first = _next(stepped) if stepped else min(tallies)
    for name in islice(before(month_of(zone, now)), None if stepped else FURTHEST):
        if name < first:
            return
        yield _month(name, tallies.get(name), caller.here, spans, zone)


def months(caller: Caller, zone: ZoneInfo, now: Instant) -> tuple[Month, ...]:
    """Every month that is over, oldest first, from the first that matters on; quiet ones too.

    The first is the one in which people last took a step, else the first with evidence.
    """
    tallies = {tally.name: tally for tally in caller.months}
    present = month_of(zone, now)
    stepped = caller.record.process.since
    since = stepped or min(tallies, default=present)
    spans = tuple(protection(caller.record))
    over = [name for name in _from(since, present) if name < present]
    return tuple(
        _month(name, tallies.get(name), caller.here, spans, zone)
        for name in (over if stepped else over[-FURTHEST:])
    )


def _month(
    name: str,
    tally: MonthTally | None,
    here: frozenset[str],
    spans: Iterable[Span],
    zone: ZoneInfo,
) -> Month:
    void = _void(name, here, spans, zone)
    return Month(name, tally.contacts, tally.marks, void) if tally else Month(name, 0, 0, void)


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


@lru_cache(maxsize=1024)
def _begins(name: str, zone: ZoneInfo) -> Instant:
    day = date.fromisoformat(f"{name}-01")
    return datetime(day.year, day.month, 1, tzinfo=zone).timestamp()


def _from(name: str, last: str) -> Iterator[str]:
    return takewhile(lambda each: each <= last, following(name))


def following(name: str) -> Iterator[str]:
    """A month and those after it, without end."""
    while True:
        yield name
        name = _next(name)


@lru_cache(maxsize=1024)
def _next(name: str) -> str:
    year, month = int(name[:4]), int(name[5:])
    return f"{year + month // 12:04}-{month % 12 + 1:02}"


def before(name: str) -> Iterator[str]:
    """The months before one, the latest first, without end."""
    year, month = int(name[:4]), int(name[5:])
    while True:
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)
        yield f"{year:04}-{month:02}"
