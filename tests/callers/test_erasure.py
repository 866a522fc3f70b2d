"""What stays of a number that is erased, and what is settled first."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.callers.caller import Author, Case, Grant, Mark, Record
from ivr.callers.erasure import Bounds, Notice, check, grounds
from ivr.callers.errors import RefusedError
from ivr.callers.nuisance import Process, Stage
from tests.store.samples import consent

WHO = Author("Ronit", "ronit", 1.0, "why")
BOUNDS = Bounds(consents=0.0, calls=100.0)
STEPS = st.tuples(st.sampled_from([Stage.WARNED, Stage.PAID]), st.integers(0, 20).map(float))


@given(st.lists(STEPS, max_size=8), st.lists(st.integers(0, 25), max_size=3))
def test_a_ground_is_a_second_notice_and_a_warning_before_it(
    told: list[tuple[Stage, float]], agreed: list[int]
) -> None:
    notices = [Notice(place, step, at) for place, (step, at) in enumerate(told)]
    consents = [consent(n, at=float(at)) for n, at in enumerate(agreed)]
    found = grounds(notices, consents)
    seconds = {place for place in found if notices[place].step is Stage.PAID}
    for each in consents:
        before = [n for n in notices if n.step is Stage.PAID and n.at <= each.at]
        assert not before or before[-1].place in seconds
    assert len(seconds) <= len(consents)
    assert len(found - seconds) <= len(seconds)
    assert not found or min(each.at for each in consents) >= 0
    if not consents:
        assert not found


def test_a_process_of_before_is_no_ground() -> None:
    told = [(Stage.WARNED, 1.0), (Stage.PAID, 2.0), (Stage.WARNED, 3.0), (Stage.PAID, 4.0)]
    notices = [Notice(10 + place, step, at) for place, (step, at) in enumerate(told)]
    assert grounds(notices, [consent(at=5.0)]) == {12, 13}
    assert grounds(notices, [consent(at=3.5)]) == {10, 11}
    assert grounds(notices, [consent(1, at=3.5), consent(2, at=5.0)]) == {10, 11, 12, 13}
    assert grounds(notices, [consent(at=1.5)]) == set()


@pytest.mark.parametrize(
    ("record", "calls", "why"),
    [
        (Record(process=Process(appeal=0.0)), (), "ivr nuisance decide"),
        (Record(cases=(Case("K7", None, False, WHO),)), (), "K7.*ivr caller close-case"),
        (Record(shared=WHO), (), "ivr caller shared NUMBER --no"),
        (Record(), (5.0, 100.0), "under way"),
    ],
)
def test_what_is_to_be_settled_first_is_told(
    record: Record, calls: tuple[float, ...], why: str
) -> None:
    with pytest.raises(RefusedError, match=why):
        check(record, calls, BOUNDS)


def test_nothing_else_stands_against_it() -> None:
    process = Process(Stage.PAID, "2026-10")
    check(Record(2, (Grant("a", WHO),), (), (Mark("b", WHO),), None, process), (99.9,), BOUNDS)
