"""The heart: `step(policy, state, event, now)` says what happens to a call, and why.

Production, explanations, tests and replays all call this one function. It is pure; what it takes
and gives are values. The table, which has all there is:

    phase       event                           what happens
    ---------   -----------------------------   ---------------------------------------------
    arriving    NewCall                         tier, route; a menu if the route needs a topic
    in a menu   KeyPressed                      topic, another menu, a person, a language
    in a menu   NoKey                           again, slower; then what `otherwise` says
    in a menu   PromptFailed                    a person
    placed      GaveUp                          the next hop, or the queue's fallback

A menu plays only when the next condition in order needs a topic that nobody has given yet.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from ivr.policy.model import Choice, Entrypoint, Pays, Tier
from ivr.routing import onward
from ivr.routing.call import CallState, Phase
from ivr.routing.router import route_of, tier_of
from ivr.routing.spoken import sound
from ivr.routing.steps import Ask, GaveUp, KeyPressed, NewCall, NoKey, PromptFailed
from ivr.routing.ticket import Ticket
from ivr.routing.way import way

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ivr.callers.caller import Instant
    from ivr.policy.model import Menu, Policy
    from ivr.routing.steps import Event, Judged, Step

#: A caller who presses keys without end gets a person after this many plays of menus.
MOST_PLAYS: Final = 12

_PERSON: Final = Choice(person=True)


class UnexpectedEventError(Exception):
    """The event is not in the table for this phase; nothing has changed."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The call's new state, what to do with it now, and what led to it, in order."""

    state: CallState
    step: Step
    trace: tuple[Judged, ...]


def step(policy: Policy, state: CallState, event: Event, now: Instant) -> Outcome:
    """What happens to the call. Raises `UnexpectedEventError` for what is not in the table."""
    rule = _TABLE.get((state.phase, type(event)))
    if rule is None:
        raise UnexpectedEventError(f"{type(event).__name__} while the call is {state.phase.value}")
    trace: list[Judged] = []
    state, what = rule(policy, state, event, now, trace)
    return Outcome(state, what, tuple(trace))


def entrypoint_of(policy: Policy, dialled: str) -> Entrypoint | None:
    """The entrypoint that a number dialled (as `numbers.dialled` writes it) belongs to."""
    return next((each for each in policy.entrypoints.values() if dialled in each.dialled), None)


def _arrive(
    policy: Policy, _state: CallState, event: NewCall, now: Instant, trace: list[Judged]
) -> tuple[CallState, Step]:
    state = CallState(
        Phase.ARRIVING,
        _ticket(policy, event),
        caller=event.caller,
        forwarded=event.forwarded,
        greeted=event.earlier is not None,
    )
    tier = event.earlier.tier if event.earlier else _tier(policy, state, now, trace)
    return _decide(policy, _with(state, tier=tier), now, trace)


def _ticket(policy: Policy, event: NewCall) -> Ticket:
    door = entrypoint_of(policy, event.dialled)
    earlier = event.earlier
    ticket = Ticket(
        decision=event.decision,
        policy=policy.hash,
        first=event.first,
        number=event.number,
        dialled=event.dialled,
        entrypoint=door.name if door else "",
        language=door.language if door else policy.languages[0],
        pays=door.pays if door else Pays.COMPANY,
    )
    if earlier is None:
        return ticket
    kept = replace(ticket, number=earlier.number, first=earlier.first, language=earlier.language)
    same_door = door is None or door.name == earlier.entrypoint
    if not same_door:
        return kept
    return replace(
        kept,
        dialled=earlier.dialled, entrypoint=earlier.entrypoint, pays=earlier.pays,
        topic=earlier.topic,
    )  # fmt: skip


def _tier(policy: Policy, state: CallState, now: Instant, trace: list[Judged]) -> Tier:
    facts = replace(state.facts(now, tier=""), topic_askable=False)
    return tier_of(policy.tiers, facts, trace)


