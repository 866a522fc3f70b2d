"""What routes/examples/paid-line/tests cannot say of the paid line.

There a recording has no length, and no notice is missing where the process has come to its end.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from ivr.callers.nuisance import Process
from ivr.routing.steps import Ask, PriceHeard
from ivr.tools.recordings import played
from tests.examples.calls import LAST_STAGE, example, queue_of, with_record

POLICY = example("paid-line")


def test_a_recording_that_is_too_short_is_no_price() -> None:
    short = POLICY.goes_on(POLICY.call(LAST_STAGE), PriceHeard(7.9, to_its_end=True))
    assert queue_of(short) == "patience"
    long_enough = POLICY.goes_on(POLICY.call(LAST_STAGE), PriceHeard(8.0, to_its_end=True)).step
    assert isinstance(long_enough, Ask)
    assert long_enough.sounds[0] == "digits/0", "the number is told"


PROCESS = LAST_STAGE.record.process


@pytest.mark.parametrize("process", [replace(PROCESS, warned=None), replace(PROCESS, noticed=None)])
def test_whoever_has_no_record_of_both_notices_is_not_offered_it(process: Process) -> None:
    assert POLICY.is_offered(LAST_STAGE)
    assert not POLICY.is_offered(with_record(LAST_STAGE, process=process))


def test_what_it_says_is_among_the_recordings_that_are_asked_for() -> None:
    assert {"air-time-price", "free-ways"} <= set(played(POLICY.policy))
