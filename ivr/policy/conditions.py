"""One matcher for tiers and routes: does a condition hold for this call?

A condition may depend on a topic that a menu could still ask for, so the answer is one of three
(Kleene's logic): what is decided without the topic is decided, and only what hangs on it makes a
menu play. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING, Final, TypeAlias, assert_never

from ivr.policy.calendar import is_open
from ivr.policy.model import (
    AllOf,
    AnyOf,
    CallingPrefix,
    ContactCount,
    Field,
    Granted,
    HasOpenCase,
    InCalendar,
    IsForwarded,
    IsOneOf,
    IsUndocumented,
    IsWithheld,
    NoneOf,
    NuisanceAt,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ivr.callers.caller import Caller, Tally
    from ivr.policy.facts import Facts
    from ivr.policy.model import Condition

#: Conditions that look at the call themselves, rather than join others.
Leaf: TypeAlias = (
    IsOneOf
    | CallingPrefix
    | InCalendar
    | Granted
    | HasOpenCase
    | NuisanceAt
    | ContactCount
    | IsWithheld
    | IsForwarded
    | IsUndocumented
)


class Verdict(Enum):
    """Whether a condition holds, or cannot be told before the caller names a topic."""

    YES = "yes"
    NO = "no"
    NEEDS_TOPIC = "needs topic"


@dataclass(frozen=True, slots=True)
class Asked:
    """A condition that was asked, and what it saw. Never holds the caller's number.

    `any` and `not` have no sight of their own: `parts` are what they asked, as far as they did.
    (Parts of which all must hold stand beside each other: that is how a rule is written.)
    """

    condition: Leaf | AnyOf | NoneOf
    verdict: Verdict
    saw: str
    parts: tuple[Asked, ...] = ()


_OPPOSITE: Final = {
    Verdict.YES: Verdict.NO,
    Verdict.NO: Verdict.YES,
    Verdict.NEEDS_TOPIC: Verdict.NEEDS_TOPIC,
}

#: What a condition about the caller sees of a withheld number, or when the store came late.
_UNKNOWN: Final = (False, "nothing known of the caller")


def judge(condition: Condition, facts: Facts, trace: list[Asked]) -> Verdict:
    """Whether the condition holds for the call; whatever was asked is added to `trace`.

    Parts are asked in the order they are written, and no further than the answer needs.
    """
    if isinstance(condition, AllOf):
        return _search(Verdict.NO, condition.conditions, facts, trace)
    parts: list[Asked] = []
    if isinstance(condition, AnyOf):
        verdict, saw = _search(Verdict.YES, condition.conditions, facts, parts), ""
    elif isinstance(condition, NoneOf):
        verdict, saw = _OPPOSITE[_search(Verdict.YES, condition.conditions, facts, parts)], ""
    else:
        verdict, saw = _look(condition, facts)
    trace.append(Asked(condition, verdict, saw, tuple(parts)))
    return verdict


def _search(
    decisive: Verdict, parts: Iterable[Condition], facts: Facts, trace: list[Asked]
) -> Verdict:
    """The decisive verdict as soon as one part gives it, else what the undecided ones leave."""
    verdict = _OPPOSITE[decisive]
    for part in parts:
        found = judge(part, facts, trace)
        if found is decisive:
            return decisive
        if found is Verdict.NEEDS_TOPIC:
            verdict = found
    return verdict


def _look(leaf: Leaf, facts: Facts) -> tuple[Verdict, str]:
    if isinstance(leaf, IsOneOf) and leaf.field is Field.TOPIC and facts.topic is None:
        if facts.topic_askable:
            return Verdict.NEEDS_TOPIC, "not given yet"
        return Verdict.NO, "none"
    holds, saw = _seen(leaf, facts)
    return (Verdict.YES if holds else Verdict.NO), saw


def _seen(leaf: Leaf, facts: Facts) -> tuple[bool, str]:
    match leaf:
        case IsOneOf():
            value: str | None = getattr(facts, leaf.field.value)
            return value in leaf.values, value or "none"
        case CallingPrefix():
            return _prefix(leaf, facts.number)
        case InCalendar():
            now_open = is_open(leaf.calendar, facts.now)
            return now_open is leaf.open, "open" if now_open else "closed"
        case IsWithheld():
            return facts.withheld is leaf.withheld, "withheld" if facts.withheld else "shown"
        case IsForwarded():
            return facts.forwarded is leaf.forwarded, "forwarded" if facts.forwarded else "direct"
        case _:
            return _UNKNOWN if facts.caller is None else _known(leaf, facts.caller, facts)


def _prefix(leaf: CallingPrefix, number: str | None) -> tuple[bool, str]:
    """Says only whether it matched: the trace goes into logs, the number does not."""
    if number is None:
        return False, "withheld"
    matched = number.startswith(leaf.prefixes)
    return matched, "matched" if matched else "another prefix"


def _known(
    leaf: Granted | HasOpenCase | NuisanceAt | ContactCount | IsUndocumented,
    caller: Caller,
    facts: Facts,
) -> tuple[bool, str]:
    now = facts.now
    match leaf:
        case Granted():
            held = {grant.name for grant in caller.record.grants if grant.holds(now)}
            return not held.isdisjoint(leaf.grants), ", ".join(sorted(held)) or "no grant"
        case HasOpenCase():
            return _open_case(leaf, caller)
        case NuisanceAt():
            return facts.nuisance.reaches(leaf.stage), facts.nuisance.value
        case IsUndocumented():
            saw = "no note" if caller.undocumented else "noted"
            return caller.undocumented is leaf.undocumented, saw
        case ContactCount():
            count = _count(leaf, caller, datetime.fromtimestamp(now, leaf.zone).date())
            return count >= leaf.at_least, str(count)
        case _:
            assert_never(leaf)


def _open_case(leaf: HasOpenCase, caller: Caller) -> tuple[bool, str]:
    cases = caller.record.cases
    fitting = [
        case
        for case in cases
        if leaf.complex in (None, case.complex) and leaf.topic in (None, case.topic)
    ]
    return bool(fitting), f"{len(fitting)} of {len(cases)} open cases" if cases else "no open case"


def _count(leaf: ContactCount, caller: Caller, today: date) -> int:
    open_cases = {case.id for case in caller.record.cases}
    tallies = [tally for tally in caller.tallies if not leaf.about_case or tally.case in open_cases]
    if leaf.days is not None:
        return _sum(tallies, leaf, today - timedelta(days=leaf.days - 1), today)
    this_month = today.replace(day=1)
    last_month = (this_month - timedelta(days=1)).replace(day=1)
    return max(
        _sum(tallies, leaf, this_month, today),
        _sum(tallies, leaf, last_month, this_month - timedelta(days=1)),
    )


def _sum(tallies: Iterable[Tally], leaf: ContactCount, first: date, last: date) -> int:
    return sum(
        tally.answered if leaf.answered else tally.ended
        for tally in tallies
        if first <= tally.day <= last
    )
