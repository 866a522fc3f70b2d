"""The way of a call from its arrival to its end, as queues, numbers and paid lines behave."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from ivr.routing.spoken import sound
from ivr.routing.steps import Action, Go, LetGo
from ivr.tools.policytest.model import State
from ivr.tools.policytest.reading.expect import ANNOUNCEMENT, FALLBACK, HANGUP
from ivr.tools.world import Incoming, Script

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ivr.callers.caller import Instant
    from ivr.engine.interfaces import Decided
    from ivr.policy.model import Policy
    from ivr.routing.ticket import Post
    from ivr.tools.policytest.model import Call
    from ivr.tools.world import Placed, World

ANSWERED: Final = "ANSWER"
#: Seconds that the dialplan rings where the policy does not say (docs/dialplan.md).
_RINGS: Final = {Action.DIAL: 60, Action.PAID: 30}
#: A call that is handed on more often than this does not exist: production stops before.
_MOST: Final = 50


@dataclass(slots=True)
class Trip:
    """One call as it went. `way` are the places it came to, `ends` how it ended.

    `decided` are its decisions in order, each with the moment; `waited` seconds in all.
    """

    call: Call
    placed: Placed
    decided: list[tuple[Instant, Decided]] = field(default_factory=list)
    way: list[str] = field(default_factory=list)
    waited: int = 0
    ends: str = "gone"

    @property
    def go(self) -> Go | None:
        """Where the call was sent last, if it was."""
        return self.placed.step if isinstance(self.placed.step, Go) else None


def travel(world: World, call: Call, states: Mapping[tuple[str, str], State]) -> Trip:
    """Place the call, and follow it to where it ends; the clock stands meanwhile."""
    script = Script(
        call.keys, call.hang_up_at, frozenset(map(sound, call.failing)), call.price_heard
    )
    incoming = Incoming(call.ani, call.dialled, call.forwarded_by, call.attest, call.verify)
    trip = Trip(call, world.call(incoming, script))
    _note(trip, world)
    for _ in range(_MOST):
        gave_up = _leg(trip, world.policy, states)
        if gave_up is None:
            return trip
        status, waited = gave_up
        trip.waited += waited
        trip.placed = world.gave_up(trip.placed, status, waited, script)
        _note(trip, world)
    return trip


def _note(trip: Trip, world: World) -> None:
    if trip.placed.decided is not None:
        trip.decided.append((world.now, trip.placed.decided))


def _leg(
    trip: Trip, policy: Policy, states: Mapping[tuple[str, str], State]
) -> tuple[str, int] | None:
    """One place of the way: how it gave the call back, and after how long; None is the end."""
    step = trip.placed.step
    if isinstance(step, Go) and step.action is Action.ANNOUNCE:
        return _announced(trip, step)
    if isinstance(step, Go) and step.action is not Action.HANGUP:
        kind, name, shown = _where(step, policy)
        trip.way.append(shown)
        return _waits(trip, step, states.get((kind, name), State()))
    if isinstance(step, LetGo):
        _end(trip, FALLBACK, FALLBACK)
    elif step is not None:
        _end(trip, HANGUP, "hung-up")
    return None


def _end(trip: Trip, place: str, ends: str) -> None:
    trip.way.append(place)
    trip.ends = ends


def _announced(trip: Trip, go: Go) -> tuple[str, int] | None:
    """An announcement is over. One that cannot be played leads on, in the end to a queue."""
    trip.way.append(ANNOUNCEMENT)
    failing = set(map(sound, trip.call.failing))
    failed = bool(failing.intersection(go.sounds))
    if go.then:
        return ("FAILED" if failed else "PLAYED"), 0
    if failed:
        _end(trip, FALLBACK, FALLBACK)
    else:
        trip.ends = "told"
    return None


def _where(go: Go, policy: Policy) -> tuple[str, str, str]:
    """The kind and name by which a state is known, and how the place is called."""
    if go.action is Action.QUEUE and go.post is not None:
        return "queues", go.post.queue, queue_name(policy, go.post)
    if go.action is Action.PAID and go.paid is not None:
        return "lines", go.paid.line, go.paid.line
    return "numbers", go.dial, go.dial


def queue_name(policy: Policy, post: Post) -> str:
    """The policy's name of a queue; the first, where several are the same to Asterisk."""
    names = [
        queue.name
        for queue in policy.queues.values()
        if (queue.asterisk, queue.options, queue.music) == (post.queue, post.options, post.music)
    ]
    return names[0] if names else post.queue


def _waits(trip: Trip, go: Go, state: State) -> tuple[str, int] | None:
    limit = go.timeout or _RINGS.get(go.action)
    time_up = limit is not None and (state.after is None or state.after >= limit)
    lasts = limit if time_up else state.after
    if trip.call.patience is not None and (
        lasts is None or trip.waited + lasts > trip.call.patience
    ):
        trip.waited, trip.ends = trip.call.patience, "abandoned"
        return None
    if lasts is None:
        trip.ends = "waiting"
        return None
    if time_up:
        return ("TIMEOUT" if go.action is Action.QUEUE else "NOANSWER"), lasts
    if state.status != ANSWERED:
        return state.status, lasts
    trip.waited += lasts
    trip.ends = "answered"
    return None
