"""What a FastAGI connection may cost, and why one is turned away.

FastAGI has neither TLS nor a password: an allow-list of networks and these bounds are all that
stands between the engine and whoever reaches its port.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, unique
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from ivr.engine.networks import LOOPBACK, is_allowed

if TYPE_CHECKING:
    from ivr.engine.networks import Network

_REMEMBERED_ADDRESSES: Final = 1024


@unique
class Refusal(StrEnum):
    """Why a connection was turned away or cut; the values are a metric's label."""

    PROBE = "probe"  # connected and closed without a byte: a health check, normal traffic
    NETWORK = "network"  # from an address that is not allowed
    CONNECTIONS = "connections"  # too many at once in all
    ADDRESS = "address"  # too many at once from this address
    LATE = "late"  # more is asked of the engine than it can do
    NUMBER = "number"  # one number calls too often
    HEADER_LINES = "header-lines"
    HEADER_BYTES = "header-bytes"
    HEADER_TIME = "header-time"  # a slow sender, or a silent one
    HEADER_CUT = "header-cut"  # closed in the middle of the header
    DOUBLED = "doubled"  # a line or an argument came twice: perhaps smuggled in by a caller
    TLS = "tls"
    GARBAGE = "garbage"  # no FastAGI at all
    REPLY = "reply"  # an answer that is none, or that nobody asked for
    REPLY_BYTES = "reply-bytes"
    REPLY_TIME = "reply-time"
    CLOSE_TIME = "close-time"  # does not read what we send, so the connection would never close


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one FastAGI port. Times are seconds, sizes bytes.

    Asterisk sends about 22 header lines and one for each argument, 1 to 2 KB together.
    `reply_time` has to outlast the longest prompt with its wait for a key. `line_bytes` is what
    Asterisk before 22.6 reads of a command, its line feed included; from 22.6 on it reads 8,191.
    `reply_bytes` holds the usage text that answers a command which Asterisk does not understand.
    `lag` is how long a request may wait to be read, `calls_per_number` is a minute's.
    """

    header_lines: int = 64
    header_bytes: int = 16 * 1024
    header_time: float = 5.0
    reply_bytes: int = 8 * 1024
    reply_time: float = 120.0
    close_time: float = 5.0
    line_bytes: int = 2047
    connections: int = 2000
    connections_per_address: int = 1000
    lag: float = 0.25
    calls_per_number: int = 300
    networks: tuple[Network, ...] = LOOPBACK


class Door:
    """Who may connect, and how many are inside."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._inside: dict[str, int] = {}
        self._total = 0
        self._allowed = lru_cache(_REMEMBERED_ADDRESSES)(
            lambda host: is_allowed(host, limits.networks)
        )

    def refusal(self, host: str) -> Refusal | None:
        """Why a connection from this address may not come in now; None if it may."""
        if not self._allowed(host):
            return Refusal.NETWORK
        if self._total >= self._limits.connections:
            return Refusal.CONNECTIONS
        if self._inside.get(host, 0) >= self._limits.connections_per_address:
            return Refusal.ADDRESS
        return None

    @property
    def most(self) -> int:
        """How many are inside from the address that has most."""
        return max(self._inside.values(), default=0)

    def enter(self, host: str) -> None:
        """Count a connection that was let in."""
        self._total += 1
        self._inside[host] = self._inside.get(host, 0) + 1

    def leave(self, host: str) -> None:
        """Count out a connection that was counted in."""
        self._total -= 1
        left = self._inside[host] - 1
        if left:
            self._inside[host] = left
        else:
            del self._inside[host]
