"""Mermaid's text: what it says of the sample, and that the grammar has each of its lines."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.policy.model import Policy
from ivr.tools.graph.mermaid import label, mermaid, node
from tests.tools.graph.policies import EXAMPLES, SAMPLE, crowded, motley, regions, shipped, stepping

#: Without the line of the policy's hash, which each comment changes.
EXPECTED = Path(__file__).with_name("sample.mmd").read_text()

NODE = r"[a-z]+(_[A-Za-z0-9_]+)?"
QUOTED = r'"(?:[^"#`<>&]|#\d+;|<br/>)*"'
SHAPED = rf"{NODE}(\[{QUOTED}\]|\(\[{QUOTED}\]\)|\[\[{QUOTED}\]\])"
LINES = (
    r"%% policy [0-9a-f]{12}, drawn by: ivr graph --format mermaid",
    r"flowchart TB",
    rf"  subgraph {NODE}\[{QUOTED}\]",
    rf"    {SHAPED}",
    r"  end",
    rf"  {NODE} (-->|==>|-\.->)(\|{QUOTED}\|)? ({SHAPED}|{NODE})",
)
GRAMMAR = re.compile("|".join(f"(?:{line})" for line in LINES))


def check(text: str) -> None:
    lines = text.rstrip("\n").split("\n")
    assert [line for line in lines if not GRAMMAR.fullmatch(line)] == []
    names = [line.split("[")[0].split("(")[0].strip() for line in lines if line.startswith("    ")]
    assert len(names) == len(set(names))
    subgraphs = [line for line in lines if line.startswith("  subgraph")]
    assert lines.count("  end") == len(subgraphs)
    ends = [re.match(rf"  ({NODE}) .*[>|] ({NODE})(\[.*)?$", line) for line in lines]
    for arrow in filter(None, ends):
        assert arrow[1] in names
        assert arrow[3] in names or arrow[5]


def test_the_sample() -> None:
    """After a change of the sample: `ivr graph routes -o tests/tools/graph/sample.mmd`."""
    assert mermaid(shipped(SAMPLE)).split("\n")[1:] == EXPECTED.split("\n")[1:]


@pytest.mark.parametrize("expand", [False, True], ids=["together", "expanded"])
@pytest.mark.parametrize(
    "policy",
    [
        shipped(SAMPLE), *map(shipped, EXAMPLES), regions(300), motley(60), stepping(8),
        crowded(20, 8, 9, 20),
    ],
    ids=lambda policy: policy.hash,
)  # fmt: skip
def test_the_grammar_has_each_line(policy: Policy, expand: bool) -> None:
    check(mermaid(policy, expand=expand))


def test_many_routes_stay_below_what_mermaid_takes() -> None:
    """Its `maxTextSize` is 50,000 characters, its `maxEdges` 500."""
    for policy in (regions(300), regions(300, run=1), motley(300)):
        text = mermaid(policy)
        assert len(text) < 50_000
        assert len(re.findall("-->|==>|-.->", text)) < 500


@given(st.text(), st.text())
def test_any_words_stay_within_their_quotes(one: str, other: str) -> None:
    assert re.fullmatch(QUOTED, label(one, other))


@given(st.sets(st.text("ab_-.2d/", min_size=1, max_size=4), min_size=2, max_size=30))
def test_no_two_names_make_one_node(names: set[str]) -> None:
    assert len({node("route", name) for name in names}) == len(names)


@settings(max_examples=30)
@given(st.text())
def test_any_policy(words: str) -> None:
    policy = shipped(SAMPLE)
    routes = tuple(replace(route, name=f"{words}{route.name}") for route in policy.routes)
    check(mermaid(replace(policy, routes=routes)))
