"""A FastAGI server that decides nothing, on Twisted's LineOnlyReceiver.

python bare_twisted.py PORT COMMANDS: five as others do it, one as ours does (MSet).
"""

from __future__ import annotations

import sys

from twisted.internet import reactor as any_reactor
from twisted.internet.protocol import ServerFactory
from twisted.protocols.basic import LineOnlyReceiver

reactor: object = any_reactor
COUNT = int(sys.argv[2])
COMMANDS = (
    [b'SET VARIABLE IVR_%d "value-%d"' % (n, n) for n in range(COUNT)]
    if COUNT > 1
    else [b'EXEC MSet "A=1,B=2,C=3,D=4,E=5"']
)


class Session(LineOnlyReceiver):
    """Reads the header, sends its commands one after the other, and closes."""

    delimiter = b"\n"

    def __init__(self) -> None:
        self.headers: dict[bytes, bytes] = {}
        self.sent = 0

    def lineReceived(self, line: bytes) -> None:
        """A line of the header, its end, or a reply."""
        if self.sent:
            self._next()
        elif line:
            name, _, value = line.partition(b": ")
            self.headers[name] = value
        else:
            self._next()

    def _next(self) -> None:
        if self.sent == len(COMMANDS):
            self.transport.loseConnection()
            return
        self.sent += 1
        self.sendLine(COMMANDS[self.sent - 1])


def main() -> None:
    """Serve until killed."""
    factory = ServerFactory.forProtocol(Session)
    factory.noisy = False
    reactor.listenTCP(  # type: ignore[attr-defined]  # the module is the reactor
        int(sys.argv[1]), factory, interface="127.0.0.1", backlog=1024
    )
    reactor.run()  # type: ignore[attr-defined]  # same


main()
