"""docs/policy.md says what the loader reads."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ivr.policy.loader import load
from ivr.policy.model import Policy
from ivr.policy.reading import (
    calendars,
    conditions,
    document,
    entrypoints,
    leaves,
    menus,
    queues,
    routes,
)

DOCS = (Path(__file__).parents[2] / "docs" / "policy.md").read_text()

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
    *queues._KEYS,
    *routes._KEYS,
    *routes._THEN_KEYS,
    *("region", "days", "hours", "country", "phonemes", "slow", "complex", "opens", "31d", "month"),
}


def test_the_example_is_a_sound_policy() -> None:
    example = re.search(r"```yaml\n(.*?)```", DOCS, re.DOTALL)
    assert example is not None
    assert isinstance(policy := load({"docs.yaml": example[1]}), Policy), str(policy)


@pytest.mark.parametrize("key", sorted(KEYS))
def test_every_key_is_documented(key: str) -> None:
    assert re.search(rf"`[^`\n]*\b{re.escape(key)}\b[^`\n]*`", DOCS)
