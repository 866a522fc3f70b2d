"""What the log tells of people: how long calls last, how long callers wait, how agents work.

- Talk: as it was where the call was answered; else drawn from what calls of its topic lasted
  (of all calls, where fewer than `ENOUGH` of its topic were answered).
- Patience: of who gave up, as long as he waited. Of everybody else it was longer than he waited:
  drawn from the product-limit estimate, given that. VIPs and others apart, where of each `ENOUGH`
  gave up.
- Gaps between an agent's calls: see `ivr.tools.simulate.gaps`; none where fewer than `ENOUGH` are
  told.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from math import inf
from typing import TYPE_CHECKING, Any, Final, TypeVar

from ivr.callers.contacts import Outcome
from ivr.tools.recorded.waits import wait_of
from ivr.tools.simulate.crews import AWAY
from ivr.tools.simulate.engine import Caller
from ivr.tools.simulate.gaps import Work
from ivr.tools.simulate.survival import empirical, survival

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from random import Random

    from ivr.tools.recorded.calls import RecordedCall
    from ivr.tools.simulate.arrivals import Arrival
    from ivr.tools.simulate.survival import Empirical, Survival

K = TypeVar("K")
V = TypeVar("V")

#: Cases that make an estimate of their own worth having.
ENOUGH: Final = 50

#: Different topics whose talk is told apart.
_TOPICS: Final = 1_000

_SPOKEN: Final = frozenset({Outcome.ANSWERED, Outcome.BROKEN})
_NAMES: Final = {None: "all", True: "vip", False: "others"}


@dataclass(frozen=True, slots=True)
class Learned:
    """What chance draws from. `patience` and `talk` have the whole of them under None.

    `gaps` None: the staffing says how long an agent takes after each call.
    """

    patience: Mapping[bool | None, Survival]
    talk: Mapping[str | None, Empirical]
    gaps: Survival | None = None

    def caller(self, arrival: Arrival, side: int, random: Random, wrap_up: float) -> Caller:
        """A call with its patience, talk and gap; `wrap_up` counts where none were learned.

        As many chances are taken whatever the call needs of them: two policies, and two staffings,
        see the same people.
        """
        patient, talks, gap = random.random(), random.random(), random.random()
        patience = float(arrival.waited or 0)
        if not arrival.gave_up:
            patience = _of(self.patience, arrival.vip).draw(1 - patient, patience)
        talk = _talk(arrival)
        if talk is None:
            talk = _of(self.talk, arrival.topic).draw(talks)
        if self.gaps is not None:
            wrap_up = min(self.gaps.draw(1 - gap), AWAY)
        return Caller(arrival.at, arrival.hour, arrival.placed[side], patience, talk, wrap_up)

    def as_json(self) -> dict[str, Any]:
        """What was learned, for machines; seconds."""
        return {
            "patience": {_NAMES[key]: _told(found) for key, found in self.patience.items()},
            "talk": {
                key or "all": {"mean": round(found.mean, 1), "calls": found.seen}
                for key, found in self.talk.items()
            },
            "gap": None if self.gaps is None else _told(self.gaps),
        }


def _of(table: Mapping[K | None, V], key: K | None) -> V:
    return table[key] if key in table else table[None]


def _talk(arrival: Arrival) -> float | None:
    if arrival.talk is None or arrival.outcome not in _SPOKEN:
        return None
    return float(arrival.talk)


def _told(found: Survival) -> dict[str, Any]:
    median = found.median()
    return {
        "median": None if median == inf else round(median, 1),
        "events": found.events,
        "seen": found.seen,
    }


@dataclass(slots=True)
class Learner:
    """Hears every call of a log once, in any order."""

    work: Work = field(default_factory=Work)
    _waits: dict[bool, Counter[tuple[int, bool]]] = field(
        default_factory=lambda: {True: Counter(), False: Counter()}
    )
    _talks: dict[str | None, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))

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
        found = self.work.gaps() if gaps else None
        enough = found is not None and found.events >= ENOUGH
        return Learned(self._patience(), talk, found if enough else None)

    def _learn(self, call: RecordedCall) -> None:
        wait = wait_of(call)
        if wait is not None:
            self._waits[call.vip][wait, call.outcome is Outcome.ABANDONED] += 1
            self.work.waited(call, wait)
        if call.outcome not in _SPOKEN or call.talk is None:
            return
        known = call.topic in self._talks or len(self._talks) < _TOPICS
        self._talks[call.topic if known else None][call.talk] += 1
        if call.agent is not None:
            self.work.talked(call, call.agent, wait or 0, call.talk)

    def _patience(self) -> dict[bool | None, Survival]:
        apart: dict[bool | None, Survival] = {
            vip: survival(counted) for vip, counted in self._waits.items()
        }
        whole = survival(self._waits[True] + self._waits[False])
        enough = all(each.events >= ENOUGH for each in apart.values())
        return {None: whole, **apart} if enough else {None: whole}
