"""One matcher for tiers and routes: does a condition hold for this call?

A condition may depend on a topic that a menu could still ask for, so the answer is one of three
(Kleene's logic): what is decided without the topic is decided, and only what hangs on it makes a
menu play. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from ivr.policy.calendar import is_open
from ivr.policy.when import (
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
from ivr.policy.windows import first_day

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ivr.callers.caller import Caller, Tally
    from ivr.policy.facts import Facts
    from ivr.policy.model import Place
    from ivr.policy.when import Condition, Leaf


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


@dataclass(frozen=True, slots=True)
class Judged:
    """One rule that was looked at: a tier, a route or the charge guard; what its conditions saw.

    `why` are the guard's reasons against.
    """

    kind: str
    name: str
    place: Place
    verdict: Verdict
    asked: tuple[Asked, ...] = ()
    why: tuple[str, ...] = ()


#: What a leaf comes to, and what it saw.
Seen: TypeAlias = tuple[Verdict, str]

_OPPOSITE: Final = {
    Verdict.YES: Verdict.NO,
    Verdict.NO: Verdict.YES,
    Verdict.NEEDS_TOPIC: Verdict.NEEDS_TOPIC,
}

#: What a condition about the caller sees of a withheld number, or when the store came late.
_UNKNOWN: Final = (Verdict.NO, "nothing known of the caller")


def judge(condition: Condition, facts: Facts, trace: list[Asked]) -> Verdict:
    """Whether the condition holds for the call; whatever was asked is added to `trace`.

    Parts are asked in the order they are written, and no further than the answer needs.
    """
    if isinstance(condition, AllOf):
        return _search(Verdict.NO, condition.conditions, facts, trace)
    look = _LOOKS.get(type(condition))
    if look is None:
        return _join(condition, facts, trace)
    verdict, saw = look(condition, facts)
    trace.append(Asked(condition, verdict, saw))
    return verdict


def _join(condition: Condition, facts: Facts, trace: list[Asked]) -> Verdict:
    assert isinstance(condition, AnyOf | NoneOf), condition  # noqa: S101 - every leaf has its look
    parts: list[Asked] = []
    verdict = _search(Verdict.YES, condition.conditions, facts, parts)
    if isinstance(condition, NoneOf):
        verdict = _OPPOSITE[verdict]
    trace.append(Asked(condition, verdict, "", tuple(parts)))
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


# --- looking: each kind of leaf ----------------------------------------------------------------


def _said(holds: bool, saw: str) -> Seen:
    return (Verdict.YES if holds else Verdict.NO), saw


def _one_of(leaf: IsOneOf, facts: Facts) -> Seen:
    value: str | None = getattr(facts, leaf.field)
    if value is None and leaf.field is Field.TOPIC and facts.topic_askable:
        return Verdict.NEEDS_TOPIC, "not given yet"
    return _said(value in leaf.values, value or "none")


def _calling_prefix(leaf: CallingPrefix, facts: Facts) -> Seen:
    """Says only whether it matched: the trace goes into logs, the number does not."""
    if facts.number is None:
        return Verdict.NO, "withheld"
    matched = facts.number.startswith(leaf.prefixes)
    return _said(matched, "matched" if matched else "another prefix")


def _in_calendar(leaf: InCalendar, facts: Facts) -> Seen:
    now_open = is_open(leaf.calendar, facts.now)
    return _said(now_open is leaf.open, "open" if now_open else "closed")


def _is_withheld(leaf: IsWithheld, facts: Facts) -> Seen:
    return _said(facts.withheld is leaf.withheld, "withheld" if facts.withheld else "shown")


def _is_forwarded(leaf: IsForwarded, facts: Facts) -> Seen:
    return _said(facts.forwarded is leaf.forwarded, "forwarded" if facts.forwarded else "direct")


def _granted(leaf: Granted, facts: Facts) -> Seen:
    if facts.caller is None:
        return _UNKNOWN
    if not facts.caller.record.grants:  # most callers
        return Verdict.NO, "no grant"
    held = {grant.name for grant in facts.caller.record.grants if grant.holds(facts.now)}
    return _said(not held.isdisjoint(leaf.grants), ", ".join(sorted(held)) or "no grant")


def _open_case(leaf: HasOpenCase, facts: Facts) -> Seen:
    if facts.caller is None:
        return _UNKNOWN
    cases = facts.caller.record.cases
    fitting = [
        case
        for case in cases
        if leaf.complex in (None, case.complex) and leaf.topic in (None, case.topic)
    ]
    saw = f"{len(fitting)} of {len(cases)} open cases" if cases else "no open case"
    return _said(bool(fitting), saw)


def _nuisance(leaf: NuisanceAt, facts: Facts) -> Seen:
    if facts.caller is None:
        return _UNKNOWN
    return _said(facts.nuisance.reaches(leaf.stage), facts.nuisance.value)


def _undocumented(leaf: IsUndocumented, facts: Facts) -> Seen:
    if facts.caller is None:
        return _UNKNOWN
    undocumented = facts.caller.undocumented
    return _said(undocumented is leaf.undocumented, "no note" if undocumented else "noted")


def _contacts(leaf: ContactCount, facts: Facts) -> Seen:
    if facts.caller is None:
        return _UNKNOWN
    if not facts.caller.tallies:  # most callers: no day to be reckoned
        return _said(leaf.at_least <= 0, "0")
    today = datetime.fromtimestamp(facts.now, leaf.zone).date()
    count = _count(leaf, facts.caller, today)
    return _said(count >= leaf.at_least, str(count))


_LOOKS: Final[dict[type[Condition], Callable[[Any, Facts], Seen]]] = {
    IsOneOf: _one_of,
    CallingPrefix: _calling_prefix,
    InCalendar: _in_calendar,
    IsWithheld: _is_withheld,
    IsForwarded: _is_forwarded,
    Granted: _granted,
    HasOpenCase: _open_case,
    NuisanceAt: _nuisance,
    IsUndocumented: _undocumented,
    ContactCount: _contacts,
}


def _count(leaf: ContactCount, caller: Caller, today: date) -> int:
    open_cases = {case.id for case in caller.record.cases}
    tallies = [tally for tally in caller.tallies if not leaf.about_case or tally.case in open_cases]
    first = first_day(leaf.days, today)
    if leaf.days is not None:
        return _sum(tallies, leaf, first, today)
    this_month = today.replace(day=1)
    return max(
        _sum(tallies, leaf, this_month, today),
        _sum(tallies, leaf, first, this_month - timedelta(days=1)),
    )


def _sum(tallies: Iterable[Tally], leaf: ContactCount, first: date, last: date) -> int:
    return sum(
        tally.answered if leaf.answered else tally.ended
        for tally in tallies
        if first <= tally.day <= last
    )
