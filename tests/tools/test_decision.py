from __future__ import annotations

import pytest

from ivr.routing.onward import FIXED_DATE
from ivr.tools.decision import duration, in_words, is_decided

FIRST = 1_760_000_000


def words(**variables: str) -> dict[str, str]:
    return dict(in_words(variables, FIRST))


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (90, "1 min 30 s"), (3600, "1 h"), (3900, "1 h 5 min"), (7, "7 s")],
)
def test_durations(seconds: int, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("head_start", "text"),
    [
        (1200, "20 min head start"),
        (0, "in the order of the calls"),
        (-60, "as if the call had come 1 min later"),
    ],
)
def test_the_place_is_the_head_start(head_start: int, text: str) -> None:
    priority = str(head_start - (FIRST - FIXED_DATE))
    assert words(IVR_ACTION="queue", QUEUE_PRIO=priority)["place"].startswith(text)


def test_a_priority_that_is_none_is_left_out() -> None:
    assert "place" not in words(IVR_ACTION="queue", QUEUE_PRIO="soon")
    assert "place" not in words(IVR_ACTION="announce", QUEUE_PRIO="0")


@pytest.mark.parametrize(
    ("variables", "where"),
    [
        ({"IVR_ACTION": "queue", "IVR_QUEUE": "main"}, "queue main"),
        ({"IVR_ACTION": "dial", "IVR_DIAL": "PJSIP/1@t"}, "the number PJSIP/1@t"),
        ({"IVR_ACTION": "announce", "IVR_PROMPT": "closed"}, "announcement closed"),
        ({"IVR_ACTION": "hangup"}, "hang up"),
    ],
)
def test_each_action(variables: dict[str, str], where: str) -> None:
    assert words(**variables)["goes to"] == where
    assert is_decided(variables | {"IVR_DONE": "1"})
    assert not is_decided(variables)


def test_an_announcement_that_something_follows() -> None:
    said = words(IVR_ACTION="announce", IVR_PROMPT="closed", IVR_THEN="1")
    assert said["stays"] == "the engine is asked again afterwards"
