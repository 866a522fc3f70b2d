"""A stream that nobody waits for: a queue with a bound, and a thread that writes.

Standard error may be a pipe whose reader stands still (a journal that hangs, a terminal on hold).
A call must not wait for it: what there is no room for is lost, and counted.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from ivr.logs.gathering import MOMENT, Gathering

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TextIO

#: Lines that may wait: some seconds of the busiest time, some tens of MB.
WAITING: Final = 10_000


class Behind:
    """Takes the lines of a log at once, and writes them to `stream` as soon as that takes them.

    `lost(lines)` is called for lines that are not written: in the caller's thread where too many
    wait, in the writing one where the stream fails. A line is one call of `write`. Lines that come
    within `moment` seconds after others are written together, unless `flush` is called.
    """

    def __init__(
        self,
        stream: TextIO,
        lost: Callable[[int], object],
        waiting: int = WAITING,
        moment: float = MOMENT,
    ) -> None:
        self._stream = stream
        self._lost = lost
        self._waiting = waiting
        self._lines: Gathering[str] = Gathering(waiting, moment)
        # A daemon: a stream that hangs must not keep the process from ending.
        self._thread = threading.Thread(target=self._run, name="log", daemon=True)
        self._thread.start()

    def isatty(self) -> bool:
        """Whether somebody looks on: the format for people has colours then."""
        return self._stream.isatty()

    def write(self, line: str) -> None:
        """Take a line. Never waits, never raises."""
        if not self._lines.put(line):
            self._lost(1)

    def flush(self) -> None:
        """Have what was taken written now, rather than in a moment. Never waits for it."""
        self._lines.hurry()

    def close(self, seconds: float) -> None:
        """Write what waits, for so long at most."""
        self._lines.end()
        self._thread.join(seconds)

    def _run(self) -> None:
        while not self._lines.is_over:
            lines = self._lines.read(self._waiting)
            if lines:
                self._write(lines)

    def _write(self, lines: list[str]) -> None:
        try:
            self._stream.write("".join(lines))
            self._stream.flush()
        except (OSError, ValueError):  # the disk is full, nobody reads, or it is closed
            self._lost(len(lines))
