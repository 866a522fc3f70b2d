"""How a paid line is offered: told, or priced and asked for, or (by an earlier yes) redirected.

Only `decide` comes here, and only when the charge guard has let it. Nothing here charges anybody
but `moved`, which is asked for when a consent is kept.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from ivr.callers.caller import Consent
from ivr.policy.model import Method
from ivr.routing import onward
from ivr.routing.call import CallState, Phase
from ivr.routing.greeting import greeting
from ivr.routing.router import paid_line, redirect_consent, route_of
from ivr.routing.spoken import sound, sounds
from ivr.routing.steps import Action, Agree, Answer, Ask, Go, Paid, Price
from ivr.routing.ticket import Hop, Kind
from ivr.routing.way import way

if TYPE_CHECKING:
    from ivr.callers.caller import Instant
    from ivr.policy.model import PaidLine, Policy, Route
    from ivr.routing.steps import Judged, Step

_NORMAL_CLEARING: Final = 16
_TIMES: Final = 2  # that a number is told, digit by digit


def offer(policy: Policy, state: CallState, now: Instant) -> tuple[CallState, Step]:
    """Begin with the paid line of `state.route`."""
    line, route = _offered(state)
    state = replace(state.with_ticket(route=route.name, head_start=route.head_start), line=line)
    consent = redirect_consent(line, state, now)
    if consent is not None:
        return moved(policy, state, consent.id, now)
    if line.method is Method.TELL:
        return tell(policy, replace(state, plays=0))
    what = Price(state.ticket, sound(line.price))
    return replace(state, phase=Phase.PRICED, greeted=True, asked=state.asked + 1), what


def tell(policy: Policy, state: CallState) -> tuple[CallState, Ask]:
    """Tell the price and the number, twice, digit by digit; a key may repeat it."""
    line = _line(state)
    digits = tuple(sound(f"digit-{digit}") for digit in line.told)
    said = (*greeting(policy, state), sound(line.price), *(digits * _TIMES))
    told = replace(
        state, phase=Phase.TOLD, greeted=True, plays=state.plays + 1, asked=state.asked + 1
    )
    return told, Ask(told.ticket, said, line.wait)


def ask(state: CallState) -> tuple[CallState, Ask]:
    """Ask whether he agrees, the price having been heard."""
    line = _line(state)
    asked = replace(state, phase=Phase.ASKED, plays=state.plays + 1)
    return asked, Ask(asked.ticket, (sound(line.consent),), line.wait)


def agree(state: CallState, key: str, now: Instant) -> tuple[CallState, Agree]:
    """Have the consent kept, under the guard."""
    line, ticket = _line(state), state.ticket
    consent = Consent(
        id=ticket.decision, line=line.name, prompt=line.price, version=line.price_version,
        key=key, at=now, decision=ticket.decision, topic=ticket.topic or "",
    )  # fmt: skip
    call = state.charged_call(by_key=state.by_key)
    return replace(state, phase=Phase.AGREEING), Agree(ticket, line, call, consent)


def decline(state: CallState, now: Instant) -> tuple[CallState, Ask]:
    """Tell who does not agree what is free: to write, to appeal. Never a plain cut."""
    line = _line(state)
    declined = replace(state, phase=Phase.DECLINING)
    return declined, Ask(declined.ticket, sounds(line.declined, now), line.wait)


def moved(policy: Policy, state: CallState, consent: str, now: Instant) -> tuple[CallState, Step]:
    """Move the call. What follows if the line does not answer is the free way, place and all."""
    line, route = _line(state), state.route
    hops = (Hop(Kind.PAID, target=line.name), *_afterwards(policy, state, route, now))
    placed = state.with_ticket(hops=hops)
    answer = Answer.NO if line.method is Method.REDIRECT else Answer.BEFORE
    what = Go(
        placed.ticket,
        Action.PAID,
        answer,
        dial=line.dial,
        paid=Paid(line.name, line.method, consent),
    )
    return replace(placed, phase=Phase.PLACED), what


def afterwards(state: CallState, now: Instant) -> tuple[CallState, Step]:
    """After a number was told: what the route says for then, else the end of the call."""
    hops = way(state.route, now)[1:] if state.route else ()
    placed = replace(state.with_ticket(hops=hops), phase=Phase.PLACED)
    return (placed, onward.go(placed.ticket, answered=True)) if hops else hang_up(state)


def hang_up(state: CallState) -> tuple[CallState, Go]:
    """The end of a call that has been told all there is."""
    over = state.with_ticket(hops=())
    what = Go(over.ticket, Action.HANGUP, Answer.BEFORE, cause=_NORMAL_CLEARING)
    return replace(over, phase=Phase.PLACED), what


def _afterwards(
    policy: Policy, state: CallState, route: Route | None, now: Instant
) -> tuple[Hop, ...]:
    """What the route says for then, or the way of the route that would have been free."""
    then = way(route, now)[1:] if route else ()
    if then:
        return then
    trace: list[Judged] = []
    free = route_of(policy, replace(state, free=True, topic_askable=False), now, trace)
    return way(free, now) if free else ()


def _offered(state: CallState) -> tuple[PaidLine, Route]:
    line = paid_line(state.route) if state.route else None
    if state.route is None or line is None:
        raise AssertionError("a paid line is offered by a route to one")
    return line, state.route


def _line(state: CallState) -> PaidLine:
    if state.line is None:
        raise AssertionError("a paid line is spoken of, and none is offered")
    return state.line
