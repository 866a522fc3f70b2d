"""Tables of plain text, and how shares, seconds and places are written in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from ivr.tools.texts import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

#: Characters of a cell: a longer one is cut.
_WIDEST: Final = 44


@dataclass(frozen=True, slots=True)
class Column:
    """A column; numbers stand at its right end, texts (`left`) at its left."""

    title: str
    left: bool = False


def table(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Line by line, each column as wide as it must be."""
    cells = [[column.title for column in columns], *[list(map(_cut, row)) for row in rows]]
    widths = [max(map(len, each)) for each in zip(*cells, strict=True)]
    for row in cells:
        padded = (
            cell.ljust(width) if column.left else cell.rjust(width)
            for cell, width, column in zip(row, widths, columns, strict=True)
        )
        yield "  ".join(padded).rstrip()


def percent(share: float) -> str:
    """Such as 12.3%."""
    return f"{share:.1%}"


def seconds(amount: float | None) -> str:
    """As 0:07, 3:00 or 1:02:03; "-" where there is none."""
    if amount is None:
        return "-"
    whole = round(amount)
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def more(rows: Sequence[Any], shown: int) -> str:
    """How many rows are not shown; "" where all are."""
    return f" and {len(rows) - shown} more" if len(rows) > shown else ""


def place(action: str, name: str) -> str:
    """Where calls go, in words."""
    if action == "paid":
        return f"paid line {name}"
    if action == "announce":
        return "announcement"
    if action == "fallback":
        return f"fallback queue ({name})"
    return f"{action} {name}".strip()


def _cut(cell: str) -> str:
    shown = printable(cell)
    return shown if len(shown) <= _WIDEST else f"{shown[: _WIDEST - 1]}…"
