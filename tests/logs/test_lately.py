"""A memory with a bound: what was used last stays."""

from __future__ import annotations

from copy import deepcopy

from hypothesis import given
from hypothesis import strategies as st

from ivr.logs.lately import Lately


def test_what_is_used_stays_and_what_is_not_goes() -> None:
    lately: Lately[int] = Lately(10)
    for key in range(100):
        lately.put(key, key, 1)
        assert lately.get(0) == 0
    held = [key for key in range(1, 100) if deepcopy(lately).get(key) is not None]
    assert 4 <= len(held) <= 9
    assert held == list(range(held[0], 100)), "the newest"


def test_one_that_is_too_heavy_drives_out_no_other() -> None:
    lately: Lately[str] = Lately(10)
    lately.put("light", "LIGHT", 1)
    lately.put("heavy", "HEAVY", 6)
    assert (lately.get("light"), lately.get("heavy")) == ("LIGHT", None)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 5))))
def test_what_is_held_never_weighs_more_than_it_may(puts: list[tuple[int, int]]) -> None:
    lately: Lately[int] = Lately(10)
    weights: dict[int, int] = {}
    for key, weight in puts:
        if lately.get(key) is None:
            lately.put(key, key, weight)
            weights[key] = weight
        assert lately.get(key) == key, "the last one stays"
        held = [each for each in weights if deepcopy(lately).get(each) is not None]
        assert sum(weights[each] for each in held) <= 10
