"""The reactor of a process that serves, and its short ways. See docs/decisions/0001.

Twisted's reactor runs on uvloop where that is installed: then FastAGI listens on the loop's own
transports, which cost a call half of what Twisted's do. Elsewhere it is Twisted's own.
"""

from __future__ import annotations

import signal
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from twisted.internet.process import reapAllProcesses

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, TimerHandle
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class LoopClock:
    """A loop's timers under Twisted's names: a third of what the reactor's cost, which ask for one
    of the loop's each time that the next to come is another. Seconds are of the same clock.
    """

    callLater: Callable[..., TimerHandle]
    seconds: Callable[[], float] = time.monotonic


@dataclass(frozen=True, slots=True)
class Turning:
    """A reactor, and the loop that it runs on if there is one."""

    reactor: Any
    loop: AbstractEventLoop | None = None

    @property
    def clock(self) -> Any:
        """For timers of which each call has some."""
        return self.reactor if self.loop is None else LoopClock(self.loop.call_later)

    def soon(self, function: Callable[..., object], *arguments: object) -> None:
        """Run a function when what is being done in this turn is over."""
        if self.loop is None:
            self.reactor.callLater(0, function, *arguments)
        else:
            self.loop.call_soon(function, *arguments)

    def deliver(self, function: Callable[..., object], *arguments: object) -> None:
        """Run a function in the reactor's thread. Of any thread."""
        if self.loop is None:
            self.reactor.callFromThread(function, *arguments)
        else:
            self.loop.call_soon_threadsafe(function, *arguments)


def install() -> Turning:
    """Make the reactor of this process; once, and only where something serves.

    Its timers go by the time of day, which may be set: back by an hour, and no deadline ends for an
    hour. So they are given the clock that nobody sets, before the first of them is made.
    """
    turning = _on_uvloop()
    turning.reactor.seconds = time.monotonic
    return turning


def _on_uvloop() -> Turning:
    try:
        import uvloop
    except ImportError:
        from twisted.internet import reactor

        return Turning(reactor)
    from twisted.internet import asyncioreactor

    loop = uvloop.new_event_loop()
    asyncioreactor.install(loop)
    from twisted.internet import reactor

    turning = Turning(reactor, loop)
    turning.reactor.callWhenRunning(_reap, turning)
    return turning


def _reap(turning: Turning) -> None:
    """Learn of children's ends: Twisted waits for a byte that Python now writes to uvloop alone."""
    signal.signal(signal.SIGCHLD, lambda *_: turning.deliver(reapAllProcesses))
