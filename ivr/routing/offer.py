"""How a paid line is offered: told, or priced and asked for, or (by an earlier yes) redirected.

Only `decide` comes here, and only when the charge guard has let it. Nothing here charges anybody
but `moved`, which is asked for when a consent is kept.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from ivr.callers.caller import Consent
from ivr.policy.paid import Method
from ivr.routing import onward
from ivr.routing.call import CallState, Phase
from ivr.routing.router import paid_line, redirect_consent, route_of
from ivr.routing.spoken import sound, sounds
from ivr.routing.steps import Action, Agree, Answer, Ask, Go, Paid, Price
from ivr.routing.ticket import Hop, Kind
from ivr.routing.way import free_way, unpaid, way

if TYPE_CHECKING:
    from ivr.callers.caller import Instant
    from ivr.policy.model import Policy, Route
    from ivr.policy.paid import PaidLine
    from ivr.routing.steps import Judged, Step

_NORMAL_CLEARING: Final = 16
_TIMES: Final = 2  # that a number is told, digit by digit


def offer(policy: Policy, state: CallState, now: Instant) -> tuple[CallState, Step]:
    """Begin with the paid line of `state.route`: what it costs, to the end."""
    line, route = _offered(state)
    state = replace(state.with_ticket(route=route.name, head_start=route.head_start), line=line)
    consent = redirect_consent(line, state, now)
    if consent is not None:
        return moved(policy, state, consent.id, now)
    what = Price(state.ticket, sound(line.price))
    return replace(state, phase=Phase.PRICED, asked=state.asked + 1, heard=None), what


def tell(state: CallState) -> tuple[CallState, Ask]:
    """Tell the number, its price having been heard: twice, digit by digit, and none left out."""
    line = _line(state)
    digits = tuple(sound(f"digit-{digit}") for digit in line.told)
    told = replace(state, phase=Phase.TOLD, plays=state.plays + 1)
    return told, Ask(told.ticket, digits * _TIMES, line.wait, whole=True)


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


def decline(state: CallState, now: Instant) -> tuple[CallState, Ask] | None:
    """Tell what is free: to write, to appeal. None where there is nothing to tell."""
    line = _line(state)
    said = sounds(line.declined, now)
    declined = replace(state, phase=Phase.DECLINING)
    return (declined, Ask(declined.ticket, said, line.wait)) if said else None


def moved(policy: Policy, state: CallState, consent: str, now: Instant) -> tuple[CallState, Step]:
    """Move the call. What follows if the line does not answer is the free way, place and all."""
    line, route = _offered(state)
    paid = Hop(Kind.PAID, route.stages[0].seconds, target=line.name)
    placed = state.with_ticket(hops=(paid, *_unanswered(policy, state, route, now)))
    what = Go(
        placed.ticket,
        Action.PAID,
        Answer.NO if line.method is Method.REDIRECT else Answer.BEFORE,
        priority=onward.priority(placed.ticket),
        timeout=paid.seconds or None,
        dial=line.dial,
        paid=Paid(line.name, line.method, consent),
    )
    return replace(placed, phase=Phase.PLACED), what


def afterwards(policy: Policy, state: CallState, now: Instant) -> tuple[CallState, Step] | None:
    """After a number was told: what the route says for then, None if no more than the end."""
    _, route = _offered(state)
    hops = _then(policy, route, now)
    if not hops or hops[0].kind is Kind.HANGUP:
        return None
    placed = replace(state.with_ticket(hops=hops), phase=Phase.PLACED)
    return placed, onward.go(placed.ticket, answered=True)


def hang_up(state: CallState) -> tuple[CallState, Go]:
    """The end of a call that has been told all there is."""
    over = state.with_ticket(hops=())
    place = onward.priority(over.ticket)
    what = Go(over.ticket, Action.HANGUP, Answer.BEFORE, priority=place, cause=_NORMAL_CLEARING)
    return replace(over, phase=Phase.PLACED), what


def _then(policy: Policy, route: Route, now: Instant) -> tuple[Hop, ...]:
    return unpaid(policy, way(route, now)[1:])


def _unanswered(policy: Policy, state: CallState, route: Route, now: Instant) -> tuple[Hop, ...]:
    """What the route says for then, if it leads to a queue: else the way that would be free."""
    then = _then(policy, route, now)
    if any(hop.kind is Kind.QUEUE for hop in then):
        return then
    trace: list[Judged] = []
    free = route_of(policy, replace(state, free=True, topic_askable=False), now, trace)
    return free_way(policy, free, now) if free else ()


def _offered(state: CallState) -> tuple[PaidLine, Route]:
    route = state.route
    line = paid_line(route) if route else None
    if route is None or line is None:
        raise AssertionError("a paid line is offered by a route to one")
    return line, route


def _line(state: CallState) -> PaidLine:
    return _offered(state)[0]
