"""One run: callers come, stand in queues, and are answered or leave; time is SimPy's.

A call is a SimPy process, and so is time that changes who is on duty. What a queue's time-out or
refusal leads to is what `step` says for `GaveUp`, as in production.
"""

from __future__ import annotations

from dataclasses import dataclass
from heapq import merge
from itertools import count
from math import inf
from typing import TYPE_CHECKING, Final, TypeAlias

from ivr.callers.contacts import Outcome
from ivr.routing.call import carried
from ivr.routing.step import step
from ivr.routing.steps import Action, GaveUp, Go, LetGo
from ivr.tools.simulate.arrivals import priority
from ivr.tools.simulate.book import Book, Worked
from ivr.tools.simulate.floor import ABANDONED, ANSWERED, TIMEOUT, Floor

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator, Sequence

    from simpy import Environment, Event

    from ivr.callers.caller import Instant
    from ivr.policy.model import Policy
    from ivr.tools.simulate.arrivals import Placing
    from ivr.tools.simulate.staffing import Levels, Staffing

#: How a call ends that no agent answered and whose caller did not leave.
ANNOUNCED: Final = "announced"
HUNG_UP: Final = "hung up on"
DIALLED: Final = "sent to a number"
PAID: Final = "sent to a paid line"
NO_WAY: Final = "no way left"
#: The others.
ANSWERED_CALL: Final = "answered"
GAVE_UP: Final = "gave up"
STILL_WAITING: Final = "still waiting at the end"

_ENDS: Final = {
    Action.ANNOUNCE: ANNOUNCED,
    Action.HANGUP: HUNG_UP,
    Action.DIAL: DIALLED,
    Action.PAID: PAID,
}


@dataclass(frozen=True, slots=True)
class Caller:
    """A call with all that chance decides. `patience`, `talk` and `wrap_up` are seconds."""

    at: Instant
    hour: int
    placing: Placing
    patience: float
    talk: float
    wrap_up: float


#: When, in which order of those at once, and what: a caller, or a group and its number from now on.
_Moment: TypeAlias = tuple[float, int, Caller | tuple[int, int]]


@dataclass(slots=True)
class Run:
    """One run of one policy with one staffing, whose numbers `levels` are by group.

    Agents' time counts from `first` to `last`; callers are waited for up to `end`.
    """

    policy: Policy
    staffing: Staffing
    levels: Sequence[Levels]
    first: Instant
    last: Instant
    end: Instant
    book: Book

    def run(self, callers: Iterable[Caller]) -> Book:
        """The book, when all is over."""
        from simpy import Environment  # here: of all commands this one alone wants it

        env = Environment()  # its 0 is `first`: seconds since 1970 leave floats too few digits
        floor = Floor(env, self.staffing.groups, self.staffing.queues, self.last - self.first)
        calls = _Calls(self.policy, self.staffing.fallback, env, floor, self.book)
        env.process(self._days(env, floor, calls, callers))
        env.run(until=self.end - self.first)
        calls.close()
        for crew in floor.crews:
            crew.pass_time(inf, self.last - self.first)
            worked = Worked(crew.duty, crew.worked, crew.calls)
            self.book.agents[crew.group.name] = worked
        return self.book

    def _days(
        self, env: Environment, floor: Floor, calls: _Calls, callers: Iterable[Caller]
    ) -> Generator[Event, object, None]:
        """Shifts and callers in the order of their time; whose shift begins is there first."""
        for at, _, what in merge(self._shifts(), _numbered(callers), key=lambda each: each[:2]):
            if at - self.first > env.now:
                yield env.timeout(at - self.first - env.now)
            if isinstance(what, Caller):
                env.process(calls.live(what))
            else:
                floor.want(*what)

    def _shifts(self) -> Iterator[_Moment]:
        changes = (
            (max(at, self.first), index, wanted)
            for index, levels in enumerate(self.levels)
            for at, wanted in levels
        )
        for at, index, wanted in sorted(changes, key=lambda each: each[0]):
            yield at, -1, (index, wanted)


def _numbered(callers: Iterable[Caller]) -> Iterator[_Moment]:
    for number, caller in zip(count(), callers, strict=False):
        yield caller.at, number, caller


@dataclass(slots=True)
class _Calls:
    """Calls under way: each a process."""

    policy: Policy
    fallback: str | None
    env: Environment
    floor: Floor
    book: Book
    under_way: int = 0

    def live(self, caller: Caller) -> Generator[Event, object, None]:
        """A caller's way, from his arrival to his end."""
        env, what = self.env, caller.placing
        key = first_queue(what, self.fallback), what.ticket.tier.value
        began, stood = env.now, False
        self.under_way += 1
        end = ""
        while not end:
            queue, seconds = self._queue(what)
            if queue is None:
                what, end = self._pass(what)
                continue
            joined, stood = env.now, True
            left = began + caller.patience - joined
            status = yield from self._stand(what, queue, seconds, left, caller)
            self.book.visited(queue, status, env.now - joined)
            end = {ANSWERED: ANSWERED_CALL, ABANDONED: GAVE_UP}.get(status, "")
            if not end:
                what, end = self._after(what, status, int(env.now - joined))
        self.under_way -= 1
        self.book.ends[end] += 1
        if stood:
            self.book.waited(key, caller.hour, env.now - began, _outcome(end))

    def close(self) -> None:
        """Whoever is still in a queue when the time is over."""
        if self.under_way:
            self.book.ends[STILL_WAITING] += self.under_way

    def _queue(self, what: Placing) -> tuple[str | None, int | None]:
        """The queue that the call stands in now, if it is one, and how long at most."""
        if isinstance(what, LetGo):
            return self.fallback, None
        return (what.post.queue, what.timeout) if what.post is not None else (None, None)

    def _stand(
        self, what: Placing, queue: str, seconds: int | None, patience: float, caller: Caller
    ) -> Generator[Event, object, str]:
        busy = caller.talk + caller.wrap_up
        waiter = self.floor.join(queue, priority(what, caller.at), busy)
        if isinstance(waiter, str):
            return waiter
        if waiter.waits:
            until = inf if seconds is None else float(seconds)
            status = ABANDONED if patience <= until else TIMEOUT
            if (bound := max(0.0, min(patience, until))) < inf:
                timer = self.env.timeout(bound)
                timer.callbacks.append(lambda _: self.floor.leave(waiter, status))
        return str((yield waiter.over))

    def _pass(self, what: Placing) -> tuple[Placing, str]:
        """What is no queue: the end, or an announcement with something behind it."""
        if isinstance(what, LetGo):
            return what, NO_WAY
        if what.action is Action.ANNOUNCE and what.then:
            return self._after(what, "PLAYED", 0)
        return what, _ENDS[what.action]

    def _after(self, what: Placing, status: str, waited: int) -> tuple[Placing, str]:
        if isinstance(what, LetGo):  # the fallback queue refused
            return what, NO_WAY
        event = GaveUp(status, waited)
        outcome = step(self.policy, carried(what.ticket), event, what.ticket.first)
        if isinstance(outcome.step, Go | LetGo):
            return outcome.step, ""
        raise AssertionError("a placed call is asked nothing any more")


def first_queue(what: Placing, fallback: str | None) -> str:
    """The queue that a call is sent to at once."""
    queue = fallback if isinstance(what, LetGo) else what.post.queue if what.post else None
    return queue or "no queue at first"


def _outcome(end: str) -> Outcome:
    return {
        ANSWERED_CALL: Outcome.ANSWERED,
        GAVE_UP: Outcome.ABANDONED,
    }.get(end, Outcome.OVERFLOWED)
