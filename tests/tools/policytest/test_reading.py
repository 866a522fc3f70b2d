"""Each mistake in a test file: where it is, what is wrong, and what to write instead."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.policy.problems import Problems
from ivr.tools.policytest.model import Suite
from ivr.tools.policytest.reading.suite import policy_of, read_suite
from tests.tools.policytest.samples import CALLERS, POLICY, policy, read, steps


def problems(text: str) -> list[str]:
    found = read(text)
    assert isinstance(found, Problems)
    return [str(each) for each in found]


CALL = "tests: [{name: it, steps: [{call: {from: withheld}, expect: {tier: regular}}]}]\n"

TOPS = [
    ("", "t.yaml:1:1: this file is empty: write tests:"),
    ("- a", "t.yaml:1:1: a test file is a list: write a mapping"),
    ("{", "t.yaml:2:1: not YAML"),
    ("start: 2026-11-22 12:00", "t.yaml:1:1: a test file has no 'tests': write tests:"),
    (f"starts: 2026-11-22 12:00\n{CALL}", "t.yaml:1:1: a test file has no key 'starts': did you"),
    (f"start: 2026-11-22\n{CALL}", "t.yaml:1:8: 'start' '2026-11-22' is no moment: write \"2026-"),
    (f"start: 2026-02-30 12:00\n{CALL}", "t.yaml:1:8: 'start' '2026-02-30 12:00' is no moment"),
    (f"start: 2026-03-27 02:30\n{CALL}", "t.yaml:1:8: 'start' '2026-03-27 02:30' is not on the c"),
    (f"start: 1026-11-22 12:00\n{CALL}", "t.yaml:1:8: 'start' '1026-11-22 12:00' is no moment"),
    (CALL, "t.yaml:1:9: nothing says when the test begins: write start:"),
    (f"start: 2026-11-22 12:00\nto: 1800123456\n{CALL}", "t.yaml:2:5: the number dialled '18001"),
    (f"start: 2026-11-22 12:00\npolicy: 5\n{CALL}", "t.yaml:2:9: 'policy' '5' without quotes"),
    ("start: 2026-11-22 12:00\ntests: 5", "t.yaml:2:8: 'tests' is '5': write a list"),
    ("start: 2026-11-22 12:00\ntests: []", "t.yaml:2:8: 'tests' is an empty list"),
    ("start: 2026-11-22 12:00\ntests: [{}]", "t.yaml:2:9: a test has no 'name'"),
    ("start: 2026-11-22 12:00\ntests: [{name: a}]", "t.yaml:2:9: a test has no 'steps'"),
    ("start: 2026-11-22 12:00\ntests: [{name: ' ', steps: []}]", "t.yaml:2:16: the name is empty"),
    (
        f"start: 2026-11-22 12:00\n{CALL[:-2]}, {{name: it, steps: []}}]",
        "t.yaml:2:88: a test of this name stands in line 2 already",
    ),
]


@pytest.mark.parametrize(("text", "told"), TOPS, ids=[told[7:50] for _, told in TOPS])
def test_mistakes_at_the_top(text: str, told: str) -> None:
    assert any(each.startswith(told) for each in problems(text)), problems(text)


CALLER = [
    ("{}", "the caller 'it' has no 'number'"),
    ("{number: 0521234567}", "the number '0521234567' without quotes"),
    ('{number: "12"}', "'12' is no telephone number"),
    ('{number: "0541111111"}', "'it' has the number of 'ruth'"),
    ("{nummer: x}", "the caller 'it' has no key 'nummer': did you mean 'number'?"),
    ("{grants: [silver]}", "the grant 'silver' is not declared"),
    ("{grants: [{}]}", "a grant has no 'name'"),
    ("{grants: [{name: golden-beam, until: soon}]}", "'until' 'soon' is no day: write 2026-11-22"),
    ("{grants: [{name: golden-beam, since: 2026-11-01, days_ago: 2}]}", "'since' beside 'days_ago"),
    ("{cases: [{topic: sport}]}", "the topic 'sport' is not declared"),
    ("{cases: [{days_ago: -1}]}", "'days_ago' is '-1': write a number from 0 to 1100"),
    ("{shared: maybe}", "'shared' is 'maybe'"),
    ("{process: angry}", "the stage 'angry' is unknown: write one of: clear, observed"),
    ("{contacts: [{}]}", "nothing says when the contact was: write days_ago: 3"),
    ("{contacts: [{month: 2026-13}]}", "the month '2026-13' is no month: write 2026-08"),
    ("{contacts: [{month: 2026-08, days_ago: 3}]}", "a contact with month and days_ago: keep"),
    ("{contacts: [{on: yesterday}]}", "'on' 'yesterday' is no day"),
    ("{contacts: [{days_ago: 3, count: 0}]}", "'count' is 0: write a number from 1 to 5000"),
    ("{contacts: [{days_ago: 3, count: 2, marked: 3}]}", "3 marks of 2 contacts"),
    ("{contacts: [{days_ago: 3, answered: true, outcome: broken}]}", "'outcome' beside 'answered'"),
    ("{contacts: [{days_ago: 3, outcome: lost}]}", "the outcome 'lost' is unknown"),
    ("{contacts: [{days_ago: 3, at: '25:00'}]}", "'at' '25:00' is no time: write \"09:30\""),
    ("{contacts: [{days_ago: 3, talk: long}]}", "'talk' 'long' is not a time"),
    ("{contacts: [{days_ago: 3, queue: fault}]}", "the queue 'fault' is not declared"),
    ("{contacts: [{days_ago: 3, about: me}]}", "'about' 'me' is unknown: write one of: open-case"),
    ("{contacts: [{each_month: true}]}", "a contact has no key 'each_month'"),
]


@pytest.mark.parametrize(("caller", "told"), CALLER, ids=[told[:40] for _, told in CALLER])
def test_mistakes_in_a_caller(caller: str, told: str) -> None:
    text = f"{CALLERS}  it: {caller}\n{CALL}"
    assert any(told in each for each in problems(text)), problems(text)


def test_a_caller_is_not_called_like_a_number() -> None:
    text = f'start: 2026-11-22 12:00\ncallers: {{withheld: {{number: "0521234567"}}}}\n{CALL}'
    assert problems(text) == [
        "t.yaml:2:11: 'withheld' cannot be the name of a caller: write a name such as ruth"
    ]


STEP = [
    ("{}", "a step in which nothing happens"),
    ("5", "a step is '5': write a mapping"),
    ("{calls: {from: ruth}}", "a step has no key 'calls': did you mean 'call'?"),
    ("{call: {from: ruth}, pass: 2m}", "a step with call and pass: begin another step"),
    ("{call: {}}", "a call has no 'from'"),
    ("{call: {from: rut}}", "there is no caller 'rut': did you mean 'ruth'?"),
    ("{call: {from: 0521234567}}", "the caller '0521234567' without quotes"),
    ("{call: {from: ruth, keys: [1]}}", "the key '1' without quotes"),
    ('{call: {from: ruth, keys: ["12"]}}', "the key '12' is on no telephone: write one of 0 to 9"),
    ("{call: {from: ruth, hang_up_at: 0}}", "'hang_up_at' is 0"),
    ("{call: {from: ruth, failing: [topic]}}", "the prompt 'topic' is not declared"),
    ("{call: {from: ruth, price_heard: 3}}", "'price_heard' '3' is not a time: write 3s"),
    ("{call: {from: ruth, store: slow}}", "the store 'slow' is unknown: write one of: answers"),
    ("{call: {from: ruth, store: [late]}}", "'store' is a list: write late, failed or answers"),
    ("{call: {from: ruth, hung_up_by: us}}", "the side 'us' is unknown: write one of: caller"),
    ("{call: {from: ruth}, refused: x}", "'refused' of 'call': write 'expect', or take it out"),
    ("{call: {from: ruth}, expect: {}}", "'expect' is empty"),
    ("{call: {from: ruth}, expect: {rout: vip}}", "'expect' has no key 'rout': did you mean 'ro"),
    ("{call: {from: ruth}, expect: {route: vipp}}", "the route 'vipp' is not declared: did you"),
    ("{call: {from: ruth}, expect: {queue: q-main}}", "the queue 'q-main' is not declared"),
    ("{call: {from: ruth}, expect: {tier: gold}}", "the tier 'gold' is unknown: write one of: vip"),
    ("{call: {from: ruth}, expect: {head_start: 20}}", "the time '20' is not a time: write 20s"),
    ("{call: {from: ruth}, expect: {way: [sienor]}}", "'sienor' is no place that the policy has"),
    ("{call: {from: ruth}, expect: {prompts: [topic]}}", "the prompt 'topic' is not declared"),
    ("{call: {from: ruth}, expect: {charged: airtime}}", "the paid line 'airtime' is not declared"),
    ("{call: {from: ruth}, expect: {guard: [why]}}", "the reason 'why' is unknown"),
    ("{call: {from: ruth}, expect: {hung_up: 1}}", "it is '1': write true or false"),
    ("{pass: 2}", "'pass' '2' is not a time: write 2s"),
    ("{pass: 99 months}", "99 months at once: write at most 36 months"),
    ("{until: tomorrow}", "'until' 'tomorrow' is no moment"),
    ("{pass: 1d, meanwhile: {on: 2026-11-22}}", "a contact has no 'of'"),
    ("{pass: 1d, meanwhile: {of: noam, days_ago: 1}}", "a contact has no key 'days_ago'"),
    ("{pass: 1d, expect: {tier: vip}}", "'expect' of 'pass': write 'meanwhile', or take it out"),
    ("{queues: {q-main: full}}", "the queue 'q-main' is not declared"),
    ("{queues: {main: fulll}}", "the state 'fulll' is unknown: did you mean 'full'?"),
    ("{queues: {main: {}}}", "a state that is not clear: write {answers_after: 4m}"),
    ("{queues: {main: {status: full}}}", "the status 'full' is none of Asterisk's: write one such"),
    ("{queues: [main]}", "'queues' is a list: write a mapping"),
    ("{numbers: {PJSIP/1: busy}}", "the number 'PJSIP/1' is not declared"),
    ("{call: {from: ruth}, expect: {dial: PJSIP/1}}", "the number 'PJSIP/1' is not declared"),
    ("{call: {from: ruth}, expect: {way: [PJSIP/1]}}", "'PJSIP/1' is no place that the policy has"),
    ("{lines: {air: busy}}", "the paid line 'air' is not declared"),
    ("{store: slow}", "the store 'slow' is unknown"),
    ("{store: {look: late}}", "'store' has no key 'look'"),
    ("{look: ruth}", "a look without 'expect': write expect: {process: warned}"),
    ("{look: me, expect: {cases: 1}}", "there is no caller 'me': write one of: ruth, noam; or d"),
    ("{look: ruth, expect: {tier: vip}}", "'expect' has no key 'tier'"),
    ("{confirm: {step: warned}}", "'confirm' has no 'of': write of:"),
    ("{confirm: {of: ruth}}", "'confirm' has no 'step': write step: warned"),
    ("{confirm: {of: ruth, step: paid}}", "the step 'paid' is unknown: write one of: warned, not"),
    ("{decide: {of: ruth}}", "'decide' has no 'upheld'"),
    ("{grant: {of: ruth, name: silver}}", "the grant 'silver' is not declared"),
    ("{close_case: {of: ruth, case: x}}", "'case' is 'x': write a number from 1 to 999"),
    ("{clear: {of: ruth, step: warned}}", "'clear' has no key 'step'"),
    ("{appeal: {of: ruth}, expect: {}}", "'expect' of 'appeal': write 'refused', or take it out"),
]


@pytest.mark.parametrize(("step", "told"), STEP, ids=[told[:40] for _, told in STEP])
def test_mistakes_in_a_step(step: str, told: str) -> None:
    found = problems(steps(f"- {step}"))
    assert any(told in each for each in found), found
    assert all(each.startswith("t.yaml:8:") for each in found), found


def test_all_mistakes_are_told_at_once_in_their_order() -> None:
    found = problems(steps("- call: {from: rut, keys: [1]}\n  expect: {queue: man}\n- pas: 2m"))
    assert [each.split(": ", 1)[0] for each in found] == [
        "t.yaml:8:22", "t.yaml:8:34", "t.yaml:9:25", "t.yaml:10:9",
    ]  # fmt: skip


def test_a_policy_without_a_process_has_no_steps_of_it() -> None:
    text = policy_text_without_process()
    suite = read_suite(steps("- confirm: {of: ruth, step: warned}"), Path("t.yaml"), policy(text))
    assert isinstance(suite, Problems)
    assert "the policy has no nuisance process" in str(suite)
    top = 'start: 2026-11-22 12:00\ncallers: {a: {number: "0521234567", process: warned}}\n'
    suite = read_suite(top + CALL, Path("t.yaml"), policy(text))
    assert "write marked: true" in str(suite)


def policy_text_without_process() -> str:
    lines = POLICY.splitlines()
    start, end = lines.index("paid_lines:"), lines.index("tiers:")
    kept = [*lines[:start], *lines[end:]]
    return "\n".join(
        line for line in kept if not line.startswith("nuisance:") and "paid" not in line
    )


@pytest.mark.parametrize(
    "steps",
    [
        "[{call: {from: withheld}}]",
        "[{pass: 2m}, {store: late}]",
        "[{share: {of: noam}}, {call: {from: noam}}]",
    ],
)
def test_a_test_that_expects_nothing_is_a_mistake(steps: str) -> None:
    top = 'start: 2026-11-22 12:00\ncallers: {noam: {number: "0521234567"}}\n'
    text = f"{top}tests: [{{name: it, steps: {steps}}}]\n"
    assert problems(text) == [
        "t.yaml:3:9: this test expects nothing, and would count all the same: "
        "say what to expect: {call: ..., expect: {queue: main}}"
    ]


def test_that_people_are_refused_is_an_expectation() -> None:
    top = 'start: 2026-11-22 12:00\ncallers: {noam: {number: "0521234567"}}\n'
    step = "{unmark: {of: noam}, refused: no mark}"
    suite = read(f"{top}tests: [{{name: it, steps: [{step}]}}]\n")
    assert isinstance(suite, Suite), str(suite)


def test_a_policy_with_several_numbers_wants_one_named() -> None:
    two = policy(POLICY.replace('["1800123456"]', '["1800123456", "1800123457"]'))
    suite = read_suite(f"start: 2026-11-22 12:00\n{CALL}", Path("t.yaml"), two)
    assert "nothing says which number is called" in str(suite)
    named = f'start: 2026-11-22 12:00\nto: "1800123457"\n{CALL}'
    assert isinstance(read_suite(named, Path("t.yaml"), two), Suite)


# --- any text ------------------------------------------------------------------------------------

WORDS = st.sampled_from([
    "start", "to", "policy", "callers", "tests", "name", "steps", "call", "from", "expect", "pass",
    "until", "meanwhile", "queues", "numbers", "lines", "store", "look", "confirm", "of", "step",
    "refused", "contacts", "month", "count", "marked", "each_month", "grants", "cases", "process",
    "ruth", "main", "air-time", "2026-08", "2026-11-22 12:00", "3 months", "2m", "none", "true",
    "...", "0", "-1", "1e9", "99999999999", "~", "", "paid", "warned", "since", "days_ago",
    "number", "0521234567", "keys", "way", "prompts", "guard", "at", "24:00", "0001-01-01",
])  # fmt: skip
NODES = st.recursive(
    WORDS | st.integers() | st.booleans() | st.none() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=5),
    max_leaves=25,
)
POLICY_READ = policy()


@given(st.text(max_size=200))
def test_no_text_makes_a_traceback(text: str) -> None:
    policy_of(text, Path("t.yaml"))
    assert isinstance(read_suite(text, Path("t.yaml"), POLICY_READ), Suite | Problems)


@given(st.dictionaries(WORDS, NODES, max_size=6))
def test_no_document_makes_a_traceback(document: dict[str, object]) -> None:
    text = json.dumps(document)
    assert isinstance(read_suite(text, Path("t.yaml"), POLICY_READ), Suite | Problems)


@given(NODES, st.sampled_from(["call", "pass", "queues", "store", "look", "confirm", "grant"]))
def test_no_step_makes_a_traceback(node: object, kind: str) -> None:
    text = f"{CALLERS}tests: [{{name: a, steps: [{json.dumps({kind: node, 'expect': node})}]}}]"
    assert isinstance(read_suite(text, Path("t.yaml"), POLICY_READ), Suite | Problems)
