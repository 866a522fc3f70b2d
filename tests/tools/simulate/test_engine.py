from __future__ import annotations

import pytest

from ivr.callers.contacts import Outcome
from ivr.policy.model import Calendar, Interval
from ivr.tools.simulate.staffing import Group, QueueRules, Serves, Shift
from tests.tools.simulate.worlds import Call, agents, centre, policy


def daily(start: int, end: int) -> Calendar:
    """Every day from one minute to another."""
    day = (Interval(start, end),)
    return Calendar("", policy().zone, (day, day, day, day, day, day, day))


def test_one_agent_answers_one_after_the_other() -> None:
    """100 s of talk each, a call every 60 s: each waits 40 s longer than the one before."""
    book = centre([Call(60 * n) for n in range(5)], agents(1))
    assert book.waits == [0, 40, 80, 120, 160]


def test_two_agents_halve_it() -> None:
    book = centre([Call(30 * n) for n in range(6)], agents(2))
    assert book.waits == [0, 0, 40, 40, 80, 80]


def test_an_agent_takes_his_pause_after_each_call() -> None:
    book = centre([Call(0, wrap_up=20), Call(50)], agents(1))
    assert book.waits == [0, 70]
    assert book.agents["agents"].busy == 100 + 20 + 100


def test_a_head_start_is_a_place_further_on_and_no_more() -> None:
    """Whoever came more than 90 s before the VIP is still before him."""
    calls = [Call(0, talk=200), Call(20), Call(100), Call(120, gold=True)]
    assert centre(calls, agents(1)).waits == [0, 180, 300, 180]


def test_callers_of_one_priority_are_answered_in_the_order_in_which_they_came() -> None:
    calls = [Call(0), Call(10), Call(10.4), Call(10.8)]
    assert centre(calls, agents(1)).waits == [0, 90, 189.6, 289.2]


def test_who_has_no_patience_left_hangs_up_and_frees_his_place() -> None:
    book = centre([Call(0), Call(10, patience=30), Call(20)], agents(1))
    assert book.of(1) == (30, Outcome.ABANDONED)
    assert book.of(2) == (80, Outcome.ANSWERED)
    assert book.ends == {"answered": 2, "gave up": 1}
    assert book.queues["main"].left == {"ANSWERED": 2, "ABANDONED": 1}


def test_a_time_out_leads_on_and_keeps_the_place_and_the_wait() -> None:
    routes = "  - {name: all, queue: main, then: [{after: 1m, queue: senior}]}\n"
    calls = [Call(0, talk=500), Call(10, talk=500), Call(20)]
    book = centre(calls, agents(1), agents(1, "senior", name="senior"), routes=routes)
    assert book.waits == [0, 60, 550]  # senior is free again 60 + 500 s after the second came
    assert book.queues["main"].left == {"ANSWERED": 1, "TIMEOUT": 2}
    assert book.queues["senior"].left == {"ANSWERED": 2}
    assert list(book.by_key) == [("main", "regular")]


def test_the_patience_is_one_for_all_queues() -> None:
    routes = "  - {name: all, queue: main, then: [{after: 1m, queue: senior}]}\n"
    calls = [Call(0, talk=900), Call(0, talk=900), Call(10, patience=100)]
    book = centre(calls, agents(1), agents(1, "senior", name="senior"), routes=routes)
    assert book.of(2) == (100, Outcome.ABANDONED)
    assert book.queues["senior"].waits.longest == 40


def test_where_nobody_is_on_duty_the_fallback_takes_the_call() -> None:
    book = centre([Call(0)], agents(1, "spare"))
    assert book.waits == [0]
    assert book.queues["main"].left == {"JOINEMPTY": 1}
    assert book.queues["spare"].left == {"ANSWERED": 1}


def test_where_nobody_is_on_duty_anywhere_no_way_is_left() -> None:
    book = centre([Call(0)], agents(1, "senior"))
    assert book.ends == {"no way left": 1}
    assert book.of(0) == (0, Outcome.OVERFLOWED)


def test_the_dialplans_fallback_queue_takes_who_has_no_way_left() -> None:
    routes = "  - {name: all, queue: main, then: [{after: 1m, queue: spare}]}\n"
    rules = {"senior": QueueRules(joinempty=True)}
    book = centre([Call(0)], agents(1, "senior"), routes=routes, rules=rules, fallback="senior")
    assert book.queues["senior"].left == {"ANSWERED": 1}
    assert book.ends == {"answered": 1}


