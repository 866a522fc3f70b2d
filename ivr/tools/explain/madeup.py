"""A call that nobody makes, decided by the policy as it lies in routes/ now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from ivr.callers.caller import Caller
from ivr.callers.nuisance import Stage
from ivr.callers.numbers import parse_number
from ivr.engine.interfaces import StoreError
from ivr.engine.windows import reach
from ivr.logs.decisions import as_json
from ivr.routing.steps import Action, Go
from ivr.store.looking import look
from ivr.tools.explain.known import Pinned, Supposed, supposing
from ivr.tools.place import RefusedExit, UsageExit
from ivr.tools.world import Incoming, Script, World

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from zoneinfo import ZoneInfo

    from ivr.callers.caller import Instant
    from ivr.logs.decisions import Form
    from ivr.policy.model import Policy
    from ivr.tools.world import Placed

#: The call stayed for as long as it was to: all others refuse it at once.
_TIME_UP: Final = frozenset({"TIMEOUT", "NOANSWER"})
#: QUEUESTATUS, DIALSTATUS, TRANSFERSTATUS, and what the dialplan says itself (docs/dialplan.md).
_STATUSES: Final = _TIME_UP.union(
    ("FULL", "JOINEMPTY", "LEAVEEMPTY", "JOINUNAVAIL", "LEAVEUNAVAIL", "CONTINUE", "WITHDRAW"),
    ("CHANUNAVAIL", "CONGESTION", "BUSY", "ANSWER", "CANCEL", "DONTCALL", "TORTURE", "INVALIDARGS"),
    ("SUCCESS", "FAILURE", "UNSUPPORTED", "UNCONFIRMED", "PLAYED", "FAILED", "UNKNOWN"),
)
_KEYS: Final = frozenset("0123456789*#")


@dataclass(frozen=True, slots=True)
class MadeUp:
    """A call to be made up. `ani` is the caller's number as written ("": withheld).

    `store` is where to look what is known of the caller (None: nothing but what is supposed).
    `statuses` are what queues and numbers give up with, one after the other.
    """

    ani: str
    dialled: str
    forwarded_by: str
    keys: tuple[str, ...]
    supposed: Supposed
    store: Path | str | None
    statuses: tuple[str, ...]


def decisions(policy: Policy, call: MadeUp, at: Instant) -> Iterator[Form]:
    """The decision, and one more for each time that the call is given back, until it is over.

    Raises `UsageExit` for what the policy cannot mean, `RefusedExit` where the store fails.
    """
    _refuse_unknown(policy, call.supposed)
    _refuse_slips(call)
    world = World(policy, at, Pinned(_caller(policy, call, at)))
    placed = world.call(Incoming(call.ani, call.dialled, call.forwarded_by), Script(call.keys))
    yield _form(world, placed)
    for status in map(str.upper, call.statuses):
        if not isinstance(placed.step, Go) or _is_over(placed.step):
            return
        seconds = (placed.step.timeout or 0) if status in _TIME_UP else 0
        world.advance(seconds)
        placed = world.gave_up(placed, status, seconds)
        yield _form(world, placed)


def _is_over(go: Go) -> bool:
    """Whether the dialplan hangs up then, and asks no more."""
    return go.action is Action.HANGUP or (go.action is Action.ANNOUNCE and not go.then)


def moment(text: str, zone: ZoneInfo) -> Instant:
    """A moment as somebody writes it, in the policy's zone. Raises `UsageExit`."""
    try:
        written = datetime.fromisoformat(text)
        local = written if written.tzinfo else written.replace(tzinfo=zone)
        at = local.timestamp()
    except (ValueError, OverflowError):
        at = -1.0
    if not 1e9 <= at < 1e10 or len(text) <= len("2026-11-27"):
        raise UsageExit(f'{text!r} is no moment: write --at "2026-11-27 12:00"')
    return at


def _form(world: World, placed: Placed) -> Form:
    if placed.decided is None:
        raise RefusedExit("there was no decision")
    return as_json(placed.decided, world.now, world.policy.zone, mask=False)


def _caller(policy: Policy, call: MadeUp, at: Instant) -> Caller | None:
    if not call.ani:
        return None
    number = parse_number(call.ani, policy.region)
    if number is None:
        raise UsageExit(f"{call.ani!r} is no telephone number: write it as dialled, or --withheld")
    known = Caller(number) if call.store is None else _known(call.store, number, policy.zone, at)
    return supposing(known, call.supposed, policy.zone, at)


def _known(store: Path | str, number: str, zone: ZoneInfo, at: Instant) -> Caller:
    try:
        return look(str(store), number, reach(zone, at))
    except StoreError as error:
        raise RefusedExit(f"{error} (or --blank: nothing is known)") from error


def _refuse_slips(call: MadeUp) -> None:
    """A slip of the hand would be explained as if Asterisk had said it."""
    for key in call.keys:
        if key not in _KEYS:
            raise UsageExit(f"{key!r} is no key: write --keys 1,2")
    for status in call.statuses:
        if status.upper() not in _STATUSES:
            raise UsageExit(f"{status!r} is no status: write TIMEOUT, FULL, JOINEMPTY or another")


def _refuse_unknown(policy: Policy, supposed: Supposed) -> None:
    for grant in supposed.grants:
        if grant not in policy.grants:
            declared = ", ".join(policy.grants) or "none"
            raise UsageExit(f"the grant {grant!r} is not declared: declared are {declared}")
    if policy.nuisance is None and supposed.stage not in (None, Stage.OBSERVED):
        raise UsageExit("this policy has no nuisance process: nobody comes beyond observed")
