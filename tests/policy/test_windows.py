"""What a policy does not count need not be read: the answer is the same without it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.callers.caller import Tally
from ivr.engine.windows import counted, reach
from ivr.policy.conditions import Asked, judge
from ivr.policy.index import indexed
from ivr.policy.model import NOWHERE, Policy, Tier, TierRule
from ivr.policy.when import ContactCount, NoneOf
from tests.policy.samples import FACTS
from tests.policy.test_index import ZONE, calls, conditions, places, route
from tests.policy.test_loader import sound

if TYPE_CHECKING:
    from ivr.policy.facts import Facts
    from ivr.policy.when import Condition

TODAY = datetime.fromtimestamp(FACTS.now, ZONE).date()
DAY = timedelta(days=1)
EMPTY = sound("routes:\n  - {name: everyone, queue: main}\n")
counts = st.builds(
    ContactCount, st.integers(1, 6), st.none() | st.integers(1, 31), st.booleans(),
    st.booleans(), st.just(ZONE), places,
)  # fmt: skip
asked = st.one_of(counts, st.builds(lambda *parts: NoneOf(parts, NOWHERE), conditions, counts))
moments = st.integers(0, 2 * 365 * 24).map(lambda hours: FACTS.now + hours * 3600)
histories = st.lists(
    st.builds(
        lambda back, case, ended, left: Tally(TODAY - DAY * back, case, ended, ended * left),
        st.integers(0, 70), st.sampled_from([None, "K"]), st.integers(1, 3), st.booleans(),
    ),
    max_size=8,
)  # fmt: skip


def asking(*whens: Condition) -> Policy:
    """A policy that asks this of a caller, in tiers and in routes, as an engine has it."""
    halves = whens[::2], whens[1::2]
    tiers = tuple(TierRule(Tier.VIP, when, route(when).place) for when in halves[0])
    return indexed(replace(EMPTY, zone=ZONE, tiers=tiers, routes=(*map(route, halves[1]),)))


def answers(policy: Policy, facts: Facts) -> list[object]:
    """What each condition says, and all that it saw."""
    said: list[object] = []
    for when in (*(rule.when for rule in policy.tiers), *(each.when for each in policy.routes)):
        trace: list[Asked] = []
        said.append((judge(when, facts, trace), trace))
    return said


@given(st.lists(asked, max_size=5), calls, histories, moments)
def test_days_before_the_first_that_is_counted_change_nothing(
    whens: list[Condition], facts: Facts, history: list[Tally], now: float
) -> None:
    policy = asking(*whens)
    today = datetime.fromtimestamp(now, ZONE).date()
    tallies = [each._replace(day=each.day + (today - TODAY)) for each in history]
    first = counted(policy, now)
    assert reach(ZONE, now) <= first <= today

    def known(kept: list[Tally]) -> Facts:
        caller = facts.caller and replace(facts.caller, tallies=tuple(kept))
        return replace(facts, now=now, caller=caller)

    whole = answers(policy, known(tallies))
    assert answers(policy, known([each for each in tallies if each.day >= first])) == whole


@pytest.mark.parametrize(
    ("text", "back"),
    [
        ("routes: [{name: everyone, queue: main}]", 0),
        ("routes: [{name: a, when: {contacts: {at_least: 2, within: 1d}}, queue: senior},"
         " {name: everyone, queue: main}]", 0),
        ("routes: [{name: a, when: {not: {any: [{contacts: {at_least: 2, within: 7d}},"
         " {contacts: {at_least: 9, within: 3d}}]}}, queue: senior},"
         " {name: everyone, queue: main}]", 6),
        ("tiers: [{tier: vip, when: {contacts: {at_least: 2, within: 31d}}}]\n"
         "routes: [{name: everyone, queue: main}]", 30),
    ],
)  # fmt: skip
def test_as_many_days_are_read_as_are_counted(text: str, back: int) -> None:
    policy = indexed(replace(sound(text + "\n"), zone=ZONE))
    assert counted(policy, FACTS.now) == TODAY - back * DAY


def test_a_window_of_months_is_read_from_the_first_of_the_month_before() -> None:
    text = "routes: [{name: a, when: {contacts: {at_least: 2, within: month}}, queue: senior},"
    policy = indexed(replace(sound(text + " {name: everyone, queue: main}]\n"), zone=ZONE))
    last = TODAY.replace(day=1) - DAY
    assert counted(policy, FACTS.now) == last.replace(day=1)


def test_where_windows_were_not_worked_out_all_that_a_policy_may_name_is_read() -> None:
    assert EMPTY.windows is None
    assert counted(EMPTY, FACTS.now) == reach(EMPTY.zone, FACTS.now)
