"""The queues, and where each sends whom it refuses: from left to right, one fallback a column."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ivr.tools.graph import wording
from ivr.tools.graph.cards import GAP, Line, card, headed, moved, panel, small
from ivr.tools.graph.metrics import Style
from ivr.tools.graph.scene import PAD, Box, Edge, Kind

if TYPE_CHECKING:
    from ivr.policy.model import Policy, Queue
    from ivr.tools.graph.scene import Scene

#: Queues that stand beside each other; a longer chain goes on in words.
COLUMNS: Final = 4
_GAP: Final = 48.0
#: Queues that can be taken in; of more, those that nothing falls back to are put together.
MOST: Final = 12
_NAMED: Final = 200


def queues(scene: Scene, policy: Policy, x: float, y: float, room: float, *, expand: bool) -> Box:
    """The panel of the queues."""
    note = (
        "An arrow leads to the queue that takes the call when one refuses it (full, nobody there). "
        "Where no arrow leads on, the dialplan's own fallback queue does."
    )
    top, texts = headed(x, y, room, "Queues", note)
    forest = _Forest(policy, x + PAD, room - 2 * PAD, together=not expand)
    bottom = forest.draw(scene, top)
    return panel(scene, "queues", x, y, room, bottom, texts)


class _Forest:
    """Queues by what they fall back to: the last of a chain stands at the right."""

    def __init__(self, policy: Policy, x: float, room: float, *, together: bool) -> None:
        self._x = x
        self._wide = (room - (COLUMNS - 1) * _GAP) / COLUMNS
        self._right = 0
        self._together = together and len(policy.queues) > MOST
        self._depth: dict[str, int] = {}
        self._before: dict[str, list[Queue]] = {}
        for queue in policy.queues.values():
            self._measure(queue)
            if queue.fallback is not None:
                self._before.setdefault(queue.fallback.name, []).append(queue)
        self._right = min(COLUMNS, max(self._depth.values()) + 1) - 1
        self._ends = [each for each in policy.queues.values() if self._column(each) == 0]

    def _measure(self, queue: Queue) -> None:
        """How far each of a chain is from its end; chains may be long, so without recursion."""
        chain = [queue]
        while chain[-1].name not in self._depth and chain[-1].fallback is not None:
            chain.append(chain[-1].fallback)
        depth = self._depth.setdefault(chain.pop().name, 0)
        for each in reversed(chain):
            depth += 1
            self._depth[each.name] = depth

    def _column(self, queue: Queue) -> int:
        """Columns from the right; a chain that is longer begins again there."""
        return self._depth[queue.name] % COLUMNS

    def draw(self, scene: Scene, y: float) -> float:
        """Every tree below the one before, then those that stand alone; where the last ends."""
        alone = [each for each in self._ends if not self._before_in_line(each)]
        for end in self._ends:
            if self._before_in_line(end):
                y = self._tree(scene, end, y, None) + GAP
        return self._beside(scene, alone, y) - GAP if alone else y - GAP

    def _beside(self, scene: Scene, alone: list[Queue], y: float) -> float:
        """Queues that no arrow leads from or to, as many beside each other as there are columns."""
        if self._together and len(alone) > COLUMNS:
            box = self._several(alone, self._right, y)
            scene.boxes.append(box)
            return box.bottom + GAP
        for start in range(0, len(alone), COLUMNS):
            line = [self._queue(each, y) for each in alone[start : start + COLUMNS]]
            for number, box in enumerate(line):
                scene.boxes.append(moved(box, self._left(self._right - number) - box.x))
            y = max(box.bottom for box in line) + GAP
        return y

    def _before_in_line(self, queue: Queue) -> list[Queue]:
        """Those that fall back to it and stand at its left."""
        if self._column(queue) == COLUMNS - 1:
            return []
        return self._before.get(queue.name, [])

    def _tree(self, scene: Scene, queue: Queue, y: float, into: Box | None) -> float:
        """A queue, and all that falls back to it at its left; at most `COLUMNS` deep."""
        box = self._queue(queue, y)
        scene.boxes.append(box)
        if into is not None:
            scene.edges.append(_arrow(box, into))
        others = self._before_in_line(queue)
        leaves = [each for each in others if not self._before_in_line(each)]
        bottom = y
        if self._together and len(leaves) > 2:
            others = [each for each in others if self._before_in_line(each)]
            few = self._several(leaves, self._column(queue) + 1, y)
            scene.boxes.append(few)
            scene.edges.append(_arrow(few, box))
            bottom = few.bottom + GAP
        for each in others:
            bottom = self._tree(scene, each, bottom, box) + GAP
        return max(box.bottom, bottom - GAP)

    def _left(self, column: int) -> float:
        return self._x + (self._right - column) * (self._wide + _GAP)

    def _queue(self, queue: Queue, y: float) -> Box:
        lines = [Line(queue.name, Style.NAME), small(_known_as(queue))]
        if queue.fallback is not None and self._column(queue) == 0:
            lines.append(small(f"if it refuses: {wording.refused(queue)}"))
        refused = wording.refused(queue)
        title = f"{queue.name}: {_known_as(queue)}" + (f"; refused: {refused}" if refused else "")
        x = self._left(self._column(queue))
        return card(f"queue {queue.name}", Kind.QUEUE, x, y, self._wide, lines, title)

    def _several(self, queues: list[Queue], column: int, y: float) -> Box:
        names = [queue.name for queue in queues]
        lines = [
            Line(f"{len(names)} queues: {names[0]} … {names[-1]}", Style.NAME),
            small(", ".join(map(_both, queues[:_NAMED])), most=6),
        ]
        title = "\n".join(f"{each.name}: {_known_as(each)}" for each in queues[:_NAMED])
        name = f"queues {names[0]}"
        return card(name, Kind.SEVERAL, self._left(column), y, self._wide, lines, title)


def _both(queue: Queue) -> str:
    """Its name, and Asterisk's if that is another."""
    return queue.name if queue.asterisk == queue.name else f"{queue.name} ({queue.asterisk})"


def _known_as(queue: Queue) -> str:
    said = [("Asterisk: {}", queue.asterisk), ("options {}", queue.options)]
    said += [("music {}", queue.music), ("agent hears {}", queue.announce)]
    return ", ".join(words.format(value) for words, value in said if value)


def _arrow(box: Box, into: Box) -> Edge:
    """Beside it if they stand level, else to it by the room between the columns."""
    start = box.middle
    if into.y + 4 <= start <= into.bottom - 4:
        return Edge(box.name, into.name, ((box.right, start), (into.x, start)), is_refusal=True)
    x, end = into.x - _GAP / 2, into.middle
    points = ((box.right, start), (x, start), (x, end), (into.x, end))
    return Edge(box.name, into.name, points, is_refusal=True)
