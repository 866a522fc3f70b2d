"""One fixture for each mistake: all its problems, to the letter.

A file in problems/ is added to base.yaml; a folder is a policy of its own. What is expected
stands beside it in a .txt of the same name.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ivr.policy.loader import load
from ivr.policy.model import Policy

HERE = Path(__file__).parent
FIXTURES = sorted(path for path in (HERE / "problems").iterdir() if path.suffix != ".txt")

#: Sections of base.yaml that a fixture replaces; to the others it adds.
REPLACED = ("version", "timezone", "numbers", "languages", "tiers", "routes")


def base_for(fixture: str) -> str:
    """base.yaml without the sections that the fixture brings; line numbers stay."""
    lines, keep = [], True
    for line in (HERE / "base.yaml").read_text().splitlines():
        if top := re.match(r"(\w+):", line):
            brings = re.search(rf"^{top[1]}:", fixture, re.MULTILINE)
            keep = top[1] not in REPLACED or brings is None
        lines.append(line if keep else "")
    return "\n".join(lines)


def problems_of(fixture: Path) -> str:
    if fixture.is_dir():
        files = {each.name: each.read_text() for each in fixture.glob("*.yaml")}
    else:
        text = fixture.read_text()
        files = {"base.yaml": base_for(text), fixture.name: text}
    return f"{load(files)}\n"


@pytest.mark.parametrize("fixture", FIXTURES, ids=lambda path: path.stem)
def test_a_mistake_is_told_with_its_place_and_what_to_write(fixture: Path) -> None:
    assert problems_of(fixture) == fixture.with_suffix(".txt").read_text()


def test_every_expectation_has_its_fixture() -> None:
    expected = {path.stem for path in (HERE / "problems").glob("*.txt")}
    assert expected == {path.stem for path in FIXTURES}


def test_the_base_is_sound() -> None:
    assert isinstance(load({"base.yaml": base_for("")}), Policy)


def test_a_route_that_ends_calls_in_more_ways_than_are_looked_at_is_not_trusted() -> None:
    either = "{any: [{language: he}, {language: en}]}"
    many = ", ".join(["{tier: nuisance}", *([either] * 8)])
    text = f"""
nuisance: {{contacts: 30, marks: 10}}
routes:
  - {{name: ended, when: {{all: [{many}]}}, hangup: 16}}
  - {{name: everyone, queue: main}}
"""
    loaded = load({"base.yaml": base_for(text), "more.yaml": text})
    assert "more.yaml:4:5: ends calls in too many ways to tell whose" in str(loaded)
