"""What two policies do otherwise, as JSON: a part of `ivr.tools.replay.form`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from ivr.engine.interfaces import Decided
from ivr.logs.decisions import as_json
from ivr.logs.decisions.moments import local
from ivr.routing.steps import Ask, Price

if TYPE_CHECKING:
    from collections.abc import Callable
    from zoneinfo import ZoneInfo

    from ivr.callers.caller import Instant
    from ivr.tools.recorded.calls import RecordedCall
    from ivr.tools.replay.difference import Example, Group, Otherwise, Share, Treatment
    from ivr.tools.replay.replay import Replay
    from ivr.tools.replay.side import Decision

Form: TypeAlias = dict[str, Any]


def against_form(
    replay: Replay, shown: Callable[[str | None], str], *, mask: bool, key: bytes = b""
) -> Form:
    """The groups and the callers; `shown` writes a number, `mask` says whether it masks."""
    difference, all_calls = replay.difference, replay.seen.calls
    zones = (replay.parts[0].side.policy.zone, replay.parts[1].side.policy.zone)

    def example(each: Example) -> Form:
        return _example(each, zones, shown, mask=mask, key=key)

    groups = difference.groups()
    rank = {number: place for place, (number, *_) in enumerate(groups)}
    callers = difference.most()
    return {
        "calls": difference.calls,
        "share": round(difference.calls / all_calls, 4) if all_calls else 0.0,
        "callers": len(callers),
        "groups": [
            {**_group(group, share, all_calls), "callers": n, "example": example(share.example)}
            for _, group, share, n in groups
        ],
        "by_caller": [
            {
                **_otherwise(shown(number), otherwise, rank),
                "example": example(difference.examples[number])
                if number in difference.examples
                else None,
            }
            for number, otherwise in callers
        ],
    }


def _group(group: Group, share: Share, all_calls: int) -> Form:
    return {
        "calls": share.calls,
        "share": round(share.calls / all_calls, 4) if all_calls else 0.0,
        "differs": list(group.differs),
        "from": _treatment(group.before),
        "to": _treatment(group.after),
    }


def _treatment(treatment: Treatment) -> Form:
    return {**treatment._asdict(), "then": list(treatment.then)}


def _otherwise(number: str, otherwise: Otherwise, rank: dict[int, int]) -> Form:
    """`groups` are places in the list of groups, from 0, and how many calls are of each."""
    counted = sorted(otherwise.groups.items(), key=lambda item: (-item[1], rank[item[0]]))
    return {
        "number": number,
        "line": otherwise.line,
        "calls": otherwise.calls,
        "groups": [{"group": rank[group], "calls": calls} for group, calls in counted],
    }


def _example(
    example: Example,
    zones: tuple[ZoneInfo, ZoneInfo],
    shown: Callable[[str | None], str],
    *,
    mask: bool,
    key: bytes,
) -> Form:
    call = example.call
    return {
        "line": call.line,
        "at": local(call.started, zones[0]),
        "number": shown(call.number),
        "topic": call.topic,
        "outcome": call.outcome.value,
        "wait": call.hold,
        "from": _decided(call, example.before, zones[0], mask=mask, key=key),
        "to": _decided(call, example.after, zones[1], mask=mask, key=key),
    }


def _decided(
    call: RecordedCall, decision: Decision, zone: ZoneInfo, *, mask: bool, key: bytes
) -> Form:
    """As `ivr explain` tells a decision (docs/explain.md)."""
    at: Instant = call.started
    plays = sum(isinstance(o.step, Ask | Price) for _, o in decision.played.path)
    decided = Decided(
        f"line {call.line}", False, decision.ticket, decision.played.final,
        decision.played.turns, 0.0, plays, decision.degraded,
    )  # fmt: skip
    return as_json(decided, at, zone, mask=mask, key=key)
