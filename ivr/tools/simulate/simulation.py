"""The simulation as a whole: the log as it was, as it is by a policy, and what if it were else."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING, Any, Final

from ivr.tools.recorded.waits import LIMIT
from ivr.tools.simulate.book import Book
from ivr.tools.simulate.engine import ANSWERED_CALL, GAVE_UP, Run, first_queue
from ivr.tools.simulate.spread import spread
from ivr.tools.simulate.staffing import changed, day_of, levels, midnight

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from zoneinfo import ZoneInfo

    from ivr.callers.caller import Instant
    from ivr.policy.model import Policy
    from ivr.tools.simulate.arrivals import Arrival
    from ivr.tools.simulate.engine import Caller
    from ivr.tools.simulate.learned import Learned
    from ivr.tools.simulate.staffing import Change, Levels, Staffing

_ONE_DAY: Final = timedelta(days=1)

#: Seconds after the last day for which callers who still wait are waited for.
_LATEST: Final = 86_400


@dataclass(frozen=True, slots=True)
class Side:
    """One way of doing it: the policy (by its place among those that decided), and who works."""

    name: str
    policy: Policy
    placed: int
    changes: Mapping[str, Change] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Simulation:
    """See the module. Arrivals are in order; those that never came to a queue are left out of runs.

    Each run has chances of its own, by `seed` and its number; all sides of a run share them.
    """

    arrivals: Sequence[Arrival]
    learned: Learned
    staffing: Staffing
    sides: Sequence[Side]
    zone: ZoneInfo
    seed: int = 1
    runs: int = 1
    limit: int = LIMIT

    def recorded(self) -> dict[str, Any]:
        """The log's own figures, by the queue and tier that the first side's policy says."""
        book = Book(self.limit)
        for arrival in self._queued():
            placing = arrival.placed[0]
            key = first_queue(placing, self.staffing.fallback), placing.ticket.tier.value
            book.waited(key, arrival.hour, float(arrival.waited or 0), arrival.outcome)
            book.ends[_END.get(arrival.outcome.value, arrival.outcome.value)] += 1
        return book.as_json()

    def simulated(self, side: Side, done: Callable[[int], object]) -> dict[str, Any]:
        """A side's figures over all runs; `done` hears of each call that came."""
        numbers = self._numbers(side)
        return spread([self._run(side, numbers, number, done) for number in range(self.runs)])

    def left_before(self) -> int:
        """Calls that were over before they stood in a queue: they are in no run."""
        return len(self.arrivals) - sum(1 for _ in self._queued())

    def _numbers(self, side: Side) -> list[Levels]:
        """How many agents of each group are on duty when."""
        first, last = self._days()
        return [
            changed(levels(group, first, last, self.zone), side.changes.get(group.name))
            for group in self.staffing.groups
        ]

    def _run(
        self, side: Side, numbers: Sequence[Levels], number: int, done: Callable[[int], object]
    ) -> dict[str, Any]:
        first, last = self._days()
        book = Book(self.limit)
        run = Run(side.policy, self.staffing, numbers, first, last, last + _LATEST, book)
        return run.run(self._callers(side, number, done)).as_json()

    def _callers(self, side: Side, number: int, done: Callable[[int], object]) -> Iterator[Caller]:
        random = Random(f"{self.seed}/{number}")  # noqa: S311 - a simulation, no secret
        wrap_up = float(self.staffing.wrap_up or 0)
        for arrival in self._queued():
            done(1)
            yield self.learned.caller(arrival, side.placed, random, wrap_up)

    def _queued(self) -> Iterator[Arrival]:
        return (each for each in self.arrivals if not (each.gave_up and each.waited is None))

    def _days(self) -> tuple[Instant, Instant]:
        """From midnight before the first call to midnight after the last."""
        first = day_of(self.arrivals[0].at, self.zone)
        last = day_of(self.arrivals[-1].at, self.zone) + _ONE_DAY
        return midnight(first, self.zone), midnight(last, self.zone)


_END: Final = {"answered": ANSWERED_CALL, "abandoned": GAVE_UP}
