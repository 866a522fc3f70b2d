"""What fits a list of prompts in which `...` stands for any."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from ivr.policy.model import Place
from ivr.tools.policytest.compare import holds
from ivr.tools.policytest.model import Expected

HERE = Place("t.yaml", 1, 1)
PROMPTS = st.sampled_from("abc")


def fits(wanted: list[str], was: list[str]) -> bool:
    return holds(Expected("prompts", HERE, tuple(wanted)), tuple(was))


@given(st.lists(PROMPTS | st.just("..."), max_size=8), st.lists(PROMPTS, max_size=8))
def test_it_fits_as_a_pattern_does(wanted: list[str], was: list[str]) -> None:
    pattern = "".join(".*" if each == "..." else each for each in wanted)
    assert fits(wanted, was) == bool(re.fullmatch(pattern, "".join(was)))


def test_a_long_pattern_is_only_long() -> None:
    assert fits(["...", "a"] * 3000, ["a"] * 3000)
    assert not fits(["...", "a"] * 30 + ["b"], ["a"] * 60)
