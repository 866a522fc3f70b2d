"""Single conditions that have a form of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ivr.callers.nuisance import Stage
from ivr.policy.reading.fields import Fields, entries
from ivr.policy.reading.names import all_of
from ivr.policy.reading.nodes import Hole, Kind, Scalar, Table
from ivr.policy.reading.numbers import read_prefix
from ivr.policy.reading.values import boolean, duration, listed, one_of, seconds, whole
from ivr.policy.when import (
    AllOf,
    AnyOf,
    CallingPrefix,
    ContactCount,
    Field,
    Granted,
    HasOpenCase,
    InCalendar,
    IsForwarded,
    IsOneOf,
    IsUndocumented,
    IsWithheld,
    NuisanceAt,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ivr.policy.model import Calendar, Place
    from ivr.policy.problems import Report
    from ivr.policy.reading.nodes import Node
    from ivr.policy.reading.scope import Scope
    from ivr.policy.when import Condition

_STATES: Final = ("open", "closed")
_MONTH: Final = "month"
_DAY: Final = seconds("1d") or 0
_LONGEST: Final = "31d"
_CONTACTS: Final = ("at_least", "within", "answered", "about")
_CONTACTS_EXAMPLE: Final = "write contacts: {at_least: 2, within: 14d}"

_FLAGS: Final[Mapping[str, Callable[[bool, Place], Condition]]] = {
    "withheld": IsWithheld,
    "forwarded": IsForwarded,
    "undocumented": IsUndocumented,
}

#: The stages that a caller can have come to; everybody is `clear` at first.
_STAGES: Final = tuple(stage.value for stage in Stage if stage is not Stage.CLEAR)


def read_prefixes(node: Node, place: Place, scope: Scope) -> Condition | None:
    """`prefix: "052"`, or several."""
    items = listed(node, "'prefix'", scope.report)
    found = all_of([read_prefix(item, scope.settings.region, scope.report) for item in items])
    return None if found is None else CallingPrefix(tuple(sorted(found)), place)


def read_granted(node: Node, place: Place, scope: Scope) -> Condition | None:
    """`granted: golden-beam`, or one of several."""
    found = scope.settings.grants.find_all(node, scope.report)
    return None if found is None else Granted(found, place)


def read_flag(kind: str, node: Node, place: Place, scope: Scope) -> Condition | None:
    """`withheld: true`, `forwarded: true`, `undocumented: true`."""
    said = boolean(node, f"'{kind}'", scope.report)
    return None if said is None else _FLAGS[kind](said, place)


def read_calendar(node: Node, place: Place, scope: Scope) -> Condition | None:
    """`calendar: {service: closed}`; `calendar: closed` means that of the call's entrypoint."""
    if not isinstance(node, Table):
        state = one_of(node, "'calendar'", _STATES, scope.report)
        return _of_entrypoint(state, node, place, scope) if state else None
    parts: list[Condition | None] = []
    for key, value in entries(node, "'calendar'", scope.report):
        calendar = scope.calendars.value(key, scope.report)
        state = one_of(value, "'calendar'", _STATES, scope.report)
        known = calendar and state and InCalendar(calendar, state == "open", key.place)
        parts.append(known or None)
    found = tuple(part for part in parts if part is not None)
    if not parts:
        scope.report.add(node.place, "'calendar' is empty", "write calendar: {NAME: closed}")
    if not found or len(found) < len(parts):
        return None
    return found[0] if len(found) == 1 else AllOf(found, place)


def _of_entrypoint(state: str, node: Node, place: Place, scope: Scope) -> Condition | None:
    """The calendar of whichever entrypoint the call came in by."""
    doors: dict[str, set[str]] = {}
    calendars: dict[str, Calendar] = {}
    for name, door in scope.entrypoints.values.items():
        if door is not None and door.calendar is not None:
            calendars[door.calendar.name] = door.calendar
            doors.setdefault(door.calendar.name, set()).add(name)
    if not doors:
        if scope.entrypoints.complete and None not in scope.entrypoints.values.values():
            wrong = f"no entrypoint has a calendar that could be {state}"
            scope.report.add(node.place, wrong, f"write calendar: {{NAME: {state}}}")
        return None
    ways = tuple(
        AllOf(
            (
                IsOneOf(Field.ENTRYPOINT, frozenset(names), place),
                InCalendar(calendars[calendar], state == "open", place),
            ),
            place,
        )
        for calendar, names in doors.items()
    )
    return ways[0] if len(ways) == 1 else AnyOf(ways, place)


def read_open_case(node: Node, place: Place, scope: Scope) -> Condition | None:
    """`open_case: true`, or narrowed: `open_case: {complex: true, topic: fault}`."""
    if isinstance(node, Scalar):
        said = boolean(node, "'open_case'", scope.report)
        if said is False:
            wrong = "'open_case: false' could mean two things"
            scope.report.add(node.place, wrong, "write not: {open_case: true}")
        return HasOpenCase(None, None, place) if said else None
    before = len(scope.report)
    fields = Fields(node, "'open_case'", ("complex", "topic"), scope.report)
    complex_, topic = fields.get("complex"), fields.get("topic")
    found = HasOpenCase(
        boolean(complex_, "'complex'", scope.report) if complex_ else None,
        scope.settings.topics.find(topic, scope.report) if topic else None,
        place,
    )
    return found if len(scope.report) == before and not isinstance(node, Hole) else None


def read_nuisance(node: Node, place: Place, scope: Scope) -> Condition | None:
    """`nuisance: observed`: this stage of the process, or a later one."""
    stage = one_of(node, "the stage", _STAGES, scope.report)
    return None if stage is None else NuisanceAt(Stage(stage), place)


def read_contacts(node: Node, place: Place, scope: Scope) -> Condition | None:
    """`contacts: {at_least: 2, within: 14d, answered: true, about: open-case}`."""
    report = scope.report
    before = len(report)
    fields = Fields(node, "'contacts'", _CONTACTS, report)
    at_least = fields.need("at_least", _CONTACTS_EXAMPLE)
    within = fields.need("within", _CONTACTS_EXAMPLE)
    answered, about = fields.get("answered"), fields.get("about")
    about_case = about and one_of(about, "'about'", ("open-case",), report)
    found = ContactCount(
        at_least=(whole(at_least, "'at_least'", 1, 100_000, report) if at_least else None) or 1,
        days=_days(within, report) if within else None,
        answered=bool(answered and boolean(answered, "'answered'", report)),
        about_case=bool(about_case),
        zone=scope.settings.zone,
        place=place,
    )
    return found if len(report) == before and not isinstance(node, Hole) else None


def _days(node: Node, report: Report) -> int | None:
    """Whole days, at most 31: more than that is not looked up. None: `month`."""
    if isinstance(node, Scalar) and node.kind is Kind.TEXT and node.text == _MONTH:
        return None
    found = duration(node, "'within'", "1d", _LONGEST, report)
    if found is not None and found % _DAY:
        report.add(node.place, "'within' is not in whole days", "write 14d, or month")
        return None
    return found // _DAY if found else None
