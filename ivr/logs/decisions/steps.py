"""What came of a turn, as JSON: a menu, a price, a queue. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, assert_never

from ivr.logs.decisions.moments import local
from ivr.routing.steps import Agree, Appeal, Ask, Go, LetGo, Price
from ivr.routing.ticket import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

    from ivr.routing.steps import Turn
    from ivr.routing.ticket import Hop, Ticket


def step_form(turn: Turn, zone: ZoneInfo) -> dict[str, Any]:
    """The step of a turn; local times are those of `zone`."""
    step = turn.step
    match step:
        case Ask():
            return {
                "kind": "ask",
                "phase": turn.phase,
                "menu": turn.menu or None,
                "sounds": list(step.sounds),
                "wait": step.wait,
            }
        case Price():
            return {"kind": "price", "sounds": [step.sound]}
        case Agree():
            return {"kind": "agree", "line": step.line.name, "key": step.consent.key}
        case Appeal():
            return {"kind": "appeal"}
        case Go():
            return _go(step, zone)
        case LetGo():
            return {"kind": "let-go", "reason": step.reason}
        case _:
            assert_never(step)


def _go(go: Go, zone: ZoneInfo) -> dict[str, Any]:
    """Where the dialplan sends the call; what does not apply is left out."""
    hops = go.ticket.hops
    form: dict[str, Any] = {
        "kind": "go",
        "action": go.action.value,
        "answer": go.answer.value,
        "sounds": list(go.sounds),
        "timeout": go.timeout,
    }
    if go.post is not None:
        form["queue"] = go.post.queue
        form["fallbacks"] = [post.queue for post in hops[0].posts[1:]] if hops else []
        form["stands"] = _stands(go, zone)
    if go.dial:
        form["dial"] = go.dial
    if go.cause is not None:
        form["cause"] = go.cause
    if go.paid is not None:
        paid = go.paid
        form["paid"] = {"line": paid.line, "method": paid.method.value, "consent": paid.consent}
    return {**form, "then": _then(hops), "hops": go.ticket.taken}


def _stands(go: Go, zone: ZoneInfo) -> dict[str, Any]:
    """The place in the queue: as if the call had come at `since`."""
    ticket: Ticket = go.ticket
    return {
        "priority": go.priority,
        "head_start": ticket.head_start,
        "since": local(ticket.first - ticket.head_start, zone),
    }


def _then(hops: Sequence[Hop]) -> list[dict[str, Any]]:
    return [_hop(hop) for hop in hops[1:]]


def _hop(hop: Hop) -> dict[str, Any]:
    form: dict[str, Any] = {"action": hop.kind.name.lower(), "timeout": hop.seconds}
    if hop.kind is Kind.QUEUE:
        form["queue"] = hop.posts[0].queue if hop.posts else None
        form["fallbacks"] = [post.queue for post in hop.posts[1:]]
    elif hop.kind is Kind.ANNOUNCE:
        form["sounds"] = list(hop.sounds)
    else:
        form["target"] = hop.target
    return form
