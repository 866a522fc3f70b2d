"""Bounds around a server whose clients may be slow, many or loud: each connection's whole life.

Twisted's HTTP server bounds a client that is silent; these bound one that sends a byte a second,
one that never stops sending, one that does not read its answer, and a thousand of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from twisted.internet.protocol import connectionDone
from twisted.protocols.policies import ProtocolWrapper, WrappingFactory
from typing_extensions import override

from ivr.engine.networks import LOOPBACK, is_allowed
from ivr.web.labels import HttpRefused

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.internet.interfaces import IAddress, IProtocol
    from twisted.python.failure import Failure
    from twisted.web.server import Site

    from ivr.engine.networks import Network
    from ivr.web.wire import Clock, Timer


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one connection may cost, and how many there may be.

    `life` is seconds from the connection to its end, and holds a reload of a large policy; `size`
    is the bytes that a client may send in that time. Who is outside of `networks` is not read.
    """

    connections: int = 50
    life: float = 60.0
    size: int = 16 * 1024
    networks: tuple[Network, ...] = LOOPBACK


class BoundedFactory(WrappingFactory["BoundedProtocol"]):
    """Wraps a factory; what goes beyond a bound is cut off. `refused` is told who did not come in,
    by address, and why.
    """

    noisy = False

    def __init__(
        self, wrapped: Site, clock: Clock, bounds: Bounds, refused: Callable[[str, str], object]
    ) -> None:
        super().__init__(wrapped)  # type: ignore[no-untyped-call]  # Twisted's
        self.clock = clock
        self.bounds = bounds
        self._refused = refused

    @override
    def buildProtocol(  # type: ignore[override]  # None closes the connection, as IFactory says
        self, addr: IAddress | None
    ) -> BoundedProtocol | None:
        host = str(getattr(addr, "host", ""))
        reason = self._refusal(host)
        if reason is not None:
            self._refused(host, reason)
            return None
        return BoundedProtocol(self, self.wrappedFactory.buildProtocol(addr))

    def _refusal(self, host: str) -> HttpRefused | None:
        if not is_allowed(host, self.bounds.networks):
            return HttpRefused.NETWORK
        if len(self.protocols) >= self.bounds.connections:
            return HttpRefused.CONNECTIONS
        return None


class BoundedProtocol(ProtocolWrapper):
    """One connection."""

    def __init__(self, factory: BoundedFactory, wrapped: IProtocol) -> None:
        super().__init__(factory, wrapped)
        self._home = factory
        self._left = factory.bounds.size
        self._end: Timer | None = None

    @override
    def connectionMade(self) -> None:
        self._end = self._home.clock.callLater(self._home.bounds.life, self.abortConnection)
        ProtocolWrapper.connectionMade(self)

    @override
    def dataReceived(self, data: bytes) -> None:
        self._left -= len(data)
        if self._left < 0:
            self.abortConnection()
        else:
            ProtocolWrapper.dataReceived(self, data)

    @override
    def connectionLost(self, reason: Failure = connectionDone) -> None:
        if self._end is not None and self._end.active():
            self._end.cancel()
        ProtocolWrapper.connectionLost(self, reason)
