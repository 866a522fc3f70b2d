"""The policy as Mermaid's text: a flowchart that wikis and code forges draw.

Mermaid lays the boxes out by itself, so the order of the routes is told by their numbers and by
the arrows between them. Queues stand once; every step of a route is an arrow with its number.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

from ivr.policy.model import ToQueue
from ivr.tools.graph import wording
from ivr.tools.graph.doors import in_order, key_lines
from ivr.tools.graph.lanes import hops
from ivr.tools.graph.lines import outcomes
from ivr.tools.graph.metrics import plain
from ivr.tools.graph.rows import rows, shared

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ivr.policy.model import Entrypoint, Menu, Policy
    from ivr.tools.graph.lanes import Hop
    from ivr.tools.graph.rows import Row

#: Longer labels are cut: Mermaid refuses a text of more than 50,000 characters.
_LONGEST: Final = 160
_NAMED: Final = 6

#: What means something to Mermaid within quotes: entities, HTML, and Markdown.
_ESCAPED: Final = {ord(each): f"#{ord(each)};" for each in "#&<>\"'`*_~\\"}


def mermaid(policy: Policy, *, expand: bool = False) -> str:
    """A flowchart; the same policy gives the same text."""
    found = rows(policy.routes, expand=expand)
    lines = [
        f"%% policy {policy.hash}, drawn by: ivr graph --format mermaid",
        "flowchart TB",
        *_group("entrypoints", "Entrypoints", map(_door, policy.entrypoints.values())),
        *_group("menus", "Menus", (_menu(menu) for menu in in_order(policy))),
        *_group("tiers", "Tiers: the first that matches", _tiers(policy)),
        *_group("routes", "Routes: the first that matches takes the call", map(_route, found)),
        *_group("queues", "Queues", _queues(policy, found)),
        *_group("paid_lines", "Paid lines", _paid(policy)),
        *(f"  {line}" for line in _arrows(policy, found)),
    ]
    return "\n".join(lines) + "\n"


def _group(name: str, title: str, nodes: Iterable[str]) -> list[str]:
    inside = [f"    {node}" for node in nodes]
    return [f'  subgraph {name}["{title}"]', *inside, "  end"] if inside else []


# --- words -----------------------------------------------------------------------------------


def node(kind: str, name: str) -> str:
    """An identifier that stays as long as the name does, and that no other name has."""
    return f"{kind}_{''.join(map(_letter, name))}"


def _letter(character: str) -> str:
    if character.isascii() and character.isalnum():
        return character
    return "__" if character == "_" else f"_{ord(character):02x}_"


def label(*lines: str) -> str:
    """Lines of a box or arrow, between quotes."""
    shown = (_cut(plain(line)).translate(_ESCAPED) for line in lines if line)
    return f'"{"<br/>".join(shown)}"'


def _cut(line: str) -> str:
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"


def _named(names: Sequence[str]) -> str:
    return ", ".join([*names[:_NAMED], *["…"] * (len(names) > _NAMED)])


# --- boxes -----------------------------------------------------------------------------------


def _door(door: Entrypoint) -> str:
    greeting = f"greeting {door.greeting}" if door.greeting else ""
    dialled = _named(door.dialled)
    text = label(door.name, dialled, wording.PAYS[door.pays], greeting)
    return f"{node('entrypoint', door.name)}[{text}]"


def _menu(menu: Menu) -> str:
    keys = [f"{key} → {leads}" for key, leads, _ in key_lines(menu)]
    return f"{node('menu', menu.name)}[{label(menu.name, *keys)}]"


def _tiers(policy: Policy) -> Iterator[str]:
    for number, rule in enumerate(policy.tiers, 1):
        yield f"tier_{number}[{label(f'{number} · {rule.tier}', wording.when(rule.when))}]"
    if policy.tiers:
        yield f"tier_regular[{label('regular', 'everybody else')}]"


def _route(row: Row) -> str:
    if not row.is_group:
        words = label(f"{row.number} · {row.first.name}", wording.when(row.first.when))
    else:
        names = f"{len(row.routes)} routes: {row.first.name} … {row.last.name}"
        words = label(f"{row.number} · {names}", shared(row.routes))
    return f"{_id(row)}[{words}]"


def _id(row: Row) -> str:
    return node("route", row.first.name)


def _queues(policy: Policy, found: Sequence[Row]) -> Iterator[str]:
    for name in _drawn(policy, found):
        queue = policy.queues[name]
        yield f"{node('queue', name)}([{label(name, f'Asterisk: {queue.asterisk}')}])"


def _drawn(policy: Policy, found: Sequence[Row]) -> list[str]:
    """All queues where each route is drawn, else those that an arrow leads to, in their order."""
    if not any(row.is_group for row in found):
        return list(policy.queues)
    steps = (hop.targets[0] for row in found for hop in hops(row) if len(hop.targets) == 1)
    named: dict[str, None] = {}
    for goal in steps:
        queue = goal.queue if isinstance(goal, ToQueue) else None
        while queue is not None and queue.name not in named:
            named[queue.name] = None
            queue = queue.fallback
    return [name for name in policy.queues if name in named]


def _paid(policy: Policy) -> Iterator[str]:
    for line in policy.paid_lines.values():
        text = label(f"{line.name} {line.number}", line.method, *outcomes(line))
        yield f"{node('paid', line.name)}[[{text}]]"


# --- arrows ----------------------------------------------------------------------------------


def _arrows(policy: Policy, found: Sequence[Row]) -> Iterator[str]:
    for door in policy.entrypoints.values():
        yield from _entered(door, found[0])
    for menu in in_order(policy):
        yield from _pressed(menu)
    rules = [f"tier_{number}" for number in range(1, len(policy.tiers) + 1)]
    yield from _else([*rules, "tier_regular"])
    yield from _else([_id(row) for row in found])
    for row in found:
        yield from _steps(row)
    for name in _drawn(policy, found):
        if (fallback := policy.queues[name].fallback) is not None:
            yield f"{node('queue', name)} -.->|{label('refused')}| {node('queue', fallback.name)}"


def _entered(door: Entrypoint, first: Row) -> Iterator[str]:
    name = node("entrypoint", door.name)
    yield f"{name} --> {_id(first)}"
    if door.menu:
        yield f"{name} -.->|{label('when a topic is needed')}| {node('menu', door.menu)}"


def _pressed(menu: Menu) -> Iterator[str]:
    for key, _, to in key_lines(menu):
        if to:
            yield f"{node('menu', menu.name)} -->|{label(key)}| {node('menu', to)}"


def _else(names: Sequence[str]) -> Iterator[str]:
    for name, following in pairwise(names):
        yield f"{name} -->|{label('else')}| {following}"


def _steps(row: Row) -> Iterator[str]:
    """Each step of a route as an arrow of its own: the first, then after how long which."""
    steps = hops(row)
    for number, hop in enumerate(steps, 1):
        count = f"step {number}" if len(steps) > 1 else ""
        words = ", ".join(filter(None, (count, hop.way)))
        arrow = f"==>|{label(words)}|" if words else "==>"
        yield f"{_id(row)} {arrow} {_goal(row, number, hop)}"


def _goal(row: Row, number: int, hop: Hop) -> str:
    if len(hop.targets) > 1:
        names = [wording.target_line(each) for each in hop.targets]
        return f"{_id(row)}_step_{number}[{label(f'{len(names)} ways', _named(names))}]"
    goal = hop.targets[0]
    what, to = wording.target(goal)
    if isinstance(goal, ToQueue):
        return node("queue", to)
    if what == "paid line":
        return node("paid", to)
    return f"{_id(row)}_step_{number}[{label(what, to)}]"
