"""docs/check.md says what `ivr check` says."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from ivr.policy.doubts import Kind
from ivr.policy.doubts.parts import MOST_CELLS
from ivr.policy.products import MOST
from ivr.tools.checking import Checked, command
from ivr.tools.checking.as_json import as_json
from ivr.tools.checking.command import _FORMS
from tests.policy.doubts import test_doubts as fixtures

DOCS = (Path(__file__).parents[3] / "docs" / "check.md").read_text()


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_of_warning_has_its_row(kind: Kind) -> None:
    assert f"\n| `{kind.value}` | " in DOCS


def test_no_row_is_left_over() -> None:
    assert set(re.findall(r"^\| `([a-z-]+)` \| ", DOCS, re.MULTILINE)) == set(Kind)


def test_every_form_and_option_is_told() -> None:
    assert f"--output {'|'.join(_FORMS)}" in DOCS
    for option in command.params:
        if option.name != "path":
            assert option.opts[0] in DOCS
    for form in ("json", "github", "junit"):
        assert f"\n**`{form}`**" in DOCS


def test_the_bounds_are_those_of_the_code() -> None:
    assert f"more than {MOST} alternatives" in DOCS
    assert f"more than {MOST_CELLS} combinations" in DOCS


def test_the_json_has_the_keys_that_there_are() -> None:
    example = json.loads(re.findall(r"```json\n(.*?)```", DOCS, re.DOTALL)[0])
    word = (fixtures.HERE / "warnings" / "word.yaml").read_text()
    warnings = fixtures.doubts_of(word).doubts
    told = json.loads(as_json(Checked("routes", ("a",), warnings=warnings), strict=True))
    assert list(example) == list(told)
    assert list(example["warnings"][0]) == list(told["warnings"][0])


def test_the_overlaps_that_it_tells_of_are_told_so() -> None:
    told = {
        re.sub(r"\d+", "N", each.wrong)
        for name in ("word", "cells")
        for each in fixtures.doubts_of(
            (fixtures.HERE / "warnings" / f"{name}.yaml").read_text()
        ).doubts
    }
    lines = re.sub(r"\d+", "N", DOCS)
    assert all(f": warning: {wrong}: " in lines for wrong in told)
