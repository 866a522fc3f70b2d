"""What the calls of tests reached in a policy, told from their turns.

Each turn is taken once more, by the same `step`: that gives the states between, and so the menu
that was open and what a paid line's caller was asked.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from ivr.callers.numbers import dialled
from ivr.policy.conditions import Verdict
from ivr.policy.model import ToAnnouncement, ToQueue
from ivr.policy.paid import Method
from ivr.routing.call import ARRIVING, CallState, Phase, carried
from ivr.routing.menus import chosen
from ivr.routing.paying import PERSON_KEY
from ivr.routing.router import route_of
from ivr.routing.spoken import sound
from ivr.routing.step import entrypoint_of, step
from ivr.routing.steps import Action, Go, KeyPressed, NoKey
from ivr.routing.way import unpaid, way
from ivr.tools.policytest.covered import OTHERWISE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import TypeAlias

    from ivr.callers.caller import Instant
    from ivr.engine.interfaces import Decided
    from ivr.policy.model import Policy, Route
    from ivr.policy.paid import PaidLine
    from ivr.routing.steps import Event, Turn
    from ivr.routing.ticket import Hop
    from ivr.tools.policytest.travel import Trip

    #: The kind of an `Item` and its key.
    Key: TypeAlias = tuple[str, tuple[str, ...]]

_QUESTIONS: Final = frozenset({Phase.ASKED, Phase.TOLD})


def reached(policy: Policy, trips: Iterable[Trip]) -> set[Key]:
    """Everything that these calls came to."""
    found: set[Key] = set()
    for trip in trips:
        found.update(_by_trip(policy, trip))
    return found


def _by_trip(policy: Policy, trip: Trip) -> Iterator[Key]:
    if not trip.decided:
        yield from _by_sound(policy, trip)
    state, free = ARRIVING, None
    for now, decided in trip.decided:
        state = carried(state.ticket) if decided.again else ARRIVING
        for turn in decided.path:
            outcome = step(policy, state, turn.event, now)
            yield from _by_turn(policy, state, turn, outcome.state)
            state = outcome.state
        yield from _by_decision(policy, decided, now, _taken(policy, decided, now, free))
        free = free or _free(policy, state, decided, now)


def _by_sound(policy: Policy, trip: Trip) -> Iterator[Key]:
    """Of a call without a decision there are no turns: what it heard tells."""
    door = entrypoint_of(policy, dialled(trip.call.dialled, policy.region))
    if door is not None:
        yield "entrypoints", (door.name,)
    for menu in policy.menus.values():
        if sound(menu.prompt) in trip.placed.heard:
            yield "menus", (menu.name,)


def _by_turn(policy: Policy, before: CallState, turn: Turn, after: CallState) -> Iterator[Key]:
    for judged in turn.trace:
        if judged.kind == "tier" and judged.verdict is Verdict.YES:
            places = [rule.place for rule in policy.tiers]
            yield "tiers", (str(places.index(judged.place)),)
    if after.ticket.route:
        yield "routes", (after.ticket.route,)
    if after.ticket.entrypoint:
        yield "entrypoints", (after.ticket.entrypoint,)
    if after.phase is Phase.IN_MENU:
        yield "menus", (after.menu,)
    if before.phase is Phase.IN_MENU:
        yield from _by_key(policy, before, turn.event)
    line = after.line or before.line
    if line is not None:
        yield from (("paid lines", (line.name, what)) for what in _paid(line, before, turn, after))


def _by_key(policy: Policy, before: CallState, event: Event) -> Iterator[Key]:
    menu = policy.menus[before.menu]
    if isinstance(event, KeyPressed) and chosen(menu, event.key) is not None:
        yield "keys", (menu.name, event.key)
    elif isinstance(event, KeyPressed | NoKey) and before.plays >= menu.tries:
        yield "keys", (menu.name, OTHERWISE)


def _paid(line: PaidLine, before: CallState, turn: Turn, after: CallState) -> Iterator[str]:
    paid = isinstance(turn.step, Go) and turn.step.action is Action.PAID
    if after.phase is Phase.PRICED:
        yield "offered"
    if after.phase is Phase.TOLD:
        yield "told"
    if before.phase is Phase.AGREEING and (paid or line.method is Method.REDIRECT):
        yield "agreed"
    if before.phase is Phase.ARRIVING and paid:
        yield "moved"
    if after.phase is Phase.APPEALING:
        yield "appealed"
    if before.phase in _QUESTIONS and after.phase not in (*_QUESTIONS, Phase.AGREEING):
        yield from _declined(turn.event, after)


def _declined(event: Event, after: CallState) -> Iterator[str]:
    """Neither yes, nor an appeal, nor a wish for a person."""
    asked_for_person = isinstance(event, KeyPressed) and event.key == PERSON_KEY
    if after.phase is not Phase.APPEALING and not asked_for_person:
        yield "declined"


# --- where the call was sent -------------------------------------------------------------------


def _free(policy: Policy, state: CallState, decided: Decided, now: Instant) -> Route | None:
    """The route by which a call goes on whose paid line does not answer: no ticket names it."""
    if not (isinstance(decided.step, Go) and decided.step.action is Action.PAID):
        return None
    return route_of(policy, replace(state, free=True, topic_askable=False), now, [])


def _taken(policy: Policy, decided: Decided, now: Instant, free: Route | None) -> Route | None:
    """The route by whose way the call goes on: the one that the ticket names, or the free one."""
    hops = decided.ticket.hops
    named = (each for each in policy.routes if each.name == decided.ticket.route)
    for route in (*named, free):
        if route is not None and _rest(policy, route, hops, now) is not None:
            return route
    return None


def _by_decision(
    policy: Policy, decided: Decided, now: Instant, route: Route | None
) -> Iterator[Key]:
    hops = decided.ticket.hops
    if route is None or not hops or not isinstance(decided.step, Go):
        return
    at = len(route.stages) - len(hops)
    stage, depth = route.stages[at], _rest(policy, route, hops, now) or 0
    kind = "announcements" if isinstance(stage.target, ToAnnouncement) else "overflow"
    yield kind, (route.name, str(at))
    queue = stage.target.queue if isinstance(stage.target, ToQueue) else None
    for _ in range(depth - 1):
        queue = queue.fallback if queue else None
    if depth and queue is not None:
        yield "fallbacks", (queue.name,)


def _rest(policy: Policy, route: Route, hops: Sequence[Hop], now: Instant) -> int | None:
    """How many queues before this one refused, if the hops are the rest of a route's way."""
    full = way(route, now)
    if len(unpaid(policy, full[1:])) < len(full) - 1 or not 0 < len(hops) <= len(full):
        return None
    rest = full[-len(hops) :]
    refused = len(rest[0].posts) - len(hops[0].posts)
    expected = (replace(rest[0], posts=rest[0].posts[max(0, refused) :]), *rest[1:])
    return refused if list(map(_looks, expected)) == list(map(_looks, hops)) else None


def _looks(hop: Hop) -> tuple[object, ...]:
    """A hop without what time changes: how long is left, and how an hour is told."""
    return hop.kind, hop.target, hop.posts
