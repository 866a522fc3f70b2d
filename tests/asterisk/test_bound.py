from __future__ import annotations

from twisted.internet.task import Clock

from ivr.asterisk.bound import Bound
from ivr.asterisk.limits import Refusal


def bound() -> tuple[Clock, Bound, list[Refusal]]:
    clock = Clock()
    reached: list[Refusal] = []
    return clock, Bound(clock, reached.append), reached


def test_it_is_reached_once() -> None:
    clock, limit, reached = bound()
    limit.set(5, Refusal.HEADER_TIME)
    clock.advance(4)
    assert reached == []
    clock.advance(1)
    clock.advance(100)
    assert reached == [Refusal.HEADER_TIME]


def test_it_can_be_moved_both_ways() -> None:
    clock, limit, reached = bound()
    limit.set(5, Refusal.HEADER_TIME)
    limit.set(20, Refusal.REPLY_TIME)
    clock.advance(10)
    assert reached == []
    limit.set(2, Refusal.CLOSE_TIME)
    clock.advance(2)
    assert reached == [Refusal.CLOSE_TIME]


def test_a_cleared_one_is_never_reached_and_can_be_set_again() -> None:
    clock, limit, reached = bound()
    limit.set(5, Refusal.HEADER_TIME)
    limit.clear()
    clock.advance(10)
    assert reached == []
    limit.set(5, Refusal.REPLY_TIME)
    clock.advance(5)
    assert reached == [Refusal.REPLY_TIME]


def test_a_stopped_one_leaves_no_timer() -> None:
    clock, limit, _ = bound()
    limit.set(5, Refusal.HEADER_TIME)
    limit.stop()
    limit.stop()
    assert not clock.getDelayedCalls()


def test_one_timer_serves_all() -> None:
    clock, limit, _ = bound()
    for _ in range(10):
        limit.set(5, Refusal.HEADER_TIME)
        limit.clear()
    assert len(clock.getDelayedCalls()) == 1
