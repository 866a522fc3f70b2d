"""What a curve is taken for: growth is seen, and what only looks like it is not."""

from __future__ import annotations

import random

import pytest

from tests.soak.curve import Point, floors, growth, slope

CALLS_A_SECOND = 100
WARM = 70_000_000
MIB = 1024 * 1024


def curve(seconds: int, a_call: float = 0.0, noise: int = 0) -> list[Point]:
    """A process that is warm after a quarter, and then grows by so much a call."""
    chance = random.Random(1)
    return [
        (
            CALLS_A_SECOND * second,
            WARM * min(1, (second + seconds / 4) / (seconds / 2))
            + a_call * CALLS_A_SECOND * second
            + chance.randrange(noise + 1),
        )
        for second in range(seconds)
    ]


def test_what_is_warm_grows_no_more() -> None:
    assert growth(curve(300)) == (0, 0)


@pytest.mark.parametrize("seconds", [300, 3600])
def test_a_leak_is_measured_through_noise(seconds: int) -> None:
    a_call, in_all = growth(curve(seconds, 300.0, noise=2 * MIB))
    assert a_call == pytest.approx(300, rel=0.2)
    assert in_all == pytest.approx(300 * CALLS_A_SECOND * 2 / 3 * seconds, rel=0.2)


def test_garbage_that_is_collected_is_none() -> None:
    sawtooth = [(100.0 * second, WARM + MIB * (second % 7)) for second in range(300)]
    assert abs(growth(sawtooth)[1]) < MIB


def test_a_peak_that_passes_is_none() -> None:
    peak = curve(300)
    peak[200:240] = [(calls, taken + 50 * MIB) for calls, taken in peak[200:240]]
    assert growth(peak)[1] == 0


def test_an_engine_that_stood_still_gives_no_slope() -> None:
    assert slope([(100.0, 1.0), (100.0, 5.0)]) == 0


def test_few_points_are_no_trouble() -> None:
    assert floors([(0.0, 3.0), (1.0, 2.0)]) == [(0.0, 3.0), (1.0, 2.0)]
