"""Conditions that can never match, held against every call that there could be."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.callers.caller import Caller, Case, Grant, Mark, Record
from ivr.callers.nuisance import Stage, stage
from ivr.policy.conditions import Verdict, judge
from ivr.policy.facts import Facts
from ivr.policy.model import Calendar, Interval
from ivr.policy.reach import unreachable
from ivr.policy.when import (
    AllOf,
    AnyOf,
    CallingPrefix,
    Condition,
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
from tests.policy.samples import AUTHOR, FACTS, NOW, NUMBER, PLACE, ZONE, tally

CALENDAR = Calendar("service", ZONE, ((), (), (), (), (), (), (Interval(540, 600),)))


def tier(*names: str) -> Condition:
    return IsOneOf(Field.TIER, frozenset(names), PLACE)


def topic(*names: str) -> Condition:
    return IsOneOf(Field.TOPIC, frozenset(names), PLACE)


def prefix(*written: str) -> Condition:
    return CallingPrefix(written, PLACE)


def contacts(
    at_least: int, days: int | None, answered: bool = False, about_case: bool = False
) -> Condition:
    return ContactCount(at_least, days, answered, about_case, ZONE, PLACE)


def every(*parts: Condition) -> Condition:
    return AllOf(parts, PLACE)


def either(*parts: Condition) -> Condition:
    return AnyOf(parts, PLACE)


def none(*parts: Condition) -> Condition:
    return NoneOf(parts, PLACE)


OPEN, SHUT = InCalendar(CALENDAR, True, PLACE), InCalendar(CALENDAR, False, PLACE)


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        (every(), tier("vip")),
        (tier("vip"), tier("vip")),
        (tier("vip", "nuisance"), tier("vip")),
        (tier("vip"), every(topic("fault"), tier("vip"))),
        (either(tier("vip"), topic("fault")), tier("vip")),
        (either(tier("vip"), topic("fault")), either(topic("fault"), tier("vip"))),
        (prefix("+972"), prefix("+97252", "+97254")),
        (contacts(2, 14), contacts(5, 7, answered=True)),
        (contacts(2, None), contacts(3, None)),
        (NuisanceAt(Stage.OBSERVED, PLACE), NuisanceAt(Stage.WARNED, PLACE)),
        (HasOpenCase(None, None, PLACE), HasOpenCase(True, "fault", PLACE)),
        (Granted(frozenset({"a", "b"}), PLACE), Granted(frozenset({"b"}), PLACE)),
        (none(tier("vip")), tier("nuisance")),
        (none(tier("vip")), none(tier("vip", "nuisance"))),
        (SHUT, none(OPEN)),
        (none(IsWithheld(True, PLACE)), IsWithheld(False, PLACE)),
        (IsForwarded(True, PLACE), every(tier("vip"), IsForwarded(True, PLACE))),
        (none(every(tier("vip"), topic("fault"))), none(tier("vip"))),
        (none(IsUndocumented(True, PLACE)), IsUndocumented(False, PLACE)),
    ],
)
def test_a_superset_of_an_earlier_condition_can_never_match(
    earlier: Condition, later: Condition
) -> None:
    assert list(unreachable([topic("other"), earlier, later])) == [(2, 1)]
    assert list(unreachable([later])) == []


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        (tier("vip"), tier("vip", "nuisance")),
        (tier("vip"), topic("vip")),
        (every(tier("vip"), topic("fault")), tier("vip")),
        (tier("vip"), either(tier("vip"), topic("fault"))),
        (prefix("+97252"), prefix("+97252", "+97254")),
        (contacts(5, 14), contacts(2, 14)),
        (contacts(2, 7), contacts(2, 14)),
        (contacts(2, None), contacts(2, 14)),
        (contacts(2, 14, answered=True), contacts(2, 14)),
        (contacts(2, 14, about_case=True), contacts(2, 14)),
        (NuisanceAt(Stage.WARNED, PLACE), NuisanceAt(Stage.OBSERVED, PLACE)),
        (HasOpenCase(True, None, PLACE), HasOpenCase(None, None, PLACE)),
        (OPEN, SHUT),
        (none(tier("vip")), tier("vip", "nuisance")),
        (either(OPEN, tier("vip")), SHUT),
    ],
)
def test_what_takes_other_calls_too_can_match(earlier: Condition, later: Condition) -> None:
    assert list(unreachable([earlier, later])) == []


@pytest.mark.parametrize(
    "condition",
    [
        every(tier("vip"), tier("nuisance")),
        every(tier("vip"), none(tier("vip", "nuisance"))),
        every(OPEN, SHUT),
        every(OPEN, none(OPEN)),
        every(IsWithheld(True, PLACE), IsWithheld(False, PLACE)),
        none(every()),
    ],
)
def test_conditions_that_exclude_each_other(condition: Condition) -> None:
    assert list(unreachable([condition])) == [(0, None)]


def test_what_can_never_match_takes_nothing_from_others() -> None:
    never = every(tier("vip"), tier("nuisance"))
    assert list(unreachable([never, tier("vip")])) == [(0, None)]


def test_a_condition_with_too_many_alternatives_is_let_alone() -> None:
    pairs = [either(topic(f"{n}"), tier(f"{n}")) for n in range(12)]
    assert list(unreachable([tier("vip"), every(tier("vip"), *pairs)])) == []


def test_thousands_of_routes() -> None:
    routes = [
        every(tier("vip", "regular"), prefix(f"+97252{n:05}"), topic("fault")) for n in range(3000)
    ]
    again = every(tier("vip"), prefix("+97252017770"), topic("fault"))
    assert list(unreachable([*routes, again])) == [(3000, 1777)]


def test_a_condition_that_lets_calls_by_takes_nothing_from_later_ones() -> None:
    conditions = [tier("nuisance"), tier("nuisance"), tier("nuisance")]
    assert list(unreachable(conditions, passing={0})) == [(2, 1)]
    assert list(unreachable([topic("x"), topic("x")], passing={1})) == [(1, 0)]


# --- against every call ------------------------------------------------------------------------


def calls() -> list[Facts]:
    people = [
        None,
        Caller(NUMBER),
        Caller(NUMBER, undocumented=True),
        Caller(NUMBER, Record(grants=(Grant("a", AUTHOR),), cases=(Case("1", "x", True, AUTHOR),))),
        Caller(
            NUMBER,
            Record(marks=(Mark("nuisance", AUTHOR),), cases=(Case("1", "y", False, AUTHOR),)),
            (tally("2026-11-20", 3, 1),),
        ),
    ]
    ways = product(people, ["vip", "regular"], ["x", "y", None], [False, True], [0, 3600])
    return [
        replace(
            FACTS,
            caller=caller,
            number=None if caller is None else NUMBER,
            tier=tier_,
            topic=topic_,
            topic_askable=False,
            forwarded=forwarded,
            now=NOW + later,
            nuisance=stage(None, caller.record, (), NOW) if caller else Stage.CLEAR,
        )
        for caller, tier_, topic_, forwarded, later in ways
    ]


CALLS = calls()
LEAVES: list[Condition] = [
    tier("vip"),
    tier("vip", "regular"),
    topic("x"),
    topic("x", "y"),
    prefix("+972"),
    prefix("+97252"),
    prefix("+97254", "+97252"),
    OPEN,
    SHUT,
    Granted(frozenset({"a"}), PLACE),
    HasOpenCase(None, None, PLACE),
    HasOpenCase(True, None, PLACE),
    HasOpenCase(None, "y", PLACE),
    NuisanceAt(Stage.OBSERVED, PLACE),
    NuisanceAt(Stage.WARNED, PLACE),
    contacts(1, 31),
    contacts(3, 14),
    contacts(1, 14, answered=True),
    contacts(2, None),
    IsWithheld(True, PLACE),
    IsWithheld(False, PLACE),
    IsForwarded(True, PLACE),
    IsUndocumented(True, PLACE),
    IsUndocumented(False, PLACE),
]
CONDITIONS = st.recursive(
    st.sampled_from(LEAVES),
    lambda inner: st.builds(
        lambda kind, parts: kind(tuple(parts), PLACE),
        st.sampled_from([AllOf, AnyOf, NoneOf]),
        st.lists(inner, min_size=1, max_size=3),
    ),
    max_leaves=6,
)


def taken(condition: Condition) -> set[int]:
    return {n for n, facts in enumerate(CALLS) if judge(condition, facts, []) is Verdict.YES}


@settings(deadline=None, max_examples=300)
@given(st.lists(CONDITIONS, min_size=1, max_size=5))
def test_no_call_is_lost_with_a_condition_that_can_never_match(conditions: list[Condition]) -> None:
    for later, earlier in unreachable(conditions):
        assert taken(conditions[later]) <= set().union(*map(taken, conditions[:later]))
        if earlier is None:
            assert taken(conditions[later]) == set()
