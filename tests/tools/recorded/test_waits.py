"""Waits are summed up in bounded memory, and exactly where people look."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ivr.callers.contacts import Outcome
from ivr.tools.recorded.calls import RecordedCall
from ivr.tools.recorded.waits import Waits, wait_of

ENDS = st.sampled_from([Outcome.ANSWERED, Outcome.ABANDONED, Outcome.OVERFLOWED])


def waits(*seconds: float, limit: int = 180) -> Waits:
    found = Waits(limit)
    for each in seconds:
        found.add(each, Outcome.ANSWERED)
    return found


def test_small_numbers_by_hand() -> None:
    found = waits(0, 10, 20, 30, 181)
    found.add(180, Outcome.ABANDONED)
    assert found.as_json() == {
        "calls": 6, "answered": 5, "abandoned": 1, "mean": 70.2, "median": 20, "p90": 181,
        "longest": 181, "limit": 180, "past_limit": 1,
    }  # fmt: skip


def test_of_no_call_nothing_is_said() -> None:
    assert (waits().mean, waits().quantile(0.5), waits().as_json()["longest"]) == (None,) * 3


@given(st.lists(st.tuples(st.integers(0, 600), ENDS), min_size=1), st.sampled_from([0.5, 0.9]))
def test_a_quantile_is_the_one_of_the_sorted_list(
    calls: list[tuple[int, Outcome]], share: float
) -> None:
    found = Waits()
    for wait, outcome in calls:
        found.add(wait, outcome)
    by_hand = sorted(wait for wait, _ in calls)
    rank = next(n for n in range(1, len(calls) + 1) if n >= share * len(calls))
    assert found.quantile(share) == by_hand[rank - 1]


@given(st.lists(st.floats(0, 100_000)), st.lists(st.floats(0, 100_000)))
def test_merged_is_as_if_counted_together(one: list[float], other: list[float]) -> None:
    merged = waits(*one)
    merged.merge(waits(*other))
    together = waits(*one, *other)
    assert merged.as_json()["median"] == together.as_json()["median"]
    assert (merged.calls, merged.past) == (together.calls, together.past)


def test_memory_is_bounded_whatever_the_waits() -> None:
    assert len(waits(*range(0, 400_000, 3))._bins) < 10_000


def test_who_was_answered_at_once_waited_no_second() -> None:
    def call(outcome: Outcome, hold: int | None) -> int | None:
        return wait_of(RecordedCall(1, None, 0.0, outcome, hold=hold))

    assert call(Outcome.ANSWERED, None) == 0
    assert call(Outcome.ABANDONED, 7) == 7
    assert call(Outcome.ABANDONED, None) is None
