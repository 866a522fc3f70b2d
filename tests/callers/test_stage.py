"""The stage that is read from a record: a mark opens observation, while it holds."""

from __future__ import annotations

import pytest

from ivr.callers.caller import Author, Mark, Record
from ivr.callers.nuisance import Stage, stage

MARKED = Author("dana", "dana", 100.0, "calls at night")


@pytest.mark.parametrize(
    ("mark", "now", "expected"),
    [
        (Mark("nuisance", MARKED), 100.0, Stage.OBSERVED),
        (Mark("nuisance", MARKED), 99.0, Stage.CLEAR),
        (Mark("nuisance", MARKED, until=200.0), 199.0, Stage.OBSERVED),
        (Mark("nuisance", MARKED, until=200.0), 200.0, Stage.CLEAR),
        (Mark("deaf", MARKED), 100.0, Stage.CLEAR),
    ],
)
def test_a_mark_opens_observation_while_it_holds(mark: Mark, now: float, expected: Stage) -> None:
    assert stage(None, Record(marks=(mark,)), (), now) is expected


def test_a_later_stage_includes_the_earlier_ones() -> None:
    assert Stage.WARNED.reaches(Stage.OBSERVED)
    assert Stage.WARNED.reaches(Stage.WARNED)
    assert not Stage.OBSERVED.reaches(Stage.WARNED)
