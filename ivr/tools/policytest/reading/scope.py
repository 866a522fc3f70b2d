"""What a test file may name, and its single values: moments, days, counts."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Final

from ivr.callers.numbers import parse_number
from ivr.policy.model import ToNumber
from ivr.policy.reading import values
from ivr.policy.reading.names import Names
from ivr.policy.reading.nodes import Hole, Kind, Scalar
from ivr.policy.reading.prompts import SLOW
from ivr.tools.policytest.model import Day
from ivr.tools.recordings import played

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ivr.policy.model import Policy
    from ivr.policy.problems import Report
    from ivr.policy.reading.fields import Fields
    from ivr.policy.reading.nodes import Node
    from ivr.tools.policytest.model import Person

_MOMENT: Final = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d)")
_CLOCK: Final = re.compile(r"\d\d:\d\d")
_MONTH: Final = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
#: Years that can be meant; others are slips of the hand.
_YEARS: Final = range(1990, 2201)
#: Days for which a world's store was there before its start.
MOST_DAYS: Final = 1100
NONE: Final = "none"


@dataclass(frozen=True, slots=True)
class Scope:
    """The policy under test, the callers that are declared, and where mistakes go."""

    policy: Policy
    report: Report
    people: dict[str, Person] = field(default_factory=dict)
    to: str | None = None

    @property
    def topics(self) -> Names[str]:
        """Topics that the policy declares."""
        return _names("topic", "topics", self.policy.topics)

    @property
    def grants(self) -> Names[str]:
        """Grants that the policy declares."""
        return _names("grant", "grants", self.policy.grants)

    @property
    def queues(self) -> Names[str]:
        """The policy's queues."""
        return _names("queue", "queues", self.policy.queues)

    @property
    def routes(self) -> Names[str]:
        """The policy's routes."""
        return _names("route", "routes", [route.name for route in self.policy.routes])

    @property
    def prompts(self) -> Names[str]:
        """What the policy's callers may hear, slower recordings and parts of moments included."""
        prompts = self.policy.prompts.values()
        slow = (f"{prompt.name}{SLOW}" for prompt in prompts if prompt.slow)
        return _names("prompt", "prompts", [*self.policy.prompts, *slow, *played(self.policy)])

    @property
    def lines(self) -> Names[str]:
        """The policy's paid lines."""
        return _names("paid line", "paid_lines", self.policy.paid_lines)

    @property
    def numbers(self) -> Names[str]:
        """What the policy's routes dial."""
        stages = (stage for route in self.policy.routes for stage in route.stages)
        dialled = [each.target.dial for each in stages if isinstance(each.target, ToNumber)]
        return _names("number", "routes", dialled)

    def person(self, node: Node | None) -> Person | None:
        """The caller named here."""
        found = values.text(node, "the caller", self.report) if node else None
        if node is None or found is None or found in self.people:
            return self.people.get(found or "")
        instead = values.advice(found, self.people, "declare it under 'callers'")
        self.report.add(node.place, f"there is no caller {values.shown(found)}", instead)
        return None


def _names(what: str, section: str, names: Iterable[str]) -> Names[str]:
    return Names(what, section, {name: name for name in names})


# --- single values ---------------------------------------------------------------------------


def word(node: Node | None, what: str, report: Report) -> str | None:
    """Text, or what YAML takes for a date: neither needs quotes here."""
    if isinstance(node, Scalar) and node.kind is Kind.DATE:
        return node.text
    return values.text(node, what, report) if node else None


def is_none(node: Node) -> bool:
    """Whether nothing is written here: `none`, `null` or an empty value."""
    return isinstance(node, Scalar) and (node.kind is Kind.NOTHING or node.text == NONE)


def moment(node: Node | None, what: str, scope: Scope) -> datetime | None:
    """A local moment, such as 2026-11-22 12:00."""
    text = word(node, what, scope.report)
    if node is None or text is None:
        return None
    match = _MOMENT.fullmatch(text)
    try:
        found = datetime.fromisoformat(f"{match[1]}T{match[2]}") if match else None
    except ValueError:
        found = None
    if found is None or found.year not in _YEARS:
        wrong = f"{what} {values.shown(text)} is no moment"
        scope.report.add(node.place, wrong, 'write "2026-11-22 12:00"')
        return None
    local = found.replace(tzinfo=scope.policy.zone)
    if local.astimezone(UTC).astimezone(scope.policy.zone).replace(tzinfo=None) == found:
        return local
    wrong = f"{what} {values.shown(text)} is not on the clock: it goes forward over it"
    scope.report.add(node.place, wrong, "write an hour earlier or later")
    return None


def calendar_day(node: Node, what: str, report: Report) -> date | None:
    """A day, such as 2026-11-22."""
    text = word(node, what, report)
    if text is None:
        return None
    try:
        found = date.fromisoformat(text) if len(text) == len("2026-11-22") else None
    except ValueError:
        found = None
    if found is not None and found.year in _YEARS:
        return found
    report.add(node.place, f"{what} {values.shown(text)} is no day", "write 2026-11-22")
    return None


def month(node: Node, what: str, report: Report) -> str:
    """A calendar month, such as 2026-08; "" if it is none."""
    text = word(node, what, report)
    if text is None:
        return ""
    if _MONTH.fullmatch(text) and int(text[:4]) in _YEARS:
        return text
    report.add(node.place, f"{what} {values.shown(text)} is no month", "write 2026-08")
    return ""


def clock(node: Node, what: str, report: Report) -> time | None:
    """A time of day, such as 09:30."""
    text = values.text(node, what, report)
    if text is None:
        return None
    try:
        return time.fromisoformat(text) if _CLOCK.fullmatch(text) else _no_time()
    except ValueError:
        report.add(node.place, f"{what} {values.shown(text)} is no time", 'write "09:30"')
        return None


def _no_time() -> time:
    raise ValueError


def since(fields: Fields, report: Report) -> Day:
    """Since when something is so: `days_ago` or `since`; by default a week before the start."""
    ago, on = fields.get("days_ago"), fields.get("since")
    if ago is not None and on is not None:
        report.add(fields.at("since"), "'since' beside 'days_ago'", "keep one of them")
    if on is not None:
        return Day(date=calendar_day(on, "'since'", report))
    days = values.whole(ago, "'days_ago'", 0, MOST_DAYS, report) if ago else None
    return Day(ago=7 if days is None else days)


def telephone(node: Node | None, scope: Scope) -> str:
    """A caller's number, in E.164; "" if it is none."""
    text = values.text(node, "the number", scope.report) if node else None
    if node is None or text is None:
        return ""
    number = parse_number(text, scope.policy.region)
    if number is None:
        wrong = f"{values.shown(text)} is no telephone number"
        scope.report.add(node.place, wrong, 'write it as dialled: "0521234567"')
    return number or ""


def hole(node: Node | None) -> bool:
    """Whether a mistake stands here that is reported already."""
    return isinstance(node, Hole)
