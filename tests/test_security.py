"""SECURITY.md says what is so: each answer names tests and settings that exist."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from ivr.settings.table import table
from tests import ROOT
from tests.fuzz.targets import TARGETS

TEXT = (ROOT / "SECURITY.md").read_text()
TABLES = (
    "FastAGI", "HTTP", "The store", "Numbers", "Secrets", "The policy, and Asterisk",
    "What we are built from",
)  # fmt: skip


def section(name: str) -> str:
    return TEXT.split(f"\n## {name}\n")[1].split("\n## ")[0]


def rows(name: str) -> list[list[str]]:
    found = [line for line in section(name).splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in row.strip("|").split(" | ")] for row in found[2:]]


def quoted(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


ROWS = [(name, *row) for name in TABLES for row in rows(name)]


@cache
def functions(file: Path) -> set[str]:
    tree = ast.parse(file.read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[1])
def test_each_answer_names_tests_that_exist(row: tuple[str, ...]) -> None:
    _, threat, answer, _, tests = row
    assert threat
    assert answer
    named = [each for each in quoted(tests) if "::" in each]
    assert named, "an answer without a test is a hope"
    for each in named:
        file, _, function = each.partition("::")
        assert function in functions(ROOT / file), each
        assert function.startswith("test_")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[1])
def test_each_answer_names_settings_that_exist(row: tuple[str, ...]) -> None:
    setting = row[3]
    names = quoted(setting)
    assert names or setting == "none" or setting.startswith("none: ")
    assert set(names) <= {each.name for each in table()}


def test_every_setting_that_keeps_somebody_out_is_named() -> None:
    bounds = {
        "allowed_networks", "http_networks", "max_connections", "max_connections_per_address",
        "max_lag", "calls_per_number", "header_lines", "header_bytes", "header_time",
        "mask_numbers", "mask_key", "decisions_for", "decisions_bytes", "agi_address",
        "http_address", "store",
    }  # fmt: skip
    assert bounds <= {name for row in ROWS for name in quoted(row[3])}


def test_each_target_of_fuzzing_has_its_figures() -> None:
    figures = {quoted(row[0])[0]: row[1:] for row in rows("Fuzzing")}
    assert set(figures) == set(TARGETS)
    assert all(re.fullmatch(r"[0-9,]+", each) for row in figures.values() for each in row[:2])


def test_what_links_lead_to_is_there() -> None:
    for target in re.findall(r"\]\(([^)]+)\)", TEXT):
        file, _, anchor = target.partition("#")
        text = (ROOT / file).read_text() if (ROOT / file).is_file() and file else TEXT
        assert not file or (ROOT / file).exists(), target
        heads = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
        slugs = {re.sub(r"[^a-z0-9 -]", "", head.lower()).replace(" ", "-") for head in heads}
        assert not anchor or anchor in slugs, target


def test_it_says_how_to_report_and_what_is_not_defended() -> None:
    assert "security advisory" in section("Reporting")
    assert section("Not defended").count("\n- **") > 5
