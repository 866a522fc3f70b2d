"""docs/faults.md says what is so: each row names tests, metrics and alerts that exist."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests import ROOT
from tests.faults.rules import alerts, known_metrics

DOCS = ROOT / "docs" / "faults.md"
ISSUE = (
    "store slow", "store gone", "store back", "shared store has another primary", "disk full",
    "clock set forward", "clock set back",
    "the night that lacks an hour", "the night that has an hour twice", "policy file half written",
    "out of descriptors", "engine stopped", "engine killed", "engine hung", "memory limit reached",
    "DNS gone", "network to the shared store slow, cut, one-way",
    "network to Asterisk slow, cut, one-way", "Asterisk restarted", "a flood from one number",
    "a header flood", "a slow sender", "5,000 connections at once", "more calls than it can decide",
)  # fmt: skip


def _section(name: str) -> str:
    return DOCS.read_text().split(f"\n## {name}\n")[1].split("\n## ")[0]


def _rows(section: str) -> list[list[str]]:
    rows = [line for line in _section(section).splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in row.strip("|").split(" | ")] for row in rows[2:]]


def _quoted(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


MATRIX = {row[0]: row[1:] for row in _rows("The matrix")}


def _functions(file: Path) -> set[str]:
    tree = ast.parse(file.read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_every_fault_has_its_row() -> None:
    assert set(MATRIX) == set(ISSUE)


@pytest.mark.parametrize("fault", MATRIX)
def test_each_row_names_tests_that_exist(fault: str) -> None:
    named = _quoted(MATRIX[fault][4])
    assert named, "a row without a test is a promise"
    for each in named:
        file, _, function = each.partition("::")
        assert function in _functions(ROOT / file), each
        assert function.startswith("test_")


@pytest.mark.parametrize("fault", MATRIX)
def test_each_row_names_metrics_and_alerts_that_exist(fault: str) -> None:
    _, metric, alert, heals, _ = MATRIX[fault]
    assert heals
    metrics = [each for each in _quoted(metric) if "_" in each or each == "up"]
    assert metrics or metric.startswith("none: ")
    assert set(metrics) <= known_metrics()
    assert _quoted(alert) or alert == "none"
    assert set(_quoted(alert)) <= {each.name for each in alerts()}


def test_each_bound_of_overload_is_a_setting_and_two_metrics() -> None:
    settings = (ROOT / "docs" / "operating.md").read_text()
    for setting, _, limit, current in _rows("Overload"):
        assert f"| {setting} |" in settings
        assert {*_quoted(limit), *_quoted(current)} <= known_metrics()


def test_each_alert_says_what_to_do_and_nothing_else_does() -> None:
    told = re.findall(r"\n### (\w+)\n\n(Page|Ticket)\. \S", DOCS.read_text())
    assert sorted(told) == sorted((each.name, each.severity.capitalize()) for each in alerts())
