"""A sheet of boxes, texts and edges with their places in pixels, before anything is written."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, TypeAlias

from ivr.tools.graph.metrics import Style, cut, is_rtl, plain, width

#: Between a box's border and its texts, and the distance of base lines.
PAD: Final = 12.0
LINE: Final = 17.0

Point: TypeAlias = tuple[float, float]


class Kind(StrEnum):
    """What a box stands for: its class in the SVG."""

    PANEL = "panel"
    ENTRYPOINT = "entrypoint"
    MENU = "menu"
    TIER = "tier"
    ROUTE = "route"
    GROUP = "group"
    QUEUE = "queue"
    DIAL = "dial"
    ANNOUNCE = "announce"
    HANGUP = "hangup"
    PAID = "paid"
    SEVERAL = "several"


@dataclass(frozen=True, slots=True)
class Text:
    """A line of text from its left end (its right end if it runs from there) at its base line.

    `room` is what it may take; `shown` may be a part of `whole`, which is then told on pointing.
    """

    x: float
    y: float
    shown: str
    style: Style
    room: float
    whole: str
    is_muted: bool = False
    is_rtl: bool = False


def text(
    x: float, y: float, written: str, style: Style, room: float, *, muted: bool = False,
    rtl: bool | None = None,
) -> Text:  # fmt: skip
    """A text that keeps to its room, in the direction in which it is read. `x` is the left side.

    `rtl` is that of the whole paragraph where this is one line of it.
    """
    whole = plain(written)
    from_right = is_rtl(whole) if rtl is None else rtl
    start = x + room if from_right else x
    shown = cut(whole, style, room)
    return Text(start, y, shown, style, room, whole, is_muted=muted, is_rtl=from_right)


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle and what stands in it. `title` is told on pointing, `strip` is a left end."""

    name: str
    kind: Kind
    x: float
    y: float
    width: float
    height: float
    texts: tuple[Text, ...] = ()
    title: str = ""
    strip: float = 0.0

    @property
    def right(self) -> float:
        """The right side."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """The lower side."""
        return self.y + self.height

    @property
    def middle(self) -> float:
        """Half of its height."""
        return self.y + self.height / 2


@dataclass(frozen=True, slots=True)
class Edge:
    """A line of right angles from one box to another, and the words beside it.

    `is_refusal` is the way from a queue that refuses; such lines may run together.
    """

    start: str
    end: str
    points: tuple[Point, ...]
    label: Text | None = None
    is_refusal: bool = False


@dataclass(slots=True)
class Scene:
    """What has been drawn so far."""

    width: float
    height: float = 0.0
    title: str = ""
    described: str = ""
    texts: list[Text] = field(default_factory=list)
    panels: list[Box] = field(default_factory=list)
    boxes: list[Box] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)


def over(points: tuple[Point, ...], written: str) -> Text:
    """The words of an edge, over the first of its pieces, which is level."""
    (left, y), (right, _) = points[0], points[1]
    room = right - left - 14  # the arrow's head
    spare = max(0.0, room - width(plain(written), Style.SMALL))
    return text(left + spare / 2, y - 6, written, Style.SMALL, room - spare / 2, muted=True)
