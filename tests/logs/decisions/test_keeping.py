"""Keeping decisions: whatever the disk does, no call waits, and what is lost is told."""

from __future__ import annotations

import errno
import gc
import threading
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from queue import SimpleQueue
from typing import Any

import pytest

from ivr.engine.interfaces import Decided
from ivr.logs.decisions import Kept, Loss
from ivr.logs.decisions.keeping import RETRY, ROUND
from ivr.logs.decisions.lines import head_of, unpacked
from tests.logs.decisions.samples import NOON, NUMBER, decided, policy

PATIENCE = 20.0
HOUR = 3600.0


@dataclass
class Disk:
    """What is written; `open` lets it go on, `failing` breaks it; it takes `room` lines at once."""

    written: list[dict[str, Any]] = field(default_factory=list)
    raw: bytes = b""
    open: threading.Event = field(default_factory=threading.Event)
    failing: Exception | None = None
    closed: bool = False
    room: int = 1000
    asked: SimpleQueue[int] = field(default_factory=SimpleQueue)
    wrote: SimpleQueue[None] = field(default_factory=SimpleQueue)

    def __post_init__(self) -> None:
        self.open.set()

    def append(self, lines: Sequence[bytes], now: float) -> int:
        self.asked.put(len(lines))
        assert self.open.wait(PATIENCE)
        if self.failing is not None:
            raise self.failing
        taken = lines[: self.room]
        self.raw += b"".join(taken)
        for head in map(head_of, taken):
            assert head is not None
            self.written.append(unpacked(head))
            self.wrote.put(None)
        return len(taken)

    def tidy(self, now: float) -> None:
        if self.failing is not None:
            raise self.failing

    def close(self) -> None:
        self.closed = True


@dataclass
class Told:
    said: list[str] = field(default_factory=list)
    lost: list[Loss] = field(default_factory=list)

    def decision_lost(self, reason: Loss) -> None:
        self.lost.append(reason)

    def losing_decisions(self, reason: Loss, why: str) -> None:
        self.said.append(f"{reason.value}: {why}")

    def decisions_kept_again(self) -> None:
        self.said.append("again")


class Bench:
    """Kept decisions, with a disk and a clock of the test's own."""

    def __init__(self, mask: bool = True, waiting: int = 100, moment: float = 0.0) -> None:
        self.disk, self.told, self.now = Disk(), Told(), NOON
        self.delivered: SimpleQueue[tuple[Callable[..., object], tuple[object, ...]]] = (
            SimpleQueue()
        )
        self.kept = Kept(
            self.disk, self.told, lambda: self.now, self.deliver,
            mask=mask, waiting=waiting, moment=moment,
        )  # fmt: skip

    def deliver(self, function: Callable[..., object], *arguments: object) -> None:
        self.delivered.put((function, arguments))

    def start(self) -> None:
        self.kept.start(policy().zone)
        self.turn()  # the first round

    def turn(self, times: int = 1) -> None:
        """Do what the thread had delivered, waiting for it."""
        for _ in range(times):
            function, arguments = self.delivered.get(timeout=PATIENCE)
            function(*arguments)

    def keep(self) -> None:
        """Keep a decision, and see it written."""
        self.kept.keep(decided())
        self.disk.wrote.get(timeout=PATIENCE)

    def close(self) -> None:
        over: list[object] = []
        self.kept.close().addBoth(over.append)
        while not over:
            self.turn()
        assert over == [None]
        assert self.disk.closed


class Seen(str):
    """What a rule saw, of which can be known whether it is still held."""


def test_what_decisions_have_in_common_goes_with_their_policy() -> None:
    bench = Bench()
    bench.start()
    seen = Seen("the first of its kind")
    bench.kept.keep(_which_saw(seen))
    bench.disk.wrote.get(timeout=PATIENCE)
    bench.keep()  # the thread has forgotten what it wrote before
    held = weakref.ref(seen)
    del seen
    assert held() is not None
    bench.kept.start(policy().zone)
    gc.collect()
    assert held() is None
    bench.close()


def _which_saw(seen: str) -> Decided:
    made = decided()
    turn = made.path[0]
    judged = turn.trace[0]
    asked = replace(judged.asked[0], saw=seen)
    trace = (replace(judged, asked=(asked, *judged.asked[1:])), *turn.trace[1:])
    return replace(made, path=(replace(turn, trace=trace), *made.path[1:]))


