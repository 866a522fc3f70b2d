"""The upper part of the sheet: where callers arrive, what menus ask them, and who they are."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING, Final

from ivr.routing.menus import PERSON
from ivr.tools.graph import wording
from ivr.tools.graph.cards import GAP, Line, card, chained, headed, panel, small, strip_for
from ivr.tools.graph.metrics import Style
from ivr.tools.graph.scene import LINE, PAD, Box, Edge, Kind
from ivr.tools.texts import count

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ivr.policy.model import Entrypoint, Menu, Policy, TierRule
    from ivr.tools.graph.scene import Point, Scene

#: Boxes of one kind that can be taken in; what there is beyond is put together.
MOST: Final = 8
#: Names that are written out, in a box or on pointing at it.
_NAMED: Final = 200
#: Between upright lines beside each other; all that lead to one menu run together.
_TRACK: Final = 4.5
_TRACKS: Final = 8
#: The order of the lines of a menu.
_PHONE: Final = "123456789*#0"


# --- entrypoints -----------------------------------------------------------------------------


def entrypoints(
    scene: Scene, policy: Policy, x: float, y: float, room: float, *, expand: bool
) -> tuple[Box, list[tuple[Box, str]]]:
    """The panel of the doors, and each box with the menu that it leads to ("": none)."""
    note = "The numbers that callers dial, and who pays for the call."
    top, texts = headed(x, y, room, "Entrypoints", note)
    found: list[tuple[Box, str]] = []
    for doors in _together(list(policy.entrypoints.values()), expand=expand):
        box = _door(policy, doors, x + PAD, top, room - 2 * PAD)
        menus = {door.menu or "" for door in doors}
        found.append((box, menus.pop() if len(menus) == 1 else ""))
        top = box.bottom + GAP
    scene.boxes += [box for box, _ in found]
    return panel(scene, "entrypoints", x, y, room, top - GAP, texts), found


def _together(doors: list[Entrypoint], *, expand: bool) -> list[list[Entrypoint]]:
    """Each by itself; of many, those that are treated alike, and what is left in one box."""
    if expand or len(doors) <= MOST:
        return [[door] for door in doors]
    alike: dict[object, list[Entrypoint]] = {}
    for door in doors:
        calendar = door.calendar.name if door.calendar else ""
        key = (door.pays, door.language, door.greeting, door.menu, calendar)
        alike.setdefault(key, []).append(door)
    groups = list(alike.values())
    if len(groups) <= MOST:
        return groups
    return [*groups[: MOST - 1], [door for group in groups[MOST - 1 :] for door in group]]


def _door(policy: Policy, doors: list[Entrypoint], x: float, y: float, room: float) -> Box:
    first = doors[0]
    names = [door.name for door in doors]
    dialled = [number for door in doors for number in door.dialled]
    title = f"{', '.join(names[:_NAMED])}: {', '.join(dialled[:_NAMED])}"
    lines = [
        Line(first.name if len(doors) == 1 else _few(names, "entrypoints"), Style.NAME),
        Line(", ".join(dialled[:_NAMED]), Style.MONO, most=2),
        Line("; ".join(dict.fromkeys(map(_terms, doors)))),
        *(_greeting(policy, first) if len({door.greeting for door in doors}) == 1 else ()),
    ]
    return card(f"entrypoint {first.name}", Kind.ENTRYPOINT, x, y, room, lines, title)


def _terms(door: Entrypoint) -> str:
    calendar = [f"calendar {door.calendar.name}"] if door.calendar else []
    return ", ".join([wording.PAYS[door.pays], *calendar, f"language {door.language}"])


def _greeting(policy: Policy, door: Entrypoint) -> list[Line]:
    if door.greeting is None:
        return []
    words = wording.words_of(policy, (door.greeting,), door.language)
    return [small(f"greeting {door.greeting}"), Line(words)]


def _few(names: Sequence[str], what: str) -> str:
    return f"{len(names)} {what}: {names[0]} … {names[-1]}"


# --- menus -----------------------------------------------------------------------------------


def menus(
    scene: Scene, policy: Policy, x: float, y: float, room: float, *, expand: bool
) -> tuple[Box, dict[str, Box]]:
    """The panel of the menus, and the box of each that is drawn."""
    note = "Asked only when the next route in order needs a topic that nobody has given."
    top, texts = headed(x, y, room, "Menus", note if policy.menus else "None.")
    ordered = in_order(policy)
    drawn = ordered if expand or len(ordered) <= MOST else ordered[: MOST - 1]
    links = _links(drawn)
    inner = room - 2 * PAD - (_TRACKS + 1) * _TRACK * bool(links)
    boxes: dict[str, Box] = {}
    for menu in drawn:
        boxes[menu.name] = _menu(policy, menu, x + PAD, top, inner)
        top = boxes[menu.name].bottom + GAP
    scene.boxes += boxes.values()
    scene.edges += _linked(boxes, links)
    if len(drawn) < len(ordered):
        rest = _rest([menu.name for menu in ordered[len(drawn) :]], x + PAD, top, inner)
        scene.boxes.append(rest)
        top = rest.bottom + GAP
    return panel(scene, "menus", x, y, room, top - GAP * bool(ordered), texts), boxes


def in_order(policy: Policy) -> list[Menu]:
    """Those that entrypoints lead to, then those that keys of these lead to, and so on."""
    found = dict.fromkeys(door.menu for door in policy.entrypoints.values() if door.menu)
    queue = list(found)
    for name in queue:
        choices = (*policy.menus[name].keys.values(), policy.menus[name].otherwise)
        new = [each.menu for each in choices if each.menu and each.menu not in found]
        found.update(dict.fromkeys(new))
        queue += dict.fromkeys(new)
    return [policy.menus[name] for name in (*found, *(set_apart(policy, found)))]


def set_apart(policy: Policy, found: dict[str, None]) -> list[str]:
    """The menus that nothing leads to, in the order of the file."""
    return [name for name in policy.menus if name not in found]


def key_lines(menu: Menu) -> list[tuple[str, str, str]]:
    """What each key leads to: the key, the words, and the menu if it is one."""
    keys = {"0": PERSON, **menu.keys}
    lines = [
        (key, wording.leads_to(keys[key]), keys[key].menu or "")
        for key in sorted(keys, key=_PHONE.index)
    ]
    silent = f"no key, asked {count(menu.tries, 'time')}"
    return [*lines, (silent, wording.leads_to(menu.otherwise), menu.otherwise.menu or "")]


def _menu(policy: Policy, menu: Menu, x: float, y: float, room: float) -> Box:
    words = wording.words_of(policy, (menu.prompt,))
    lines = [
        Line(menu.name, Style.NAME),
        *([Line(words, most=2)] if words else []),
        *(Line(f"{key}  →  {leads}", Style.MONO) for key, leads, _ in key_lines(menu)),
    ]
    title = f"menu {menu.name} ({wording.where(menu.place)}), prompt {menu.prompt}: {words}"
    return card(f"menu {menu.name}", Kind.MENU, x, y, room, lines, title)


def _links(drawn: Sequence[Menu]) -> list[tuple[str, int, str]]:
    """Keys that lead to menus which are drawn: whose, which line from below, and where to."""
    names = {menu.name for menu in drawn}
    found = []
    for menu in drawn:
        lines = key_lines(menu)
        for number, (_, _, to) in enumerate(lines):
            if to in names:
                found.append((menu.name, len(lines) - number, to))
    return found


def _linked(boxes: dict[str, Box], links: list[tuple[str, int, str]]) -> list[Edge]:
    tracks = _tracks(to for _, _, to in links)
    edges = []
    for name, from_below, to in links:
        start, end = boxes[name], boxes[to]
        out = start.bottom - PAD - LINE * (from_below - 0.5) + 4
        x = start.right + PAD + tracks[to]
        into = end.y + PAD + 4
        points = ((start.right, out), (x, out), (x, into), (end.right, into))
        edges.append(Edge(start.name, end.name, points))
    return edges


def _tracks(menus: Iterable[str]) -> dict[str, float]:
    """How far to the right the lines run that lead to each menu."""
    each = enumerate(dict.fromkeys(menus))
    return {name: number % _TRACKS * _TRACK for number, name in each}


def _rest(names: Sequence[str], x: float, y: float, room: float) -> Box:
    lines = [Line(f"{len(names)} more", Style.NAME), small(", ".join(names[:_NAMED]), most=3)]
    title = ", ".join(names[:_NAMED])
    return card("menus, the rest", Kind.SEVERAL, x, y, room, lines, title)


def asked_by(doors: list[tuple[Box, str]], boxes: dict[str, Box]) -> list[Edge]:
    """From each entrypoint to the menu that it asks: straight where the menu stands beside it."""
    tracks = _tracks(name for _, name in doors)
    edges = []
    for door, name in doors:
        if (menu := boxes.get(name)) is None:
            continue
        out = door.middle
        if menu.y + PAD <= out <= menu.bottom - PAD:
            points: tuple[Point, ...] = ((door.right, out), (menu.x, out))
        else:
            x = door.right + PAD + tracks[name]
            into = menu.y + PAD if out < menu.y + PAD else menu.bottom - PAD
            points = ((door.right, out), (x, out), (x, into), (menu.x, into))
        edges.append(Edge(door.name, menu.name, points))
    return edges


# --- tiers -----------------------------------------------------------------------------------


def tiers(scene: Scene, policy: Policy, x: float, y: float, room: float, *, expand: bool) -> Box:
    """The panel of the tiers: the first rule that matches, and everybody else."""
    note = "What a caller is treated as: the first rule that matches."
    top, texts = headed(x, y, room, "Tiers", note)
    groups = _rules(policy.tiers, expand=expand)
    strip = strip_for(number for number, _ in groups)
    boxes: list[Box] = []
    for number, rules in groups:
        boxes.append(_tier(number, rules, x + PAD, top, room - 2 * PAD, strip))
        top = boxes[-1].bottom + GAP
    rest = [Line("regular", Style.NAME), small("everybody else, and whenever in doubt")]
    title = "who is none of these, and everyone of whom nothing is known"
    last = card("tier regular", Kind.TIER, x + PAD, top, room - 2 * PAD, rest, title, strip=strip)
    boxes.append(last)
    scene.boxes += boxes
    scene.edges += chained(boxes)
    return panel(scene, "tiers", x, y, room, last.bottom, texts)


def _rules(rules: Sequence[TierRule], *, expand: bool) -> list[tuple[str, list[TierRule]]]:
    """Each rule with its number; of many, those that follow each other for one tier together."""
    each = [[rule] for rule in rules]
    if not expand and len(rules) > MOST:
        each = [list(group) for _, group in groupby(rules, lambda rule: rule.tier)]
        if len(each) > MOST:
            each = [*each[: MOST - 1], [rule for group in each[MOST - 1 :] for rule in group]]
    found, before = [], 0
    for group in each:
        end = before + len(group)
        found.append((str(end) if len(group) == 1 else f"{before + 1}–{end}", group))
        before = end
    return found


def _tier(number: str, rules: list[TierRule], x: float, y: float, room: float, strip: float) -> Box:
    names = ", ".join(dict.fromkeys(rule.tier.value for rule in rules))
    asked = wording.when(rules[0].when)
    more = [small(f"or one of {count(len(rules) - 1, 'more rule')}")] * (len(rules) > 1)
    lines = [Line(names, Style.NAME), Line(asked, Style.MONO, most=4), *more]
    title = "\n".join(f"{rule.tier}: {wording.when(rule.when)} ({wording.where(rule.place)})"
                      for rule in rules[:_NAMED])  # fmt: skip
    box = card(f"tier {number}", Kind.TIER, x, y, room, lines, title, number, strip)
    return replace(box, kind=Kind.TIER)
