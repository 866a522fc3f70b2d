"""The world itself: its clock, its callers, and the way of a call through it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from ivr.engine.calls import Calls
from ivr.engine.desk import Desk
from ivr.engine.endings import Endings
from ivr.engine.keeping import Keeper
from ivr.engine.process import ProcessDesk
from ivr.engine.reports import Arrival, Ending
from ivr.engine.windows import local_day
from ivr.routing.steps import LetGo
from ivr.routing.ticket import encode
from ivr.store.memory import MemoryStore
from ivr.tools.world.line import Script, ScriptedLine
from ivr.tools.world.watch import Seen

if TYPE_CHECKING:
    from collections.abc import Awaitable, Iterator

    from ivr.callers.caller import Instant
    from ivr.callers.nuisance import Rules
    from ivr.engine.interfaces import Decided, Store
    from ivr.policy.model import Policy
    from ivr.routing.steps import Go

T = TypeVar("T")

#: Deadlines in seconds; a store in memory answers at once, or never.
_LOOKUP: Final = 0.05
_RECORD: Final = 2.0
#: Months for which the store was there before the world began: all that the process looks back at.
_DAYS_BEFORE: Final = 37 * 31


@dataclass(frozen=True, slots=True)
class Incoming:
    """A call as it comes in. `ani` is the caller's number as signalled ("": withheld).

    `dialled` is the number dialled; `forwarded_by`, `attest` and `verify` as the trunk says.
    """

    ani: str
    dialled: str
    forwarded_by: str = ""
    attest: str = ""
    verify: str = ""


@dataclass(frozen=True, slots=True)
class Placed:
    """What a call came to so far.

    `decided` is its latest decision, None if the caller left before there was one. `heard` are the
    sounds played to him so far, in order; `charges` the paid lines that he agreed to, and whether
    the consent was kept.
    """

    linked_id: str
    first: Instant
    decided: Decided | None
    heard: tuple[str, ...]
    charges: tuple[tuple[str, bool], ...]

    @property
    def step(self) -> Go | LetGo | None:
        """What was decided last."""
        return self.decided.step if self.decided else None


@dataclass(slots=True)
class World:
    """A policy at work from `start` on (epoch seconds), with callers who are made up.

    The policy must be one that loads. The store is one in memory unless another is given; it was
    there on every day before the start, and is on each that passes.
    """

    policy: Policy
    start: Instant
    store: Store = field(default_factory=MemoryStore)
    _clock: Clock = field(default_factory=Clock, init=False)
    _calls: Iterator[int] = field(default_factory=lambda: count(1), init=False)
    _cases: Iterator[int] = field(default_factory=lambda: count(1), init=False)
    _serials: Iterator[int] = field(default_factory=lambda: count(1), init=False)

    def __post_init__(self) -> None:
        self._clock.advance(self.start)
        today = local_day(self.policy.zone, self.start)
        for days in range(_DAYS_BEFORE + 1):
            self.run(self.store.attend(today - timedelta(days=days)))

    @property
    def now(self) -> Instant:
        """The world's moment, in epoch seconds."""
        return self._clock.seconds()

    def advance(self, seconds: float) -> None:
        """Let time pass. Raises `ValueError` for less than none."""
        if seconds < 0:
            raise ValueError("time does not go back")
        before = local_day(self.policy.zone, self.now)
        self._clock.advance(seconds)
        today = local_day(self.policy.zone, self.now)
        for days in range(1, (today - before).days + 1):
            self.run(self.store.attend(before + timedelta(days=days)))

    def serial(self) -> int:
        """A number that was not given yet: 1, 2…"""
        return next(self._serials)

    @property
    def desk(self) -> Desk:
        """Where people change what is known of callers; cases are numbered `case-1`, `case-2`…"""
        policy = self.policy
        new_id = self._case_id
        return Desk(self.store, policy.region, policy.topics, policy.grants, new_id)

    def process(self, rules: Rules) -> ProcessDesk:
        """The nuisance process as people use it, at this moment."""
        return ProcessDesk(self.desk, rules, self.policy.zone, self.now)

    def run(self, waiting: Awaitable[T]) -> T:
        """What an answer is, or the error it raises; one that never comes is a mistake here."""

        async def wait() -> T:
            return await waiting

        answer = waiting if isinstance(waiting, Deferred) else Deferred.fromCoroutine(wait())
        results: list[Any] = []
        answer.addBoth(results.append)
        if not results:
            self.advance(_RECORD)  # a deadline ends what the store does not
        (result,) = results
        if hasattr(result, "raiseException"):
            result.raiseException()
        return cast(T, result)

    # --- calls --------------------------------------------------------------------------------

    def call(self, incoming: Incoming, script: Script = Script()) -> Placed:  # noqa: B008 - frozen
        """A new call, as far as its decision (or until the caller is gone)."""
        number = next(self._calls)
        linked_id = f"{int(self.now)}.{number}"
        placed = Placed(linked_id, self.now, None, (), ())
        arrival = Arrival(
            unique_id=linked_id, linked_id=linked_id, ani=incoming.ani or "anonymous",
            dialled=incoming.dialled, extension=incoming.dialled, rdnis=incoming.forwarded_by,
            attest=incoming.attest, verify=incoming.verify, first=int(self.now),
        )  # fmt: skip
        return self._go_on(placed, arrival, script, again=False)

    def gave_up(
        self,
        placed: Placed,
        status: str,
        waited: int = 0,
        script: Script = Script(),  # noqa: B008 - frozen
    ) -> Placed:
        """The place where the call was gives it back, as QUEUESTATUS or DIALSTATUS says.

        `script` is what the caller does from here on.
        """
        arrival = Arrival(
            placed.linked_id, placed.linked_id, first=int(placed.first),
            state=_state(placed), status=status, waited=waited,
        )  # fmt: skip
        return self._go_on(placed, arrival, script, again=True)

    def ended(self, placed: Placed, ending: Ending) -> bool:
        """Report the end; the call's own ids and what it carries are filled in. Whether it is kept.

        A call that the engine let go, or that ended before its decision, is reported without state.
        """
        watch = Seen()
        filled = replace(
            ending, linked_id=placed.linked_id, unique_id=placed.linked_id,
            state=_state(placed), first=int(placed.first),
        )  # fmt: skip
        endings = Endings(lambda: self.policy, self._keeper(watch), self._clock.seconds)
        return self.run(endings.ended(filled))

    def _go_on(self, placed: Placed, arrival: Arrival, script: Script, *, again: bool) -> Placed:
        watch, line = Seen(), ScriptedLine(script)
        keeper, ids = self._keeper(watch), lambda: f"d{placed.linked_id.rpartition('.')[2]}"
        calls = Calls(lambda: self.policy, keeper, watch, self._clock.seconds, ids)
        self.run(calls.next(arrival, line) if again else calls.route(arrival, line))
        return replace(
            placed,
            decided=watch.decisions[-1] if watch.decisions else None,
            heard=(*placed.heard, *line.heard),
            charges=(*placed.charges, *watch.charges),
        )

    def _keeper(self, watch: Seen) -> Keeper:
        return Keeper(self.store, self._clock, self._clock.seconds, watch, _LOOKUP, _RECORD)

    def _case_id(self) -> str:
        return f"case-{next(self._cases)}"


def _state(placed: Placed) -> str:
    """What the call carries: nothing before a decision, and nothing if that let it go."""
    decided = placed.decided
    if decided is None or (isinstance(decided.step, LetGo) and not decided.again):
        return ""
    return encode(decided.ticket)
