"""What systemd is told of the engine: ready, reloading, stopping, and that the reactor turns.

The protocol is datagrams of `NAME=value` lines to the socket in NOTIFY_SOCKET; see sd_notify(3) and
docs/decisions/0011-sd-notify.md. Without that variable nothing is told.
"""

from __future__ import annotations

import os
import socket
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

#: How often the watchdog is fed within its time: one look that is late does not end the engine.
_OFTEN: Final = 4


class Clock(Protocol):
    """Twisted's reactor, or `task.Clock`."""

    def callLater(self, delay: float, call: Callable[[], object], /) -> object:
        """Call after `delay` seconds."""


@dataclass(slots=True)
class Supervisor:
    """Tells systemd. Never waits and never raises: an engine that nobody supervises goes on.

    `watchdog` is within how many seconds systemd wants to hear that the reactor turns; 0: never.
    """

    address: str = ""
    watchdog: float = 0.0
    _wire: socket.socket | None = field(default=None, init=False)

    def serving(self, clock: Clock) -> None:
        """Calls are taken. From now on, whoever stops turning is killed and started anew."""
        self._tell("READY=1")
        if self.address and self.watchdog:
            self._feed(clock)

    def reloading(self) -> None:
        """A policy is being read."""
        self._tell(f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def reloaded(self, status: str) -> None:
        """It is over; `status` says how, in `systemctl status`."""
        self._tell(f"READY=1\nSTATUS={status}")

    def stopping(self, seconds: float) -> None:
        """No new calls are taken; it may take so long until those under way are done."""
        self._tell(f"STOPPING=1\nEXTEND_TIMEOUT_USEC={int(seconds * 1_000_000)}")

    def close(self) -> None:
        """Say nothing any more."""
        if self._wire is not None:
            self._wire.close()

    def _feed(self, clock: Clock) -> None:
        self._tell("WATCHDOG=1")
        clock.callLater(self.watchdog / _OFTEN, lambda: self._feed(clock))

    def _tell(self, message: str) -> None:
        if not self.address:
            return
        where = f"\0{self.address[1:]}" if self.address.startswith("@") else self.address
        with suppress(OSError):
            # One for all: the watchdog is fed when descriptors have run out as well.
            if self._wire is None:
                self._wire = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
                self._wire.setblocking(False)
            self._wire.sendto(message.encode(), where)


def supervisor(env: Mapping[str, str] = os.environ, pid: int = 0) -> Supervisor:
    """Who watches this process, if anybody does; `pid` is this one's."""
    seconds = env.get("WATCHDOG_USEC", "")
    meant = env.get("WATCHDOG_PID", "") in ("", str(pid or os.getpid()))
    watchdog = int(seconds) / 1_000_000 if seconds.isdecimal() and meant else 0.0
    return Supervisor(env.get("NOTIFY_SOCKET", ""), watchdog)
