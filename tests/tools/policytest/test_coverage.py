"""What calls reach in a policy, exactly."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivr.tools.policytest.coverage import covered
from ivr.tools.policytest.model import Suite
from ivr.tools.policytest.reached import reached
from ivr.tools.policytest.reading.suite import read_suite
from ivr.tools.policytest.runner import run
from tests.tools.policytest.samples import CALLERS, POLICY, policy, ran, steps

PAID = 'start: "2026-11-22 12:00"\ncallers:\n  noam: {number: "0521234567", process: paid}\n'


def keys(text: str, top: str = CALLERS) -> set[str]:
    """What these steps reach, in words."""
    test = ran(text, top)
    assert test.passed, test.failures
    return {f"{kind}: {' '.join(key)}" for kind, key in reached(policy(), test.trips)}


@pytest.mark.parametrize(
    ("text", "reaches"),
    [
        ("- call: {from: ruth}", {"tiers: 0", "routes: vip", "overflow: vip 0"}),
        (
            '- call: {from: noam, keys: ["1"]}',
            {"routes: faults", "overflow: faults 0", "menus: topics", "keys: topics 1"},
        ),
        (
            '- call: {from: noam, keys: ["7", ""]}',
            {"routes: everyone", "overflow: everyone 0", "menus: topics", "keys: topics otherwise"},
        ),
        ("- call: {from: noam, hang_up_at: 1}", {"menus: topics"}),
        (
            '- call: {from: noam, failing: [topics]}',
            {"routes: everyone", "overflow: everyone 0", "menus: topics"},
        ),
        (
            "- until: 2026-11-22 19:00\n- call: {from: noam}",
            {"routes: closed", "announcements: closed 0"},
        ),
        (
            "- queues: {senior: full}\n- call: {from: ruth}",
            {"tiers: 0", "routes: vip", "overflow: vip 0", "fallbacks: senior"},
        ),
        (
            '- queues: {main: slow, senior: empty}\n- call: {from: noam, keys: ["1"]}',
            {
                "routes: faults", "overflow: faults 0", "menus: topics", "keys: topics 1",
                "overflow: faults 1", "fallbacks: senior",
            },
        ),
    ],
)  # fmt: skip
def test_what_a_call_reaches(text: str, reaches: set[str]) -> None:
    assert keys(text) == reaches | {"entrypoints: support"}


def test_a_paid_line_that_does_not_answer_leads_on_by_the_free_way_and_no_other() -> None:
    text = "- lines: {air-time: busy}\n- call: {from: noam, keys: ['2', '5']}"
    assert {each for each in keys(text, PAID) if not each.startswith("paid")} == {
        "entrypoints: support", "menus: topics", "keys: topics 2", "tiers: 2", "routes: air-time",
        "overflow: everyone 0",
    }  # fmt: skip


def test_the_free_way_after_a_paid_line_is_followed_to_its_end() -> None:
    longer = "- {name: everyone, queue: main, then: [{after: 1m, queue: senior}]}"
    changed = policy(POLICY.replace("- {name: everyone, queue: main}", longer))
    text = (
        "- lines: {air-time: busy}\n- queues: {main: slow}\n- call: {from: noam, keys: ['2', '5']}"
    )
    suite = read_suite(steps(text, PAID), Path("t.yaml"), changed)
    assert isinstance(suite, Suite), str(suite)
    found = reached(changed, run(changed, suite.scenarios[0]).trips)
    assert {key for kind, key in found if kind == "overflow"} == {
        ("everyone", "0"), ("everyone", "1"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("pressed", "happened"),
    [
        ('["2", "5"]', {"offered", "agreed"}),
        ('["2", "1"]', {"offered", "declined"}),
        ('["2"]', {"offered", "declined"}),
        ('["2", "0"]', {"offered"}),
        ('["2", "9"]', {"offered", "appealed"}),
        ('["2", "1", "1", "9"]', {"offered", "declined", "appealed"}),
        ('["1"]', set()),
    ],
)
def test_what_was_done_about_a_paid_line(pressed: str, happened: set[str]) -> None:
    found = keys(f"- call: {{from: noam, keys: {pressed}}}", PAID)
    paid = {each.rpartition(" ")[2] for each in found if each.startswith("paid lines")}
    assert paid == happened


@pytest.mark.parametrize("call", ["price_heard: 1s", "store: {consent: late}"])
def test_an_offer_that_came_to_nothing_was_an_offer(call: str) -> None:
    found = keys(f'- call: {{from: noam, keys: ["2", "5"], {call}}}', PAID)
    assert {each for each in found if each.startswith("paid")} == {"paid lines: air-time offered"}


def test_a_line_that_is_told_has_its_own_words() -> None:
    told = POLICY.replace("method: dial\n    dial: PJSIP/0521111111@trunk", "method: tell")
    told = told.replace('    consent: {prompt: agree, key: "5"}\n', "")
    told = "\n".join(line for line in told.splitlines() if "carrier_bills" not in line)
    assert names(told) == ["offered", "told", "declined", "appealed"]


def names(text: str) -> list[str]:
    files = {"policy.yaml": text}
    coverage = covered(Path("policy.yaml"), files, policy(text), [])
    return [item.key[1] for item in coverage.all if item.kind == "paid lines"]


ALL = """\
    - call: {from: ruth}
    - queues: {main: slow, senior: full}
    - call: {from: ruth}
    - call: {from: dana, keys: ["1"]}
    - queues: {main: answers, senior: answers}
    - call: {from: noam, keys: ["2", "5"]}
    - call: {from: noam, keys: ["2", "1"]}
    - call: {from: noam, keys: ["2", "9"]}
    - open_case: {of: dana}
    - call: {from: dana}
    - call: {from: withheld}
    - call: {from: withheld, keys: ["2"]}
    - until: "2026-11-22 19:00"
    - call: {from: withheld}
"""


def test_all_of_a_policy_can_be_reached() -> None:
    top = PAID + '  ruth: {number: "0541111111", grants: [golden-beam]}\n'
    test = ran(ALL, top + '  dana: {number: "0543333333"}\n')
    assert test.passed, test.failures
    coverage = covered(Path("policy.yaml"), {"policy.yaml": POLICY}, policy(), [test])
    assert [item.name for item in coverage.missed] == []
    assert coverage.percent == 100
    assert not coverage.is_under(100)
