"""`callers:` who calls, and what was before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ivr.callers.nuisance import Stage
from ivr.policy.reading import values
from ivr.policy.reading.fields import Fields, entries
from ivr.policy.reading.nodes import Kind, Scalar, Table
from ivr.tools.policytest.model import CaseOpened, Flag, GrantGiven, Person
from ivr.tools.policytest.reading.contacts import read_contacts
from ivr.tools.policytest.reading.scope import calendar_day, since, telephone

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ivr.policy.reading.nodes import Node
    from ivr.tools.policytest.reading.scope import Scope

_FLAGS: Final = ("marked", "shared", "appeal")
_KEYS: Final = ("number", "grants", "cases", "contacts", "process", *_FLAGS)
_SINCE: Final = ("since", "days_ago")
_GRANT: Final = ("name", *_SINCE, "until")
_CASE: Final = ("topic", "complex", *_SINCE)
_WITHHELD: Final = "withheld"


def read_people(node: Node | None, scope: Scope) -> dict[str, Person]:
    """The callers of a section by their names."""
    found: dict[str, Person] = {}
    for key, value in entries(node, "'callers'", scope.report):
        if key.text == _WITHHELD or key.text[:1] in ("", *"+(0123456789"):
            wrong = f"{values.shown(key.text)} cannot be the name of a caller"
            scope.report.add(key.place, wrong, "write a name such as ruth")
        found[key.text] = _read(key, value, scope)
    _check_numbers({**scope.people, **found}, scope)
    return found


def _check_numbers(people: dict[str, Person], scope: Scope) -> None:
    """What was before with a number belongs to one caller."""
    first: dict[str, Person] = {}
    for person in people.values():
        other = first.setdefault(person.number, person)
        if person.number and other is not person:
            wrong = f"{values.shown(person.name)} has the number of {values.shown(other.name)}"
            scope.report.add(person.place, wrong, "give each a number of its own")


def _read(key: Scalar, node: Node, scope: Scope) -> Person:
    fields = Fields(node, f"the caller {values.shown(key.text)}", _KEYS, scope.report)
    number = fields.need("number", 'write number: "0521234567"')
    contacts = fields.get("contacts")
    return Person(
        name=key.text,
        place=key.place,
        number=telephone(number, scope),
        contacts=tuple(read_contacts(contacts, scope)) if contacts else (),
        grants=tuple(_grants(fields.get("grants"), scope)),
        cases=tuple(_cases(fields.get("cases"), scope)),
        flags=tuple(_flags(fields, scope)),
        process=stage(fields.get("process"), scope),
    )


def _grants(node: Node | None, scope: Scope) -> Iterator[GrantGiven]:
    for item in values.listed(node, "'grants'", scope.report) if node else ():
        named = isinstance(item, Scalar)
        fields = Fields(Table((), item.place) if named else item, "a grant", _GRANT, scope.report)
        name = item if named else fields.need("name", "write name: ..., as the policy declares it")
        yield GrantGiven(
            item.place,
            name=(scope.grants.find(name, scope.report) if name else None) or "",
            since=since(fields, scope.report),
            until=until(fields.get("until"), scope),
        )


def until(node: Node | None, scope: Scope) -> str | None:
    """The last day on which something holds."""
    day = calendar_day(node, "'until'", scope.report) if node else None
    return day.isoformat() if day else None


def _cases(node: Node | None, scope: Scope) -> Iterator[CaseOpened]:
    report = scope.report
    for item in values.listed(node, "'cases'", report) if node else ():
        fields = Fields(item, "a case", _CASE, report)
        topic, complex_ = fields.get("topic"), fields.get("complex")
        yield CaseOpened(
            item.place,
            topic=scope.topics.find(topic, report) if topic else None,
            complex=bool(complex_ and values.boolean(complex_, "'complex'", report)),
            since=since(fields, report),
        )


def _flags(fields: Fields, scope: Scope) -> Iterator[Flag]:
    """`shared: true`, or `shared: {since: 2026-10-01}`."""
    for name in fields.present(_FLAGS):
        node = fields.get(name)
        if node is None:
            continue
        plain = isinstance(node, Scalar) and node.kind is Kind.BOOLEAN
        said = values.boolean(node, f"'{name}'", scope.report) if plain else True
        inner = Table((), node.place) if plain else node
        when = since(Fields(inner, f"'{name}'", _SINCE, scope.report), scope.report)
        if said:
            yield Flag(fields.at(name), name, when)


def stage(node: Node | None, scope: Scope) -> Stage | None:
    """A stage of the nuisance process, which the policy must have."""
    stages = [stage.value for stage in Stage]
    found = values.one_of(node, "the stage", stages, scope.report) if node else None
    if node is None or found is None:
        return None
    if scope.policy.nuisance is None:
        wrong = "the policy has no nuisance process ('nuisance')"
        scope.report.add(node.place, wrong, "write marked: true, which opens observation")
    return Stage(found)
