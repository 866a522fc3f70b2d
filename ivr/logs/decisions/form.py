"""A decision as JSON: one form for those that are kept and those that are made up. Pure.

docs/explain.md describes it. Of the caller it has the number and what conditions saw, no more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias, assert_never

from ivr.logs.decisions.moments import local
from ivr.logs.decisions.steps import step_form
from ivr.logs.masking import WITHHELD, mask_line
from ivr.policy.conditions import Verdict
from ivr.policy.when import AnyOf, NoneOf
from ivr.policy.words import asks
from ivr.routing.steps import (
    GaveUp,
    Kept,
    KeyPressed,
    NewCall,
    NoKey,
    NotKept,
    PriceHeard,
    PromptFailed,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

    from ivr.callers.caller import Instant
    from ivr.engine.interfaces import Decided
    from ivr.policy.conditions import Asked
    from ivr.policy.when import Condition
    from ivr.routing.steps import Event, Judged, Turn

#: What `json.dumps` takes.
Form: TypeAlias = dict[str, Any]

#: Of the form. A reader leaves decisions of a later one alone.
VERSION: Final = 1


def as_json(decided: Decided, at: Instant, zone: ZoneInfo, *, mask: bool, key: bytes = b"") -> Form:
    """The decision that was made at `at`, whose local times are those of `zone`.

    `mask` masks the caller's number wherever it stands, as in logs; with `key` by its alias.
    """
    form = _form(decided, at, zone)
    if mask:
        mask_line(form, key)
    return form


def _form(decided: Decided, at: Instant, zone: ZoneInfo) -> Form:
    ticket = decided.ticket
    return {
        "version": VERSION,
        "decision": ticket.decision,
        "linkedid": decided.linked_id,
        "script": "next" if decided.again else "route",
        "at": round(at, 3),
        "time": local(at, zone),
        "number": ticket.number or WITHHELD,
        **forwarder(decided.path),
        "dialled": ticket.dialled,
        "entrypoint": ticket.entrypoint,
        "language": ticket.language,
        "topic": ticket.topic,
        "tier": ticket.tier.value,
        "route": ticket.route,
        "policy": ticket.policy,
        "degraded": decided.degraded or None,
        "ms": round(decided.busy * 1000, 3),
        "plays": decided.plays,
        "path": [_turn(turn, zone) for turn in decided.path],
    }


def forwarder(path: Sequence[Turn]) -> Form:
    """Who forwarded the call, if anybody did; later decisions of a call do not know it."""
    event = path[0].event if path else None
    if isinstance(event, NewCall) and event.forwarded_by:
        return {"forwarded_by": event.forwarded_by}
    return {}


def _turn(turn: Turn, zone: ZoneInfo) -> Form:
    rules = [_rule(judged) for judged in turn.trace]
    for index in _deciding(turn.trace):
        rules[index]["decided"] = True
    return {"event": _event(turn.event, zone), "rules": rules, "step": step_form(turn, zone)}


def _event(event: Event, zone: ZoneInfo) -> Form:
    match event:
        case NewCall():
            return _new_call(event, zone)
        case KeyPressed(key):
            return {"kind": "key", "key": key}
        case NoKey():
            return {"kind": "no-key"}
        case PromptFailed():
            return {"kind": "prompt-failed"}
        case GaveUp(status, waited):
            return {"kind": "gave-up", "status": status, "waited": waited}
        case PriceHeard(seconds, to_its_end):
            return {"kind": "price-heard", "seconds": round(seconds, 3), "to_its_end": to_its_end}
        case Kept():
            return {"kind": "kept"}
        case NotKept():
            return {"kind": "not-kept"}
        case _:
            assert_never(event)


def _new_call(event: NewCall, zone: ZoneInfo) -> Form:
    """`known`: whether the store was read; `back`: whether the call was transferred back to us."""
    return {
        "kind": "new-call",
        "first": event.first,
        "began": local(event.first, zone),
        "known": event.caller is not None,
        "back": event.earlier is not None,
        "doubtful": event.doubtful,
    }


# --- rules -----------------------------------------------------------------------------------


def _deciding(trace: Sequence[Judged]) -> set[int]:
    """The rules that decided: the tier that matched, the last route, its guard.

    The route that was looked at last took the call, or needs a topic before anybody can tell.
    """
    tiers = [i for i, rule in enumerate(trace) if rule.kind == "tier"]
    routes = [i for i, rule in enumerate(trace) if rule.kind == "route"]
    found = {i for i in tiers[-1:] if trace[i].verdict is Verdict.YES}
    found.update(range(routes[-1], len(trace)) if routes else ())
    return found


def _rule(judged: Judged) -> Form:
    form: Form = {
        "kind": judged.kind,
        "name": judged.name,
        "verdict": judged.verdict.value,
        "place": str(judged.place),
    }
    if judged.asked:
        form["asked"] = [_asked(each) for each in judged.asked]
    if judged.why:
        form["against"] = [str(reason) for reason in judged.why]
    return form


def _asked(asked: Asked) -> Form:
    """`asks` is the condition in the policy's words; `any` and `not` see nothing themselves."""
    said, place = _worded(asked.condition)
    form: Form = {"asks": said, "verdict": asked.verdict.value, "place": place}
    if isinstance(asked.condition, AnyOf | NoneOf):
        form["parts"] = [_asked(part) for part in asked.parts]
    else:
        form["saw"] = asked.saw
    return form


#: Conditions in words, by identity: a policy's are asked again with each call. A condition that is
#: held here keeps its identity.
_WORDS: Final[dict[int, tuple[Condition, str, str]]] = {}
#: Beyond so many (of policies that are gone) it begins anew.
_MOST: Final = 20_000


def _worded(condition: Condition) -> tuple[str, str]:
    """A condition in the policy's words, and its place."""
    known = _WORDS.get(id(condition))
    if known is None:
        if len(_WORDS) >= _MOST:
            _WORDS.clear()
        known = (condition, asks(condition), str(condition.place))
        _WORDS[id(condition)] = known
    return known[1], known[2]
