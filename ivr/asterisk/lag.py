"""How long calls wait for the engine: whether it has more to do than it can.

Measured where the waiting is: Asterisk sends its request with the connection, and both wait in the
kernel until the engine comes to them.
"""

from __future__ import annotations

import socket
import struct
import sys
from typing import Final, Protocol

#: Seconds for which every call has to have waited too long. What holds the engine up once, such as
#: a long collection of garbage, is over when it is seen, and nobody is refused for it (CoDel, RFC
#: 8289, does the same with packets).
HELD: Final = 0.4
#: Seconds for which the last call tells how it is.
_FRESH: Final = 10.0

#: Where `struct tcp_info` of Linux has tcpi_last_data_recv, an unsigned int of milliseconds.
_LAST_DATA_RECEIVED: Final = 52
_INT: Final = struct.Struct("=I")


class Handle(Protocol):
    """What is needed of a transport."""

    def getHandle(self) -> socket.socket:
        """Its socket."""


def waited(transport: Handle) -> float:
    """Seconds for which what was read just now had waited in the kernel; 0 if it does not tell."""
    if sys.platform != "linux":
        return 0.0
    info = transport.getHandle().getsockopt(
        socket.IPPROTO_TCP, socket.TCP_INFO, _LAST_DATA_RECEIVED + _INT.size
    )
    milliseconds: int = _INT.unpack_from(info, _LAST_DATA_RECEIVED)[0]
    return milliseconds / 1000


class Lag:
    """Sees how long calls waited; `bound` is how long they may, in seconds."""

    def __init__(self, bound: float) -> None:
        self._bound = bound
        self._behind_since: float | None = None
        self._last = 0.0
        self._seen = float("-inf")

    def is_too_late(self, waited: float, now: float) -> bool:
        """Whether a call that waited so long is to be refused: none was in time for a while."""
        came, last = now - waited, self._seen
        self._last, self._seen = waited, now
        if waited <= self._bound:
            self._behind_since = None
            return False
        if self._behind_since is None or came > last:  # nobody waited any more when it came
            self._behind_since = now
        return now - self._behind_since >= HELD

    def seconds(self, now: float) -> float:
        """How long the last call waited; none where nobody called for a while."""
        return self._last if now - self._seen < _FRESH else 0.0
