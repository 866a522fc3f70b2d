"""How long calls waited, in bounded memory: the table that the replay and the simulation print.

A wait is what a caller stood in the queue for, answered or not; who was answered at once waited 0
seconds. Mean, share and counts are exact; median and p90 are exact to the second up to ten
minutes, to ten seconds beyond.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from ivr.callers.contacts import Outcome

if TYPE_CHECKING:
    from ivr.tools.recorded.calls import RecordedCall

#: Seconds: waits up to here are kept to the second, longer ones to `_COARSE`, none beyond a day.
_FINE: Final = 600
_COARSE: Final = 10
_LONGEST: Final = 86_400

#: Seconds of the limit unless another is given.
LIMIT: Final = 180


def wait_of(call: RecordedCall) -> int | None:
    """Seconds that a recorded call waited; None for one that left before it stood in a queue."""
    if call.hold is not None:
        return call.hold
    return 0 if call.outcome is Outcome.ANSWERED else None


@dataclass(slots=True)
class Waits:
    """The waits of some calls. `past` counts those longer than `limit` seconds."""

    limit: int = LIMIT
    calls: int = 0
    answered: int = 0
    abandoned: int = 0
    past: int = 0
    seconds: float = 0
    longest: float = 0
    _bins: dict[int, int] = field(default_factory=dict)

    def add(self, wait: float, outcome: Outcome) -> None:
        """Count one call."""
        self.calls += 1
        self.seconds += wait
        if outcome is Outcome.ANSWERED:
            self.answered += 1
        elif outcome is Outcome.ABANDONED:
            self.abandoned += 1
        if wait > self.limit:
            self.past += 1
        if wait > self.longest:
            self.longest = wait
        whole = int(wait)
        if whole > _FINE:
            whole = min(whole - whole % _COARSE, _LONGEST)
        self._bins[whole] = self._bins.get(whole, 0) + 1

    def merge(self, other: Waits) -> None:
        """Count the other's calls too."""
        self.calls += other.calls
        self.answered += other.answered
        self.abandoned += other.abandoned
        self.past += other.past
        self.seconds += other.seconds
        self.longest = max(self.longest, other.longest)
        for wait, count in other._bins.items():
            self._bins[wait] = self._bins.get(wait, 0) + count

    @property
    def mean(self) -> float | None:
        """Seconds, None of no call."""
        return self.seconds / self.calls if self.calls else None

    def quantile(self, share: float) -> int | None:
        """The shortest wait that so great a share of the calls did not exceed."""
        needed = share * self.calls
        passed = 0
        for wait in sorted(self._bins):
            passed += self._bins[wait]
            if passed >= needed:
                return wait
        return None

    def as_json(self) -> dict[str, Any]:
        """For machines; seconds, and None where there is no call."""
        return {
            "calls": self.calls,
            "answered": self.answered,
            "abandoned": self.abandoned,
            "mean": None if self.mean is None else round(self.mean, 1),
            "median": self.quantile(0.5),
            "p90": self.quantile(0.9),
            "longest": round(self.longest, 1) if self.calls else None,
            "limit": self.limit,
            "past_limit": self.past,
        }
