"""What is changed is what `replace` would have made."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, dataclass, replace

import pytest

from ivr.callers.values import changed


@dataclass(frozen=True, slots=True)
class Pair:
    one: int
    two: str = "b"


def test_what_is_named_is_other_and_the_rest_the_same() -> None:
    before = Pair(1, "a")
    assert changed(before, two="c") == replace(before, two="c")
    assert changed(before) == before == Pair(1, "a")
    with pytest.raises(FrozenInstanceError):
        changed(before, one=2).one = 3  # type: ignore[misc] # that is the point


def test_a_field_that_there_is_not_is_refused() -> None:
    with pytest.raises(KeyError, match="three"):
        changed(Pair(1), three=3)
