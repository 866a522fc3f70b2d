"""Rows of a csv file, of which a line that was cut short costs no other.

A quote that nobody closes would take what follows into one row: of a machine that stopped in the
middle of a line, of names that begin with a quote. Such a line is skipped, and the next one read.
"""

from __future__ import annotations

import csv
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    #: A line behind its number.
    Line: TypeAlias = tuple[int, str]
    Row: TypeAlias = list[str]

#: Lines of the longest row: a quoted value may have some.
_LONGEST: Final = 50


class _UnclosedError(Exception):
    def __str__(self) -> str:
        return "a quote in it is not closed"


def rows(
    lines: Iterable[Line], separator: str, skip: Callable[[int, str], None]
) -> Iterator[tuple[int, Row]]:
    """The rows but for empty ones, each behind the number of its first line.

    `skip` hears of lines that are none.
    """
    found = _Lines(iter(lines))
    while True:
        try:
            for row in csv.reader(found.texts(), delimiter=separator):
                if len(found.taken) > 1:
                    _must_be_one(found.taken, separator)
                if row:
                    yield found.taken[0][0], row
                found.taken.clear()
        except (csv.Error, _UnclosedError) as error:
            skip(found.drop(), str(error))
        else:
            return


@dataclass(slots=True)
class _Lines:
    """Lines, of which those that were taken for a row can be had again."""

    left: Iterator[Line]
    taken: list[Line] = field(default_factory=list)
    _again: deque[Line] = field(default_factory=deque)

    def texts(self) -> Iterator[str]:
        """The lines that come; they are `taken`. Raises `_UnclosedError` for too many at once."""
        taken, again = self.taken, self._again
        while (line := again.popleft() if again else next(self.left, None)) is not None:
            taken.append(line)
            if len(taken) > _LONGEST:
                raise _UnclosedError
            yield line[1]

    def drop(self) -> int:
        """Give back all that were taken but the first; its number."""
        (number, _), *rest = self.taken
        self._again.extendleft(reversed(rest))
        self.taken.clear()
        return number


def _must_be_one(lines: Iterable[Line], separator: str) -> None:
    """Raises `_UnclosedError` for lines that are one row only because a quote is not closed."""
    try:
        list(csv.reader((text for _, text in lines), delimiter=separator, strict=True))
    except csv.Error:
        raise _UnclosedError from None
