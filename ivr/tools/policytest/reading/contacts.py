"""Contacts as a test file tells them: of a day, of a month, or of each month that ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ivr.callers.contacts import Outcome
from ivr.policy.reading import values
from ivr.policy.reading.fields import Fields
from ivr.policy.reading.nodes import Kind, Scalar
from ivr.tools.policytest.model import Contacts, Day, Meanwhile
from ivr.tools.policytest.reading import scope as single

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ivr.policy.reading.nodes import Node
    from ivr.tools.policytest.reading.scope import Scope

_WHEN: Final = ("days_ago", "on", "month")
_EACH: Final = "each_month"
_WHAT: Final = (
    "at", "count", "marked", "answered", "outcome", "topic", "agent", "queue", "talk", "note",
    "about",
)  # fmt: skip
_MOST: Final = 5000
_ABOUT: Final = {"open-case": True, "nothing": False}


def read_contacts(node: Node, scope: Scope) -> Iterator[Contacts]:
    """What was before the start."""
    for item in values.listed(node, "'contacts'", scope.report):
        fields = Fields(item, "a contact", (*_WHEN, *_WHAT), scope.report)
        yield _read(fields, _WHEN, scope)


def read_meanwhile(node: Node, scope: Scope) -> Iterator[Meanwhile]:
    """What is while time passes."""
    when = ("on", "month", _EACH)
    for item in values.listed(node, "'meanwhile'", scope.report):
        fields = Fields(item, "a contact", ("of", *when, *_WHAT), scope.report)
        person = scope.person(fields.need("of", "write of: and the caller's name"))
        contacts = _read(fields, when, scope)
        if person is not None:
            yield Meanwhile(person, contacts)


def _read(fields: Fields, when: tuple[str, ...], scope: Scope) -> Contacts:
    report = scope.report
    _one_of(fields, when, scope)
    month, each, clock = fields.get("month"), fields.get(_EACH), fields.get("at")
    count = _count(fields, scope)
    topic, queue, about = fields.get("topic"), fields.get("queue"), fields.get("about")
    said = values.one_of(about, "'about'", tuple(_ABOUT), report) if about else None
    return Contacts(
        place=fields.place,
        day=_day(fields, scope),
        month=single.month(month, "the month", report) if month else "",
        each_month=bool(each and values.boolean(each, "'each_month'", report)),
        at=single.clock(clock, "'at'", report) if clock else None,
        count=count,
        marked=_marked(fields, count, scope),
        outcome=_outcome(fields, scope),
        topic=scope.topics.find(topic, report) if topic else None,
        agent=text(fields, "agent", scope) or "agent",
        queue=scope.queues.find(queue, report) if queue else None,
        talk=talk(fields, scope),
        note=text(fields, "note", scope),
        about=_ABOUT.get(said or ""),
    )


def _one_of(fields: Fields, when: tuple[str, ...], scope: Scope) -> None:
    written = fields.present(when)
    if len(written) > 1:
        wrong = f"a contact with {' and '.join(written)}"
        scope.report.add(fields.at(written[1]), wrong, f"keep '{written[0]}' or '{written[1]}'")
    elif not written and fields.is_table:
        shown = "days_ago: 3, on: 2026-11-20 or month: 2026-08"
        if _EACH in when:
            shown = "each_month: true, on: 2026-12-20 or month: 2026-12"
        scope.report.add(fields.place, "nothing says when the contact was", f"write {shown}")


def _day(fields: Fields, scope: Scope) -> Day | None:
    ago, on = fields.get("days_ago"), fields.get("on")
    if on is not None:
        day = single.calendar_day(on, "'on'", scope.report)
        return Day(date=day) if day else None
    days = values.whole(ago, "'days_ago'", 0, single.MOST_DAYS, scope.report) if ago else None
    return None if days is None else Day(ago=days)


def _count(fields: Fields, scope: Scope) -> int:
    node = fields.get("count")
    found = values.whole(node, "'count'", 1, _MOST, scope.report) if node else None
    return found or 1


def _marked(fields: Fields, count: int, scope: Scope) -> int:
    """How many were marked: a number, or `true` for all of them."""
    node = fields.get("marked")
    if node is None:
        return 0
    if isinstance(node, Scalar) and node.kind is Kind.BOOLEAN:
        return count if values.boolean(node, "'marked'", scope.report) else 0
    found = values.whole(node, "'marked'", 0, _MOST, scope.report) or 0
    if found > count:
        wrong = f"{found} marks of {count} contacts"
        scope.report.add(node.place, wrong, "write at most as many marks as contacts")
    return found


def _outcome(fields: Fields, scope: Scope) -> Outcome:
    answered, outcome = fields.get("answered"), fields.get("outcome")
    if answered is not None and outcome is not None:
        wrong = "'outcome' beside 'answered'"
        scope.report.add(fields.at("outcome"), wrong, "keep one of them")
    if outcome is not None:
        names = [each.value for each in Outcome]
        found = values.one_of(outcome, "the outcome", names, scope.report)
        return Outcome(found) if found else Outcome.ANSWERED
    said = values.boolean(answered, "'answered'", scope.report) if answered else True
    return Outcome.ABANDONED if said is False else Outcome.ANSWERED


def text(fields: Fields, key: str, scope: Scope) -> str | None:
    """Any text under a key that may be left out."""
    node = fields.get(key)
    return values.text(node, f"'{key}'", scope.report) if node else None


def talk(fields: Fields, scope: Scope) -> int:
    """How long the conversation was, in seconds: three minutes unless it says otherwise."""
    node = fields.get("talk")
    found = values.duration(node, "'talk'", "0s", "12h", scope.report) if node else None
    return 180 if found is None else found
