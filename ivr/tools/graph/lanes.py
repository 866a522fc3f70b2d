"""The routes, each in a lane of its own: its number, what it asks, and where its calls go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ivr.policy.model import ToAnnouncement, ToHangup, ToNumber, ToPaidLine, ToQueue
from ivr.policy.words import span
from ivr.tools.graph import wording
from ivr.tools.graph.cards import (
    GAP,
    Line,
    card,
    chained,
    headed,
    panel,
    small,
    stretched,
    strip_for,
)
from ivr.tools.graph.metrics import Style
from ivr.tools.graph.rows import Row, shared, spread
from ivr.tools.graph.scene import PAD, Box, Edge, Kind, over
from ivr.tools.texts import count

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ivr.policy.model import Policy, Route, Target
    from ivr.tools.graph.scene import Scene

#: Steps that stand beside each other; more go on below.
ABREAST: Final = 3
#: What routes take of a lane's width, by how many steps stand beside each other.
_SHARE: Final = {1: 0.54, 2: 0.48, 3: 0.34}
#: Between a route and its first step, and between steps: an arrow with its words.
FIRST_GAP: Final = 152.0
NEXT_GAP: Final = 84.0
#: Between the lines of a lane that has many steps: an arrow with its words.
_BELOW: Final = 40.0
#: Routes that are told on pointing at a group.
_TOLD: Final = 200
#: Targets that are named in a box.
_NAMED: Final = 12

_KINDS: Final[dict[type[Target], Kind]] = {
    ToQueue: Kind.QUEUE,
    ToNumber: Kind.DIAL,
    ToAnnouncement: Kind.ANNOUNCE,
    ToHangup: Kind.HANGUP,
    ToPaidLine: Kind.PAID,
}


@dataclass(frozen=True, slots=True)
class Hop:
    """A step of all the routes of a row: where they lead, and what stands on the way there."""

    targets: tuple[Target, ...]
    way: str


def lanes(
    scene: Scene, policy: Policy, found: Sequence[Row], x: float, y: float, room: float
) -> Box:
    """The panel of the routes, in their order."""
    note = (
        "In this order: the first that matches takes the call. "
        "A head start moves the caller up in the queue; the last step waits without end."
    )
    top, texts = headed(x, y, room, "Routes", note)
    strip = strip_for(row.number for row in found)
    places = columns(x + PAD, room - 2 * PAD, abreast(found))
    boxes: list[Box] = []
    for row in found:
        boxes.append(_lane(scene, policy, row, places, top, strip))
        top = boxes[-1].bottom + GAP
    scene.boxes += boxes
    scene.edges += chained(boxes)
    return panel(scene, "routes", x, y, room, top - GAP, texts)


@dataclass(frozen=True, slots=True)
class Columns:
    """Where routes and steps stand: the left side of the first, and how wide each is."""

    x: float
    route: float
    hop: float

    def left(self, number: int) -> float:
        """The left side of a step, counted from zero."""
        return self.x + self.route + FIRST_GAP + number % ABREAST * (self.hop + NEXT_GAP)


def columns(x: float, room: float, abreast: int) -> Columns:
    """What a lane's width is used for."""
    boxes = room - FIRST_GAP - (abreast - 1) * NEXT_GAP
    route = boxes * _SHARE[abreast]
    return Columns(x, route, (boxes - route) / abreast)


def abreast(found: Sequence[Row]) -> int:
    """How many steps stand beside each other in the row that has the most."""
    return max(min(ABREAST, len(hops(row))) for row in found)


def hops(row: Row) -> tuple[Hop, ...]:
    """The steps of a row; one that says "several ways" where the routes have none in common."""
    kinds = {tuple(type(stage.target) for stage in route.stages) for route in row.routes}
    start = _head_start(row.routes)
    if len(kinds) > 1:
        return (Hop(_distinct(stage.target for r in row.routes for stage in r.stages), start),)
    found = []
    for number in range(len(row.first.stages)):
        way = start if number == 0 else _after(row.routes, number - 1)
        found.append(Hop(_distinct(route.stages[number].target for route in row.routes), way))
    return tuple(found)


def _distinct(targets: Iterable[Target]) -> tuple[Target, ...]:
    return tuple({wording.target(each): each for each in targets}.values())


def _head_start(routes: Sequence[Route]) -> str:
    starts = {route.head_start for route in routes}
    return f"{spread(starts, span)} head start" if any(starts) else ""


def _after(routes: Sequence[Route], number: int) -> str:
    """When the step that follows this one comes."""
    times = {route.stages[number].seconds for route in routes}
    known = [each for each in times if each is not None]
    if known:
        return f"after {spread(known, span)}"
    return "unanswered" if isinstance(routes[0].stages[number].target, ToPaidLine) else "then"


