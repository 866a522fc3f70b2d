"""One policy in a replay: what it would do with each call, by what the store would know then."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from ivr.callers.numbers import dialled
from ivr.engine.desk import DeskError
from ivr.routing.steps import Go, NewCall
from ivr.tools.recorded.played import Player

if TYPE_CHECKING:
    from ivr.callers.caller import Caller
    from ivr.policy.model import Policy
    from ivr.routing.ticket import Ticket
    from ivr.tools.recorded.calls import RecordedCall
    from ivr.tools.recorded.ledger import Ledger
    from ivr.tools.recorded.played import Played

#: What a call that was let go goes to.
LET_GO = "fallback"


class Where(NamedTuple):
    """Where a call is first placed: the dialplan's action, and the queue, number or line."""

    action: str
    name: str


class Decision(NamedTuple):
    """What a policy does with a call. `offered` and `charged` are names of paid lines."""

    played: Played
    ticket: Ticket
    where: Where
    offered: str
    charged: str
    degraded: str


@dataclass(slots=True)
class Side:
    """A policy, and what is known of its callers.

    `number` is the number dialled where the log tells none ("": the first of the policy's first
    """

    policy: Policy
    ledger: Ledger
    number: str = ""
    agrees: bool = False
    _player: Player = field(init=False)
    _default: str = field(init=False)
    _dialled: dict[str, str] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self._player = Player(self.policy, self.agrees)
        self._default = self._first()

    @property
    def default_number(self) -> str:
        """The number dialled where the log tells none."""
        return self._default

    def decide(self, call: RecordedCall) -> Decision:
        """What the policy does with a call, at the moment at which it came in."""
        now, number = call.started, call.number
        caller = None if number is None else self.ledger.caller(number, now)
        played, degraded = self._played(call, caller, "" if number is not None else "withheld")
        if played.consent is not None and number is not None:
            self.ledger.agreed(number, played.consent)
        final = played.final
        charged = final.paid.line if isinstance(final, Go) and final.paid else ""
        offered = played.offered.name if played.offered else ""
        return Decision(played, final.ticket, _where(played), offered, charged, degraded)

    def _played(
        self, call: RecordedCall, caller: Caller | None, degraded: str
    ) -> tuple[Played, str]:
        now, to = call.started, self._to(call.dialled)
        arriving = NewCall(str(call.line), call.number, to, int(now), caller)
        try:
            return self._player.play(arriving, call.topic, now), degraded
        except Exception:  # as in production: a bug in a rule costs one caller his tier
            arriving = NewCall(str(call.line), call.number, to, int(now))
            return self._player.play(arriving, call.topic, now), "bug"

    def _to(self, written: str) -> str:
        if not written:
            return self._default
        found = self._dialled.get(written)
        if found is None:
            if len(self._dialled) > _MOST_NUMBERS:
                self._dialled.clear()
            found = self._dialled[written] = dialled(written, self.policy.region)
        return found

    def _first(self) -> str:
        if self.number:
            return dialled(self.number, self.policy.region)
        return next((n for door in self.policy.entrypoints.values() for n in door.dialled), "")


#: Numbers dialled whose one form is remembered: a log of outgoing calls has them without end.
_MOST_NUMBERS = 10_000


def grant_of(policy: Policy, name: str | None) -> str | None:
    """The grant that VIPs of the log have; None where the policy has none, or several.

    Raises `DeskError` for one that the policy does not declare.
    """
    if name is None:
        return policy.grants[0] if len(policy.grants) == 1 else None
    if name not in policy.grants:
        declared = ", ".join(policy.grants) or "none, it declares none"
        raise DeskError(f"{name!r} is no grant of the policy: take one of {declared}")
    return name


def _where(played: Played) -> Where:
    final = played.final
    if not isinstance(final, Go):
        return Where(LET_GO, final.reason)
    if final.post is not None:
        return Where("queue", final.post.queue)
    if final.paid is not None:
        return Where("paid", final.paid.line)
    if final.dial:
        return Where("dial", final.dial)
    return Where(final.action.value, "")
