"""The log's calls as the simulation takes them: when each came, and where the policies send it.

Each call is decided once, by what the store would have known at that moment had the calls gone as
they went in the log; the replay's own parts do it. What is kept is small: where two calls are
decided alike, they share one decision, whose ticket has neither number nor moment.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import TYPE_CHECKING

from ivr.callers.contacts import Outcome
from ivr.callers.values import changed
from ivr.routing.onward import FIXED_DATE
from ivr.routing.steps import Go, LetGo
from ivr.tools.recorded.ledger import Ledger
from ivr.tools.recorded.waits import wait_of
from ivr.tools.replay.lives import Lives
from ivr.tools.replay.replay import Assumed, Known
from ivr.tools.replay.side import Side, grant_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ivr.callers.caller import Instant
    from ivr.policy.model import Policy
    from ivr.tools.recorded.calls import RecordedCall

#: Where a call goes; its ticket is of nobody, and its priority that of a call that came in at 0.
Placing = Go | LetGo


@dataclass(frozen=True, slots=True)
class Arrival:
    """A call. `placed` is by policy. `waited` and `talk` are seconds as the log has them.

    `waited` None: it was over before it stood in a queue.
    """

    at: Instant
    hour: int
    placed: tuple[Placing, ...]
    outcome: Outcome
    waited: int | None
    talk: int | None
    topic: str | None
    vip: bool

    @property
    def gave_up(self) -> bool:
        """Whether the caller left of himself; how long he waited is then his patience."""
        return self.outcome is Outcome.ABANDONED


def priority(placing: Placing, first: Instant) -> int:
    """QUEUE_PRIO of a call that came in at `first` and is where `placing` says.

    A call without a decision has no head start: the dialplan says so.
    """
    return (placing.priority if isinstance(placing, Go) else FIXED_DATE) - int(first)


@dataclass(slots=True)
class Deciding:
    """Decides recorded calls by one or two policies. Raises `DeskError` for what is assumed."""

    policies: tuple[Policy, ...]
    assumed: Assumed
    _sides: list[tuple[Side, Known]] = field(init=False)
    _ends: list[tuple[float, int, RecordedCall]] = field(default_factory=list, init=False)
    _alike: dict[Placing, Placing] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self._sides = [self._side(policy) for policy in self.policies]

    def arrivals(self, calls: Iterable[RecordedCall]) -> Iterator[Arrival]:
        """The calls, which come in order."""
        for number, call in enumerate(calls):
            self._pass(call.started)
            hour = 0
            for _, known in self._sides:
                hour = known.comes_to(call.started).hour
                if call.vip and call.number is not None:
                    known.is_vip(call.number, call.started)
            placed = tuple(self._placed(side, call) for side, _ in self._sides)
            heappush(self._ends, (call.ended, number, call))
            yield Arrival(
                call.started, hour, placed, call.outcome, wait_of(call), call.talk,
                call.topic, call.vip,
            )  # fmt: skip

    def _side(self, policy: Policy) -> tuple[Side, Known]:
        assumed = self.assumed
        ledger = Ledger(policy.zone)
        known = Known(
            policy,
            ledger,
            Lives(policy, ledger, assumed.confirms),
            grant_of(policy, assumed.grant),
            assumed,
        )
        return Side(policy, ledger, assumed.number, assumed.agrees), known

    def _pass(self, now: Instant) -> None:
        while self._ends and self._ends[0][0] <= now:
            _, _, call = heappop(self._ends)
            for _, known in self._sides:
                known.ended(call)

    def _placed(self, side: Side, call: RecordedCall) -> Placing:
        final = side.decide(call).played.final
        ticket = changed(final.ticket, decision="", number=None, first=0)
        nobody: Placing = changed(final, ticket=ticket)
        if isinstance(nobody, Go):
            nobody = changed(nobody, priority=nobody.priority + final.ticket.first)
        return self._alike.setdefault(nobody, nobody)
