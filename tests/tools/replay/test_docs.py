"""docs/replay.md names every key of the JSON, and every option."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ivr.tools.replay.command import command
from ivr.tools.replay.replay import Assumed
from tests.tools.replay.logs import PROCESS, policy, replayed
from tests.tools.replay.test_replay import a_year

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = (Path(__file__).parents[3] / "docs" / "replay.md").read_text()

#: Keys that are names of the log's or the policy's own, or of docs/explain.md's.
OTHERS = {"reached", "topics_unknown", "outcomes", "degraded", "example"}


def keys(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for each in value:
            yield from keys(each)
    if isinstance(value, dict):
        for key, each in value.items():
            yield key
            if key not in OTHERS:
                yield from keys(each)


def test_every_key_is_described() -> None:
    form = replayed(a_year(), policy(), policy(more=PROCESS), assumed=Assumed(marked=True))
    named = set(re.findall(r"`([a-z0-9_]+)`", PAGE))
    assert set(keys(form)) | set(form["against"]["groups"][0]["example"]) <= named


def test_every_option_that_a_log_makes_necessary_is_described() -> None:
    names = {name for parameter in command.params for name in parameter.opts if "--" in name}
    known_elsewhere = {"--utc", "--policy", "--wait-limit"}
    assert {name for name in names - known_elsewhere if name not in PAGE} == set()
