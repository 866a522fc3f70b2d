"""The routes as rows of a picture: each by itself, or neighbours put together where they are many.

Only neighbours are ever put together, so that the order of the rows is that of the routes: the
first that matches takes the call. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Final

from ivr.policy.when import AllOf
from ivr.policy.words import asks, name_of
from ivr.tools.graph import wording

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from ivr.policy.model import Route, Stage
    from ivr.policy.when import Condition

#: So many rows can be taken in (and printed); more routes are put together.
MOST_ROWS: Final = 40


@dataclass(frozen=True, slots=True)
class Row:
    """Routes that follow each other, and how many stand before them."""

    before: int
    routes: tuple[Route, ...]

    @property
    def first(self) -> Route:
        """The first of them."""
        return self.routes[0]

    @property
    def last(self) -> Route:
        """The last of them."""
        return self.routes[-1]

    @property
    def number(self) -> str:
        """`7`, or `8-43`: the routes counted from one."""
        begin, end = self.before + 1, self.before + len(self.routes)
        return str(begin) if begin == end else f"{begin}–{end}"

    @property
    def is_group(self) -> bool:
        """Whether it stands for several routes."""
        return len(self.routes) > 1


def rows(routes: Sequence[Route], *, expand: bool = False, most: int = MOST_ROWS) -> list[Row]:
    """The routes in order. More than `most` are put together, the less alike the more they are.

    First those of one way, then those of one shape (the same kinds of conditions and of steps),
    then whatever stands beside each other.
    """
    if expand or len(routes) <= most:
        return _rows([route] for route in routes)
    for alike in (_way, _shape):
        found = _rows(list(group) for _, group in groupby(routes, alike))
        if len(found) <= most:
            return found
    return _packed(found, most)


def _rows(groups: Iterable[list[Route]]) -> list[Row]:
    found: list[Row] = []
    before = 0
    for group in groups:
        found.append(Row(before, tuple(group)))
        before += len(group)
    return found


def _packed(found: list[Row], most: int) -> list[Row]:
    """Neighbours together, as many at a time as it takes; the last stays, for it takes the rest."""
    *others, last = found
    size = -(-len(others) // (most - 1))
    packs = [others[start : start + size] for start in range(0, len(others), size)]
    groups = [[route for row in pack for route in row.routes] for pack in packs]
    return _rows([*groups, list(last.routes)])


def _way(route: Route) -> object:
    return (route.head_start, _is_last(route), *map(_stage, route.stages))


def _stage(stage: Stage) -> object:
    return stage.seconds, wording.target(stage.target)  # whole queues are long to compare


def _shape(route: Route) -> object:
    return (_is_last(route), *asked(route.when), *(type(stage.target) for stage in route.stages))


def _is_last(route: Route) -> bool:
    """The route that takes what is left is none like the others."""
    return not parts(route.when)


# --- what the routes of a row share ----------------------------------------------------------


def parts(condition: Condition) -> tuple[Condition, ...]:
    """What must all hold."""
    return condition.conditions if isinstance(condition, AllOf) else (condition,)


def asked(condition: Condition) -> tuple[str, ...]:
    """The kinds of conditions that must all hold, in order."""
    return tuple(map(name_of, parts(condition)))


def shared(routes: Sequence[Route]) -> str:
    """What all of them ask, then what each asks in its own way: the first … the last."""
    each = [{asks(part): name_of(part) for part in parts(route.when)} for route in routes]
    same = [words for words in each[0] if all(words in others for others in each)]
    own = {name: None for asked in each for words, name in asked.items() if words not in same}
    return ", ".join([*same, *(_range(name, each) for name in own)])


def _range(name: str, each: Sequence[Mapping[str, str]]) -> str:
    """`prefix: "+97250" … "+97259"` where every route asks this once, else `prefix: …`."""
    found = [[words for words, kind in asked.items() if kind == name] for asked in each]
    if any(len(words) != 1 for words in found):
        return f"{name}: …"
    return f"{found[0][0]} … {found[-1][0].removeprefix(f'{name}: ')}"


def spread(values: Iterable[int], written: Callable[[int], str]) -> str:
    """`20m` if all are the same, else from the least to the most."""
    found = sorted(set(values))
    least, most = written(found[0]), written(found[-1])
    return least if least == most else f"{least} to {most}"
