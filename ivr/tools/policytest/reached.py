"""What the calls of tests reached in a policy, told from their turns.

Each turn is taken once more, by the same `step`: that gives the states between, and so the menu
that was open and what a paid line's caller was asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ivr.policy.conditions import Verdict
from ivr.policy.model import ToAnnouncement
from ivr.policy.paid import Method
from ivr.routing.call import ARRIVING, CallState, Phase, carried
from ivr.routing.menus import chosen
from ivr.routing.paying import PERSON_KEY
from ivr.routing.spoken import sound
from ivr.routing.step import step
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
    from ivr.routing.ticket import Hop, Ticket
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
        for menu in policy.menus.values():
            if sound(menu.prompt) in trip.placed.heard:
                yield "menus", (menu.name,)
    state = ARRIVING
    for now, decided in trip.decided:
        state = carried(state.ticket) if decided.again else ARRIVING
        for turn in decided.path:
            outcome = step(policy, state, turn.event, now)
            yield from _by_turn(policy, state, turn, outcome.state)
            state = outcome.state
        yield from _by_decision(policy, decided, now)


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


def _by_decision(policy: Policy, decided: Decided, now: Instant) -> Iterator[Key]:
    hops = decided.ticket.hops
    if not isinstance(decided.step, Go) or not hops:
        return
    for route in _likely(policy, decided.ticket):
        full = way(route, now)
        free = full if hops[0] in full else unpaid(policy, full)
        if _ends_with(free, hops):
            at = len(full) - len(hops)
            yield from _by_stage(route, at, len(free[-len(hops)].posts) - len(hops[0].posts))
            return


def _likely(policy: Policy, ticket: Ticket) -> Iterator[Route]:
    """The route that was taken; else the one whose way it goes on by."""
    yield from (route for route in policy.routes if route.name == ticket.route)
    yield from (route for route in policy.routes if route.name != ticket.route)


def _ends_with(full: Sequence[Hop], hops: Sequence[Hop]) -> bool:
    """Whether hops are the rest of a way, its first perhaps in a fallback already."""
    if len(hops) > len(full):
        return False
    rest = full[-len(hops) :]
    first, here = rest[0], hops[0]
    same = (first.kind, first.target) == (here.kind, here.target)
    posts = first.posts[len(first.posts) - len(here.posts) :] == here.posts
    return same and posts and [each.kind for each in rest] == [each.kind for each in hops]


def _by_stage(route: Route, at: int, depth: int) -> Iterator[Key]:
    stage = route.stages[at]
    kind = "announcements" if isinstance(stage.target, ToAnnouncement) else "overflow"
    yield kind, (route.name, str(at))
    queue = getattr(stage.target, "queue", None)
    for _ in range(depth - 1):
        queue = queue.fallback if queue else None
    if depth and queue is not None:
        yield "fallbacks", (queue.name,)
