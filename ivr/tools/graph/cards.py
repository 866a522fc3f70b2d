"""Boxes made of lines of text, one below the other, and panels that hold boxes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from ivr.tools.graph.metrics import Style, is_rtl, plain, width, wrapped
from ivr.tools.graph.scene import LINE, PAD, Box, Edge, Kind, Text, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ivr.tools.graph.scene import Scene

#: Between boxes that stand below each other: an arrow's length.
GAP: Final = 16.0

#: From a box's upper side to the base line of its first text, beyond the padding.
_ASCENT: Final = 10.0
#: Of a route that has fewer lines.
_STRIP: Final = 36.0


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a box, which may run over several; nothing is drawn of an empty one."""

    written: str
    style: Style = Style.PLAIN
    is_muted: bool = False
    most: int = 1


def small(written: str, most: int = 1) -> Line:
    """A line that is looked at second."""
    return Line(written, Style.SMALL, is_muted=True, most=most)


def stacked(x: float, y: float, room: float, lines: Iterable[Line]) -> tuple[Text, ...]:
    """The lines below each other, the first with its base line below `y`."""
    texts: list[Text] = []
    base = y + _ASCENT
    for line in lines:
        whole = plain(line.written)
        for part in wrapped(whole, line.style, room, line.most):
            shown = whole if line.most == 1 else part
            rtl = is_rtl(whole)
            texts.append(text(x, base, shown, line.style, room, muted=line.is_muted, rtl=rtl))
            base += LINE
    return tuple(texts)


def card(
    name: str, kind: Kind, x: float, y: float, room: float, lines: Sequence[Line], title: str,
    number: str = "", strip: float = 0.0,
) -> Box:  # fmt: skip
    """A box so wide, and as high as its lines; a number stands in a strip at its left."""
    strip = strip or (strip_for([number]) if number else 0.0)
    left = x + strip + PAD
    texts = stacked(left, y + PAD, room - strip - 2 * PAD, lines)
    height = 2 * PAD + LINE * len(texts) - (LINE - _ASCENT) + 2
    if number:
        texts = (*texts, _numbered(x, y, strip, number))
    return Box(name, kind, x, y, room, height, texts, title, strip)


def stretched(box: Box, height: float) -> Box:
    """The box so high, with its texts half way down."""
    by = (height - box.height) / 2
    texts = tuple(replace(each, y=each.y + by) for each in box.texts)
    return replace(box, height=height, texts=texts)


def moved(box: Box, by: float) -> Box:
    """The box so far to the right, with its texts."""
    texts = tuple(replace(each, x=each.x + by) for each in box.texts)
    return replace(box, x=box.x + by, texts=texts)


def strip_for(numbers: Iterable[str]) -> float:
    """How wide the strips must be for all of these to stand in them."""
    return max([_STRIP, *(width(each, Style.NUMBER) + PAD for each in numbers)])


def _numbered(x: float, y: float, strip: float, number: str) -> Text:
    spare = (strip - width(number, Style.NUMBER)) / 2
    return text(x + spare, y + PAD + _ASCENT, number, Style.NUMBER, strip - spare)


def chained(boxes: Sequence[Box], drop: float = 0.0) -> list[Edge]:
    """Arrows from each box down to the next: what is looked at one after the other."""
    edges = []
    for upper, lower in pairwise(boxes):
        x = upper.x + (drop or upper.strip / 2 or _STRIP / 2)
        edges.append(Edge(upper.name, lower.name, ((x, upper.bottom), (x, lower.y))))
    return edges


def headed(
    x: float, y: float, room: float, heading: str, note: str
) -> tuple[float, tuple[Text, ...]]:
    """The heading of a panel, and where its boxes begin."""
    lines = [Line(heading, Style.HEADING), small(note, most=3)]
    texts = stacked(x + PAD, y + PAD + 4, room - 2 * PAD, lines)
    return y + PAD + 4 + LINE * len(texts) + 8, texts


def panel(
    scene: Scene, name: str, x: float, y: float, room: float, bottom: float,
    texts: tuple[Text, ...],
) -> Box:  # fmt: skip
    """Lay a panel down to `bottom`, where its last box ends, and give it."""
    laid = Box(name, Kind.PANEL, x, y, room, bottom + PAD - y, texts)
    scene.panels.append(laid)
    return laid
