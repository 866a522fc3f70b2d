"""What a page is built of: figures with their tables, as the templates take them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markupsafe import Markup


@dataclass(frozen=True, slots=True)
class Side:
    """One of the sides that are compared: its colour (by place), its mark, and what it is."""

    place: int
    mark: str
    name: str


@dataclass(frozen=True, slots=True)
class Column:
    """A column; numbers stand at its right end, texts (`left`) at its left."""

    title: str
    left: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A row. `span`: so many rows are of this name (0: named by a row above)."""

    name: str
    cells: Sequence[str]
    side: Side | None = None
    span: int = 1


@dataclass(frozen=True, slots=True)
class Table:
    """`title` is the column of names; `note` says what was left out."""

    caption: str
    title: str
    columns: Sequence[Column]
    rows: Sequence[Row]
    note: str = ""
    sided: bool = False
    folded: bool = False


@dataclass(frozen=True, slots=True)
class Plot:
    """A picture with its words and the colours in it."""

    title: str
    words: str
    svg: Markup
    legend: Sequence[Side] = ()
    wide: bool = False


@dataclass(frozen=True, slots=True)
class Figure:
    """Plots side by side, and the table that has their figures."""

    plots: Sequence[Plot]
    table: Table


@dataclass(frozen=True, slots=True)
class Cell:
    """A shaded cell: `shade` from 0 (nothing) to 8."""

    text: str
    shade: int


@dataclass(frozen=True, slots=True)
class Heat:
    """A table whose shades are a picture."""

    title: str
    words: str
    corner: str
    columns: Sequence[str]
    rows: Sequence[tuple[str, Sequence[Cell]]]


@dataclass(frozen=True, slots=True)
class Tile:
    """A figure that is seen first."""

    figure: str
    what: str
    more: str = ""
    loud: bool = False


@dataclass(frozen=True, slots=True)
class Trace:
    """What one side looked at for a call."""

    side: Side
    text: str


@dataclass(frozen=True, slots=True)
class Example:
    """A call of which both sides can be looked at."""

    words: str
    traces: Sequence[Trace]
