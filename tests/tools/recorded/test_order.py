"""Calls come out in order, whatever order they went in, and in bounded memory."""

from __future__ import annotations

import random
import tracemalloc
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.tools.recorded import order
from ivr.tools.recorded.order import Entry, in_order


def entries(moments: list[float]) -> list[Entry]:
    return [
        Entry(at, line, "+972541111111", "answered", "*611", "main", "דנה", 1, None, "fault", True)
        for line, at in enumerate(moments, 1)
    ]


def sorted_by(moments: list[float], room: int) -> list[tuple[float, int]]:
    return [(call.started, call.line) for call in in_order(entries(moments), room)]


@given(st.lists(st.floats(0, 1e10)), st.integers(1, 7))
def test_any_order_is_put_right(moments: list[float], room: int) -> None:
    expected = sorted((at, line) for line, at in enumerate(moments, 1))
    assert sorted_by(moments, room) == expected


@pytest.mark.parametrize("step", [1, -1])
def test_more_runs_than_are_merged_at_once(step: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order, "_RUNS", 3)
    monkeypatch.setattr(order, "_BLOCK", 2)
    moments = [float(n) for n in range(300)][::step]
    assert [at for at, _ in sorted_by(moments, 4)] == sorted(moments)


def test_a_call_that_was_on_the_disk_is_the_same() -> None:
    there, back = in_order(entries([2.5, 1.25]), 1)
    assert (there.line, back.line) == (2, 1)
    assert (there.number, there.outcome.value, there.agent, there.talk, there.vip) == (
        "+972541111111", "answered", "דנה", None, True,
    )  # fmt: skip


def test_memory_does_not_grow_with_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order, "_RUNS", 5)
    monkeypatch.setattr(order, "_BLOCK", 50)

    def many(count: int) -> Iterator[Entry]:
        chance = random.Random(7)
        for line in range(count):
            yield Entry(chance.random() * 1e9, line, f"+9725{line:08}", "answered")

    def peak(count: int) -> int:
        tracemalloc.start()
        assert sum(1 for _ in in_order(many(count), 100)) == count
        try:
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    assert peak(60_000) < 2 * peak(3_000)
