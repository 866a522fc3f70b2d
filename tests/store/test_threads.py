"""A store's thread: what is asked in one turn comes together, in order, and is bounded."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from twisted.internet.defer import Deferred

from ivr.engine.interfaces import StoreError
from ivr.store.pump import Pump
from ivr.store.threads import BATCH, ENOUGH, LONGEST, Job, Outcome, Worker


class Turns:
    """What is to be run when the turn is over."""

    def __init__(self) -> None:
        self._soon: list[tuple[Callable[..., object], tuple[object, ...]]] = []

    def soon(self, function: Callable[..., object], *arguments: object) -> None:
        self._soon.append((function, arguments))

    def over(self) -> None:
        soon, self._soon = self._soon, []
        for function, arguments in soon:
            function(*arguments)

    def pass_by(self) -> None:
        """As many as it takes until nothing is to be run any more."""
        while self._soon:
            self.over()


class Bench:
    """A worker whose thread writes down its batches; `held` keeps it from working."""

    def __init__(self, waiting: int = 1000) -> None:
        self.pump, self.turns = Pump(), Turns()
        self.batches: list[int] = []
        self.free, self.ended = threading.Event(), threading.Event()
        self.free.set()
        self.time = 0.0
        self.worker: Worker[int] = Worker(
            "test", self._perform, self.ended.set, self.pump.deliver, waiting, self.turns.soon,
            lambda: self.time,
        )  # fmt: skip

    def ask(self, number: int) -> Deferred[int]:
        return self.worker.ask(lambda base: base + number)

    def wait(self, asked: Deferred[Any]) -> Any:
        async def answer() -> Any:
            return await asked

        return self.pump.run(answer())

    def _perform(self, jobs: Sequence[Job[int]]) -> Sequence[Outcome[int]]:
        self.free.wait()
        self.batches.append(len(jobs))
        return [(job, job.work(100)) for job in jobs]


@pytest.fixture
def bench() -> Iterator[Bench]:
    one = Bench()
    yield one
    one.free.set()
    one.wait(one.worker.stop())
    assert one.ended.is_set()


def test_the_questions_of_a_turn_are_one_batch(bench: Bench) -> None:
    asked = [bench.ask(number) for number in range(5)]
    assert bench.worker.waiting == 5
    bench.turns.pass_by()
    assert [bench.wait(each) for each in asked] == [100, 101, 102, 103, 104]
    assert bench.batches == [5]
    assert bench.worker.waiting == 0


def test_turns_that_follow_each_other_are_one_batch_until_one_brings_nothing(bench: Bench) -> None:
    asked = []
    for number in range(4):
        asked.append(bench.ask(number))
        bench.turns.over()
    assert bench.worker.waiting == 4
    bench.turns.over()
    assert [bench.wait(each) for each in asked] == [100, 101, 102, 103]
    assert bench.batches == [4]


def test_no_question_waits_for_long_however_long_turns_are(bench: Bench) -> None:
    asked = []
    for number in range(4):
        asked.append(bench.ask(number))
        bench.turns.over()
        bench.time += 0.6 * LONGEST
    assert bench.wait(asked[0]) == 100
    bench.turns.pass_by()
    assert bench.wait(asked[3]) == 103
    assert bench.batches == [3, 1]


def test_no_question_waits_for_more_than_enough(bench: Bench) -> None:
    bench.free.clear()
    asked = []
    for number in range(3 * ENOUGH):
        asked.append(bench.ask(number))
        bench.turns.over()
    bench.free.set()
    assert bench.wait(asked[ENOUGH - 1]) == 100 + ENOUGH - 1
    bench.turns.pass_by()
    assert bench.wait(asked[-1]) == 100 + 3 * ENOUGH - 1


def test_what_came_meanwhile_is_done_together_in_order_and_in_parts(bench: Bench) -> None:
    bench.free.clear()
    first = bench.ask(0)
    bench.turns.over()
    asked = []
    for number in range(1, BATCH + 11):
        asked.append(bench.ask(number))
        if number % 50 == 0:
            bench.turns.over()
    bench.turns.pass_by()
    bench.free.set()
    assert bench.wait(first) == 100
    assert [bench.wait(each) for each in asked] == [100 + n for n in range(1, BATCH + 11)]
    assert sum(bench.batches) == BATCH + 11
    assert max(bench.batches) <= BATCH
    assert len(bench.batches) <= 4


def test_too_many_are_refused_whether_handed_over_or_not() -> None:
    bench = Bench(waiting=3)
    asked = [bench.ask(number) for number in range(3)]
    refused = bench.ask(3)
    bench.turns.pass_by()
    with pytest.raises(StoreError, match="3 requests wait"):
        bench.wait(refused)
    assert [bench.wait(each) for each in asked] == [100, 101, 102]
    assert bench.wait(_after(bench, bench.ask(4))) == 104
    bench.wait(bench.worker.stop())


def test_an_end_does_what_was_asked_in_the_same_turn() -> None:
    bench = Bench()
    asked = bench.ask(1)
    stopped = bench.worker.stop()
    assert bench.wait(asked) == 101
    bench.wait(stopped)
    with pytest.raises(StoreError, match="closed"):
        bench.wait(bench.ask(2))
    bench.turns.pass_by()
    assert bench.batches == [1]


def _after(bench: Bench, asked: Deferred[int]) -> Deferred[int]:
    bench.turns.pass_by()
    return asked


def test_a_batch_that_fails_as_a_whole_costs_those_who_asked_and_nobody_later(
    bench: Bench,
) -> None:
    lost = bench.worker.ask(lambda base: base / 0)
    bench.turns.pass_by()
    with pytest.raises(StoreError, match="a bug in the store: ZeroDivisionError"):
        bench.wait(lost)
    asked = bench.ask(2)
    bench.turns.pass_by()
    assert bench.wait(asked) == 102


def test_a_thread_that_cannot_be_had_is_asked_for_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as short:
        short.setattr(threading.Thread, "start", refuse)
        first = bench.ask(1)
        bench.turns.pass_by()
    second = bench.ask(2)
    bench.turns.pass_by()
    assert [bench.wait(first), bench.wait(second)] == [101, 102]
