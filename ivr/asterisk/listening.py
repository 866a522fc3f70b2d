"""Where FastAGI listens: on the transports of the loop that the reactor runs on, or on Twisted's.

A session knows neither: it is Twisted's protocol on both.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

from twisted.internet.abstract import isIPv6Address
from twisted.internet.error import CannotListenError
from typing_extensions import override

if TYPE_CHECKING:
    from ivr.asterisk.fastagi import FastAgiFactory, FastAgiSession

#: Connections that may wait to be taken; the kernel's own bound (somaxconn) is below or at it.
BACKLOG: Final = 4096
#: Connections that Twisted may take in one turn, told to it so often (seconds).
_AT_ONCE: Final = 500
_OFTEN: Final = 0.1
#: Close at once, and tell the other side so.
_RESET: Final = struct.pack("ii", 1, 0)


class Listening(Protocol):
    """A port that is open."""

    @property
    def port(self) -> int:
        """Its number."""

    def stop(self) -> None:
        """Take no more connections; those that are there go on."""


def listen(
    reactor: Any, loop: asyncio.AbstractEventLoop | None, factory: FastAgiFactory, address: str,
    port: int,
) -> Listening:  # fmt: skip
    """Listen; the reactor does not run yet. `loop` is what it will run on. Raises `OSError`."""
    if loop is None:
        return _OnTwisted.at(reactor, factory, address, port)
    return _OnLoop.at(loop, factory, address, port)


@dataclass(frozen=True, slots=True)
class _OnLoop:
    port: int
    server: asyncio.Server

    @classmethod
    def at(
        cls, loop: asyncio.AbstractEventLoop, factory: FastAgiFactory, address: str, port: int
    ) -> _OnLoop:
        family = socket.AF_INET6 if isIPv6Address(address) else socket.AF_INET
        wire = socket.socket(family, socket.SOCK_STREAM)
        try:
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            wire.bind((address, port))
            making = loop.create_server(lambda: Connection(factory), sock=wire, backlog=BACKLOG)
            server = loop.run_until_complete(making)
        except OSError:
            wire.close()
            raise
        return cls(server.sockets[0].getsockname()[1], server)

    def stop(self) -> None:
        self.server.close()


@dataclass(frozen=True, slots=True)
class _OnTwisted:
    port: int
    listening: Any

    @classmethod
    def at(cls, reactor: Any, factory: FastAgiFactory, address: str, port: int) -> _OnTwisted:
        try:
            listening = reactor.listenTCP(port, factory, interface=address, backlog=BACKLOG)
        except CannotListenError as error:
            raise error.socketError from error
        _accept_many(reactor, listening)
        return cls(listening.getHost().port, listening)

    def stop(self) -> None:
        self.listening.stopListening()


def _accept_many(reactor: Any, listening: Any) -> None:
    """Twisted takes as many connections a turn as came last and some more: few, after a calm.

    What waits outside cannot be told that it is refused.
    """
    listening.numberAccepts = max(listening.numberAccepts, _AT_ONCE)
    if not listening.disconnected:
        reactor.callLater(_OFTEN, _accept_many, reactor, listening)


class Connection(asyncio.Protocol):
    """A connection of the loop's, as a Twisted session sees one."""

    def __init__(self, factory: FastAgiFactory) -> None:
        self._factory = factory
        self._session: FastAgiSession | None = None

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        host, *_ = transport.get_extra_info("peername") or ("",)  # it may be gone already
        wire = cast(asyncio.Transport, transport)
        self._session = self._factory.session(host)
        if self._session is None:
            wire.abort()
        else:
            self._session.connect(LoopWire(wire))

    @override
    def data_received(self, data: bytes) -> None:
        if self._session is not None:
            self._session.dataReceived(data)

    @override
    def connection_lost(self, error: Exception | None) -> None:
        session, self._session = self._session, None
        if session is not None:
            session.connectionLost()


class LoopWire:
    """What a session needs of a transport, of the loop's."""

    __slots__ = ("_transport", "loseConnection", "write")

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self.write = transport.write
        self.loseConnection = transport.close

    def abortConnection(self) -> None:
        """Close now."""
        if not self._transport.is_closing():  # else its descriptor may be another's by now
            self.getHandle().setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self._transport.abort()

    def getHandle(self) -> Any:
        """Its socket."""
        return self._transport.get_extra_info("socket")
