"""How agents of a log worked: when they talked, of what, and how long they took between calls.

A gap tells of an agent only while callers waited whom he would have taken: those of a kind (queue
and topic) of which a tenth of his calls or more were. Who serves other queues, or another language,
is not slow when he lets their callers wait. Where none of his own waited any more, or he was away
(`AWAY`), the gap tells only that it was longer than that.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Final, TypeAlias

from ivr.tools.simulate.crews import AWAY
from ivr.tools.simulate.survival import survival

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ivr.callers.caller import Instant
    from ivr.tools.recorded.calls import RecordedCall
    from ivr.tools.simulate.crews import Service
    from ivr.tools.simulate.survival import Survival

#: The share of an agent's calls that makes a kind of caller his.
HIS: Final = 0.1

#: Seconds of a talk that are believed.
_LONGEST: Final = 86_400

Kind: TypeAlias = "tuple[str | None, str | None]"


@dataclass(slots=True)
class Agent:
    """One agent in the log: from when to when each call lasted, and of which kinds they were."""

    served: list[Service] = field(default_factory=list)
    kinds: Counter[Kind] = field(default_factory=Counter)

    @property
    def queues(self) -> frozenset[str]:
        """Every queue from which he took a call, where the log tells."""
        return frozenset(queue for queue, _ in self.kinds if queue is not None)

    @property
    def own(self) -> frozenset[Kind]:
        """The kinds that are his."""
        least = HIS * self.kinds.total()
        return frozenset(kind for kind, count in self.kinds.items() if count >= least)


@dataclass(slots=True)
class Work:
    """All agents of a log, by name, and who waited when."""

    agents: dict[str, Agent] = field(default_factory=lambda: defaultdict(Agent))
    _waiting: dict[Kind, list[Service]] = field(default_factory=lambda: defaultdict(list))

    def waited(self, call: RecordedCall, wait: int) -> None:
        """A caller stood in a queue."""
        if wait:
            self._waiting[call.queue, call.topic].append((call.started, call.started + wait))

    def talked(self, call: RecordedCall, agent: str, wait: int, talk: int) -> None:
        """An agent took the call."""
        begin = call.started + wait
        found = self.agents[agent]
        found.served.append((begin, begin + min(talk, _LONGEST)))
        found.kinds[call.queue, call.topic] += 1

    def gaps(self) -> Survival:
        """How long agents take to the next call while their callers wait."""
        pressed: dict[frozenset[Kind], list[Service]] = {}
        observed: list[tuple[int, bool]] = []
        for agent in self.agents.values():
            own = agent.own
            if own not in pressed:
                pressed[own] = _joined(each for kind in own for each in self._waiting[kind])
            observed.extend(_gaps(sorted(agent.served), pressed[own]))
        return survival(observed)


def _gaps(served: Sequence[Service], pressed: Sequence[Service]) -> Iterator[tuple[int, bool]]:
    for (_, end), (begin, _) in pairwise(served):
        gap, left = begin - end, _left(pressed, end)
        if left is not None:
            told = gap <= left and gap < AWAY
            yield int(max(0.0, min(gap, left, AWAY))), told


def _joined(waits: Iterable[Service]) -> list[Service]:
    """From when to when anybody waited, without a break."""
    found: list[Service] = []
    for begin, end in sorted(waits):
        if found and begin <= found[-1][1]:
            found[-1] = found[-1][0], max(end, found[-1][1])
        else:
            found.append((begin, end))
    return found


def _left(pressed: Sequence[Service], at: Instant) -> float | None:
    """For how long from this moment on somebody waits: 0 where the last is just taken.

    None where nobody does.
    """
    index = bisect_right(pressed, (at, float("inf"))) - 1
    if index < 0 or pressed[index][1] < at:
        return None
    return pressed[index][1] - at
