"""One matcher for tiers and routes: three verdicts, and a trace of what was asked."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.callers.caller import Caller, Case, Grant, Mark
from ivr.callers.nuisance import Stage
from ivr.policy.conditions import _LOOKS, Asked, Verdict, judge
from ivr.policy.facts import Facts
from ivr.policy.model import Calendar, Interval
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
    Leaf,
    NoneOf,
    NuisanceAt,
)
from tests.policy.samples import AUTHOR, FACTS, NOW, NUMBER, PLACE, ZONE, known, tally

YES = IsOneOf(Field.LANGUAGE, frozenset({"he"}), PLACE)
NO = IsOneOf(Field.LANGUAGE, frozenset({"en"}), PLACE)
TOPIC = IsOneOf(Field.TOPIC, frozenset({"fault"}), PLACE)

WITHHELD = replace(FACTS, caller=None, number=None)


def verdict(condition: Condition, facts: Facts = FACTS) -> Verdict:
    return judge(condition, facts, [])


def saw(condition: Condition, facts: Facts = FACTS) -> str:
    trace: list[Asked] = []
    judge(condition, facts, trace)
    return trace[-1].saw


# --- joining ---------------------------------------------------------------------------------


@pytest.mark.parametrize("parts", [(NO, TOPIC), (TOPIC, NO), (TOPIC, YES, NO)])
def test_a_part_that_fails_decides_whatever_topic_is_still_to_come(
    parts: tuple[Condition, ...],
) -> None:
    assert verdict(AllOf(parts, PLACE)) is Verdict.NO


@pytest.mark.parametrize("parts", [(YES, TOPIC), (TOPIC, YES), (NO, TOPIC, YES)])
def test_a_part_that_holds_decides_whatever_topic_is_still_to_come(
    parts: tuple[Condition, ...],
) -> None:
    assert verdict(AnyOf(parts, PLACE)) is Verdict.YES
    assert verdict(NoneOf(parts, PLACE)) is Verdict.NO


def test_only_what_hangs_on_the_topic_needs_it() -> None:
    assert verdict(AllOf((YES, TOPIC), PLACE)) is Verdict.NEEDS_TOPIC
    assert verdict(AnyOf((NO, TOPIC), PLACE)) is Verdict.NEEDS_TOPIC
    assert verdict(NoneOf((NO, TOPIC), PLACE)) is Verdict.NEEDS_TOPIC


def test_a_topic_that_nobody_can_ask_for_any_more_is_not_the_callers() -> None:
    facts = replace(FACTS, topic_askable=False)
    assert verdict(TOPIC, facts) is Verdict.NO
    assert verdict(NoneOf((TOPIC,), PLACE), facts) is Verdict.YES


def test_a_topic_that_was_given_decides() -> None:
    assert verdict(TOPIC, replace(FACTS, topic="fault")) is Verdict.YES
    assert verdict(TOPIC, replace(FACTS, topic="billing")) is Verdict.NO


def test_no_conditions_hold_always() -> None:
    assert verdict(AllOf((), PLACE)) is Verdict.YES


LEAVES = st.sampled_from([YES, NO, TOPIC])
CONDITIONS = st.recursive(
    LEAVES,
    lambda inner: st.builds(
        lambda kind, parts: kind(tuple(parts), PLACE),
        st.sampled_from([AllOf, AnyOf, NoneOf]),
        st.lists(inner, min_size=1, max_size=4),
    ),
)


@given(CONDITIONS)
def test_a_verdict_without_the_topic_holds_for_every_topic(condition: Condition) -> None:
    answers = {
        verdict(condition, replace(FACTS, topic=topic, topic_askable=False))
        for topic in ("fault", "billing", None)
    }
    now = verdict(condition)
    assert Verdict.NEEDS_TOPIC not in answers
    if now is not Verdict.NEEDS_TOPIC:
        assert answers == {now}


def test_the_trace_stops_where_the_answer_is_known() -> None:
    trace: list[Asked] = []
    judge(AllOf((YES, NO, TOPIC), PLACE), FACTS, trace)
    assert trace == [Asked(YES, Verdict.YES, "he"), Asked(NO, Verdict.NO, "he")]


# --- the call --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (Field.TIER, "vip"),
        (Field.ENTRYPOINT, "support"),
        (Field.LANGUAGE, "he"),
        (Field.DIALLED, "+9721800123456"),
        (Field.LAST_AGENT, "PJSIP/agent1"),
    ],
)
def test_simple_conditions_look_at_the_call(field: Field, value: str) -> None:
    facts = replace(known(last_agent="PJSIP/agent1"), tier="vip")
    assert verdict(IsOneOf(field, frozenset({"other", value}), PLACE), facts) is Verdict.YES
    assert verdict(IsOneOf(field, frozenset({"other"}), PLACE), facts) is Verdict.NO


def test_a_prefix_says_only_whether_it_matched() -> None:
    mobile = CallingPrefix(("+97252", "+97254"), PLACE)
    trace: list[Asked] = []
    assert judge(mobile, FACTS, trace) is Verdict.YES
    assert judge(mobile, replace(FACTS, number="+97231234567"), trace) is Verdict.NO
    assert judge(mobile, WITHHELD, trace) is Verdict.NO
    assert [asked.saw for asked in trace] == ["matched", "another prefix", "withheld"]
    assert NUMBER not in repr(trace)


def test_withheld_and_forwarded() -> None:
    assert verdict(IsWithheld(True, PLACE), WITHHELD) is Verdict.YES
    assert verdict(IsWithheld(True, PLACE)) is Verdict.NO
    assert verdict(IsWithheld(False, PLACE)) is Verdict.YES
    assert verdict(IsForwarded(True, PLACE), replace(FACTS, forwarded=True)) is Verdict.YES
    assert verdict(IsForwarded(True, PLACE)) is Verdict.NO
    assert verdict(IsForwarded(False, PLACE)) is Verdict.YES


def test_undocumented_is_said_of_those_who_are_known() -> None:
    silent = replace(FACTS, caller=Caller(NUMBER, undocumented=True))
    assert verdict(IsUndocumented(True, PLACE), silent) is Verdict.YES
    assert verdict(IsUndocumented(True, PLACE)) is Verdict.NO
    assert verdict(IsUndocumented(False, PLACE)) is Verdict.YES
    for said in (True, False):
        assert verdict(IsUndocumented(said, PLACE), replace(FACTS, caller=None)) is Verdict.NO


def test_a_calendar_is_open_or_closed_now() -> None:
    sunday = ((), (), (), (), (), (), (Interval(9 * 60, 10 * 60),))
    calendar = Calendar("service", ZONE, sunday)
    assert verdict(InCalendar(calendar, True, PLACE)) is Verdict.YES
    assert verdict(InCalendar(calendar, False, PLACE)) is Verdict.NO
    later = replace(FACTS, now=NOW + 3600)
    assert verdict(InCalendar(calendar, False, PLACE), later) is Verdict.YES
    assert saw(InCalendar(calendar, False, PLACE), later) == "closed"


# --- the caller ------------------------------------------------------------------------------

BEAM = Granted(frozenset({"golden-beam"}), PLACE)
COMPLEX = HasOpenCase(True, None, PLACE)


def test_a_grant_counts_while_it_is_in_force() -> None:
    held = Grant("golden-beam", AUTHOR)
    assert verdict(BEAM, known(grants=(held,))) is Verdict.YES
    assert verdict(BEAM, known(grants=(replace(held, until=NOW),))) is Verdict.NO
    assert verdict(BEAM, known(grants=(replace(held, name="silver"),))) is Verdict.NO
    assert saw(BEAM, known(grants=(held,))) == "golden-beam"
    assert saw(BEAM) == "no grant"


def test_an_open_case_may_be_narrowed() -> None:
    facts = known(cases=(Case("1", "fault", False, AUTHOR), Case("2", "billing", True, AUTHOR)))
    assert verdict(HasOpenCase(None, None, PLACE), facts) is Verdict.YES
    assert verdict(COMPLEX, facts) is Verdict.YES
    assert verdict(HasOpenCase(True, "fault", PLACE), facts) is Verdict.NO
    assert verdict(HasOpenCase(False, "fault", PLACE), facts) is Verdict.YES
    assert verdict(HasOpenCase(None, "leaving", PLACE), facts) is Verdict.NO
    assert verdict(COMPLEX) is Verdict.NO
    assert saw(COMPLEX, facts) == "1 of 2 open cases"


def test_a_mark_opens_observation_and_no_more() -> None:
    facts = known(marks=(Mark("nuisance", AUTHOR),))
    assert verdict(NuisanceAt(Stage.OBSERVED, PLACE), facts) is Verdict.YES
    assert verdict(NuisanceAt(Stage.WARNING_DUE, PLACE), facts) is Verdict.NO
    assert verdict(NuisanceAt(Stage.OBSERVED, PLACE)) is Verdict.NO
    assert saw(NuisanceAt(Stage.OBSERVED, PLACE), facts) == "observed"


@pytest.mark.parametrize(
    "condition",
    [
        BEAM,
        COMPLEX,
        NuisanceAt(Stage.OBSERVED, PLACE),
        ContactCount(1, 31, False, False, ZONE, PLACE),
        IsOneOf(Field.LAST_AGENT, frozenset({"PJSIP/agent1"}), PLACE),
        CallingPrefix(("+",), PLACE),
    ],
)
def test_nothing_about_a_caller_holds_for_an_unknown_one(condition: Condition) -> None:
    assert verdict(condition, WITHHELD) is Verdict.NO
    assert verdict(NoneOf((condition,), PLACE), WITHHELD) is Verdict.YES


# --- contacts (now is Sunday 22 November 2026) -------------------------------------------------


def contacts(days: int | None, *, answered: bool = False, about_case: bool = False) -> ContactCount:
    return ContactCount(1, days, answered, about_case, ZONE, PLACE)


def test_days_are_counted_back_from_today_which_is_one_of_them() -> None:
    facts = known(tallies=(tally("2026-11-08"), tally("2026-11-09", 2), tally("2026-11-22", 4)))
    assert saw(contacts(1), facts) == "4"
    assert saw(contacts(14), facts) == "6"
    assert saw(contacts(15), facts) == "7"


def test_a_day_is_local() -> None:
    facts = known(tallies=(tally("2026-11-22"),))
    just_after_midnight = replace(facts, now=NOW - 9.4 * 3600)  # still the 21st in UTC
    assert saw(contacts(1), just_after_midnight) == "1"


def test_a_month_is_this_or_the_one_before() -> None:
    facts = known(tallies=(tally("2026-09-30", 50), tally("2026-10-01", 2), tally("2026-10-31", 3)))
    assert saw(contacts(None), facts) == "5"
    busier = known(tallies=(tally("2026-10-31", 3), tally("2026-11-01", 4), tally("2026-11-22")))
    assert saw(contacts(None), busier) == "5"


def test_contacts_may_be_only_answered_ones() -> None:
    facts = known(tallies=(tally("2026-11-20", ended=5, answered=2),))
    assert saw(contacts(14), facts) == "5"
    assert saw(contacts(14, answered=True), facts) == "2"


def test_contacts_may_be_only_those_about_a_case_that_is_still_open() -> None:
    facts = known(
        cases=(Case("7", "fault", False, AUTHOR),),
        tallies=(
            tally("2026-11-20", 1, case="7"),
            tally("2026-11-20", 2, case="6"),
            tally("2026-11-20", 4),
        ),
    )
    assert saw(contacts(14, about_case=True), facts) == "1"
    assert saw(contacts(14), facts) == "7"


def test_at_least_is_reached_by_exactly_so_many() -> None:
    facts = known(tallies=(tally("2026-11-20", 3),))
    assert verdict(ContactCount(3, 14, False, False, ZONE, PLACE), facts) is Verdict.YES
    assert verdict(ContactCount(4, 14, False, False, ZONE, PLACE), facts) is Verdict.NO


def test_the_trace_has_what_was_asked_within_any_and_not() -> None:
    trace: list[Asked] = []
    either, never = AnyOf((NO, YES, TOPIC), PLACE), NoneOf((NO,), PLACE)
    judge(AllOf((either, never), PLACE), FACTS, trace)
    seen = Asked(NO, Verdict.NO, "he")
    assert trace == [
        Asked(either, Verdict.YES, "", (seen, Asked(YES, Verdict.YES, "he"))),
        Asked(never, Verdict.YES, "", (seen,)),
    ]


def test_every_kind_of_leaf_has_its_look() -> None:
    """One that has none would be found by the first call that asks it."""
    assert set(_LOOKS) == set(get_args(Leaf))
    assert set(get_args(Leaf)) == set(get_args(Condition)) - {AllOf, AnyOf, NoneOf}
