"""docs/simulate.md says what `ivr simulate` takes, and its examples are read."""

from __future__ import annotations

import re

import pytest

from ivr.policy.loader import open_policy
from ivr.policy.model import Policy
from ivr.tools.simulate import engine
from ivr.tools.simulate.command import command
from ivr.tools.simulate.crews import AWAY
from ivr.tools.simulate.gaps import HIS
from ivr.tools.simulate.learned import ENOUGH
from ivr.tools.simulate.reading import read_staffing
from ivr.tools.simulate.staffing import Staffing
from tests import ROOT

DOCS = (ROOT / "docs" / "simulate.md").read_text()
EXAMPLE = (ROOT / "docs" / "examples" / "staffing.yaml").read_text()


def sample() -> Policy:
    found = open_policy(ROOT / "routes")
    assert isinstance(found, Policy)
    return found


def test_the_example_is_read() -> None:
    found = read_staffing("staffing.yaml", EXAMPLE, (sample(),))
    assert isinstance(found, Staffing), str(found)


def test_the_page_shows_the_example() -> None:
    assert EXAMPLE in DOCS


@pytest.mark.parametrize(
    "option", [each.opts[0] for each in command.params if each.opts[0][0] == "-"]
)
def test_every_option_is_told(option: str) -> None:
    assert f"`{option}" in DOCS


def test_every_key_of_a_staffing_file_is_told() -> None:
    keys = {"agents", "queues", "shifts", "calendar", "days", "hours", "count", "penalty", "weight",
            "joinempty", "leavewhenempty", "maxlen", "fallback", "wrap_up"}  # fmt: skip
    assert keys <= set(re.findall(r"`([a-z_]+)`", DOCS))


@pytest.mark.parametrize(
    "end",
    [engine.ANNOUNCED, engine.HUNG_UP, engine.DIALLED, engine.PAID, engine.NO_WAY,
     engine.STILL_WAITING],
)  # fmt: skip
def test_every_end_is_told(end: str) -> None:
    assert f"`{end}`" in DOCS


def test_the_numbers_are_those_of_the_code() -> None:
    assert f"{AWAY // 60} minutes without a call" in DOCS
    assert f"at least {ENOUGH} " in DOCS
    assert HIS == 0.1
    assert "a tenth of his calls" in DOCS
