"""Where a placed call goes: its first hop, and the next one when a hop is over.

Works on the ticket alone, so that it holds on any engine, after any restart.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from ivr.policy.model import Pays
from ivr.routing.steps import Action, Answer, Go, LetGo
from ivr.routing.ticket import Hop, Kind

if TYPE_CHECKING:
    from ivr.routing.steps import GaveUp
    from ivr.routing.ticket import Ticket

#: 2024-01-01T00:00:00Z. Queue priorities count from here: a caller's place is the time he came,
#: over re-entry, overflow and transfer, and so nobody starves.
FIXED_DATE: Final = 1_704_067_200

#: As in the dialplan: a call that was handed on this often goes to the fallback queue.
MOST_HOPS: Final = 10

#: The call was connected and is over: whatever the caller's channel does next, it is not queued.
_OVER: Final = frozenset({"CONTINUE", "ANSWER"})
#: Nobody refused, the time was up (an announcement ends as PLAYED).
_TIME_UP: Final = frozenset({"TIMEOUT", "NOANSWER", "PLAYED"})

_NORMAL_CLEARING: Final = 16

_ACTIONS: Final = {
    Kind.QUEUE: Action.QUEUE,
    Kind.DIAL: Action.DIAL,
    Kind.ANNOUNCE: Action.ANNOUNCE,
    Kind.HANGUP: Action.HANGUP,
}


def priority(ticket: Ticket) -> int:
    """QUEUE_PRIO: head start minus the seconds from a fixed date to the start of the call.

    Source: asterisk.md, "Queues" (tried): `head start − (start of the call − a fixed date)`.
    """
    return ticket.head_start - (ticket.first - FIXED_DATE)


def go(ticket: Ticket, greeting: tuple[str, ...] = (), *, answered: bool = False) -> Go | LetGo:
    """Send the call to the first of its hops, after a greeting."""
    if not ticket.hops:
        return LetGo(ticket, "exhausted")
    hop, last = ticket.hops[0], len(ticket.hops) == 1
    if hop.kind is Kind.QUEUE and not hop.posts:
        return LetGo(ticket, "exhausted")
    return Go(
        ticket=ticket,
        action=_ACTIONS[hop.kind],
        answer=_answer(ticket.pays, hop.kind, answered, bool(greeting)),
        post=hop.posts[0] if hop.posts else None,
        priority=priority(ticket),
        timeout=hop.seconds or None,
        dial=hop.target if hop.kind is Kind.DIAL else "",
        sounds=(*greeting, *hop.sounds),
        then=hop.kind is Kind.ANNOUNCE and not last,
        cause=_cause(hop),
    )


def after(ticket: Ticket, event: GaveUp) -> Go | LetGo:
    """What follows when the present hop ended with `event`: never twice the same, never silence."""
    if event.status in _OVER:
        return _hang_up(ticket)
    taken = replace(ticket, taken=ticket.taken + 1)
    if taken.taken >= MOST_HOPS:
        return LetGo(taken, "hops")
    if not taken.hops:
        return LetGo(taken, "exhausted")
    refused = event.status not in _TIME_UP
    hop, rest = taken.hops[0], taken.hops[1:]
    if refused and len(hop.posts) > 1:
        return go(replace(taken, hops=(_fall_back(hop, event.waited), *rest)))
    return go(replace(taken, hops=rest))


def _fall_back(hop: Hop, waited: int) -> Hop:
    left = None if hop.seconds is None else max(1, hop.seconds - waited)
    return replace(hop, posts=hop.posts[1:], seconds=left)


def _hang_up(ticket: Ticket) -> Go:
    over = replace(ticket, hops=())
    return Go(over, Action.HANGUP, Answer.NO, cause=_NORMAL_CLEARING)


def _answer(pays: Pays, kind: Kind, answered: bool, greeted: bool) -> Answer:
    if answered:
        return Answer.BEFORE
    if kind is Kind.HANGUP or (kind is Kind.DIAL and not greeted):
        return Answer.NO
    return Answer.BEFORE if pays is Pays.COMPANY else Answer.EARLY


def _cause(hop: Hop) -> int | None:
    if hop.kind is Kind.HANGUP:
        return int(hop.target)
    return _NORMAL_CLEARING if hop.kind is Kind.ANNOUNCE else None
