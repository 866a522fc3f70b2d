"""Several runs as one: each figure's mean over the runs, and how far apart the runs were."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

#: Figures that are none where there was no call; all others are then 0.
_OF_CALLS: Final = frozenset({"mean", "median", "p90", "longest", "occupancy"})


def spread(runs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The figures as means; under `least` and `most` the same figures as they were at the edges."""
    figures: dict[str, Any] = _over("", runs, _mean)
    if len(runs) > 1:
        figures["least"], figures["most"] = _over("", runs, min), _over("", runs, max)
    return figures


def _over(name: str, found: Sequence[Any], of: Callable[[list[float]], float]) -> Any:
    """The tables, or the figures of one name, of all runs as one."""
    tables = [each for each in found if isinstance(each, dict)]
    if tables:
        keys = dict.fromkeys(key for table in tables for key in table)
        rows = [each if isinstance(each, dict) else {} for each in found]
        return {key: _over(key, [row.get(key) for row in rows], of) for key in keys}
    if name in _OF_CALLS:
        numbers = [each for each in found if each is not None]
        return of(numbers) if numbers else None
    return of([each or 0 for each in found])


def _mean(numbers: list[float]) -> float:
    found = sum(numbers) / len(numbers)
    return int(found) if found == int(found) else round(found, 4)
