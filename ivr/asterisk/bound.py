"""A bound in time that is moved often and seldom reached."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from ivr.asterisk.limits import Refusal


class Timer(Protocol):
    """A call that is to come; Twisted's `IDelayedCall`, or asyncio's `TimerHandle`."""

    def cancel(self) -> object:
        """Do not call."""


class Clock(Protocol):
    """What is needed of a reactor, of `reactors.LoopClock`, or of `twisted.internet.task.Clock`."""

    def seconds(self) -> float:
        """Now, in seconds."""

    def callLater(self, delay: float, call: Callable[[], object], /) -> Timer:
        """Call after `delay` seconds."""


class Bound:
    """Tells when the time for something is over.

    A session moves its bound several times within milliseconds. So one timer is set and left alone;
    when it fires too early it is set again for what is left.
    """

    def __init__(self, clock: Clock, reached: Callable[[Refusal], None]) -> None:
        self._clock = clock
        self._reached = reached
        self._reason: Refusal | None = None
        self._at = 0.0
        self._fires = 0.0
        self._timer: Timer | None = None

    def set(self, seconds: float, reason: Refusal) -> None:
        """Call `reached(reason)` after this time, and forget what was set before."""
        self._reason = reason
        self._at = self._clock.seconds() + seconds
        if self._timer is None:
            self._time(seconds)
        elif self._fires > self._at:
            self._timer.cancel()
            self._time(seconds)

    def clear(self) -> None:
        """Nothing is bounded until the next `set`."""
        self._reason = None

    def stop(self) -> None:
        """Let go of the timer, and of whom it was for: a session that is over is free at once."""
        self._reason = None
        self._reached = _nobody
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _time(self, seconds: float) -> None:
        self._fires = self._at
        self._timer = self._clock.callLater(seconds, self._fire)

    def _fire(self) -> None:
        self._timer = None
        if self._reason is None:
            return
        left = self._at - self._clock.seconds()
        if left > 0:
            self._time(left)
        else:
            self._reached(self._reason)


def _nobody(_reason: Refusal) -> None:
    """Nobody is bounded any more."""
