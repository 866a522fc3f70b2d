"""How long people wait before they give up, from waits of which many ended otherwise.

Kaplan and Meier's product-limit estimate: whoever was answered tells only that his patience was
longer than his wait. What is beyond the longest wait is unknown; it goes on at the mean rate of the
whole (events for each second that anybody was exposed), which is an exponential tail.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from dataclasses import dataclass
from itertools import accumulate
from math import inf, log
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Survival:
    """`still[n]` is the share that holds out longer than `times[n]` seconds.

    `rate` is that of the tail, events a second; 0 where there were none: nobody ever gives up.
    """

    times: tuple[float, ...]
    still: tuple[float, ...]
    rate: float
    events: int
    seen: int

    def beyond(self, time: float) -> float:
        """The share that holds out longer than `time`."""
        at = bisect_right(self.times, time)
        return self.still[at - 1] if at else 1.0

    def draw(self, chance: float, at_least: float = 0.0) -> float:
        """The time after which `chance` (0 to 1) of those who held out `at_least` are left.

        Nothing is drawn that lies before `at_least`.
        """
        wanted = chance * self.beyond(at_least)
        last = self.still[-1] if self.still else 1.0
        if wanted >= last and self.times and at_least < self.times[-1]:
            return self.times[bisect_left(self.still, -wanted, key=lambda each: -each)]
        if not self.rate:
            return inf
        end = max(at_least, self.times[-1] if self.times else 0.0)
        return end - log(max(wanted / last, 1e-12) if last else max(chance, 1e-12)) / self.rate

    def median(self) -> float:
        """The time that half of all hold out."""
        return self.draw(0.5)


def survival(observed: Iterable[tuple[int, bool]]) -> Survival:
    """From waits in whole seconds, each with whether it ended by giving up; or a count of them."""
    ended: Counter[int] = Counter()
    gone: Counter[int] = Counter()
    for (wait, gave_up), count in Counter(observed).items():
        (ended if gave_up else gone)[wait] += count
    left = seen = ended.total() + gone.total()
    exposed = sum(wait * count for counted in (ended, gone) for wait, count in counted.items())
    times, shares, share = [], [], 1.0
    for wait in sorted({*ended, *gone}):
        if ended[wait]:
            share *= 1 - ended[wait] / left
            times.append(float(wait))
            shares.append(share)
        left -= ended[wait] + gone[wait]
    rate = ended.total() / exposed if exposed else 0.0
    return Survival(tuple(times), tuple(shares), rate, ended.total(), seen)


@dataclass(frozen=True, slots=True)
class Empirical:
    """Values as often as they were seen."""

    values: tuple[float, ...]
    upto: tuple[int, ...]

    def draw(self, chance: float) -> float:
        """The value below which `chance` (0 to 1) of those seen lie."""
        return self.values[min(bisect_right(self.upto, chance * self.upto[-1]), len(self.upto) - 1)]

    @property
    def seen(self) -> int:
        """How many values there were."""
        return self.upto[-1]

    @property
    def mean(self) -> float:
        """Of all values."""
        counts = (b - a for a, b in zip((0, *self.upto), self.upto, strict=False))
        return sum(v * n for v, n in zip(self.values, counts, strict=True)) / self.seen


def empirical(counted: Counter[int]) -> Empirical:
    """From values with how often each was seen. Raises `ValueError` for none."""
    values = sorted(value for value in counted if counted[value])
    if not values:
        raise ValueError("nothing to draw from")
    return Empirical(
        tuple(map(float, values)), tuple(accumulate(counted[value] for value in values))
    )
