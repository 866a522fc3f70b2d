"""Where a call goes that has arrived, or whose caller has just said more: by the first route."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ivr.callers.values import changed
from ivr.routing import menus, onward
from ivr.routing.call import CallState, Phase
from ivr.routing.greeting import greeting
from ivr.routing.offer import offer
from ivr.routing.router import paid_line, route_of
from ivr.routing.way import free_way

if TYPE_CHECKING:
    from ivr.callers.caller import Instant
    from ivr.policy.model import Policy
    from ivr.routing.steps import Judged, Step


def decide(
    policy: Policy, state: CallState, now: Instant, trace: list[Judged]
) -> tuple[CallState, Step]:
    """The step of the first route that matches, or the menu that must be asked before."""
    door = policy.entrypoints.get(state.ticket.entrypoint)
    menu = door.menu if door else None
    if menu is None:
        state = changed(state, topic_askable=False)
    route = route_of(policy, state, now, trace)
    if route is None:
        return menus.begin(policy, state, menu or "")
    if paid_line(route) is not None:
        return offer(policy, replace(state, route=route), now)
    hops = free_way(policy, route, now)
    ticket = changed(state.ticket, route=route.name, head_start=route.head_start, hops=hops)
    what = onward.go(ticket, greeting(policy, state), answered=state.asked > 0)
    return changed(state, ticket=ticket, phase=Phase.PLACED, greeted=True), what


def decide_free(
    policy: Policy, state: CallState, now: Instant, trace: list[Judged]
) -> tuple[CallState, Step]:
    """The same for a call that is not offered a paid line (any more): the free way."""
    return decide(policy, replace(state, free=True, line=None), now, trace)
