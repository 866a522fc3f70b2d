"""What a mapping may say, and what it is told when it cannot be meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivr.callers.contacts import Outcome
from ivr.engine.desk import DeskError
from ivr.tools.recorded.mapping import AsteriskMapping, Column, LogMapping, read_mapping

DOCS = Path(__file__).parents[3] / "docs"

MAPPING = """
caller: who
started: {columns: [day, time], format: "%Y-%m-%d %H:%M"}
outcome: {column: how, answered: ["yes"], abandoned: [gone]}
leave_out: {who: ["0"]}
vip: {class: [gold]}
topic: {column: about, values: {PS: general}}
"""


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("caller: who", "caller: 052", "put it in quotes"),
        ("caller: who", "", "needs 'caller'"),
        ("caller: who", "caller: who\nnobody: x", "has no nobody"),
        ("caller: who", "caller: {column: who, is: money}", "write one of name, number"),
        ("caller: who", "caller: {column: who, values: {}}", "caller has no values"),
        ("caller: who", "caller: {unless: {}}", "needs 'column'"),
        ("caller: who", "caller: who\nseparator: '|'", "write one of comma"),
        ("caller: who", "caller: who\nseparator: [tab]", "write one of comma"),
        ("caller: who", "caller: who\nencoding: klingon", "encoding 'klingon' is unknown"),
        ("caller: who", "caller: who\nencoding: base64", "encoding 'base64' is unknown"),
        ("[day, time]", "day", r"write \[one, two\]"),
        ("%H:%M", "%Q", "cannot be read"),
        ("%H:%M", "%H:%M%", "cannot be read"),
        ('["yes"]', "[yes]", "put it in quotes"),
        ("abandoned", "lost", "outcome has no lost"),
        ("abandoned", "overflowed", "needs 'abandoned'"),
        ("{class: [gold]}", "gold", "no table"),
        ("values: {PS: general}", "values: [PS]", "no table"),
        ("{class", "{{class", "no YAML"),
        ("{class: [gold]}", "2026-02-31", "no YAML"),
        ("caller: who", "caller: " + "[" * 5000, "no YAML"),
    ],
)
def test_a_mapping_that_cannot_be_meant_says_what_to_write(old: str, new: str, words: str) -> None:
    assert old in MAPPING
    with pytest.raises(DeskError, match=words):
        read_mapping(MAPPING.replace(old, new))


def test_what_is_not_said_is_not_asked_for() -> None:
    mapping = read_mapping(MAPPING)
    assert isinstance(mapping, LogMapping)
    assert mapping.columns == {"who", "day", "time", "how", "class", "about"}
    assert (mapping.separator, mapping.numbers, mapping.agent) == (",", False, None)
    assert mapping.topic == Column("about", {}, {"PS": "general"})


def test_every_outcome_can_be_named() -> None:
    text = MAPPING.replace("abandoned:", "broken: [failed], overflowed: [full], abandoned:")
    mapping = read_mapping(text)
    assert isinstance(mapping, LogMapping)
    outcomes = mapping.outcomes
    assert outcomes["failed"] is Outcome.BROKEN
    assert outcomes["full"] is Outcome.OVERFLOWED


def test_the_mapping_in_the_documentation_is_the_example_that_is_there() -> None:
    page = (DOCS / "recorded-calls.md").read_text()
    _, example, other = (part.split("```")[0] for part in page.split("```yaml\n"))
    assert read_mapping(example) == read_mapping((DOCS / "examples" / "bank-1999.yaml").read_text())
    assert read_mapping(other) == AsteriskMapping(
        {"faults": "fault", "billing": "billing"}, {"dcontext": frozenset({"from-internal"})}
    )
