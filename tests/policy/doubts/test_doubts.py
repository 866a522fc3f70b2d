"""One fixture for each warning: all that it gives, to the letter; and what gives none.

A file in warnings/ is added to base.yaml. What is expected stands beside it in a .txt of the same
name.
"""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from ivr.engine.policies import checked
from ivr.policy.doubts import Doubts, Kind, doubts
from ivr.policy.loader import load
from ivr.policy.model import Policy
from ivr.tools.checking.looking import playing

HERE = Path(__file__).parent
FIXTURES = sorted((HERE / "warnings").glob("*.yaml"))
TODAY = date(2026, 11, 22)

#: Sections of base.yaml that a fixture replaces; to the others it adds.
REPLACED = ("tiers", "routes")


def base_for(fixture: str) -> str:
    """base.yaml without the sections that the fixture brings; line numbers stay."""
    lines, keep = [], True
    for line in (HERE / "base.yaml").read_text().splitlines():
        if top := re.match(r"(\w+):", line):
            brings = re.search(rf"^{top[1]}:", fixture, re.MULTILINE)
            keep = top[1] not in REPLACED or brings is None
        lines.append(line if keep else "")
    return "\n".join(lines)


def doubts_of(text: str, name: str = "more.yaml") -> Doubts:
    policy = load({"base.yaml": base_for(text), name: text})
    assert isinstance(policy, Policy), str(policy)
    return doubts(policy, playing(policy), TODAY)


@pytest.mark.parametrize("fixture", FIXTURES, ids=lambda path: path.stem)
def test_a_warning_is_told_with_its_place_and_what_to_do(fixture: Path) -> None:
    found = doubts_of(fixture.read_text(), fixture.name)
    told = "".join(f"{each}\n" for each in found.doubts)
    assert told == fixture.with_suffix(".txt").read_text()
    assert found.notes == ()


def test_every_kind_of_warning_has_its_fixture() -> None:
    found = {each.kind for path in FIXTURES for each in doubts_of(path.read_text()).doubts}
    assert found == set(Kind)
    assert {path.stem for path in (HERE / "warnings").glob("*.txt")} == {
        path.stem for path in FIXTURES
    }


@pytest.mark.parametrize("fixture", FIXTURES, ids=lambda path: path.stem)
def test_a_warning_keeps_no_policy_out_of_force(fixture: Path) -> None:
    text = fixture.read_text()
    assert isinstance(checked({"base.yaml": base_for(text), "more.yaml": text}), Policy)


@pytest.mark.parametrize(
    "routes",
    [
        pytest.param("", id="base"),
        pytest.param(
            """
  - {name: special, when: {tier: vip, topic: fault}, queue: senior}
  - {name: general, when: {tier: vip}, queue: main}""",
            id="the special before the general",
        ),
        pytest.param(
            """
  - {name: special, when: {tier: [vip, regular], topic: fault}, queue: senior}
  - {name: general, when: {tier: [vip, regular, nuisance], topic: [fault, billing]}, queue: main,
     head_start: 1m}""",
            id="the special before the general, both with lists",
        ),
        pytest.param(
            """
  - {name: beam, when: {tier: vip}, queue: senior}
  - {name: faults, when: {topic: fault}, queue: main}
  - {name: closed-soon, when: {forwarded: true}, queue: senior}""",
            id="different questions",
        ),
        pytest.param(
            """
  - {name: one, when: {granted: golden-beam}, queue: senior}
  - {name: many, when: {contacts: {at_least: 5, within: 7d}, topic: fault}, queue: main}
  - {name: more, when: {contacts: {at_least: 9, within: 31d}, topic: fault}, queue: senior}""",
            id="somebody who happens to be both",
        ),
        pytest.param(
            """
  - {name: support, when: {entrypoint: support, calendar: {service: closed}}, hangup: 21}
  - {name: closed, when: {calendar: closed}, announce: closed-hours}""",
            id="calendar: closed names entrypoints that nobody wrote",
        ),
        pytest.param(
            """
  - {name: faults, when: {topic: fault}, queue: main}
  - {name: desk, when: {topic: [fault, billing]}, queue: main}""",
            id="both lead to the same place",
        ),
        pytest.param(
            """
  - {name: one, when: {topic: fault, withheld: true}, queue: senior}
  - {name: two, when: {topic: [fault, billing], any: [{withheld: true}, {forwarded: true}]},
     queue: main}""",
            id="a special case of one alternative",
        ),
        pytest.param(
            """
  - {name: one, when: {tier: [vip, regular], topic: [fault, leaving]}, queue: senior}
  - {name: two, queue: main, when: {tier: [regular], topic: [fault, billing],
     not: {all: [{topic: fault}, {tier: regular}]}}}""",
            id="what is excluded in so many words",
        ),
    ],
)
def test_what_is_meant_gives_no_warning(routes: str) -> None:
    text = f"routes:{routes}\n  - {{name: everyone, queue: main}}\n" if routes else ""
    found = doubts_of(text).doubts
    assert [each for each in found if each.kind in (Kind.OVERLAP, Kind.NEVER_MATCHES)] == []
    assert routes or not found


def test_a_route_behind_a_paid_line_takes_whom_its_guard_refused() -> None:
    text = (
        (HERE / "warnings" / "paid-line-unused.yaml").read_text()
        + """
tiers:
  - {tier: vip, when: {granted: golden-beam}}
  - {tier: nuisance, when: {nuisance: observed}}
routes:
  - {name: closed, when: {calendar: closed}, announce: closed-hours}
  - {name: beam, when: {tier: vip}, queue: senior, head_start: 20m}
  - {name: pays, when: {tier: nuisance, nuisance: paid}, paid_line: air-time}
  - {name: refused, when: {tier: nuisance, nuisance: paid}, queue: main, head_start: 1m}
  - {name: desk, when: {tier: [nuisance, vip], topic: fault}, queue: senior}
  - {name: everyone, queue: main}
"""
    )
    told = [str(each) for each in doubts_of(text).doubts]
    assert len(told) == 1
    assert "'tier: vip' of the route 'desk' has no effect" in told[0]


def test_what_was_not_looked_at_is_said() -> None:
    either = "{any: [{language: he}, {language: en}]}"
    topics = ", ".join(f"t{n}" for n in range(300))
    text = f"""
topics: [{topics}]
routes:
  - {{name: many, when: {{all: [{", ".join([either] * 7)}]}}, queue: senior}}
  - {{name: more, when: {{all: [{", ".join([either] * 8)}]}}, queue: senior}}
  - {{name: special, when: {{topic: t1, tier: vip}}, queue: senior}}
  - {{name: wide, when: {{topic: [{topics}], tier: [vip, regular]}}, queue: senior}}
  - {{name: everyone, queue: main}}
"""
    assert doubts_of(text).notes == (
        "overlaps were not looked at: the route 'many' (more.yaml:4:5) and 1 more: "
        "more than 64 alternatives",
        "overlaps were not looked at: the route 'wide' (more.yaml:7:5): too many words to combine",
    )
