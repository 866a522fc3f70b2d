"""A FastAGI port in memory, with transports that only keep what they are given."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from twisted.internet.address import IPv4Address
from twisted.internet.task import Clock

from ivr.asterisk.fastagi import FastAgiFactory, Session
from ivr.asterisk.limits import Limits

if TYPE_CHECKING:
    from twisted.internet.interfaces import IAddress
    from twisted.python.failure import Failure

    from ivr.asterisk.agi import Request
    from ivr.asterisk.fastagi import FastAgiSession, Handler
    from ivr.asterisk.limits import Refusal


async def silent(session: Session) -> None:
    """A handler that asks for nothing."""


class Wire:
    """A transport that keeps each write by itself, since a command has to leave in one."""

    def __init__(self) -> None:
        self.writes: list[bytes] = []
        self.closes = False
        self.aborted = False

    def write(self, data: bytes) -> None:
        self.writes.append(data)

    def loseConnection(self) -> None:
        self.closes = True

    def abortConnection(self) -> None:
        self.closes = self.aborted = True


@dataclass
class Notes:
    """An observer that writes down what it is told."""

    inside: int = 0
    refusals: list[tuple[str, Refusal]] = field(default_factory=list)
    details: list[str] = field(default_factory=list)
    failures: list[tuple[str, Failure]] = field(default_factory=list)

    @property
    def reasons(self) -> list[str]:
        return [reason.value for _, reason in self.refusals]

    def opened(self, peer: str) -> None:
        self.inside += 1

    def closed(self, peer: str) -> None:
        self.inside -= 1

    def refused(self, peer: str, reason: Refusal, detail: str) -> None:
        self.refusals.append((peer, reason))
        self.details.append(detail)

    def failed(self, peer: str, request: Request, failure: Failure) -> None:
        self.failures.append((request.script, failure))


class Line:
    """One connection to the port."""

    def __init__(self, session: FastAgiSession) -> None:
        self.session = session
        self.wire = Wire()
        session.transport = cast(Any, self.wire)
        session.connectionMade()

    def closes(self) -> bool:
        return self.wire.closes

    def aborted(self) -> bool:
        return self.wire.aborted

    @property
    def heard(self) -> list[bytes]:
        """What the engine wrote, write by write."""
        return self.wire.writes

    def send(self, data: bytes) -> None:
        self.session.dataReceived(data)

    def close(self) -> None:
        self.session.connectionLost()


class Exchange:
    """The port, its clock and what its observer was told."""

    def __init__(self, handler: Handler = silent, limits: Limits | None = None) -> None:
        self.clock = Clock()
        self.notes = Notes()
        self.waited = 0.0
        self.factory = FastAgiFactory(
            self.clock, handler, limits or Limits(), self.notes, lambda wire: self.waited
        )

    def dial(self, host: str = "127.0.0.1") -> Line | None:
        """A connection; None if it was turned away."""
        address = cast("IAddress", IPv4Address("TCP", host, 40000))
        session = self.factory.buildProtocol(address)
        return Line(session) if session else None

    def line(self, host: str = "127.0.0.1") -> Line:
        """A connection that has to be let in."""
        line = self.dial(host)
        assert line
        return line
