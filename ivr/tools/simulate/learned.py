"""What the log tells of people: how long calls last, how long callers wait, how agents work.

- Talk: as it was where the call was answered; else drawn from what calls of its topic lasted
  (of all calls, where fewer than `ENOUGH` of its topic were answered).
- Patience: of who gave up, as long as he waited. Of everybody else it was longer than he waited:
  drawn from the product-limit estimate, given that. VIPs and others apart, where of each `ENOUGH`
  gave up.
- Gaps between calls: how long an agent took until the next call while callers were waiting. Where
  nobody waited any more, or the agent was away (`AWAY`), the gap tells only that it was longer.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from ivr.callers.contacts import Outcome
from ivr.tools.recorded.waits import wait_of
from ivr.tools.simulate.crews import AWAY
from ivr.tools.simulate.engine import Caller
from ivr.tools.simulate.survival import Empirical, Survival, empirical, survival

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from random import Random

    from ivr.callers.caller import Instant
    from ivr.tools.recorded.calls import RecordedCall
    from ivr.tools.simulate.arrivals import Arrival
    from ivr.tools.simulate.crews import Service

#: Cases that make an estimate of their own worth having.
ENOUGH: Final = 50

_SPOKEN: Final = frozenset({Outcome.ANSWERED, Outcome.BROKEN})


@dataclass(frozen=True, slots=True)
class Learned:
    """What chance draws from. `patience` and `talk` have their whole under None.

    `gaps` None: the staffing says how long an agent takes after each call.
    """

    patience: Mapping[bool | None, Survival]
    talk: Mapping[str | None, Empirical]
    gaps: Survival | None = None

    def caller(self, arrival: Arrival, side: int, random: Random, wrap_up: float) -> Caller:
        """A call with its patience, talk and gap; `wrap_up` counts where none were learned.

        The same chances are taken whatever the call needs of them: two policies, and two
        staffings, see the same people.
        """
        patient, talks, gap = random.random(), random.random(), random.random()
        waited = float(arrival.waited or 0)
        if not arrival.gave_up:
            waited = self._of(self.patience, arrival.vip).draw(1 - patient, waited)
        talk = _talk(arrival)
        if talk is None:
            talk = self._of(self.talk, arrival.topic).draw(talks)
        if self.gaps is not None:
            wrap_up = min(self.gaps.draw(1 - gap), AWAY)
        return Caller(arrival.at, arrival.hour, arrival.placed[side], waited, talk, wrap_up)

    def as_json(self) -> dict[str, Any]:
        """What was learned, for machines; seconds."""
        names = {None: "all", True: "vip", False: "others"}
        return {
            "patience": {names[key]: _told(found) for key, found in self.patience.items()},
            "talk": {
                key or "all": {"mean": round(found.mean, 1), "calls": found.seen}
                for key, found in self.talk.items()
            },
            "gap": None if self.gaps is None else _told(self.gaps),
        }

    def _of(self, table: Any, key: Any) -> Any:
        return table.get(key) or table[None]


def _talk(arrival: Arrival) -> float | None:
    if arrival.talk is None or arrival.outcome not in _SPOKEN:
        return None
    return float(arrival.talk)


def _told(found: Survival) -> dict[str, Any]:
    median = found.median()
    return {
        "median": None if median == float("inf") else round(median, 1),
        "events": found.events,
        "seen": found.seen,
    }


@dataclass(slots=True)
class Learner:
    """Hears every call of a log once, in order. `served` is what each agent was seen to do."""

    _waits: dict[bool, Counter[tuple[int, bool]]] = field(
        default_factory=lambda: {True: Counter(), False: Counter()}
    )
    _talks: dict[str | None, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    served: dict[str, list[Service]] = field(default_factory=lambda: defaultdict(list))
    queues: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    _waiting: list[tuple[Instant, int]] = field(default_factory=list)

    def hear(self, calls: Iterable[RecordedCall]) -> Iterator[RecordedCall]:
        """The same calls, learned from."""
        for call in calls:
            self._learn(call)
            yield call

    def learned(self, *, gaps: bool) -> Learned:
        """What the log came to. A log without a single talk cannot be simulated: `ValueError`."""
        every: Counter[int] = Counter()
        for counted in self._talks.values():
            every.update(counted)
        talk: dict[str | None, Empirical] = {None: empirical(every)}
        for topic, counted in self._talks.items():
            if topic is not None and counted.total() >= ENOUGH:
                talk[topic] = empirical(counted)
        return Learned(self._patience(), talk, self._gaps() if gaps else None)

    def _learn(self, call: RecordedCall) -> None:
        wait = wait_of(call)
        gave_up = call.outcome is Outcome.ABANDONED
        if wait is not None:
            self._waits[call.vip][wait, gave_up] += 1
            if wait:
                self._waiting += ((call.started, 1), (call.started + wait, -1))
        if call.outcome not in _SPOKEN or call.talk is None:
            return
        self._talks[call.topic][call.talk] += 1
        if call.agent is not None:
            begin = call.started + (wait or 0)
            self.served[call.agent].append((begin, begin + call.talk))
            if call.queue is not None:
                self.queues[call.agent].add(call.queue)

    def _patience(self) -> dict[bool | None, Survival]:
        apart: dict[bool | None, Survival] = {
            vip: _survival(counted) for vip, counted in self._waits.items()
        }
        found: dict[bool | None, Survival] = {
            None: _survival(self._waits[True] + self._waits[False])
        }
        if all(each.events >= ENOUGH for each in apart.values()):
            found.update(apart)
        return found

    def _gaps(self) -> Survival:
        """See the module: gaps under pressure, as far as they are told."""
        emptied = _emptied(self._waiting)
        observed: list[tuple[int, bool]] = []
        for services in self.served.values():
            services.sort()
            for (_, end), (begin, _) in pairwise(services):
                gap, pressed = begin - end, _pressed(emptied, end)
                if pressed <= 0:
                    continue
                told = gap <= pressed and gap < AWAY
                observed.append((int(max(0.0, min(gap, pressed, AWAY))), told))
        return survival(observed)


def _survival(counted: Counter[tuple[int, bool]]) -> Survival:
    return survival(each for each, count in counted.items() for _ in range(count))


def _emptied(waiting: list[tuple[Instant, int]]) -> list[tuple[Instant, Instant]]:
    """From when to when callers were waiting, without a break."""
    found: list[tuple[Instant, Instant]] = []
    count, since = 0, 0.0
    for at, change in sorted(waiting):
        if not count:
            since = at
        count += change
        if not count and at > since:
            found.append((since, at))
    return found


def _pressed(busy: Sequence[tuple[Instant, Instant]], at: Instant) -> float:
    """For how long from this moment on callers were waiting; 0 where nobody was."""
    index = bisect_right(busy, (at, float("inf"))) - 1
    return max(0.0, busy[index][1] - at) if index >= 0 else 0.0