def _decide(
    policy: Policy, state: CallState, now: Instant, trace: list[Judged]
) -> tuple[CallState, Step]:
    door = policy.entrypoints.get(state.ticket.entrypoint)
    menu = door.menu if door else None
    if menu is None:
        state = replace(state, topic_askable=False)
    route = route_of(policy, state.facts(now, state.ticket.tier), trace)
    if route is None:
        return _play(policy, replace(state, menu=menu or "", plays=0), now, trace)
    placed = _with(state, route=route.name, head_start=route.head_start, hops=way(route, now))
    return _placed(policy, placed)


def _placed(policy: Policy, state: CallState) -> tuple[CallState, Step]:
    what = onward.go(state.ticket, _greeting(policy, state), answered=state.asked > 0)
    return replace(state, phase=Phase.PLACED, greeted=True), what


def _greeting(policy: Policy, state: CallState) -> tuple[str, ...]:
    door = policy.entrypoints.get(state.ticket.entrypoint)
    if state.greeted or door is None or door.greeting is None:
        return ()
    return (sound(door.greeting),)


# --- menus -----------------------------------------------------------------------------------


def _play(
    policy: Policy, state: CallState, now: Instant, trace: list[Judged]
) -> tuple[CallState, Step]:
    if state.asked >= MOST_PLAYS:
        return _choose(policy, state, _PERSON, now, trace)
    menu = policy.menus[state.menu]  # set wherever a topic can be asked for
    first = state.plays == 0
    sounds = (*_greeting(policy, state), sound(menu.prompt if first else menu.again))
    asking = replace(
        state, phase=Phase.IN_MENU, greeted=True, plays=state.plays + 1, asked=state.asked + 1
    )
    return asking, Ask(asking.ticket, sounds, menu.wait if first else 2 * menu.wait)


def _key(
    policy: Policy, state: CallState, event: KeyPressed, now: Instant, trace: list[Judged]
) -> tuple[CallState, Step]:
    menu = policy.menus.get(state.menu)
    choice = _choice(menu, event.key) if menu else _PERSON
    if choice is None:
        return _no_key(policy, state, NoKey(), now, trace)
    return _choose(policy, state, choice, now, trace)


def _choice(menu: Menu, key: str) -> Choice | None:
    return menu.keys.get(key) or (_PERSON if key == "0" else None)


def _no_key(
    policy: Policy, state: CallState, _event: NoKey, now: Instant, trace: list[Judged]
) -> tuple[CallState, Step]:
    menu = policy.menus.get(state.menu)
    if menu is None:
        return _choose(policy, state, _PERSON, now, trace)
    if state.plays < menu.tries:
        return _play(policy, state, now, trace)
    return _choose(policy, state, menu.otherwise, now, trace)


def _failed(
    policy: Policy, state: CallState, _event: PromptFailed, now: Instant, trace: list[Judged]
) -> tuple[CallState, Step]:
    return _choose(policy, state, _PERSON, now, trace)


def _choose(
    policy: Policy, state: CallState, choice: Choice, now: Instant, trace: list[Judged]
) -> tuple[CallState, Step]:
    if choice.language is not None:
        state = _with(state, language=choice.language)
    if choice.menu is not None:
        return _play(policy, replace(state, menu=choice.menu, plays=0), now, trace)
    if choice.topic is not None:
        return _decide(policy, _with(state, topic=choice.topic), now, trace)
    if choice.person:
        return _decide(policy, replace(state, topic_askable=False), now, trace)
    return _play(policy, replace(state, plays=0), now, trace)


# --- afterwards ------------------------------------------------------------------------------


def _gave_up(
    _policy: Policy, state: CallState, event: GaveUp, _now: Instant, _trace: list[Judged]
) -> tuple[CallState, Step]:
    what = onward.after(state.ticket, event)
    return replace(state, ticket=what.ticket), what


def _with(state: CallState, **changes: object) -> CallState:
    return replace(state, ticket=replace(state.ticket, **changes))  # type: ignore[arg-type] # replace checks the names at run time


_TABLE: Final[Mapping[tuple[Phase, type[Event]], Callable[..., tuple[CallState, Step]]]] = {
    (Phase.ARRIVING, NewCall): _arrive,
    (Phase.IN_MENU, KeyPressed): _key,
    (Phase.IN_MENU, NoKey): _no_key,
    (Phase.IN_MENU, PromptFailed): _failed,
    (Phase.PLACED, GaveUp): _gave_up,
}
