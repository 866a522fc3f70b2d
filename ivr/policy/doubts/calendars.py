"""Calendars that are never open, and calendars that nobody asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ivr.policy.asked import asked
from ivr.policy.doubts.doubt import Doubt, Kind
from ivr.policy.model import Opening, ToAnnouncement
from ivr.policy.when import InCalendar

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from ivr.policy.model import Calendar, Policy, Spoken


def never_open(policy: Policy, today: date) -> Iterator[Doubt]:
    """Calendars without any hours from today on."""
    for name, calendar in policy.calendars.items():
        if not _has_hours(calendar, today):
            yield Doubt(
                calendar.place,
                f"the calendar {name!r} is never open{_any_more(calendar)}",
                "write hours under 'open', or under 'dates'",
                Kind.NEVER_OPEN,
            )


def _has_hours(calendar: Calendar, today: date) -> bool:
    """Hours of a weekday hold on most of its days: no holidays and dates take them all."""
    on_holidays = calendar.holidays is not None and bool(calendar.holiday_hours)
    ahead = any(hours for day, hours in calendar.dates.items() if day >= today)
    return any(calendar.weekly) or on_holidays or ahead


def _any_more(calendar: Calendar) -> str:
    last = max((day for day, hours in calendar.dates.items() if hours), default=None)
    return f" any more: the last of its dates was {last}" if last else ""


def unasked(policy: Policy) -> Iterator[Doubt]:
    """Calendars of which nothing depends whether they are open."""
    used = {leaf.calendar.name for leaf in asked(policy) if isinstance(leaf, InCalendar)}
    used.update(opening.calendar.name for opening in _openings(policy))
    for name, calendar in policy.calendars.items():
        if name in used:
            continue
        doors = [
            door.name
            for door in policy.entrypoints.values()
            if door.calendar is not None and door.calendar.name == name
        ]
        wrong = f"nothing asks whether the calendar {name!r} is open"
        if doors:
            wrong += f": the entrypoint {doors[0]!r} takes calls at any hour"
        instead = f"write a route with when: {{calendar: {{{name}: closed}}}}, or take it out"
        yield Doubt(calendar.place, wrong, instead, Kind.UNUSED_CALENDAR)


def _openings(policy: Policy) -> Iterator[Opening]:
    for spoken in _spoken(policy):
        for part in spoken:
            if isinstance(part, Opening):
                yield part


def _spoken(policy: Policy) -> Iterator[Spoken]:
    for route in policy.routes:
        for stage in route.stages:
            if isinstance(stage.target, ToAnnouncement):
                yield stage.target.spoken
    for line in policy.paid_lines.values():
        yield line.declined
