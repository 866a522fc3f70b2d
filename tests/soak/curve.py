"""Whether something grows without end, told from what goes up and down.

A process has reasons to grow for a while: caches fill, and each thread's heap reaches the size of
its busiest moment. And it goes up and down: garbage lies about until it is collected, a reload
holds two policies at once. So the first third is left out, only the lowest value of each of 30
windows is looked at, and the growth is the median of the slopes of all pairs of windows (Theil and
Sen): a few windows that lie off, wherever they are, do not move it.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, pairwise
from statistics import median
from typing import Final, TypeAlias, TypeVar

T = TypeVar("T")
Point: TypeAlias = tuple[float, float]
"""How much was done by then, and how much was taken."""

WINDOWS: Final = 30


def after_warming(points: Sequence[T]) -> Sequence[T]:
    """The last two thirds."""
    return points[len(points) // 3 :]


def floors(points: Sequence[Point], windows: int = WINDOWS) -> list[Point]:
    """The lowest point of each of some windows of equally many points."""
    edges = [len(points) * place // windows for place in range(windows + 1)]
    parts = (points[low:high] for low, high in pairwise(edges))
    return [min(part, key=lambda point: point[1]) for part in parts if part]


def slope(points: Sequence[Point]) -> float:
    """The median of the slopes of all pairs."""
    slopes = [
        (taken - before) / (done - at)
        for (at, before), (done, taken) in combinations(points, 2)
        if done > at
    ]
    return median(slopes) if slopes else 0.0


def growth(points: Sequence[Point]) -> tuple[float, float]:
    """By how much it grew for each thing done after it was warm, and by how much in all."""
    warm = after_warming(points)
    each = slope(floors(warm))
    return each, each * (warm[-1][0] - warm[0][0])
