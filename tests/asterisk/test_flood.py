from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.asterisk.flood import Flood

ONE, OTHER = "0521234567", "0541111111"


def test_as_many_as_are_allowed_a_minute_may_come_at_once() -> None:
    flood = Flood(300)
    assert [flood.is_one(ONE, 0.0) for _ in range(301)] == [False] * 300 + [True]


def test_then_as_often_as_is_allowed() -> None:
    flood = Flood(60)
    for _ in range(61):
        flood.is_one(ONE, 0.0)
    assert not flood.is_one(ONE, 1.01)
    assert flood.is_one(ONE, 1.02)
    assert not flood.is_one(ONE, 2.02)


def test_nobody_else_is_touched() -> None:
    flood = Flood(1)
    assert not flood.is_one(ONE, 0.0)
    assert flood.is_one(ONE, 0.0)
    assert not flood.is_one(OTHER, 0.0)


@pytest.mark.parametrize("nobody", ["", "unknown", "Anonymous", "restricted", "Private "])
def test_callers_who_show_no_number_are_many(nobody: str) -> None:
    flood = Flood(1)
    assert not any(flood.is_one(nobody, 0.0) for _ in range(100))


def test_who_has_not_called_for_a_minute_is_forgotten() -> None:
    flood = Flood(10)
    for number in range(100_000):
        flood.is_one(str(number), number / 1000)
    assert len(flood._over) < 2 * 6000 + 1024, "those of the last seconds, at a thousand a second"


@given(
    a_minute=st.integers(1, 50),
    gaps=st.lists(st.floats(0, 20, allow_nan=False), min_size=1, max_size=200),
)
def test_in_no_minute_more_than_twice_of_what_is_allowed(a_minute: int, gaps: list[float]) -> None:
    flood, now, taken = Flood(a_minute), 0.0, list[float]()
    for gap in gaps:
        now += gap
        if not flood.is_one(ONE, now):
            taken.append(now)
    for began in taken:
        assert sum(began <= at < began + 60 for at in taken) <= 2 * a_minute