# --- boxes -----------------------------------------------------------------------------------


def _lane(scene: Scene, policy: Policy, row: Row, places: Columns, y: float, strip: float) -> Box:
    """One row: the route, and its steps to the right of it. Gives the route's box."""
    route = _route(row, places.x, y, places.route, strip)
    steps = hops(row)
    boxes: list[Box] = []
    top = y
    for start in range(0, len(steps), ABREAST):
        line = [
            _hop(policy, steps[number], f"{route.name} step {number + 1}", places, number, top)
            for number in range(start, min(start + ABREAST, len(steps)))
        ]
        least = route.height if len(steps) <= ABREAST else 0.0
        level = max(least, *(box.height for box in line))
        boxes += [stretched(box, level) for box in line]
        top += level + _BELOW
    route = stretched(route, max(route.height, top - _BELOW - y))
    scene.boxes += boxes
    scene.edges += _ways(route, boxes, [hop.way for hop in steps])
    return route


def _route(row: Row, x: float, y: float, room: float, strip: float) -> Box:
    name = f"route {row.number}"
    if not row.is_group:
        only = row.first
        lines = [Line(only.name, Style.NAME), Line(wording.when(only.when), Style.MONO, most=4)]
        return card(name, Kind.ROUTE, x, y, room, lines, told(only), row.number, strip)
    heading = f"{count(len(row.routes), 'route')}: {row.first.name} … {row.last.name}"
    lines = [Line(heading, Style.NAME), Line(shared(row.routes), Style.MONO, most=3)]
    each = [told(route) for route in row.routes[:_TOLD]]
    if len(row.routes) > _TOLD:
        each.append(f"and {len(row.routes) - _TOLD} more (--expand draws all)")
    return card(name, Kind.GROUP, x, y, room, lines, "\n".join(each), row.number, strip)


def told(route: Route) -> str:
    """A route in a line: its name, where it stands, what it asks, and where its calls go."""
    goals = ", then ".join(wording.target_line(stage.target) for stage in route.stages)
    return f"{route.name} ({wording.where(route.place)}): {wording.when(route.when)} → {goals}"


def _hop(policy: Policy, hop: Hop, name: str, places: Columns, number: int, y: float) -> Box:
    x, room = places.left(number), places.hop
    if len(hop.targets) > 1:
        return _several(hop.targets, name, x, y, room)
    goal = hop.targets[0]
    what, to = wording.target(goal)
    heading = Line(to or "normal clearing", Style.NAME, most=2)
    lines = [small(what), heading, *_more(policy, goal)]
    return card(name, _KINDS[type(goal)], x, y, room, lines, f"{what} {to}".strip())


def _more(policy: Policy, goal: Target) -> list[Line]:
    match goal:
        case ToQueue(queue):
            refused = wording.refused(queue)
            return [small(f"if it refuses: {refused}")] if refused else []
        case ToAnnouncement(said):
            return [Line(words)] if (words := wording.words_of(policy, said)) else []
        case ToPaidLine(line):
            return [small(f"{line.method} {line.number}"), small("not allowed: the next route")]
        case _:
            return []


def _several(targets: tuple[Target, ...], name: str, x: float, y: float, room: float) -> Box:
    """Steps of several routes that lead to several places."""
    kinds = {wording.target(each)[0] for each in targets}
    lone = len(kinds) == 1
    names = [wording.target(each)[1] if lone else wording.target_line(each) for each in targets]
    heading = f"{len(targets)} {kinds.pop()}s" if lone else f"{len(targets)} ways"
    lines = [Line(heading, Style.NAME), small(", ".join(names[:_NAMED]), most=2)]
    return card(name, Kind.SEVERAL, x, y, room, lines, "\n".join(names[:_TOLD]))


# --- arrows ----------------------------------------------------------------------------------


def _ways(route: Box, boxes: Sequence[Box], ways: Sequence[str]) -> list[Edge]:
    edges = []
    before = route
    for number, (box, way) in enumerate(zip(boxes, ways, strict=True)):
        if number and number % ABREAST == 0:
            edges.append(_down(before, box, way))
        else:
            points = ((before.right, box.middle), (box.x, box.middle))
            label = over(points, way) if way else None
            edges.append(Edge(before.name, box.name, points, label))
        before = box
    return edges


def _down(before: Box, box: Box, way: str) -> Edge:
    """From the end of a line of steps to the beginning of the next, in the room between them."""
    level = box.y - _BELOW / 3
    start, end = before.x + before.width / 2, box.x + box.width / 2
    points = ((start, before.bottom), (start, level), (end, level), (end, box.y))
    label = over(((end, level), (start, level)), way) if way else None
    return Edge(before.name, box.name, points, label)
