"""`menus:` questions that a key answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ivr.policy.model import Choice, Menu
from ivr.policy.reading import values
from ivr.policy.reading.fields import Fields, entries
from ivr.policy.reading.loops import loops
from ivr.policy.reading.names import Names
from ivr.policy.reading.nodes import Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ivr.policy.model import Place
    from ivr.policy.problems import Report
    from ivr.policy.reading.nodes import Node, Scalar
    from ivr.policy.reading.scope import Base

#: Asks for a person in every menu, whether it is written or not.
PERSON_KEY: Final = "0"

_KEYS: Final = ("prompt", "again", "wait", "tries", "keys", "otherwise")
_CHOICE: Final = ("topic", "menu", "person", "language")
_PHONE: Final = tuple("1234567890*#")
_PERSON: Final = Choice(person=True)


def read_menus(nodes: Mapping[str, Node], complete: bool, base: Base) -> Names[Menu]:
    """All menus. Those that lead round to each other are a problem."""
    names: Names[Menu] = Names("menu", "menus", dict.fromkeys(nodes), complete)
    menus = {name: _read(name, node, names, base) for name, node in nodes.items()}
    leads_to = {name: set(_next_menus(menu)) for name, menu in menus.items() if menu}
    for loop in loops(leads_to):
        wrong = f"the menus go round: {' -> '.join(loop)}"
        instead = "let one of them lead to a topic or a person instead"
        base.report.add(nodes[loop[0]].place, wrong, instead)
    return Names("menu", "menus", menus, complete)


def _next_menus(menu: Menu) -> Iterator[str]:
    for choice in (*menu.keys.values(), menu.otherwise):
        if choice.menu is not None:
            yield choice.menu


def _read(name: str, node: Node, names: Names[Menu], base: Base) -> Menu | None:
    report = base.report
    before = len(report)
    fields = Fields(node, f"the menu {values.shown(name)}", _KEYS, report)
    prompt = _prompt(fields.need("prompt", "write prompt: NAME, as in 'prompts'"), base)
    again, wait, tries = fields.get("again"), fields.get("wait"), fields.get("tries")
    keys = _keys(fields.need("keys", 'write keys: {"1": {topic: ...}}'), names, base)
    menu = Menu(
        name=name,
        prompt=prompt,
        again=_prompt(again, base) if again else base.prompts.again(prompt),
        keys={PERSON_KEY: _PERSON, **keys},
        otherwise=_otherwise(fields.get("otherwise"), names, base),
        place=node.place,
        wait=(values.duration(wait, "'wait'", "1s", "60s", report) if wait else None) or 5,
        tries=(values.whole(tries, "'tries'", 1, 5, report) if tries else None) or 2,
    )
    return menu if len(report) == before else None


def _prompt(node: Node | None, base: Base) -> str:
    return (base.prompts.find(node, base.report) if node else None) or ""


def _keys(node: Node | None, names: Names[Menu], base: Base) -> dict[str, Choice]:
    keys: dict[str, Choice] = {}
    for key, value in entries(node, "'keys'", base.report):
        pressed = values.one_of(key, "the key", _PHONE, base.report, "write one of 0 to 9, * and #")
        choice = _choice(value, names, base)
        if pressed == PERSON_KEY and choice is not None and not choice.person:
            _refuse_person_key(key, base.report)
        if pressed is not None and choice is not None:
            keys[pressed] = choice
    return keys


def _refuse_person_key(key: Scalar, report: Report) -> None:
    wrong = "this menu has no way to a person: 0 asks for one in every menu"
    report.add(key.place, wrong, 'write "0": {person: true}, or leave "0" out')


def _otherwise(node: Node | None, names: Names[Menu], base: Base) -> Choice:
    """What happens without an answer: somewhere, always."""
    choice = _choice(node, names, base) if node else None
    ways = {key.text for key, _ in node.entries} if isinstance(node, Table) else set()
    if node and choice and ways.isdisjoint(_CHOICE[:3]):
        wrong = "a caller who presses nothing hears this menu for ever"
        instead = "add person: true, a topic or a menu to 'otherwise'"
        base.report.add(node.place, wrong, instead)
    return choice or _PERSON


def _choice(node: Node, names: Names[Menu], base: Base) -> Choice | None:
    report = base.report
    before = len(report)
    fields = Fields(node, "a choice", _CHOICE, report)
    topic, menu = fields.get("topic"), fields.get("menu")
    person, language = fields.get("person"), fields.get("language")
    choice = Choice(
        topic=base.settings.topics.find(topic, report) if topic else None,
        menu=names.find(menu, report) if menu else None,
        person=bool(person and _is_true(person, report)),
        language=base.settings.languages.find(language, report) if language else None,
    )
    _check_one_way(fields, node.place, report)
    return choice if len(report) == before else None


def _is_true(node: Node, report: Report) -> bool:
    said = values.boolean(node, "'person'", report)
    if said is False:
        report.add(
            node.place, "'person: false' says nothing", "write person: true, or leave it out"
        )
    return said is True


def _check_one_way(fields: Fields, place: Place, report: Report) -> None:
    ways = fields.present(_CHOICE[:3])
    if len(ways) > 1:
        wrong = f"a choice leads to one thing, this one to {' and '.join(ways)}"
        report.add(fields.at(ways[1]), wrong, f"keep '{ways[0]}' or '{ways[1]}'")
    elif not fields.present(_CHOICE) and fields.is_table:
        report.add(place, "a choice that leads nowhere", "write a topic, a menu or person: true")
