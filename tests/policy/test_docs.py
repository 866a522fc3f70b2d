"""docs/policy.md says what the loader reads."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ivr.policy.loader import load
from ivr.policy.model import Policy
from ivr.policy.paid import Method
from ivr.policy.reading import (
    calendars,
    conditions,
    document,
    entrypoints,
    leaves,
    menus,
    nuisance,
    paid_lines,
    queues,
    routes,
)
from tests.policy.test_problems import base_for

HERE = Path(__file__).parents[2] / "docs"
DOCS = (HERE / "policy.md").read_text()
PAGES = sorted((HERE / "paid-lines").glob("*.md"))
MORE = "topics: [leaving, general]\n"
PROMPTS = """
prompts:
  air-time-price: {he: "המחיר", en: "The price"}
  air-time-agree: {he: "להסכמה", en: "To agree"}
"""

KEYS = {
    *document.SECTIONS,
    *calendars._KEYS,
    *calendars.DAYS[-1:],
    *conditions._READERS,
    *entrypoints._KEYS,
    *leaves._CONTACTS,
    *leaves._STAGES,
    *menus._KEYS,
    *menus._CHOICE,
    *nuisance._KEYS,
    *nuisance._MONTHS,
    *paid_lines._KEYS,
    *paid_lines._PRICE,
    *paid_lines._CONSENT,
    *paid_lines._BILLS,
    *paid_lines._METHODS,
    *queues._KEYS,
    *routes._KEYS,
    *routes._THEN_KEYS,
    *("region", "days", "hours", "country", "phonemes", "slow", "complex", "opens", "31d", "month"),
}


def test_the_example_is_a_sound_policy() -> None:
    example = re.search(r"```yaml\n(.*?)```", DOCS, re.DOTALL)
    assert example is not None
    assert isinstance(policy := load({"docs.yaml": example[1]}), Policy), str(policy)


def test_the_sections_about_paying_are_sound() -> None:
    nuisance, line = re.findall(r"```yaml\n((?:nuisance|paid_lines):\n.*?)```", DOCS, re.DOTALL)
    found = load({"base.yaml": base_for(""), "docs.yaml": nuisance + line + PROMPTS + MORE})
    assert isinstance(found, Policy), str(found)


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_every_method_has_a_page_with_a_sound_line(page: Path) -> None:
    example = re.search(r"```yaml\n(.*?)```", page.read_text(), re.DOTALL)
    assert example is not None
    found = load({"base.yaml": base_for(""), "docs.yaml": example[1] + PROMPTS + MORE})
    assert isinstance(found, Policy), str(found)
    assert found.paid_lines["air-time"].method.value == page.stem


def test_every_method_has_a_page() -> None:
    assert {page.stem for page in PAGES} == {method.value for method in Method}


@pytest.mark.parametrize("key", sorted(KEYS))
def test_every_key_is_documented(key: str) -> None:
    assert re.search(rf"`[^`\n]*\b{re.escape(key)}\b[^`\n]*`", DOCS)
