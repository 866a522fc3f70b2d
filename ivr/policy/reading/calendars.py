"""`calendars:` weekly hours, holidays with their eves, and dates of the operator's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ivr.policy.holidays import countries
from ivr.policy.model import Calendar
from ivr.policy.reading.fields import Fields, entries
from ivr.policy.reading.hours import are_apart, read_date, read_hours
from ivr.policy.reading.nodes import Items
from ivr.policy.reading.settings import COUNTRY
from ivr.policy.reading.values import listed, one_of, shown, wrong_type

if TYPE_CHECKING:
    from datetime import date
    from zoneinfo import ZoneInfo

    from ivr.policy.model import Hours, Place, Week
    from ivr.policy.problems import Report
    from ivr.policy.reading.nodes import Node

#: In the order of `date.weekday()`.
DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_KEYS: Final = ("open", "closed", "holidays", "eves", "dates")


def read_calendar(name: str, node: Node, zone: ZoneInfo, report: Report) -> Calendar | None:
    """One calendar; None if anything in it is wrong."""
    before = len(report)
    fields = Fields(node, f"the calendar {shown(name)}", _KEYS, report)
    country, holiday_hours = _holidays(fields, report)
    calendar = Calendar(
        name=name,
        zone=zone,
        weekly=_weekly(fields, report),
        holidays=country,
        holiday_hours=holiday_hours,
        eve_hours=_eves(fields, report),
        dates=_dates(fields.get("dates"), report),
        place=node.place,
    )
    return calendar if len(report) == before else None


def _weekly(fields: Fields, report: Report) -> Week:
    node = fields.need("open", 'write open: [{days: [sun, mon], hours: "07:00-24:00"}]')
    week: dict[str, Hours] = dict.fromkeys(DAYS, ())
    if isinstance(node, Items):
        for item in node.items:
            days, hours, place = _days_and_hours(item, report)
            for day in days:
                both = (*week[day], *hours)
                if are_apart(both, place, f"the hours of {day}", report):
                    week[day] = tuple(sorted(both))
    elif node is not None:
        wrong_type(node, "'open'", 'a list of {days: [...], hours: "07:00-24:00"}', report)
    mon, tue, wed, thu, fri, sat, sun = week.values()
    return mon, tue, wed, thu, fri, sat, sun


def _days_and_hours(node: Node, report: Report) -> tuple[list[str], Hours, Place]:
    fields = Fields(node, "an entry of 'open'", ("days", "hours"), report)
    days = fields.need("days", "write days: [sun, mon]")
    hours = fields.need("hours", 'write hours: "07:00-24:00"')
    return (
        _days(days, report) if days else [],
        (read_hours(hours, report) if hours else None) or (),
        hours.place if hours else node.place,
    )


def _days(node: Node, report: Report) -> list[str]:
    found: list[str] = []
    for item in listed(node, "'days'", report):
        day = one_of(item, "the day", DAYS, report)
        if day in found:
            report.add(item.place, f"{day} stands here twice", "keep one")
        elif day is not None:
            found.append(day)
    return found


def _holidays(fields: Fields, report: Report) -> tuple[str | None, Hours]:
    closed, special = fields.get("closed"), fields.get("holidays")
    if closed and special:
        wrong = "holidays are closed here, and have hours"
        report.add(fields.at("holidays"), wrong, "keep 'closed' or 'holidays'")
    if special:
        inner = Fields(special, "'holidays'", ("country", "hours"), report)
        hours = inner.need("hours", 'write hours: "10:00-14:00"; or closed: {holidays: IL}')
        read = read_hours(hours, report, closed=True) if hours else None
        return _country(inner.need("country", "write country: IL"), report), read or ()
    if closed:
        inner = Fields(closed, "'closed'", ("holidays",), report)
        return _country(inner.need("holidays", "write closed: {holidays: IL}"), report), ()
    return None, ()


def _country(node: Node | None, report: Report) -> str | None:
    return one_of(node, "the country", countries(), report, COUNTRY) if node else None


def _eves(fields: Fields, report: Report) -> Hours | None:
    node = fields.get("eves")
    if node is None:
        return None
    if not fields.present(("closed", "holidays")):
        wrong = "eves of no holidays"
        report.add(fields.at("eves"), wrong, "add closed: {holidays: IL}, or take 'eves' out")
    hours = Fields(node, "'eves'", ("hours",), report).need("hours", 'write hours: "07:00-13:00"')
    return read_hours(hours, report, closed=True) if hours else None


def _dates(node: Node | None, report: Report) -> dict[date, Hours]:
    found: dict[date, Hours] = {}
    for key, value in entries(node, "'dates'", report):
        day = read_date(key, report)
        hours = read_hours(value, report, closed=True)
        if day is not None and hours is not None:
            found[day] = hours
    return found
