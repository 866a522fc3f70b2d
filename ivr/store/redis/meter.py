"""How much a server may answer, and for how long: one that never ends must not end us.

redis-py bounds each wait for bytes, not the sum of them: a server (or what stands in its place)
that sends a byte a second would hold a thread for good, and one that sends without end would take
all memory there is.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from redis import exceptions
from redis.connection import DefaultParser

if TYPE_CHECKING:
    from collections.abc import Callable

#: Bytes, and seconds, that the answers to one round of questions may take. The largest honest ones
#: are pages of ledgers, a few megabytes.
MOST: Final = 256 << 20
LONGEST: Final = 30.0


class Meter:
    """Counts what comes in since a round began."""

    def __init__(self) -> None:
        self._left = 0
        self._until = 0.0

    def begin(self) -> None:
        """A round of questions is asked."""
        self._left, self._until = MOST, time.monotonic() + LONGEST

    def take(self, size: int) -> None:
        """So many bytes came. Raises redis-py's `ConnectionError`: nobody knows what was done."""
        self._left -= size
        if self._left < 0:
            raise exceptions.ConnectionError(f"it answers more than {MOST >> 20} MB at once")
        if time.monotonic() > self._until:
            raise exceptions.ConnectionError(f"it answers for more than {LONGEST:.0f} s")


class _Metered:
    """hiredis' reader; what it is fed is counted first."""

    def __init__(self, reader: Any, meter: Meter) -> None:
        self.gets: Callable[..., Any] = reader.gets
        self.has_data: Callable[[], bool] = reader.has_data
        self._feed = reader.feed
        self._meter = meter

    def feed(self, data: Any, start: int, size: int) -> None:
        """Take what came."""
        self._meter.take(size)
        self._feed(data, start, size)


class BoundedParser(DefaultParser):  # type: ignore[misc, valid-type]  # redis-py has two of them
    """redis-py's parser of replies, metered."""

    def __init__(self, meter: Meter, socket_read_size: int) -> None:
        super().__init__(socket_read_size)
        self._meter = meter

    def on_connect(self, connection: Any, **settings: Any) -> None:
        """redis-py's: a connection is there."""
        super().on_connect(connection, **settings)
        self._reader: Any = _Metered(vars(self)["_reader"], self._meter)
