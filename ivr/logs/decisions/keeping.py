"""Keeping decisions without anybody waiting: a queue with a bound, and a thread that writes.

A call only ever puts its decision into the queue; the JSON is made, and the disk waited for, by the
thread. Whatever goes wrong there (a full queue, a full disk, a folder that cannot be written) loses
decisions, which is counted and told, and never a call.
"""

from __future__ import annotations

import threading
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Final, Protocol, TypeAlias

from twisted.internet.defer import Deferred

from ivr.logs.decisions.quick import QuickLines
from ivr.logs.gathering import MOMENT, Gathering

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from zoneinfo import ZoneInfo

    from ivr.callers.caller import Instant
    from ivr.engine.interfaces import Decided

#: Decisions that may wait for the thread: some seconds of the busiest time, some tens of MB.
WAITING: Final = 5000
#: Decisions that are written at once, at most.
TOGETHER: Final = 200
#: Seconds between two rounds of tidying up, and for which a disk that failed is left alone.
ROUND: Final = 60.0
RETRY: Final = 1.0


class Loss(StrEnum):
    """Why a decision was not kept."""

    QUEUE = "queue-full"
    DISK = "write-failed"
    BUG = "bug"


class Told(Protocol):
    """Who is told about losses, in the reactor's thread."""

    def decision_lost(self, reason: Loss) -> None:
        """A decision is not kept."""

    def losing_decisions(self, reason: Loss, why: str) -> None:
        """The first loss since decisions were kept; `why` is what the system says."""

    def decisions_kept_again(self) -> None:
        """Some were written, and none was lost for a while."""


class Files(Protocol):
    """What `segments.Segments` can do."""

    def append(self, lines: Sequence[bytes], now: Instant) -> int:
        """Add some of the lines; how many. Raises `OSError`: none."""

    def tidy(self, now: Instant) -> None:
        """Remove what is too old or too much. Raises `OSError`."""

    def close(self) -> None:
        """End the file that is open."""


#: A decision, when it was made, and the time zone of the policy then.
_Taken: TypeAlias = "tuple[Decided, Instant, ZoneInfo]"


class Kept:
    """Takes decisions to keep them in `files`; `mask` masks numbers in them, with `key` by aliases.

    `now` is the epoch in seconds. `deliver(function, *arguments)` runs a function in the reactor's
    thread (`reactor.callFromThread`). All methods are the reactor's thread's. Decisions that follow
    others within `moment` seconds are written together.
    """

    def __init__(
        self,
        files: Files,
        told: Told,
        now: Callable[[], Instant],
        deliver: Callable[..., object],
        *,
        mask: bool,
        key: bytes = b"",
        waiting: int = WAITING,
        moment: float = MOMENT,
    ) -> None:
        self._files = files
        self._told = told
        self._now = now
        self._deliver = deliver
        self._new_lines = partial(QuickLines, mask=mask, key=key)
        self._lines = self._new_lines()
        self._waiting = waiting
        self._taken: Gathering[_Taken] = Gathering(waiting, moment)
        self._zone: ZoneInfo | None = None
        self._thread: threading.Thread | None = None
        self._ended: Deferred[None] | None = None
        self._losing = False
        self._lost_lately = False
        self._failed_at: Instant | None = None  # this and the next are the thread's
        self._wrote = False

    def start(self, zone: ZoneInfo) -> None:
        """Tell local times as those of `zone` from now on; the thread begins with tidying up.

        What decisions had in common so far is forgotten: those of another policy share none of it.
        """
        self._zone = zone
        self._lines = self._new_lines()
        if self._thread is None:
            # A daemon: a disk that hangs must not keep the process from ending.
            self._thread = threading.Thread(target=self._run, name="decisions", daemon=True)
            self._thread.start()

    def keep(self, decided: Decided) -> None:
        """Keep a decision, as soon as the thread comes to it. Never waits, never raises."""
        if self._zone is None or self._ended is not None:
            return
        if not self._taken.put((decided, self._now(), self._zone)):
            self._lost(1, Loss.QUEUE, f"{self._waiting} decisions wait to be written")

    def close(self) -> Deferred[None]:
        """Write what waits, then end. Fires when that is done; a disk may make it wait for ever."""
        if self._ended is None:
            self._ended = Deferred()
            if self._thread is None:
                self._ended.callback(None)
            self._taken.end()
        waiter: Deferred[None] = Deferred()
        self._ended.addBoth(_also, waiter)
        return waiter

    # --- losses, in the reactor's thread --------------------------------------------------------

    def _lost(self, count: int, reason: Loss, why: str) -> None:
        for _ in range(count):
            self._told.decision_lost(reason)
        self._lost_lately = True
        if not self._losing:
            self._losing = True
            self._told.losing_decisions(reason, why)

    def _round(self, *, wrote: bool) -> None:
        """Once a round: it is well again when decisions were written since, and none was lost."""
        if self._losing and wrote and not self._lost_lately:
            self._losing = False
            self._told.decisions_kept_again()
        self._lost_lately = False

    def _end(self) -> None:
        if self._ended is not None:
            self._ended.callback(None)

    # --- the thread ------------------------------------------------------------------------------

    def _run(self) -> None:
        tidied: Instant | None = None
        while not self._taken.is_over:
            if tidied is None or not 0 <= self._now() - tidied < ROUND:
                tidied = self._tidy()
            some = self._taken.read(TOGETHER, ROUND)
            if some:
                self._write(some)
        self._close()

    def _tidy(self) -> Instant:
        try:
            self._files.tidy(self._now())
        except OSError:
            pass  # whatever it is, it is told when a decision cannot be written
        except Exception as error:  # a bug here must not end the thread
            self._deliver(self._lost, 1, Loss.BUG, repr(error))
        wrote, self._wrote = self._wrote, False
        self._deliver(partial(self._round, wrote=wrote))
        return self._now()

    def _write(self, some: list[_Taken]) -> None:
        now = self._now()
        if self._failed_at is not None and 0 <= now - self._failed_at < RETRY:
            self._deliver(self._lost, len(some), Loss.DISK, "it failed a moment ago")
            return
        self._failed_at = None
        lines = [line for taken in some for line in self._line(taken)]
        try:
            while lines:
                del lines[: self._files.append(lines, now)]
                self._wrote = True
        except OSError as error:
            self._failed_at = now
            self._deliver(self._lost, len(lines), Loss.DISK, str(error))
        except Exception as error:  # likewise
            self._deliver(self._lost, len(lines), Loss.BUG, repr(error))

    def _line(self, taken: _Taken) -> list[bytes]:
        """A decision's line; none where a fault of ours costs it."""
        try:
            return [self._lines.line_of(*taken)]
        except Exception as error:  # likewise
            self._deliver(self._lost, 1, Loss.BUG, repr(error))
            return []

    def _close(self) -> None:
        try:
            self._files.close()
        except OSError:
            pass
        finally:
            self._deliver(self._end)


def _also(_result: object, waiter: Deferred[None]) -> None:
    waiter.callback(None)
