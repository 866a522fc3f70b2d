"""A log whose reader stands still holds nobody up."""

from __future__ import annotations

import io
import os
import threading
from queue import SimpleQueue

from ivr.logs import Behind, LogOptions, make_logger

#: More than a pipe takes while nobody reads: 64 KiB on Linux.
MANY = 2000
HOUR = 3600.0
PATIENCE = 20.0


def test_nobody_waits_for_a_pipe_that_is_not_read() -> None:
    read, write = os.pipe()
    lost: list[int] = []
    with open(read) as reader, open(write, "w") as writer:
        behind = Behind(writer, lost.append)
        log = make_logger(LogOptions(), behind, lambda: 0.0)
        for n in range(MANY):
            log.info("line", n=n, filler="x" * 80)  # the pipe is full long before the last
        assert lost == []
        got = [reader.readline() for _ in range(MANY)]
    assert f'"n": {MANY - 1},' in got[-1]


def test_what_there_is_no_room_for_is_lost_and_counted() -> None:
    stream = Held()
    lost: list[int] = []
    behind = Behind(stream, lost.append, waiting=3)
    behind.write("first\n")
    stream.begun.wait()  # the thread has it, and waits
    for n in range(5):
        behind.write(f"{n}\n")
    assert lost == [1, 1]
    stream.goes_on.set()
    behind.close(10)
    assert stream.getvalue() == "first\n0\n1\n2\n"


def test_a_stream_that_fails_loses_lines_and_goes_on() -> None:
    lost: list[int] = []
    stream = Held(failures=1)
    behind = Behind(stream, lost.append)
    behind.write("one\n")
    stream.begun.wait()
    for line in ("two\n", "three\n"):
        behind.write(line)
    stream.goes_on.set()
    behind.close(10)
    assert lost == [1]
    assert stream.getvalue() == "two\nthree\n"


def test_lines_that_come_together_are_one_write() -> None:
    stream = Seen()
    behind = Behind(stream, lambda _: None, moment=HOUR)
    behind.write("first\n")
    assert stream.next() == "first\n", "after a pause nothing waits"
    for line in ("second\n", "third\n"):
        behind.write(line)
    behind.close(PATIENCE)
    assert stream.next() == "second\nthird\n"


def test_an_error_takes_with_it_what_was_gathered() -> None:
    stream = Seen()
    log = make_logger(LogOptions(), Behind(stream, lambda _: None, moment=HOUR), lambda: 0.0)
    log.info("first")
    stream.next()
    for level in ("error", "critical", "exception"):
        log.warning("before")
        getattr(log, level)("it broke")
        written = stream.next()
        while "it broke" not in written:  # the hurry before may still have been under way
            written += stream.next()
        assert '"event": "before"' in written


def test_a_bound_holds_while_lines_are_gathered() -> None:
    lost: list[int] = []
    stream = Seen()
    behind = Behind(stream, lost.append, waiting=3, moment=HOUR)
    behind.write("first\n")
    stream.next()
    for n in range(5):
        behind.write(f"{n}\n")
    assert lost == [1, 1]
    behind.close(PATIENCE)
    assert stream.next() == "0\n1\n2\n"


def test_what_hangs_does_not_keep_the_process_from_ending() -> None:
    stream = Held()
    behind = Behind(stream, lambda _: None)
    behind.write("one\n")
    behind.close(0.01)
    stream.goes_on.set()


class Seen(io.StringIO):
    """A stream whose writes can be waited for, one by one."""

    def __init__(self) -> None:
        super().__init__()
        self._written: SimpleQueue[str] = SimpleQueue()

    def write(self, text: str) -> int:
        self._written.put(text)
        return len(text)

    def next(self) -> str:
        return self._written.get(timeout=PATIENCE)


class Held(io.StringIO):
    """A stream that stands still until it is told to go on; the first writes fail."""

    def __init__(self, failures: int = 0) -> None:
        super().__init__()
        self.begun, self.goes_on = threading.Event(), threading.Event()
        self._failures = failures

    def write(self, text: str) -> int:
        self.begun.set()
        self.goes_on.wait()
        if self._failures:
            self._failures -= 1
            raise OSError(28, "No space left on device")
        return super().write(text)
