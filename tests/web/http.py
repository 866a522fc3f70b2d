"""One HTTP client in memory: raw bytes in, the answer as a value out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.testing import StringTransportWithDisconnection
from twisted.protocols.policies import ProtocolWrapper

if TYPE_CHECKING:
    from twisted.internet.interfaces import IAddress, IProtocol

    from ivr.web.bounds import BoundedFactory


@dataclass(frozen=True)
class Answer:
    code: int
    headers: dict[str, str]
    body: str


class Client:
    """A connection to the factory, from an address of the test's choice."""

    def __init__(self, factory: BoundedFactory, host: str = "127.0.0.1") -> None:
        family = IPv6Address if ":" in host else IPv4Address
        peer = cast("IAddress", family("TCP", host, 40000))
        self.transport = StringTransportWithDisconnection(peerAddress=peer)
        self.protocol = factory.buildProtocol(peer)
        if self.protocol is not None:
            self.transport.protocol = cast("IProtocol", self.protocol)
            ProtocolWrapper.makeConnection(self.protocol, self.transport)

    @property
    def refused(self) -> bool:
        return self.protocol is None

    @property
    def connected(self) -> bool:
        return self.transport.connected

    def send(self, data: bytes) -> Client:
        assert self.protocol is not None
        self.protocol.dataReceived(data)
        return self

    def ask(self, verb: str, path: str, **headers: str) -> Client:
        lines = [f"{verb} {path} HTTP/1.1", "Host: here"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        return self.send("\r\n".join([*lines, "", ""]).encode())

    @property
    def answered(self) -> bool:
        return bool(self.transport.value())

    @property
    def answer(self) -> Answer:
        head, _, body = self.transport.value().decode().partition("\r\n\r\n")
        first, *lines = head.split("\r\n")
        pairs = (line.split(": ", 1) for line in lines)
        return Answer(int(first.split()[1]), {name.lower(): said for name, said in pairs}, body)
