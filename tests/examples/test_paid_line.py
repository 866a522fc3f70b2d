"""The price and the number of a paid line, told to who has been told twice before."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ivr.callers.nuisance import Process, Stage
from ivr.routing.steps import (
    Action,
    Appeal,
    Ask,
    Go,
    Kept,
    KeyPressed,
    NoKey,
    NotKept,
    PriceHeard,
    PromptFailed,
)
from ivr.tools.recordings import played
from tests.examples.calls import (
    EXEMPT,
    FAULT,
    LAST_STAGE,
    NOTHING,
    OPEN_CASE,
    PERSON,
    REGULAR,
    WHOLE_PRICE,
    author,
    calling,
    example,
    granted,
    queue_of,
    told,
    with_record,
)
from tests.policy.samples import NOW

POLICY = example("paid-line")
DIGITS = tuple(f"digits/{digit}" for digit in "0521234567")


def test_the_price_is_told_and_then_the_number_twice() -> None:
    number = POLICY.goes_on(POLICY.call(LAST_STAGE), WHOLE_PRICE).step
    assert POLICY.is_offered(LAST_STAGE)
    assert isinstance(number, Ask)
    assert number.sounds == DIGITS * 2


def test_the_number_can_be_heard_again() -> None:
    again = POLICY.goes_on(POLICY.call(LAST_STAGE), WHOLE_PRICE, KeyPressed("*")).step
    assert isinstance(again, Ask)
    assert again.sounds == DIGITS * 2


def test_whoever_presses_nothing_hears_the_free_ways_before_the_end() -> None:
    free = POLICY.goes_on(POLICY.call(LAST_STAGE), WHOLE_PRICE, NoKey())
    assert isinstance(free.step, Ask)
    assert free.step.sounds == ("ivr/free-ways",)
    over = POLICY.goes_on(free, NoKey()).step
    assert isinstance(over, Go)
    assert over.action is Action.HANGUP


@pytest.mark.parametrize("kept", [Kept(), NotKept()])
def test_one_key_files_an_appeal_and_leads_to_a_person(kept: Kept | NotKept) -> None:
    appeal = POLICY.goes_on(POLICY.call(LAST_STAGE), WHOLE_PRICE, KeyPressed("9"))
    assert isinstance(appeal.step, Appeal)
    assert queue_of(POLICY.goes_on(appeal, kept)) == "patience"


@pytest.mark.parametrize("heard", [PriceHeard(20.0, False), PriceHeard(7.9, True), PromptFailed()])
def test_a_price_not_heard_whole_leads_to_the_free_line(heard: PriceHeard | PromptFailed) -> None:
    assert queue_of(POLICY.goes_on(POLICY.call(LAST_STAGE), heard)) == "patience"


@pytest.mark.parametrize("key", [*EXEMPT, PERSON, NOTHING])
def test_an_exempt_topic_or_none_stays_free(key: str) -> None:
    queue = "faults" if key == FAULT else "patience"
    assert POLICY.queue(LAST_STAGE, key) == queue


@pytest.mark.parametrize(
    "changes",
    [
        {"grants": (granted("golden-beam"),)},
        {"cases": (OPEN_CASE,)},
        {"cases": (replace(OPEN_CASE, complex=False),)},
        {"shared": author("ruth", "2026-11-01")},
        {"process": replace(LAST_STAGE.record.process, appeal=NOW - 60)},
        {"process": replace(LAST_STAGE.record.process, noticed=None)},
        {"process": Process(Stage.WARNED, "2026-10", warned=told("dana", "2026-10-03"))},
        {"process": Process()},
    ],
    ids=["VIP", "open case", "simple case", "shared", "appeal", "no notice", "warned", "clear"],
)
def test_who_is_protected_or_not_there_yet_is_not_offered_it(changes: dict[str, object]) -> None:
    assert POLICY.is_offered(LAST_STAGE)
    assert not POLICY.is_offered(with_record(LAST_STAGE, **changes))


def test_frequency_alone_leads_nobody_there() -> None:
    assert POLICY.queue(calling(999)) == "main"


def test_a_number_that_is_doubtful_forwarded_withheld_foreign_or_not_read_is_not() -> None:
    assert not POLICY.is_offered(LAST_STAGE, doubtful=True)
    assert not POLICY.is_offered(LAST_STAGE, forwarded_by="+97231234567")
    assert not POLICY.is_offered(None, number=None)
    assert not POLICY.is_offered(None)
    landline = replace(LAST_STAGE, number="+97231234567")
    assert not POLICY.is_offered(landline, number=landline.number)
    assert not POLICY.is_offered(REGULAR)


def test_two_quiet_months_make_it_free_again() -> None:
    process = replace(LAST_STAGE.record.process, since="2026-08")
    here = frozenset({"2026-09", "2026-10"})
    quiet = replace(with_record(LAST_STAGE, process=process), here=here)
    assert not POLICY.is_offered(quiet)


def test_what_it_says_is_among_the_recordings_that_are_asked_for() -> None:
    assert {"air-time-price", "free-ways"} <= set(played(POLICY.policy))