def test_a_queue_that_may_be_joined_empty_is_waited_in() -> None:
    rules = {"main": QueueRules(joinempty=True, leavewhenempty=False)}
    book = centre([Call(0, patience=40)], agents(0), rules=rules)
    assert book.of(0) == (40, Outcome.ABANDONED)


def test_a_full_queue_refuses() -> None:
    rules = {"main": QueueRules(maxlen=1)}
    calls = [Call(0), Call(1), Call(2), Call(101)]
    book = centre(calls, agents(1), agents(0, "spare", name="spare"), rules=rules)
    assert book.queues["main"].left == {"ANSWERED": 3, "FULL": 1}


def test_a_shift_that_ends_finishes_its_calls_and_sends_the_others_on() -> None:
    """One agent until 10:20, who talks until 10:21: the second caller is sent on at 10:21."""
    early = Group("early", (Serves("main"),), (Shift(1, daily(0, 620)),))
    calls = [Call(1180, talk=80), Call(1190), Call(1270)]
    book = centre(calls, early, agents(1, "spare", name="late"))
    assert book.waits == [0, 70, 90]
    assert book.queues["main"].left == {"ANSWERED": 1, "LEAVEEMPTY": 1, "JOINEMPTY": 1}
    assert book.agents["early"].duty == 1260
    assert book.agents["early"].busy == 80


def test_a_shift_that_begins_takes_who_waits() -> None:
    always = {"main": QueueRules(joinempty=True, leavewhenempty=False)}
    late = Group("late", (Serves("main"),), (Shift(2, daily(630, 700)),))
    book = centre([Call(0), Call(900), Call(1000)], late, rules=always)
    assert book.waits == [1800, 900, 900]


def test_penalty_spares_agents_while_others_are_free() -> None:
    spared = Group("spared", (Serves("main", 5),), (Shift(1),))
    book = centre([Call(0), Call(200), Call(250)], spared, agents(1))
    assert (book.agents["agents"].calls, book.agents["spared"].calls) == (2, 1)


def test_of_two_queues_the_better_place_is_served_unless_one_weighs_more() -> None:
    routes = """
  - {name: gold, when: {tier: vip}, queue: senior}
  - {name: everyone, queue: main}
"""
    calls = [Call(0), Call(10), Call(20, gold=True)]
    both = agents(1, "main", "senior")
    assert centre(calls, both, routes=routes).waits == [0, 90, 180]
    weighs = {"senior": QueueRules(weight=1)}
    assert centre(calls, both, routes=routes, rules=weighs).waits == [0, 190, 80]


def test_an_announcement_ends_the_call_and_waits_for_nobody() -> None:
    book = centre([Call(0)], agents(1), routes="  - {name: all, announce: sorry}\n")
    assert book.ends == {"announced": 1}
    assert book.calls == {}


def test_an_announcement_with_a_queue_behind_it_leads_there() -> None:
    routes = "  - {name: all, announce: sorry, then: [{queue: main}]}\n"
    book = centre([Call(0)], agents(1), routes=routes)
    assert book.ends == {"answered": 1}
    assert list(book.by_key) == [("no queue at first", "regular")]


@pytest.mark.parametrize(
    ("target", "end"),
    [("hangup: true", "hung up on"), ("dial: PJSIP/100", "sent to a number")],
)
def test_other_ends(target: str, end: str) -> None:
    book = centre([Call(0)], agents(1), routes=f"  - {{name: all, {target}}}\n")
    assert book.ends == {end: 1}


def test_who_still_waits_a_day_after_the_last_shift_is_told() -> None:
    rules = {"main": QueueRules(joinempty=True, leavewhenempty=False)}
    book = centre([Call(0)], agents(0), rules=rules)
    assert book.ends == {"still waiting at the end": 1}


def test_agents_are_busy_for_what_they_talk() -> None:
    book = centre([Call(60 * n, talk=30) for n in range(60)], agents(2), hours=1)
    worked = book.agents["agents"].as_json()
    assert worked == {"hours": 2.0, "busy_hours": 0.5, "occupancy": 0.25, "calls": 60}