def test_what_was_decided_is_written_before_the_end() -> None:
    bench = Bench()
    bench.start()
    for key in ("1", "2", "0"):
        bench.kept.keep(decided((key,)))
    bench.close()
    assert [form["topic"] for form in bench.disk.written] == ["fault", "billing", None]
    assert bench.told.said == []


@pytest.mark.parametrize("mask", [True, False])
def test_a_number_is_never_in_clear_where_it_is_masked(mask: bool) -> None:
    bench = Bench(mask=mask)
    bench.start()
    bench.kept.keep(decided())
    bench.close()
    assert (b"521234567" in bench.disk.raw) is not mask
    assert ("521234567" in str(bench.disk.written)) is not mask
    assert bench.disk.written[0]["number"] == ("+972******67" if mask else NUMBER)


def test_a_disk_that_hangs_makes_nobody_wait_and_is_told_once() -> None:
    bench = Bench(waiting=3)
    bench.start()
    bench.disk.open.clear()
    bench.kept.keep(decided())
    bench.disk.asked.get(timeout=PATIENCE)  # one is with the thread, three will wait
    for _ in range(9):
        bench.kept.keep(decided())
    assert bench.told.lost == [Loss.QUEUE] * 6
    assert bench.told.said == ["queue-full: 3 decisions wait to be written"]
    bench.disk.open.set()
    bench.close()
    assert len(bench.disk.written) == 4


def test_decisions_that_come_together_are_written_at_once() -> None:
    bench = Bench(moment=HOUR)
    bench.start()
    bench.keep()
    assert bench.disk.asked.get(timeout=PATIENCE) == 1, "after a pause nothing waits"
    for _ in range(5):
        bench.kept.keep(decided())
    bench.close()
    assert bench.disk.asked.get(timeout=PATIENCE) == 5


def test_a_disk_that_takes_some_is_given_the_others_again() -> None:
    bench = Bench(moment=HOUR)
    bench.start()
    bench.disk.room = 2
    bench.keep()
    for key in ("1", "2", "0", "1", "2"):
        bench.kept.keep(decided((key,)))
    bench.close()
    topics = [form["topic"] for form in bench.disk.written]
    assert topics == ["fault", "fault", "billing", None, "fault", "billing"]
    assert bench.told.lost == []


def test_a_full_disk_loses_all_that_were_to_be_written_and_each_is_counted() -> None:
    bench = Bench(moment=HOUR)
    bench.start()
    bench.keep()
    bench.disk.failing = OSError(errno.ENOSPC, "No space left on device")
    for _ in range(5):
        bench.kept.keep(decided())
    bench.close()
    assert bench.told.lost == [Loss.DISK] * 5
    assert bench.told.said == ["write-failed: [Errno 28] No space left on device"]


def test_a_stop_does_not_wait_for_a_disk_that_hangs() -> None:
    bench = Bench()
    bench.start()
    bench.disk.open.clear()
    bench.kept.keep(decided())
    over: list[object] = []
    bench.kept.close().addBoth(over.append)
    bench.kept.keep(decided())  # too late, and no trouble
    assert over == []
    bench.disk.open.set()
    bench.turn()
    assert over == [None]


def test_a_full_disk_is_told_once_and_that_it_is_over_too() -> None:
    bench = Bench()
    bench.start()
    bench.disk.failing = OSError(errno.ENOSPC, "No space left on device")
    for _ in range(3):
        bench.kept.keep(decided())
        bench.turn()
    assert bench.told.lost == [Loss.DISK] * 3
    assert bench.told.said == ["write-failed: [Errno 28] No space left on device"]
    bench.disk.failing = None
    bench.now += RETRY
    bench.keep()
    bench.now += ROUND
    bench.keep()  # a round begins around it: something was lost since the last
    bench.now += ROUND
    bench.keep()
    bench.now += ROUND
    bench.keep()
    bench.close()
    assert bench.told.said[1:] == ["again"]
    assert len(bench.disk.written) == 4


def test_a_fault_of_ours_costs_that_decision_and_no_other() -> None:
    bench = Bench()
    bench.start()
    bench.kept.keep(replace(decided(), path=[object()]))  # type: ignore[list-item] # the fault
    bench.turn()
    bench.kept.keep(decided())
    bench.close()
    assert bench.told.lost == [Loss.BUG]
    assert len(bench.disk.written) == 1


def test_nothing_is_kept_before_a_policy_is_there() -> None:
    bench = Bench()
    bench.kept.keep(decided())
    over: list[object] = []
    bench.kept.close().addBoth(over.append)
    assert over == [None]
    assert bench.disk.written == []
