"""Things that lead to each other without end."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: Nobody mends more at once; what is left shows after these are mended.
MOST: Final = 20


def loops(leads_to: Mapping[str, set[str]]) -> Iterator[list[str]]:
    """Each loop once, as the names on the way: `[a, b, a]`; of many, the first `MOST`.

    A name that leads nowhere need not be a key.
    """
    left = {name: set(others) for name, others in leads_to.items()}
    for _ in range(MOST):
        loop = _loop(left)
        if loop is None:
            return
        yield loop
        left[loop[0]].discard(loop[1])


def order(leads_to: Mapping[str, set[str]]) -> list[str]:
    """The names, each after all that it leads to. There must be no loop."""
    return list(TopologicalSorter(leads_to).static_order())


def _loop(leads_to: Mapping[str, set[str]]) -> list[str] | None:
    try:
        TopologicalSorter(leads_to).prepare()
    except CycleError as error:
        backwards: list[str] = error.args[1]
        path = backwards[-2::-1]
        start = path.index(min(path))
        turned = path[start:] + path[:start]
        return [*turned, turned[0]]
    return None
