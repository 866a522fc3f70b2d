"""`entrypoints:` numbers dialled that are one door."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ivr.policy.model import Entrypoint, Pays
from ivr.policy.reading import values
from ivr.policy.reading.fields import Fields
from ivr.policy.reading.names import Names
from ivr.policy.reading.numbers import read_dialled

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ivr.policy.model import Menu
    from ivr.policy.reading.nodes import Node
    from ivr.policy.reading.scope import Base

_KEYS: Final = ("pays", "dialled", "language", "greeting", "menu", "calendar")
_PAYS: Final = "write pays: company (toll-free) or pays: caller"


def read_entrypoints(
    nodes: Mapping[str, Node], complete: bool, menus: Names[Menu], base: Base
) -> Names[Entrypoint]:
    """All entrypoints; a number leads to one of them."""
    taken: dict[str, str] = {}
    doors = {name: _read(name, node, taken, menus, base) for name, node in nodes.items()}
    return Names("entrypoint", "entrypoints", doors, complete)


def _read(
    name: str, node: Node, taken: dict[str, str], menus: Names[Menu], base: Base
) -> Entrypoint | None:
    report = base.report
    before = len(report)
    fields = Fields(node, f"the entrypoint {values.shown(name)}", _KEYS, report)
    pays = fields.need("pays", _PAYS)
    greeting, menu, calendar = fields.get("greeting"), fields.get("menu"), fields.get("calendar")
    door = Entrypoint(
        name=name,
        pays=Pays(
            (values.one_of(pays, "'pays'", tuple(Pays), report) if pays else None) or "caller"
        ),
        dialled=_dialled(name, fields, taken, base),
        language=_language(fields.get("language"), base),
        greeting=base.prompts.find(greeting, report) if greeting else None,
        menu=menus.find(menu, report) if menu else None,
        calendar=base.calendars.value(calendar, report) if calendar else None,
        place=node.place,
    )
    return door if len(report) == before else None


def _language(node: Node | None, base: Base) -> str:
    languages = base.settings.languages
    found = languages.find(node, base.report) if node else next(iter(languages.values), "")
    return found or ""


def _dialled(name: str, fields: Fields, taken: dict[str, str], base: Base) -> tuple[str, ...]:
    report = base.report
    node = fields.need("dialled", 'write dialled: ["1800123456"]')
    found: list[str] = []
    for item in values.listed(node, "'dialled'", report) if node else ():
        number = read_dialled(item, base.settings.region, report)
        if number in taken:
            wrong = f"{number} leads to the entrypoint {values.shown(taken[number])} already"
            report.add(item.place, wrong, "keep it in one place")
        elif number is not None:
            taken[number] = name
            found.append(number)
    return tuple(found)
