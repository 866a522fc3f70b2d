"""Deadlines that all last as long, and what calls carry, by a clock that is set by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import Clock

from ivr.engine.deadlines import Deadlines
from ivr.engine.interfaces import OpenCall
from ivr.engine.open_calls import MOMENT, OpenCalls


def test_what_is_late_is_cancelled_and_nothing_else() -> None:
    clock = Clock()
    deadlines = Deadlines(clock, 0.05)
    late: Deferred[int] = deadlines.bound(Deferred())
    clock.advance(0.03)
    soon: Deferred[int] = deadlines.bound(Deferred())
    results: list[object] = []
    late.addErrback(lambda failure: results.append(failure.type))
    soon.addBoth(results.append)
    clock.advance(0.019)
    assert results == []
    clock.advance(0.001)
    assert results == [CancelledError]
    soon.callback(7)
    clock.advance(1)
    assert results == [CancelledError, 7]
    assert not clock.getDelayedCalls()


def test_an_answer_that_is_there_takes_no_timer() -> None:
    clock = Clock()
    answered: Deferred[int] = Deferred()
    answered.callback(1)
    Deadlines(clock, 0.05).bound(answered)
    assert not clock.getDelayedCalls()


def test_who_asks_again_when_he_was_cancelled_has_no_timer_of_his_own() -> None:
    clock = Clock()
    deadlines = Deadlines(clock, 0.1)

    def ask() -> None:
        deadlines.bound(Deferred()).addErrback(lambda _late: ask())

    for _ in range(20):
        ask()
        clock.advance(0.03)
    clock.pump([0.01] * 100)
    assert len(clock.getDelayedCalls()) == 1


@given(st.lists(st.tuples(st.floats(0, 0.2), st.floats(0, 0.2)), max_size=20))
def test_each_is_cancelled_at_its_own_time(asked: list[tuple[float, float]]) -> None:
    """`asked`: seconds since the question before, and after how many it is answered."""
    clock = Clock()
    deadlines = Deadlines(clock, 0.1)
    ended: dict[int, float] = {}
    expected: dict[int, float] = {}
    for number, (pause, answer) in enumerate(asked):
        clock.advance(pause)
        one: Deferred[int] = deadlines.bound(Deferred())

        def note(_result: object, number: int = number) -> None:
            ended[number] = clock.seconds()

        one.addBoth(note)
        clock.callLater(answer, lambda one=one: None if one.called else one.callback(1))
        expected[number] = clock.seconds() + min(0.1, answer)
    clock.pump([0.001] * 450)
    assert ended.keys() == expected.keys()
    assert all(expected[n] <= at + 1e-9 <= expected[n] + 0.21 for n, at in ended.items())


def call(linked_id: str, state: str = "") -> OpenCall:
    return OpenCall(linked_id, "+972521234567", state, 1.0)


def test_calls_of_a_moment_are_kept_together() -> None:
    clock, kept = Clock(), list[tuple[OpenCall, ...]]()
    calls = OpenCalls(clock, kept.append)
    calls.put(call("1", "old"))
    clock.advance(MOMENT / 2)
    calls.put(call("2"))
    calls.put(call("1", "new"))
    assert calls.find("1") == call("1", "new")
    assert kept == []
    clock.advance(MOMENT / 2)
    assert kept == [(call("1", "new"), call("2"))]
    assert calls.find("1") is None
    assert calls.find(None) is None
    calls.put(call("3"))
    clock.advance(MOMENT)
    assert kept[1:] == [(call("3"),)]


def test_a_call_that_is_over_is_not_kept() -> None:
    clock, kept = Clock(), list[tuple[OpenCall, ...]]()
    calls = OpenCalls(clock, kept.append)
    calls.put(call("1"))
    calls.drop("1")
    calls.drop("never there")
    clock.advance(MOMENT)
    assert kept == []


@pytest.mark.parametrize("waiting", [0, 2])
def test_all_that_waits_can_be_given_at_once(waiting: int) -> None:
    clock, kept = Clock(), list[tuple[OpenCall, ...]]()
    calls = OpenCalls(clock, kept.append)
    for number in range(waiting):
        calls.put(call(str(number)))
    calls.give()
    clock.advance(MOMENT)
    assert [len(each) for each in kept] == ([2] if waiting else [])
