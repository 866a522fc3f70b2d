"""Texts of the page: how figures are written, and what is done to texts that others wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ivr.tools.replay.tables import percent, seconds

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "counted",
    "cut",
    "listed",
    "moment",
    "number",
    "of",
    "percent",
    "printable",
    "seconds",
]

#: Characters of a name: what is longer is cut.
LONGEST: Final = 64
_UNSEEN: Final = "\N{REPLACEMENT CHARACTER}"
NONE: Final = "\N{EN DASH}"


def printable(text: str) -> str:
    """The text without what cannot be seen: control characters, overrides of direction.

    Lines stay lines. What is no Unicode (a file name of other bytes) is shown as unseen too.
    """
    return "".join(c if c == "\n" or c.isprintable() else _UNSEEN for c in text)


def cut(text: object, longest: int = LONGEST) -> str:
    """A name of at most so many characters."""
    whole = printable(str(text)).replace("\n", " ")
    return whole if len(whole) <= longest else f"{whole[: longest - 1]}…"


def number(amount: float | None) -> str:
    """A count; a mean of runs is rounded."""
    return NONE if amount is None else f"{amount:,.0f}"


def counted(amount: int, what: str) -> str:
    """Such as 1 call, 2,000 calls."""
    return f"{number(amount)} {what}{'' if amount == 1 else 's'}"


def of(part: float, whole: float) -> str:
    """A count with its share."""
    return f"{number(part)} ({percent(part / whole)})" if whole else NONE


def moment(at: Any) -> str:
    """To the minute."""
    return NONE if at is None else str(at)[:16].replace("T", " ")


def listed(parts: Iterable[str]) -> str:
    """Such as `a, b and c`."""
    *before, last = parts
    return f"{', '.join(before)} and {last}" if before else last
