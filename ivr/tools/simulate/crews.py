"""The agents of a log: who was at work when, counted by half hours."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Final, TypeAlias

from ivr.tools.simulate.staffing import Group, Serves

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ivr.callers.caller import Instant
    from ivr.policy.model import Policy
    from ivr.tools.simulate.gaps import Agent
    from ivr.tools.simulate.staffing import Levels

#: From when to when an agent talked.
Service: TypeAlias = "tuple[Instant, Instant]"

#: Seconds without a call after which an agent is taken to be away.
AWAY: Final = 900

_HALF_HOUR: Final = 1800


def crews(agents: Mapping[str, Agent], policies: Sequence[Policy]) -> tuple[Group, ...]:
    """The agents of a log as groups: those who served the same queues together, by half hours.

    Where the log names no queue of the policies, an agent serves all of them.
    """
    known = {q.asterisk for policy in policies for q in policy.queues.values()}
    by_queues: dict[tuple[str, ...], list[Agent]] = defaultdict(list)
    for _, agent in sorted(agents.items()):
        by_queues[tuple(sorted(agent.queues & known or known))].append(agent)
    return tuple(
        Group(
            "+".join(queues) if len(by_queues) > 1 else "agents",
            tuple(map(Serves, queues)),
            seen=_levels(agent.served for agent in found),
        )
        for queues, found in sorted(by_queues.items())
    )


def _levels(served: Iterable[list[Service]]) -> Levels:
    """How many were at work in each half hour: the time that they were, all together."""
    seconds: Counter[int] = Counter()
    for services in served:
        for begin, end in _stints(services):
            half_hour = int(begin // _HALF_HOUR)
            while half_hour * _HALF_HOUR < end:
                start = half_hour * _HALF_HOUR
                seconds[half_hour] += int(min(end, start + _HALF_HOUR) - max(begin, start))
                half_hour += 1
    found: list[tuple[Instant, int]] = []
    for half_hour in sorted({each + n for each in seconds for n in (0, 1)}):
        count = max(int(seconds[half_hour] / _HALF_HOUR + 0.5), int(seconds[half_hour] > 0))
        if not found or found[-1][1] != count:
            found.append((float(half_hour * _HALF_HOUR), count))
    return tuple(found)


def _stints(services: list[Service]) -> Iterator[Service]:
    """From when to when an agent was at work without being away."""
    begin = end = None
    for start, done in sorted(services):
        if end is None or begin is None:
            begin, end = start, done
        elif start - end < AWAY:
            end = max(end, done)
        else:
            yield begin, end
            begin, end = start, done
    if begin is not None and end is not None:
        yield begin, end
