"""`when:` what must hold for a tier or a route.

Several keys of one mapping must all hold; a list as a value means one of. `any`, `all` and `not`
join conditions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ivr.policy.model import Tier
from ivr.policy.reading.fields import entries
from ivr.policy.reading.leaves import (
    read_calendar,
    read_contacts,
    read_flag,
    read_granted,
    read_nuisance,
    read_open_case,
    read_prefixes,
)
from ivr.policy.reading.names import all_of
from ivr.policy.reading.nodes import Hole, Items, Table
from ivr.policy.reading.numbers import read_dialled
from ivr.policy.reading.values import advice, listed, name, one_of, shown, wrong_type
from ivr.policy.when import AllOf, AnyOf, Field, IsOneOf, NoneOf

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ivr.policy.model import Place
    from ivr.policy.reading.nodes import Node
    from ivr.policy.reading.scope import Scope
    from ivr.policy.when import Condition

_TIERS: Final = tuple(tier.value for tier in Tier)


def read_condition(node: Node, scope: Scope) -> Condition | None:
    """A condition; None if anything in it is wrong."""
    if isinstance(node, Hole):
        return None
    parts: list[Condition | None] = []
    for key, value in entries(node, "a condition", scope.report):
        reader = _READERS.get(key.text)
        if reader is None:
            wrong = f"there is no condition {shown(key.text)}"
            scope.report.add(key.place, wrong, advice(key.text, _READERS))
            parts.append(None)
        else:
            parts.append(reader(value, key.place, scope))
    found = [part for part in parts if part is not None]
    if not isinstance(node, Table) or len(found) < len(parts):
        return None
    return found[0] if len(found) == 1 else AllOf(tuple(found), node.place)


def _read_all(node: Node, place: Place, scope: Scope) -> Condition | None:
    parts = _list(node, "all", scope)
    return None if parts is None else AllOf(parts, place)


def _read_any(node: Node, place: Place, scope: Scope) -> Condition | None:
    parts = _list(node, "any", scope)
    return None if parts is None else AnyOf(parts, place)


def _read_not(node: Node, place: Place, scope: Scope) -> Condition | None:
    """`not: {…}` with one key, or a list of which none may hold.

    With several keys one reads "not both", another "neither": it has to be said.
    """
    if isinstance(node, Items):
        parts = _list(node, "not", scope)
        return None if parts is None else NoneOf(parts, place)
    if isinstance(node, Table) and len(node.entries) != 1:
        wrong = "'not' with several keys can be read in two ways"
        instead = "write not: [{...}, {...}] for neither, not: {all: [...]} for not all at once"
        scope.report.add(place, wrong, instead)
        return None
    part = read_condition(node, scope)
    return None if part is None else NoneOf((part,), place)


def _list(node: Node, key: str, scope: Scope) -> tuple[Condition, ...] | None:
    if not isinstance(node, Items):
        wrong_type(node, f"'{key}'", f"a list: {key}: [{{...}}, {{...}}]", scope.report)
        return None
    parts = [read_condition(item, scope) for item in listed(node, f"'{key}'", scope.report)]
    found = tuple(part for part in parts if part is not None)
    return found if found and len(found) == len(parts) else None


def _one_of(field: Field, find: Callable[[Node, Scope], str | None]) -> _Reader:
    def read(node: Node, place: Place, scope: Scope) -> Condition | None:
        items = listed(node, f"'{field.value}'", scope.report)
        values = all_of([find(item, scope) for item in items])
        return None if values is None else IsOneOf(field, values, place)

    return read


def _flag(kind: str) -> _Reader:
    return lambda node, place, scope: read_flag(kind, node, place, scope)


if TYPE_CHECKING:
    _Reader = Callable[[Node, Place, Scope], Condition | None]

_READERS: Final[Mapping[str, _Reader]] = {
    "tier": _one_of(Field.TIER, lambda node, scope: one_of(node, "the tier", _TIERS, scope.report)),
    "topic": _one_of(
        Field.TOPIC, lambda node, scope: scope.settings.topics.find(node, scope.report)
    ),
    "entrypoint": _one_of(
        Field.ENTRYPOINT, lambda node, scope: scope.entrypoints.find(node, scope.report)
    ),
    "language": _one_of(
        Field.LANGUAGE, lambda node, scope: scope.settings.languages.find(node, scope.report)
    ),
    "dialled": _one_of(
        Field.DIALLED,
        lambda node, scope: read_dialled(node, scope.settings.region, scope.report),
    ),
    "last_agent": _one_of(
        Field.LAST_AGENT, lambda node, scope: name(node, "the agent", scope.report)
    ),
    "prefix": read_prefixes,
    "calendar": read_calendar,
    "granted": read_granted,
    "open_case": read_open_case,
    "nuisance": read_nuisance,
    "contacts": read_contacts,
    "withheld": _flag("withheld"),
    "forwarded": _flag("forwarded"),
    "undocumented": _flag("undocumented"),
    "any": _read_any,
    "all": _read_all,
    "not": _read_not,
}
