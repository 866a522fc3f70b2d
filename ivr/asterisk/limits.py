"""What a FastAGI connection may cost, and why one is turned away.

FastAGI has neither TLS nor a password: an allow-list of networks and these bounds are all that
stands between the engine and whoever reaches its port.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, unique
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

Network = IPv4Network | IPv6Network

LOOPBACK: Final[tuple[Network, ...]] = (ip_network("127.0.0.0/8"), ip_network("::1/128"))

_REMEMBERED_ADDRESSES: Final = 1024


@unique
class Refusal(StrEnum):
    """Why a connection was turned away or cut; the values are a metric's label."""

    PROBE = "probe"  # connected and closed without a byte: a health check, normal traffic
    NETWORK = "network"  # from an address that is not allowed
    CONNECTIONS = "connections"  # too many at once in all
    ADDRESS = "address"  # too many at once from this address
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


def is_allowed(host: str, networks: Iterable[Network]) -> bool:
    """Whether an address lies in one of the networks; what is no address does not."""
    try:
        address: IPv4Address | IPv6Address = ip_address(host)
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped  # a dual-stack socket shows 127.0.0.1 as ::ffff:127.0.0.1
    return any(address in network for network in networks)
