"""What calls carry, kept some calls at a time.

It is kept for a caller who is transferred back, which takes an agent seconds: so it may wait a
moment for others, and share their way to the store. If the engine is killed in that moment, such a
caller is a new one, as when the store fails.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from ivr.engine.deadlines import Clock
    from ivr.engine.interfaces import OpenCall

#: Seconds for which what a call carries may wait.
MOMENT: Final = 0.05


class OpenCalls:
    """Gives calls to `keep`, all of a moment together."""

    def __init__(self, clock: Clock, keep: Callable[[tuple[OpenCall, ...]], object]) -> None:
        self._clock = clock
        self._keep = keep
        self._waiting: dict[str, OpenCall] = {}
        self._is_timed = False

    def put(self, call: OpenCall) -> None:
        """Take what a call carries; replaces what was taken of it before."""
        self._waiting[call.linked_id] = call
        if not self._is_timed:
            self._is_timed = True
            self._clock.callLater(MOMENT, self._over)

    def find(self, linked_id: str | None) -> OpenCall | None:
        """What the call carries, if it still waits here."""
        return None if linked_id is None else self._waiting.get(linked_id)

    def drop(self, linked_id: str) -> None:
        """The call is over: it need not be kept any more."""
        self._waiting.pop(linked_id, None)

    def give(self) -> None:
        """Give all that waits, now."""
        if self._waiting:
            calls, self._waiting = tuple(self._waiting.values()), {}
            self._keep(calls)

    def _over(self) -> None:
        self._is_timed = False
        self.give()
