"""The sheet: callers come in above, the routes lie below in their order, then what they lead to."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from ivr.tools.graph import doors
from ivr.tools.graph.cards import Line, small, stacked
from ivr.tools.graph.lanes import ABREAST, abreast, lanes
from ivr.tools.graph.lines import paid_lines
from ivr.tools.graph.metrics import Style
from ivr.tools.graph.posts import queues
from ivr.tools.graph.rows import rows
from ivr.tools.graph.scene import Box, Edge, Scene
from ivr.tools.texts import count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ivr.policy.model import Policy
    from ivr.tools.graph.rows import Row

MARGIN: Final = 24.0
#: Of the sheet, with two steps beside each other and with three: A4 across holds it readably.
_NARROW: Final = 1240.0
_WIDE: Final = 1500.0
#: Between panels.
_BETWEEN: Final = 34.0


def layout(policy: Policy, *, expand: bool = False) -> Scene:
    """The policy as a sheet. Unless `expand`, what is many is put together."""
    found = rows(policy.routes, expand=expand)
    scene = Scene(_NARROW if abreast(found) < ABREAST else _WIDE)
    room = scene.width - 2 * MARGIN
    top = _head(scene, policy, found)
    upper = _upper(scene, policy, top, room, expand=expand)
    below = lanes(scene, policy, found, MARGIN, upper[0].bottom + _BETWEEN, room)
    scene.edges += [_into(each, below) for each in upper]
    bottom = _lower(scene, policy, below.bottom + _BETWEEN, room, expand=expand)
    scene.height = bottom + MARGIN
    return scene


def _head(scene: Scene, policy: Policy, found: Sequence[Row]) -> float:
    counts = (
        (len(policy.entrypoints), "entrypoint"), (len(policy.menus), "menu"),
        (len(policy.routes), "route"), (len(policy.queues), "queue"),
        (len(policy.paid_lines), "paid line"),
    )  # fmt: skip
    said = ", ".join(count(number, what) for number, what in counts if number)
    drawn = len(found) < len(policy.routes)
    together = f"; routes beside each other are put together in {len(found)} rows" if drawn else ""
    scene.title = "Where calls go"
    scene.described = f"Policy {policy.hash}: {said}{together}"
    lines = [Line(scene.title, Style.HEADLINE), small(scene.described)]
    scene.texts += stacked(MARGIN, MARGIN + 8, scene.width - 2 * MARGIN, lines)
    return MARGIN + 60


def _upper(scene: Scene, policy: Policy, y: float, room: float, *, expand: bool) -> tuple[Box, ...]:
    """Entrypoints, menus and tiers beside each other, of one height."""
    wide = (room - 2 * _BETWEEN) / 3
    left = [MARGIN + number * (wide + _BETWEEN) for number in range(3)]
    first, found = doors.entrypoints(scene, policy, left[0], y, wide, expand=expand)
    second, menus = doors.menus(scene, policy, left[1], y, wide, expand=expand)
    third = doors.tiers(scene, policy, left[2], y, wide, expand=expand)
    scene.edges += doors.asked_by(found, menus)
    height = max(box.height for box in (first, second, third))
    scene.panels = [replace(box, height=height) for box in scene.panels]
    return tuple(scene.panels)


def _into(box: Box, below: Box) -> Edge:
    x = box.x + box.width / 2
    return Edge(box.name, below.name, ((x, box.bottom), (x, below.y)))


def _lower(scene: Scene, policy: Policy, y: float, room: float, *, expand: bool) -> float:
    """Queues, and paid lines where there are any; where the lowest ends."""
    bottom = queues(scene, policy, MARGIN, y, room, expand=expand).bottom
    if not policy.paid_lines:
        return bottom
    return paid_lines(scene, policy, MARGIN, bottom + _BETWEEN, room).bottom
