"""What waits for a thread that writes: it is woken seldom, nothing is forgotten, a bound holds."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.logs.gathering import Gathering

HOUR = 3600.0
PATIENCE = 20.0


def reading(gathering: Gathering[int], readings: list[list[int]]) -> Callable[[], None]:
    """A thread that reads to the end; what is returned waits for it."""

    def read() -> None:
        while not gathering.is_over:
            readings.append(gathering.read(100))

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    return lambda: thread.join(PATIENCE)


def test_what_comes_after_a_reading_is_read_together() -> None:
    gathering: Gathering[int] = Gathering(100, HOUR)
    gathering.put(0)
    assert gathering.read(100) == [0], "what comes after a pause waits for nothing"
    readings: list[list[int]] = []
    over = reading(gathering, readings)
    for number in range(1, 51):
        gathering.put(number)
    gathering.end()
    over()
    assert readings == [list(range(1, 51))]


def test_a_hurry_ends_the_moment() -> None:
    gathering: Gathering[int] = Gathering(100, HOUR)
    for number in range(3):
        gathering.put(number)
        gathering.hurry()
        assert gathering.read(100) == [number]


def test_what_is_left_over_does_not_wait() -> None:
    gathering: Gathering[int] = Gathering(100, HOUR)
    for number in range(5):
        gathering.put(number)
    assert [gathering.read(2), gathering.read(2)] == [[0, 1], [2, 3]]
    assert gathering.read(2) == [4]


def test_nobody_came() -> None:
    gathering: Gathering[int] = Gathering(100, 0.0)
    assert gathering.read(100, 0.01) == []
    assert not gathering.is_over


@pytest.mark.parametrize("many", [0, 3])
def test_it_is_over_when_all_was_read(many: int) -> None:
    gathering: Gathering[int] = Gathering(100, 0.0)
    for number in range(many):
        gathering.put(number)
    gathering.end()
    assert gathering.read(100) == list(range(many))
    assert gathering.is_over
    assert gathering.read(100) == []


@given(waiting=st.integers(1, 9), most=st.integers(1, 9), many=st.integers(0, 40))
def test_all_that_there_is_room_for_is_read_in_order(waiting: int, most: int, many: int) -> None:
    gathering: Gathering[int] = Gathering(waiting, 0.0)
    taken = [number for number in range(many) if gathering.put(number)]
    assert taken == list(range(min(waiting, many)))
    gathering.end()
    read: list[int] = []
    while not gathering.is_over:
        things = gathering.read(most)
        assert len(things) <= most
        read += things
    assert read == taken
