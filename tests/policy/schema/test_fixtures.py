"""Each mistake of tests/policy/problems: the schema sees it, or the table says why it cannot."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

import pytest
import yaml

from tests.policy.schema.corpus import POLICIES, whole
from tests.policy.schema.editor import read, refusals
from tests.policy.schema.places import Path as Inside
from tests.policy.schema.places import are_related, paths_at
from tests.policy.schema.unseen import UNSEEN, why_unseen
from tests.policy.test_problems import FIXTURES

_LINE = re.compile(r"(\S+?):(\d+):(\d+): (.*)")


@lru_cache
def seen_in(text: str) -> list[Inside] | None:
    """Where an editor underlines something in a file; None: the file is not YAML."""
    try:
        data = read(text)
    except yaml.YAMLError:
        return None
    return [tuple(error.absolute_path) for error in refusals(data)]


def files_of(fixture: Path) -> dict[str, str]:
    files = sorted(fixture.glob("*.yaml")) if fixture.is_dir() else [fixture]
    return {file.name: file.read_text() for file in files}


def problems_of(fixture: Path) -> list[tuple[str, int, int, str]]:
    """File, line, column and wording."""
    lines = [_LINE.fullmatch(line) for line in fixture.with_suffix(".txt").read_text().splitlines()]
    return [(line[1], int(line[2]), int(line[3]), line[4]) for line in lines if line]


@pytest.mark.parametrize("fixture", FIXTURES, ids=lambda path: path.stem)
def test_a_mistake_is_seen_where_it_is_or_cannot_be(fixture: Path) -> None:
    files = files_of(fixture)
    for file, line, column, problem in problems_of(fixture):
        seen = seen_in(files[file])
        if seen is None or why_unseen(problem):
            continue
        places = paths_at(files[file], line, column)
        assert any(are_related(one, place) for one in seen for place in places), problem


@pytest.mark.parametrize("fixture", FIXTURES, ids=lambda path: path.stem)
def test_what_the_table_calls_unseen_is_not_seen(fixture: Path) -> None:
    if all(why_unseen(problem) for *_, problem in problems_of(fixture)):
        assert not [seen for text in files_of(fixture).values() for seen in seen_in(text) or ()]


@pytest.mark.parametrize("row", UNSEEN)
def test_every_row_of_the_table_has_its_fixture(row: str) -> None:
    assert any(re.search(row, problem[3]) for each in FIXTURES for problem in problems_of(each))


@pytest.mark.parametrize("policy", POLICIES)
def test_a_sound_policy_has_nothing_underlined(policy: str) -> None:
    assert [refusals(read(file.read_text())) for file in POLICIES[policy]] == [[]] * len(
        POLICIES[policy]
    )
    assert refusals(whole(policy)) == []
