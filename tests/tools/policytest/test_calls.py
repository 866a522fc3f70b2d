"""What can be made of a call, and expected of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivr.tools.policytest.model import Suite
from ivr.tools.policytest.reading.suite import read_suite
from ivr.tools.policytest.runner import run
from tests.tools.policytest.samples import CALLERS, POLICY, policy, ran, steps, wrong

PAID = 'start: "2026-11-22 12:00"\ncallers:\n  noam: {number: "0521234567", process: paid}\n'


def test_everything_that_a_call_shows_can_be_expected() -> None:
    assert not wrong("""\
        - call: {from: ruth}
          expect:
            entrypoint: support
            language: en
            topic: none
            tier: vip
            route: vip
            action: queue
            queue: senior
            way: [senior]
            head_start: 20m
            dial: none
            answer: before
            cause: 0
            prompts: []
            offered: false
            agreed: false
            charged: false
            method: none
            guard: []
            degraded: false
            hung_up: false
            ends: answered
            waited: 0s
            process: clear
    """)


def test_both_sides_are_told_of_all_that_is_wrong() -> None:
    assert wrong("""\
        - call: {from: noam, keys: ["2"]}
          expect:
            {topic: fault, queue: senior, head_start: 20m, prompts: [closed, "..."], charged: true}
    """) == [
        "topic: expected fault, got billing",
        "queue: expected senior, got main",
        "head_start: expected 20m, got 0s",
        "prompts: expected [closed, ...], got [topics]",
        "charged: expected true, got false",
    ]


def test_the_trace_stands_beside_what_is_wrong() -> None:
    [failure] = ran("- call: {from: ruth}\n  expect: {queue: main}").failures
    assert str(failure.place) == "t.yaml:8:9"
    assert any("▶ tier vip: yes" in line for line in failure.trace)
    assert any("granted: golden-beam? yes" in line for line in failure.trace)


@pytest.mark.parametrize(
    ("call", "expect"),
    [
        ("{from: withheld}", "{degraded: withheld, tier: regular}"),
        ('{from: "0549999999", keys: ["1"]}', "{topic: fault, degraded: false}"),
        ('{from: "12"}', "{degraded: bad-number}"),
        ("{from: ruth, attest: C}", "{degraded: doubtful, tier: regular}"),
        ("{from: ruth, store: late}", "{degraded: store-late, tier: regular}"),
        ("{from: ruth, store: failed}", "{degraded: store-failed, tier: regular}"),
        ("{from: ruth, store: {lookup: late}}", "{degraded: store-late}"),
        ("{from: noam}", "{prompts: [topics, topics-slow], queue: main}"),
        ('{from: noam, keys: ["", "1"]}', "{prompts: [topics, topics-slow], topic: fault}"),
        ('{from: noam, keys: ["7", "*"]}', "{topic: none, queue: main}"),
        ("{from: noam, hang_up_at: 2}", "{hung_up: true, ends: gone, way: []}"),
        ("{from: noam, failing: [topics]}", "{prompts: [], queue: main}"),
        ('{from: noam, to: "1800999999"}', "{entrypoint: none, queue: main}"),
        ('{from: noam, forwarded_by: "1800123456"}', "{action: fallback, way: [fallback]}"),
    ],
)
def test_what_callers_trunks_and_stores_do(call: str, expect: str) -> None:
    assert not wrong(f"- call: {call}\n  expect: {expect}")


def test_a_call_goes_on_as_the_queues_are() -> None:
    assert not wrong("""\
        - queues: {main: {answers_after: 4m}}
        - call: {from: noam, keys: ["1"]}
          expect: {way: [main, senior], waited: 3m, ends: answered}
        - queues: {senior: empty}
        - call: {from: noam, keys: ["1"]}
          expect: {way: [main, senior, main], waited: 7m, ends: answered}
        - queues: {main: slow}
        - call: {from: ruth}
          expect: {way: [senior, main], ends: waiting}
        - queues: {main: full}
        - call: {from: ruth}
          expect: {way: [senior, main, fallback], ends: fallback}
        - queues: {senior: {status: LEAVEEMPTY, after: 20s}, main: answers}
        - call: {from: ruth}
          expect: {way: [senior, main], waited: 20s}
    """)


def test_a_number_is_rung_as_long_as_the_policy_says_and_a_refusal_leads_on() -> None:
    dialling = policy(
        POLICY.replace(
            "queue: senior, head_start: 20m}",
            "dial: PJSIP/100, then: [{after: 20s, announce: closed}, {hangup: 21}]}",
        )
    )
    text = steps("""\
        - call: {from: ruth}
          expect: {action: dial, dial: PJSIP/100, queue: none, way: [PJSIP/100], ends: answered}
        - numbers: {PJSIP/100: slow}
        - call: {from: ruth}
          expect:
            way: [PJSIP/100, announcement, hangup]
            waited: 20s
            prompts: [closed]
            ends: hung-up
        - numbers: {PJSIP/100: {answers_after: 5s}}
        - call: {from: ruth}
          expect: {waited: 5s, ends: answered}
        - numbers: {PJSIP/100: busy}
        - call: {from: ruth}
          expect: {way: [PJSIP/100, announcement, hangup], waited: 0s}
    """)
    suite = read_suite(text, Path("t.yaml"), dialling)
    assert isinstance(suite, Suite), str(suite)
    assert [run(dialling, each).failures for each in suite.scenarios] == [()]


def test_who_is_answered_as_the_time_is_up_goes_on() -> None:
    assert not wrong("""\
        - queues: {main: {answers_after: 3m}}
        - call: {from: noam, keys: ["1"]}
          expect: {way: [main, senior], waited: 3m}
        - queues: {main: {answers_after: 179s}}
        - call: {from: noam, keys: ["1"]}
          expect: {way: [main], waited: 179s}
    """)


def test_a_store_that_is_late_for_one_call_answers_the_next() -> None:
    assert not wrong("""\
        - call: {from: ruth, store: late}
          expect: {degraded: store-late}
        - call: {from: ruth}
          expect: {degraded: false, tier: vip}
    """)


def test_no_reason_of_the_guard_is_not_one_reason() -> None:
    said = "- call: {from: noam, keys: ['1']}\n  expect: {guard: []}"
    assert wrong(said, PAID) == ["guard: expected [], got [the topic is exempt]"]


def test_a_caller_who_waits_long_enough_hangs_up() -> None:
    assert not wrong("""\
        - queues: {main: slow, senior: slow}
        - call: {from: noam, keys: ["1"], patience: 2m}
          expect: {way: [main], waited: 2m, ends: abandoned}
        - call: {from: noam, keys: ["1"], patience: 4m}
          expect: {way: [main, senior], waited: 4m, ends: abandoned}
        - look: noam
          expect: {contacts: 2, answered: 0, abandoned: 2}
    """)


def test_a_call_leaves_a_contact_and_what_the_agent_added() -> None:
    assert not wrong("""\
        - call: {from: noam, keys: ["1"], agent: dana, note: done, marked: true}
        - look: noam
          expect: {contacts: 1, answered: 1, marked: 1}
        - call: {from: noam, keys: ["1"], agent: dana, talk: 2s, hung_up_by: agent}
        - look: noam
          expect: {contacts: 2, answered: 1}
    """)


def test_closed_hours_are_told_and_nothing_else() -> None:
    assert not wrong("""\
        - until: "2026-11-22 18:00"
        - call: {from: ruth}
          expect: {action: announce, prompts: [closed], way: [announcement], ends: told, cause: 16}
        - call: {from: ruth, failing: [closed]}
          expect: {prompts: [], way: [announcement, fallback], ends: fallback}
    """)


def test_a_store_that_fails_does_so_until_it_answers_again() -> None:
    assert not wrong("""\
        - store: failed
        - call: {from: ruth}
          expect: {degraded: store-failed}
        - store: {lookup: answers}
        - call: {from: ruth}
          expect: {degraded: false, tier: vip}
        - look: ruth
          expect: {contacts: 0}
        - store: answers
        - call: {from: ruth}
        - look: ruth
          expect: {contacts: 1}
    """)


def test_the_paid_line_is_agreed_to_declined_and_refused() -> None:
    assert not wrong(
        """\
        - call: {from: noam, keys: ["2", "5"]}
          expect: {route: air-time, action: paid, offered: air-time, agreed: air-time,
                   charged: air-time, method: dial, way: [air-time],
                   prompts: [topics, price, agree]}
        - lines: {air-time: busy}
        - call: {from: noam, keys: ["2", "5"]}
          expect: {charged: true, way: [air-time, main]}
        - call: {from: noam, keys: ["2", "1", "1"]}
          expect: {offered: true, charged: false, action: hangup, prompts: ["...", free]}
        - call: {from: noam, keys: ["2", "5"], price_heard: 2s}
          expect: {offered: true, agreed: false, charged: false, queue: main}
        - call: {from: noam, keys: ["2", "5"], store: {consent: failed}}
          expect: {offered: true, agreed: false, charged: false, queue: main}
        - call: {from: noam, keys: ["1"]}
          expect: {offered: false, guard: ["the topic is exempt"]}
        - call: {from: noam, keys: ["2", "9"]}
          expect: {offered: true, queue: main}
        - look: noam
          expect: {appeal: true, process: observed}
        - call: {from: noam, keys: ["2"]}
          expect: {offered: false, process: observed}
        """,
        PAID,
    )


def test_reasons_of_the_guard_are_told_beside_those_expected() -> None:
    said = """\
        - call: {from: noam, keys: ["1"], forwarded_by: "0541112222"}
          expect: {guard: ["a case is open"]}
    """
    assert wrong(said, PAID) == [
        "guard: expected [a case is open], got [the call was forwarded, the topic is exempt]"
    ]


def test_a_call_without_a_decision_has_nothing_to_compare() -> None:
    assert wrong("- call: {from: noam, hang_up_at: 1}\n  expect: {queue: main}") == [
        "queue: expected main, got nothing (there was no decision)"
    ]


def test_what_was_before_belongs_to_the_number_however_it_is_written() -> None:
    assert not wrong('- call: {from: "054-111-1111"}\n  expect: {tier: vip}', CALLERS)
