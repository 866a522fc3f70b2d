"""A caller on paper: what a person reads at two in the morning."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ivr.callers.months import months
from ivr.callers.nuisance import Process, Stage, stage
from ivr.tools.moments import shown, shown_end

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from zoneinfo import ZoneInfo

    from ivr.callers.caller import (
        Author,
        Caller,
        Case,
        Grant,
        Instant,
        Mark,
        MonthTally,
        Record,
        Tally,
    )
    from ivr.callers.nuisance import Rules

_LABEL = 12


def caller_text(caller: Caller, now: Instant, zone: ZoneInfo, rules: Rules | None = None) -> str:
    """All that a decision knows of a caller; `rules` are the policy's for the nuisance process."""
    reached = stage(rules, caller.record, months(caller, zone, now), now)
    lines = [caller.number, *_record(caller.record, reached, now, zone)]
    lines += _block("contacts", _contacts(caller, datetime.fromtimestamp(now, zone)))
    lines += _block("evidence", [_month(month) for month in caller.months]) if caller.months else []
    if caller.undocumented:
        lines += _block("last note", ["none: the agent of the last answered contact left none"])
    lines += _block("last agent", [caller.last_agent or "none"])
    return "\n".join(lines)


def record_text(number: str, record: Record, now: Instant, zone: ZoneInfo) -> str:
    """What people decided about a number."""
    return "\n".join([number, *_record(record, stage(None, record, (), now), now, zone)])


def _record(record: Record, reached: Stage, now: Instant, zone: ZoneInfo) -> Iterator[str]:
    yield from _block("grants", [line for g in record.grants for line in _term(g, now, zone)])
    yield from _block("open cases", [line for c in record.cases for line in _case(c, zone)])
    yield from _block("marks", [line for m in record.marks for line in _term(m, now, zone)])
    if reached is not Stage.CLEAR:
        yield from _block("nuisance", [f"{reached}, in the nuisance process"])
    if record.process != Process():
        yield from _block("process", list(_process(record.process, zone)))
    if record.shared is not None:
        yield from _block("shared", ["by several people", _by(record.shared, zone)])
    if record.generation:
        earlier = f"released {record.generation} time{'s' if record.generation > 1 else ''}"
        yield from _block("owner", [f"{earlier}: this is about the present owner only"])


def _term(term: Grant | Mark, now: Instant, zone: ZoneInfo) -> Sequence[str]:
    name = getattr(term, "name", None) or getattr(term, "kind", "")
    over = term.until is not None and term.until <= now
    end = f"{'OVER: ' if over else ''}{shown_end(term.until, zone)}"
    return f"{name}, {end}", _by(term.author, zone)


def _case(case: Case, zone: ZoneInfo) -> Sequence[str]:
    words = [case.topic or "any topic", *(["complex"] if case.complex else [])]
    return f"{case.id}: {', '.join(words)}", _by(case.author, zone)


def _by(author: Author, zone: ZoneInfo) -> str:
    return f"  {shown(author.at, zone)} by {author.by} ({author.os_user}): {author.why}"


def _process(process: Process, zone: ZoneInfo) -> Iterator[str]:
    """What people did in the process."""
    for name, told in (("warned", process.warned), ("noticed", process.noticed)):
        if told is not None:
            yield f"{name} {shown(told.at, zone)} by {told.by}, {told.how}"
    if process.reached is Stage.CLEAR and process.since:
        yield f"cleared in {process.since}"
    if process.appeal is not None:
        yield f"appeal since {shown(process.appeal, zone)}, undecided"


def _month(month: MonthTally) -> str:
    return f"{month.name}: {month.contacts} contacts that count, {month.marks} of them marked"


def _contacts(caller: Caller, now: datetime) -> Sequence[str]:
    if not caller.tallies:
        return ["none"]
    today = now.date()
    week = today - timedelta(days=6)
    first = caller.tallies[0].day
    return [
        f"today {_sum([t for t in caller.tallies if t.day == today])}",
        f"last 7 days {_sum([t for t in caller.tallies if t.day >= week])}",
        f"since {first} {_sum(caller.tallies)}",
        *(
            f"about case {case.id} {_sum([t for t in caller.tallies if t.case == case.id])}"
            for case in caller.record.cases
        ),
    ]


def _sum(tallies: Sequence[Tally]) -> str:
    ended = sum(tally.ended for tally in tallies)
    return f"{ended} ({sum(tally.answered for tally in tallies)} answered)"


def _block(label: str, lines: Sequence[str]) -> Iterator[str]:
    for index, line in enumerate(lines or ["none"]):
        yield f"  {label if index == 0 else '':{_LABEL}}{line}"
