"""What a run came to: waits by queue, tier and hour, what each queue did, how agents were busy."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from ivr.callers.contacts import Outcome
from ivr.tools.recorded.waits import LIMIT, Waits

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

#: The queue that a caller is first sent to, and the tier that he is of.
Key: TypeAlias = tuple[str, str]


@dataclass(slots=True)
class Visits:
    """What one queue did with those who came: waits in it, and how they left it."""

    waits: Waits
    left: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class Worked:
    """A group's work: hours on duty and of these busy, calls answered."""

    duty: float
    busy: float
    calls: int

    def as_json(self) -> dict[str, Any]:
        """For machines; hours, and the share of them in which agents were busy."""
        return {
            "hours": round(self.duty / 3600, 1),
            "busy_hours": round(self.busy / 3600, 1),
            "occupancy": round(self.busy / self.duty, 4) if self.duty else None,
            "calls": self.calls,
        }


@dataclass(slots=True)
class Book:
    """See the module. Whole waits are of callers, from their first queue to the end of all."""

    limit: int = LIMIT
    ends: Counter[str] = field(default_factory=Counter)
    queues: dict[str, Visits] = field(default_factory=dict)
    agents: dict[str, Worked] = field(default_factory=dict)
    by_key: dict[Key, Waits] = field(default_factory=dict)
    by_hour: dict[int, Waits] = field(default_factory=dict)

    def waited(self, key: Key, hour: int, wait: float, outcome: Outcome) -> None:
        """A caller who stood in a queue is done with it."""
        for found in (self._at(self.by_key, key), self._at(self.by_hour, hour)):
            found.add(wait, outcome)

    def visited(self, queue: str, status: str, wait: float) -> None:
        """A caller left a queue, or was refused by it."""
        visits = self.queues.get(queue)
        if visits is None:
            visits = self.queues[queue] = Visits(Waits(self.limit))
        visits.left[status] += 1
        visits.waits.add(wait, _OUTCOMES.get(status, Outcome.OVERFLOWED))

    @property
    def all(self) -> Waits:
        """Of all callers who stood in a queue."""
        return self._merged(self.by_key.values())

    def as_json(self) -> dict[str, Any]:
        """Every figure."""
        queues = sorted({queue for queue, _ in self.by_key})
        tiers = sorted({tier for _, tier in self.by_key})
        return {
            "all": self.all.as_json(),
            "by_queue": {
                each: self._merged(w for k, w in self.by_key.items() if k[0] == each).as_json()
                for each in queues
            },
            "by_tier": {
                each: self._merged(w for k, w in self.by_key.items() if k[1] == each).as_json()
                for each in tiers
            },
            "by_queue_and_tier": {
                queue: {
                    tier: self.by_key[queue, tier].as_json()
                    for tier in tiers
                    if (queue, tier) in self.by_key
                }
                for queue in queues
            },
            "by_hour": {
                f"{hour:02}": self.by_hour[hour].as_json() for hour in sorted(self.by_hour)
            },
            "in_queue": {
                name: {**visits.waits.as_json(), "left": dict(sorted(visits.left.items()))}
                for name, visits in sorted(self.queues.items())
            },
            "agents": {name: worked.as_json() for name, worked in self.agents.items()},
            "ends": dict(sorted(self.ends.items())),
        }

    def _merged(self, waits: Iterable[Waits]) -> Waits:
        merged = Waits(self.limit)
        for each in waits:
            merged.merge(each)
        return merged

    def _at(self, table: dict[Any, Waits], key: Hashable) -> Waits:
        found = table.get(key)
        if found is None:
            found = table[key] = Waits(self.limit)
        return found


_OUTCOMES = {"ANSWERED": Outcome.ANSWERED, "ABANDONED": Outcome.ABANDONED}
