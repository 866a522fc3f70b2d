"""docs/policytests.md names everything that a test file may say, and what it shows runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ivr.callers.contacts import Outcome
from ivr.engine.policies import load_checked
from ivr.policy.model import Policy
from ivr.tools.policytest.model import Suite
from ivr.tools.policytest.reading import calls, contacts, expect, people, states, steps, suite
from ivr.tools.policytest.reading.suite import read_suite
from ivr.tools.policytest.runner import run
from tests.tools.policytest.samples import CALLERS, wrong

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "policytests.md").read_text(encoding="utf-8")
_PROSE = re.sub(r"^```.*?^```", "", PAGE, flags=re.DOTALL | re.MULTILINE)
WORDS = set(re.findall(r"[\w.-]+", " ".join(re.findall(r"`([^`]+)`", _PROSE))))

SAID = {
    "a file": suite._KEYS,
    "a caller": people._KEYS,
    "a contact": (*contacts._WHEN, contacts._EACH, *contacts._WHAT, *contacts._ABOUT),
    "an outcome": [each.value for each in Outcome],
    "a step": (*steps.KINDS, *steps._BESIDE),
    "what people do": [key for own in steps.VERBS.values() for key in own],
    "a state": [name for named in states.NAMED.values() for name in named],
    "a call": calls._KEYS,
    "a store": (*calls.MODES, *calls.OPERATIONS),
    "what is expected": (*expect.OF_CALL, *expect.OF_CALLER, *expect._ENDS),
    "a place": (expect.ANNOUNCEMENT, expect.HANGUP, expect.FALLBACK, expect.ANY),
}


@pytest.mark.parametrize("what", SAID)
def test_the_page_names_all_that_may_be_said(what: str) -> None:
    assert [each for each in SAID[what] if each not in WORDS] == []


def test_the_first_file_of_the_page_passes() -> None:
    policy = load_checked(ROOT / "routes")
    assert isinstance(policy, Policy)
    text = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)[0]
    found = read_suite(text, Path("t.yaml"), policy)
    assert isinstance(found, Suite), str(found)
    assert [run(policy, each).failures for each in found.scenarios] == [()]


def test_the_process_of_the_page_passes() -> None:
    text = re.findall(r"```yaml\n( +- confirm.*?)```", PAGE, re.DOTALL)[0]
    top = CALLERS + '  dalia: {number: "0527654321", process: warning-due}\n'
    assert not wrong(text, top)


def test_the_callers_of_the_page_can_be() -> None:
    policy = load_checked(ROOT / "routes" / "examples" / "paid-line")
    assert isinstance(policy, Policy)
    text = re.findall(r"```yaml\n(callers:.*?)```", PAGE, re.DOTALL)[0]
    looks = "".join(
        f"      - look: {name}\n        expect: {{cases: {cases}}}\n"
        for name, cases in (("ruth", 0), ("noam", 1), ("dalia", 0))
    )
    tests = f'start: "2026-11-22 12:00"\n{text}tests:\n  - name: it\n    steps:\n{looks}'
    found = read_suite(tests, Path("t.yaml"), policy)
    assert isinstance(found, Suite), str(found)
    assert [run(policy, each).failures for each in found.scenarios] == [()]
