"""What is counted of a replay: by tier, route and place; and when calls came.

Calls that are alike are counted in one bucket; every figure is a sum of buckets. There are as many
as a policy has ways, whatever the number of calls.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar

from ivr.tools.recorded.waits import LIMIT, Waits, wait_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date

    from ivr.callers.contacts import Outcome
    from ivr.tools.recorded.calls import RecordedCall
    from ivr.tools.recorded.days import Local
    from ivr.tools.replay.side import Decision, Where

K = TypeVar("K")

#: Tier, route, place, the paid line that was offered and the one that charges ("": none).
Key: TypeAlias = "tuple[str, str, Where, str, str]"

HOURS: Final = 24
WEEKDAYS: Final = 7

#: Queues that a log may name; what comes after is counted together.
_MOST_QUEUES: Final = 1000
OTHERS: Final = "(others)"


@dataclass(slots=True)
class Bucket:
    """Calls that are alike: how many, when, and how they ended as recorded."""

    limit: int = LIMIT
    calls: int = 0
    offered: int = 0
    charged: int = 0
    hours: list[int] = field(default_factory=lambda: [0] * HOURS)
    outcomes: dict[Outcome, int] = field(default_factory=dict)
    waits: Waits = field(init=False)

    def __post_init__(self) -> None:
        self.waits = Waits(self.limit)

    def add(self, call: RecordedCall, hour: int, wait: int | None) -> None:
        """Count one call."""
        self.calls += 1
        self.hours[hour] += 1
        outcome = call.outcome
        self.outcomes[outcome] = self.outcomes.get(outcome, 0) + 1
        if wait is not None:
            self.waits.add(wait, outcome)

    def merge(self, other: Bucket) -> None:
        """Count the other's too."""
        self.calls += other.calls
        self.offered += other.offered
        self.charged += other.charged
        self.hours = [one + another for one, another in zip(self.hours, other.hours, strict=True)]
        for outcome, count in other.outcomes.items():
            self.outcomes[outcome] = self.outcomes.get(outcome, 0) + count
        self.waits.merge(other.waits)


@dataclass(slots=True)
class Figures:
    """What one policy does with the calls."""

    limit: int = LIMIT
    degraded: Counter[str] = field(default_factory=Counter)
    _buckets: dict[Key, Bucket] = field(default_factory=dict)

    def add(self, call: RecordedCall, decision: Decision, hour: int, wait: int | None) -> None:
        """Count one call."""
        ticket = decision.ticket
        key = (ticket.tier, ticket.route, decision.where, decision.offered, decision.charged)
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = Bucket(self.limit)
        bucket.add(call, hour, wait)
        if decision.degraded:
            self.degraded[decision.degraded] += 1

    def all(self) -> Bucket:
        """All calls."""
        return self._by(lambda _: None).get(None, Bucket(self.limit))

    def by_tier(self) -> dict[str, Bucket]:
        """The calls of each tier."""
        return self._by(lambda key: key[0])

    def by_route(self) -> dict[str, Bucket]:
        """The calls of each route; "" is none (a call that was let go)."""
        return self._by(lambda key: key[1])

    def by_place(self) -> dict[Where, Bucket]:
        """The calls of each queue, or whatever else they were first sent to."""
        return self._by(lambda key: key[2])

    def offers(self) -> dict[str, int]:
        """How many calls each paid line was offered to."""
        return _filled(self._counted(3))

    def charges(self) -> dict[str, int]:
        """How many calls each paid line took."""
        return _filled(self._counted(4))

    def _counted(self, part: int) -> Iterator[tuple[str, int]]:
        return ((str(key[part]), bucket.calls) for key, bucket in self._buckets.items())

    def _by(self, of: Callable[[Key], K]) -> dict[K, Bucket]:
        found: dict[K, Bucket] = {}
        for key, bucket in self._buckets.items():
            total = found.setdefault(of(key), Bucket(self.limit))
            total.merge(bucket)
            total.offered += bucket.calls if key[3] else 0
            total.charged += bucket.calls if key[4] else 0
        ordered = sorted(found.items(), key=lambda item: (-item[1].calls, str(item[0])))
        return dict(ordered)


def _filled(counted: Iterator[tuple[str, int]]) -> dict[str, int]:
    found: Counter[str] = Counter()
    for name, calls in counted:
        if name:
            found[name] += calls
    return dict(found.most_common())


@dataclass(slots=True)
class Volume:
    """When calls came, and how they ended as recorded: the same under every policy.

    `hours` has the calls of each weekday (Monday first) and hour; `day_hours` those of each hour of
    each day.
    """

    limit: int = LIMIT
    hours: list[list[int]] = field(init=False)
    days: dict[date, list[int]] = field(default_factory=dict)
    queues: dict[str, Bucket] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.hours = [[0] * HOURS for _ in range(WEEKDAYS)]

    def add(self, call: RecordedCall, local: Local) -> int | None:
        """Count one call; gives the seconds that it waited."""
        wait = wait_of(call)
        self.hours[local.weekday][local.hour] += 1
        day = self.days.get(local.day)
        if day is None:
            day = self.days[local.day] = [0] * HOURS
        day[local.hour] += 1
        if call.queue:
            self._queue(call.queue).add(call, local.hour, wait)
        return wait

    def _queue(self, name: str) -> Bucket:
        found = self.queues.get(name)
        if found is None:
            name = name if len(self.queues) < _MOST_QUEUES else OTHERS
            found = self.queues.setdefault(name, Bucket(self.limit))
        return found
