from __future__ import annotations

from collections import Counter
from math import exp, inf, log
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.tools.simulate.survival import empirical, survival

OBSERVED = st.lists(st.tuples(st.integers(0, 900), st.booleans()), min_size=1, max_size=60)


def test_the_share_that_holds_out_is_the_product_limit() -> None:
    """Of four: one gave up at 5, one was answered at 10, one gave up at 15, one held out to 20."""
    found = survival([(5, True), (10, False), (15, True), (20, False)])
    assert found.times == (5.0, 15.0)
    assert found.still == pytest.approx((3 / 4, 3 / 4 * 1 / 2))
    assert [found.beyond(t) for t in (4, 5, 14, 15, 99)] == pytest.approx(
        [1, 0.75, 0.75, 0.375, 0.375]
    )


def test_who_was_answered_in_the_second_in_which_another_gave_up_was_there_until_then() -> None:
    assert survival([(5, True), (5, False)]).still == (0.5,)


def test_a_draw_is_the_time_at_which_so_many_are_left() -> None:
    found = survival([(n, True) for n in range(1, 11)])
    assert [found.draw(each) for each in (0.95, 0.9, 0.5, 0.05)] == [1, 1, 5, 10]
    assert found.median() == 5


def test_beyond_the_longest_wait_it_goes_on_at_the_rate_of_the_whole() -> None:
    """One in two gave up at 100 s, one was answered at 300 s: one in 400 s."""
    found = survival([(100, True), (300, False)])
    assert found.rate == 1 / 400
    assert found.draw(0.25) == pytest.approx(100 + 400 * log(2))
    assert found.draw(0.5, 300) == pytest.approx(300 + 400 * log(2))


def test_where_nobody_ever_gave_up_nobody_does() -> None:
    assert survival([(100, False)]).draw(0.01) == inf
    assert survival([]).draw(0.5) == inf


@given(OBSERVED, st.floats(0.0001, 0.9999), st.floats(0, 1000))
def test_nobody_gives_up_before_what_he_waited_already(
    observed: list[tuple[int, bool]], chance: float, waited: float
) -> None:
    assert survival(observed).draw(chance, waited) >= waited


@given(OBSERVED)
def test_a_count_of_waits_is_the_same_as_the_waits(observed: list[tuple[int, bool]]) -> None:
    assert survival(Counter(observed)) == survival(observed)


def test_patience_is_found_again_behind_answers() -> None:
    """Half are answered before their patience (mean 120 s) is over: the estimate is not biased."""
    random = Random(7)
    pairs = [(random.expovariate(1 / 120), random.expovariate(1 / 120)) for _ in range(20_000)]
    found = survival((int(min(pair)), pair[0] < pair[1]) for pair in pairs)
    for at in (30, 60, 120, 240):
        assert found.beyond(at - 1) == pytest.approx(exp(-at / 120), abs=0.015)


def test_values_are_drawn_as_often_as_they_were_seen() -> None:
    found = empirical(Counter({10: 1, 20: 3}))
    assert [found.draw(each) for each in (0, 0.24, 0.25, 0.99, 1)] == [10, 10, 20, 20, 20]
    assert (found.mean, found.seen) == (17.5, 4)


def test_nothing_can_be_drawn_from_nothing() -> None:
    with pytest.raises(ValueError, match="nothing"):
        empirical(Counter())
