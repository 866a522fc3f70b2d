"""A leak that was planted is seen within five minutes: else a soak would show nothing."""

from __future__ import annotations

from typing import Final

from tests.soak.conftest import soaked
from tests.soak.curve import growth
from tests.soak.soak import ALLOWED

FIVE_MINUTES: Final = 300.0


def test_an_engine_that_forgets_nothing_is_caught() -> None:
    with soaked("leak", FIVE_MINUTES, "tests.soak.leaking") as soak:
        assert growth(soak.points("memory"))[1] > ALLOWED
