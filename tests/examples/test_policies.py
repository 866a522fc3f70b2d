"""The tests that ship with the policies: all pass, reach everything, and notice what is broken."""

from __future__ import annotations

from functools import cache
from itertools import zip_longest
from pathlib import Path

import pytest
from click.testing import CliRunner

from ivr.cli import main
from ivr.engine.policies import checked
from ivr.policy.loader import read
from ivr.policy.model import Policy
from ivr.policy.problems import Problems
from ivr.tools.policytest.files import beside, find
from ivr.tools.policytest.model import Scenario
from ivr.tools.policytest.runner import run
from tests.examples.calls import EXAMPLES, NAMES
from tests.examples.mutations import MUTATIONS, SWAPS

ROUTES = EXAMPLES.parent
POLICIES = {"": ROUTES, **{name: EXAMPLES / name for name in NAMES}}


@pytest.mark.parametrize("name", POLICIES)
def test_the_tests_of_a_policy_pass_and_reach_all_of_it(name: str) -> None:
    path = str(POLICIES[name])
    done = CliRunner().invoke(main, ["test", "--routes", path, "--fail-under", "100", "-q"])
    assert (done.exit_code, done.stderr) == (0, ""), done.output
    assert "FAIL" not in done.stdout


@pytest.mark.parametrize("name", POLICIES)
def test_a_policy_has_no_warnings(name: str) -> None:
    done = CliRunner().invoke(main, ["check", "--strict", str(POLICIES[name])])
    assert (done.exit_code, done.stderr) == (0, ""), done.output


def test_a_copied_policy_takes_its_tests_along(tmp_path: Path) -> None:
    """Nothing in them says where they stand."""
    source = EXAMPLES / "best-agents"
    for file in source.rglob("*.yaml"):
        copy = tmp_path / "mine" / file.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
    done = CliRunner().invoke(main, ["test", str(tmp_path / "mine"), "--fail-under", "100"])
    assert done.exit_code == 0, done.output


WAYS = [
    *((name, old, new) for name, ways in MUTATIONS.items() for old, new in ways.items()),
    *((name, old, new) for name, ways in SWAPS.items() for old, new in ways),
]


def test_the_ways_to_break_a_policy_are_all_different() -> None:
    broken = [(name, tuple(_broken(name, old, new).values())) for name, old, new in WAYS]
    assert len(set(broken)) == len(broken)
    assert set(MUTATIONS) == set(SWAPS) == set(POLICIES)
    assert min(len(ways) for ways in MUTATIONS.values()) >= 15


@pytest.mark.parametrize(("name", "old", "new"), WAYS)
def test_a_policy_that_is_broken_fails_its_tests(name: str, old: str, new: str) -> None:
    """By what calls come to: the tests are read with the sound policy's names."""
    policy = checked(_broken(name, old, new))
    assert isinstance(policy, Policy), f"ivr check refuses it, so it counts for nothing: {policy}"
    assert any(not run(policy, scenario).passed for scenario in _scenarios(name))


@cache
def _texts(name: str) -> dict[str, str]:
    texts = read(POLICIES[name])
    assert not isinstance(texts, Problems)
    return texts


@cache
def _scenarios(name: str) -> list[Scenario]:
    found = find((beside(POLICIES[name]),), None)
    assert not found.problems
    in_turn = zip_longest(*(suite.scenarios for suite in found.suites))  # it is noticed sooner
    return [scenario for round_ in in_turn for scenario in round_ if scenario]


def _broken(name: str, old: str, new: str) -> dict[str, str]:
    """The policy with another text in the place of one; with two that changed places."""
    texts = _texts(name)
    (file,) = [file for file, text in texts.items() if old in text]
    text = texts[file]
    assert text.count(old) == 1, f"stands more than once: {old}"
    before, after = text.split(old)
    if (old, new) in SWAPS[name]:
        assert text.count(new) == 1, f"does not stand once: {new}"
        before, after = before.replace(new, old), after.replace(new, old)
    return {**texts, file: before + new + after}
