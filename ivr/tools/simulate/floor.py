"""The floor: callers who stand in queues, and agents who answer them, as in Asterisk.

A queue's callers stand by QUEUE_PRIO, those of one priority in the order in which they joined. A
caller rings the free agent of least penalty, of several the one who has been free longest. An agent
who becomes free takes, of the queues that he serves, the one of most weight that has callers; of
several that weigh the same, the caller with the best place. Whose shift ends finishes the call.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Final

from ivr.tools.simulate.staffing import USUAL

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from simpy import Environment, Event

    from ivr.callers.caller import Instant
    from ivr.tools.simulate.staffing import Group, QueueRules

#: QUEUESTATUS, as Asterisk says it; ANSWERED and ABANDONED end the call.
ANSWERED: Final = "ANSWERED"
ABANDONED: Final = "ABANDONED"
TIMEOUT: Final = "TIMEOUT"
JOINEMPTY: Final = "JOINEMPTY"
LEAVEEMPTY: Final = "LEAVEEMPTY"
FULL: Final = "FULL"


@dataclass(slots=True, eq=False)
class Waiter:
    """A caller in a queue. `over` happens once, with what came of it; `busy` s occupy the agent."""

    queue: str
    busy: float
    over: Event
    waits: bool = True

    def end(self, status: str) -> None:
        """He is not in the queue any more; only the first reason counts."""
        if self.waits:
            self.waits = False
            self.over.succeed(status)


@dataclass(slots=True)
class Line:
    """One queue: its waiters, best place first; who left is passed over when it is his turn."""

    rules: QueueRules
    heap: list[tuple[int, int, Waiter]] = field(default_factory=list)
    length: int = 0

    def best(self) -> tuple[int, int] | None:
        """The best place that is taken, lower is better."""
        heap = self.heap
        while heap and not heap[0][2].waits:
            heappop(heap)
        return heap[0][:2] if heap else None


@dataclass(slots=True)
class Crew:
    """A group at work. `free` are the moments since which its free agents have been free.

    `duty` and `worked` are seconds of all its agents within the time that is looked at.
    """

    group: Group
    wanted: int = 0
    busy: int = 0
    free: deque[Instant] = field(default_factory=deque)
    duty: float = 0.0
    worked: float = 0.0
    calls: int = 0
    since: Instant = 0.0

    @property
    def there(self) -> int:
        """How many are at work, those included who only finish a call."""
        return self.busy + len(self.free)

    def pass_time(self, now: Instant, until: Instant) -> None:
        """Count the time since this was asked last, up to `until`."""
        passed = max(0.0, min(now, until) - self.since)
        self.duty += passed * self.there
        self.worked += passed * self.busy
        self.since = max(self.since, now)


class Floor:
    """See the module. Time is that of `env`; crews' time is counted up to `until`."""

    def __init__(
        self,
        env: Environment,
        groups: Iterable[Group],
        rules: Mapping[str, QueueRules],
        until: Instant,
    ) -> None:
        self._env, self._rules, self._until = env, rules, until
        self.crews = [Crew(group, since=env.now) for group in groups]
        self._lines: dict[str, Line] = {}
        self._serving: dict[str, list[tuple[int, Crew]]] = {}
        for crew in self.crews:
            for serves in crew.group.serves:
                self._serving.setdefault(serves.queue, []).append((serves.penalty, crew))
        self._joined = 0

    # --- callers ------------------------------------------------------------------------------

    def join(self, queue: str, priority: int, busy: float) -> Waiter | str:
        """Stand in a queue, or the status with which it refuses. He may be answered at once."""
        line = self._line(queue)
        if not line.rules.joinempty and not self._staffed(queue):
            return JOINEMPTY
        if line.rules.maxlen is not None and line.length >= line.rules.maxlen:
            return FULL
        waiter = Waiter(queue, busy, self._env.event())
        crew = self._free_for(queue)
        if crew is not None:
            crew.pass_time(self._env.now, self._until)
            crew.free.popleft()
            self._answer(crew, waiter)
            return waiter
        self._joined += 1
        line.length += 1
        heappush(line.heap, (-priority, self._joined, waiter))
        return waiter

    def leave(self, waiter: Waiter, status: str) -> None:
        """He leaves the queue, if he is still in it."""
        if waiter.waits:
            self._lines[waiter.queue].length -= 1
            waiter.end(status)

    def _line(self, queue: str) -> Line:
        line = self._lines.get(queue)
        if line is None:
            line = self._lines[queue] = Line(self._rules.get(queue, USUAL))
        return line

    def _staffed(self, queue: str) -> bool:
        return any(crew.there for _, crew in self._serving.get(queue, ()))

    def _free_for(self, queue: str) -> Crew | None:
        free = [(penalty, crew) for penalty, crew in self._serving.get(queue, ()) if crew.free]
        if not free:
            return None
        return min(free, key=lambda each: (each[0], each[1].free[0]))[1]

    # --- agents -------------------------------------------------------------------------------

    def want(self, index: int, count: int) -> None:
        """From now on so many of a group are on duty; who talks finishes first."""
        crew = self.crews[index]
        crew.pass_time(self._env.now, self._until)
        crew.wanted = count
        while crew.there > count and crew.free:
            crew.free.pop()
        while crew.there < count:
            self._is_free(crew)
        self._send_on(crew)

    def _is_free(self, crew: Crew) -> None:
        """One agent more: the next call, or none."""
        waiter = self._next(crew)
        if waiter is None:
            crew.free.append(self._env.now)
        else:
            self._lines[waiter.queue].length -= 1
            self._answer(crew, waiter)

    def _next(self, crew: Crew) -> Waiter | None:
        found: Line | None = None
        place: tuple[int, int, int] | None = None
        for serves in crew.group.serves:
            line = self._lines.get(serves.queue)
            best = line.best() if line else None
            if line is not None and best is not None:
                here = (-line.rules.weight, *best)
                if place is None or here < place:
                    found, place = line, here
        return heappop(found.heap)[2] if found else None

    def _answer(self, crew: Crew, waiter: Waiter) -> None:
        crew.busy += 1
        crew.calls += 1
        waiter.end(ANSWERED)
        done = self._env.timeout(waiter.busy)
        done.callbacks.append(lambda _: self._done(crew))

    def _done(self, crew: Crew) -> None:
        crew.pass_time(self._env.now, self._until)
        crew.busy -= 1
        if crew.there < crew.wanted:
            self._is_free(crew)
        else:
            self._send_on(crew)

    def _send_on(self, crew: Crew) -> None:
        """Whoever waits where nobody is left is sent on, if the queue is like that."""
        if crew.there:
            return
        for serves in crew.group.serves:
            line = self._lines.get(serves.queue)
            if line is None or not line.rules.leavewhenempty or self._staffed(serves.queue):
                continue
            for _, _, waiter in sorted(line.heap, key=lambda each: each[:2]):
                self.leave(waiter, LEAVEEMPTY)
            line.heap.clear()
