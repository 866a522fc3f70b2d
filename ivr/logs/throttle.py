"""The same warning, many times a second, is one line a second with a count."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from structlog.typing import FilteringBoundLogger


class Clock(Protocol):
    """A reactor, or `twisted.internet.task.Clock`."""

    def callLater(self, delay: float, call: Callable[[], object], /) -> object:
        """Call after `delay` seconds."""


@dataclass(slots=True)
class _Held:
    """Lines of one kind that were not written in the present interval, and the last of them."""

    count: int = 0
    keys: dict[str, object] = field(default_factory=dict)


class Throttle:
    """Writes the first warning of a kind at once, and what follows within `interval` as one line.

    That line has the keys of the last one, and in `repeated` how many it stands for. An event with
    its `reason` is a kind; both must come from bounded sets.
    """

    def __init__(self, log: FilteringBoundLogger, clock: Clock, interval: float = 1.0) -> None:
        self._log = log
        self._clock = clock
        self._interval = interval
        self._held: dict[tuple[str, str], _Held] = {}

    def warning(self, event: str, reason: str = "", **keys: object) -> None:
        """Log a warning, or count it."""
        said = {"reason": reason, **keys} if reason else keys
        held = self._held.get((event, reason))
        if held is not None:
            held.count += 1
            held.keys = said
            return
        self._log.warning(event, **said)
        self._hold(event, reason)

    def _hold(self, event: str, reason: str) -> None:
        self._held[event, reason] = _Held()
        self._clock.callLater(self._interval, lambda: self._tell(event, reason))

    def _tell(self, event: str, reason: str) -> None:
        held = self._held.pop((event, reason))
        if held.count:
            self._log.warning(event, **held.keys, repeated=held.count)
            self._hold(event, reason)
