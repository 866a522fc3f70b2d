"""Conditions in words: what is printed means the same when it is read again."""

from __future__ import annotations

from typing import get_args

import pytest

from ivr.policy.when import AllOf, Condition, IsOneOf
from ivr.policy.words import _NAMES, asks, span
from tests.policy.test_loader import condition

WRITTEN = [
    "tier: vip",
    "tier: [nuisance, vip]",
    "topic: fault",
    "granted: golden-beam",
    'prefix: "+97252"',
    "calendar: {service: closed}",
    "open_case: true",
    "open_case: {complex: true, topic: fault}",
    "contacts: {at_least: 2, within: 14d, about: open-case, answered: true}",
    "contacts: {at_least: 100, within: month}",
    "nuisance: observed",
    "withheld: true",
    "forwarded: false",
    "undocumented: true",
    "not: {topic: fault}",
    "not: [{topic: fault}, {language: he}]",
    "not: {all: [{topic: fault}, {language: he}]}",
    "any: [{topic: fault}, {language: he, tier: vip}]",
    "any: [{topic: fault}, {not: {any: [{tier: vip}, {topic: billing}]}}]",
]


@pytest.mark.parametrize("written", WRITTEN)
def test_what_a_condition_asks_can_be_read_again(written: str) -> None:
    said = asks(condition(f"{{{written}}}"))
    assert asks(condition(f"{{{said}}}")) == said
    assert said.partition(":")[0] == written.partition(":")[0]


def test_a_rule_without_conditions_asks_nothing() -> None:
    assert asks(AllOf((), condition("{tier: vip}").place)) == ""


def test_every_kind_of_condition_has_a_name() -> None:
    assert set(_NAMES) == set(get_args(Condition)) - {IsOneOf}


@pytest.mark.parametrize(
    ("seconds", "written"),
    [(0, "0s"), (90, "90s"), (1200, "20m"), (7200, "2h"), (1_209_600, "14d"), (-600, "-10m")],
)
def test_a_time_is_written_as_in_the_policy(seconds: int, written: str) -> None:
    assert span(seconds) == written
