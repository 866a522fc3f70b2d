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

and the phases of a paid line, which `ivr.routing.paying` has in a table of its own.

A menu plays only when the next condition in order needs a topic that nobody has given yet.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from ivr.callers.months import stage_of
from ivr.callers.nuisance import Stage
from ivr.policy.model import Entrypoint, Pays, Tier
from ivr.routing import keys, onward, paying
from ivr.routing.call import CallState, Phase
from ivr.routing.decide import decide
from ivr.routing.router import tier_of
from ivr.routing.steps import (
    GaveUp,
    Kept,
    KeyPressed,
    LetGo,
    NewCall,
    NoKey,
    NotKept,
    PriceHeard,
    PromptFailed,
)
from ivr.routing.ticket import Ticket
from ivr.routing.way import unpaid

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ivr.callers.caller import Caller, Instant
    from ivr.policy.model import Policy
    from ivr.routing.steps import Event, Judged, Step


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
    return policy.doors.get(dialled)


def _arrive(
    policy: Policy, _state: CallState, event: NewCall, now: Instant, trace: list[Judged]
) -> tuple[CallState, Step]:
    state = CallState(
        Phase.ARRIVING,
        _ticket(policy, event),
        caller=event.caller,
        forwarded=event.forwarded_by != "",
        doubtful=event.doubtful,
        transferred=event.earlier is not None,
        greeted=event.earlier is not None,
        nuisance=_nuisance(policy, event.caller, now),
    )
    if event.forwarded_by and _is_own(policy, event.forwarded_by):
        return state, LetGo(state.ticket, "loop")
    tier = event.earlier.tier if event.earlier else _tier(policy, state, now, trace)
    if tier is not state.ticket.tier:  # most are regular, as a ticket is to begin with
        state = state.with_ticket(tier=tier)
    return decide(policy, state, now, trace)


def _is_own(policy: Policy, number: str) -> bool:
    """Whether a number leads to this policy, or it sends callers there: then it is ours."""
    return number in policy.doors or any(
        number == line.number for line in policy.paid_lines.values()
    )


def _nuisance(policy: Policy, caller: Caller | None, now: Instant) -> Stage:
    if caller is None:
        return Stage.CLEAR
    return stage_of(caller, policy.nuisance, policy.zone, now)


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
    kept = replace(
        ticket, number=earlier.number, first=earlier.first, language=earlier.language, back=True
    )
    same_door = door is None or door.name == earlier.entrypoint
    if not same_door:
        return kept
    return replace(
        kept,
        dialled=earlier.dialled, entrypoint=earlier.entrypoint, pays=earlier.pays,
        topic=earlier.topic,
    )  # fmt: skip


def _tier(policy: Policy, state: CallState, now: Instant, trace: list[Judged]) -> Tier:
    return tier_of(policy.tiers, state.facts(now, tier="", topic_askable=False), trace)


# --- afterwards ------------------------------------------------------------------------------


def _gave_up(
    policy: Policy, state: CallState, event: GaveUp, _now: Instant, _trace: list[Judged]
) -> tuple[CallState, Step]:
    here, rest = state.ticket.hops[:1], state.ticket.hops[1:]
    what = onward.after(replace(state.ticket, hops=(*here, *unpaid(policy, rest))), event)
    return replace(state, ticket=what.ticket), what


_TABLE: Final[Mapping[tuple[Phase, type[Event]], Callable[..., tuple[CallState, Step]]]] = {
    (Phase.ARRIVING, NewCall): _arrive,
    (Phase.IN_MENU, KeyPressed): keys.key,
    (Phase.IN_MENU, NoKey): keys.no_key,
    (Phase.IN_MENU, PromptFailed): keys.failed,
    (Phase.PLACED, GaveUp): _gave_up,
    (Phase.PRICED, PriceHeard): paying.heard,
    (Phase.PRICED, PromptFailed): paying.free,
    (Phase.ASKED, KeyPressed): paying.answered,
    (Phase.ASKED, NoKey): paying.answered,
    (Phase.ASKED, PromptFailed): paying.free,
    (Phase.AGREEING, Kept): paying.kept,
    (Phase.AGREEING, NotKept): paying.free,
    (Phase.DECLINING, KeyPressed): paying.after_declining,
    (Phase.DECLINING, NoKey): paying.after_declining,
    (Phase.DECLINING, PromptFailed): paying.free,
    (Phase.APPEALING, Kept): paying.free,
    (Phase.APPEALING, NotKept): paying.free,
    (Phase.TOLD, KeyPressed): paying.after_telling,
    (Phase.TOLD, NoKey): paying.after_telling,
    (Phase.TOLD, PromptFailed): paying.free,
}
