"""Many calls at once, in one thread: who was decided, who was let go, and who was left to wait."""

from __future__ import annotations

import resource
import selectors
import socket
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from tests.live.ami import PATIENCE

DECIDED, LET_GO, SILENT = "decided", "let go", "silent"
_OTHERS: Final = 200


@dataclass
class Caller:
    """One of them, from Asterisk's side. `outcome` is `silent` until the engine closes."""

    wire: socket.socket
    heard: bytes = b""
    outcome: str = SILENT

    def say(self, data: bytes) -> None:
        """Send, unless the engine has closed: that is seen by reading."""
        try:
            self.wire.send(data)
        except BlockingIOError:
            raise AssertionError("a header has to fit into the buffer of a socket") from None
        except OSError:
            return

    def listen(self) -> bool:
        """Read what came, and answer a command; whether the engine is still there."""
        try:
            data = self.wire.recv(65_536)
        except BlockingIOError:
            return True
        except OSError:
            data = b""
        self.heard += data
        if data.endswith(b"\n"):
            self.say(b"200 result=1\n")
        if not data:
            self.outcome = DECIDED if b"IVR_DONE=1" in self.heard else LET_GO
        return bool(data)


@dataclass
class Crowd:
    """Connections to one engine, all open at once."""

    port: int
    patience: float
    callers: list[Caller] = field(default_factory=list)

    def come(self, count: int) -> None:
        """So many more connect. The kernel lets them in whether the engine does or not."""
        for _ in range(count):
            wire = socket.create_connection(("127.0.0.1", self.port), self.patience)
            wire.setblocking(False)
            self.callers.append(Caller(wire))

    def portions(self, size: int) -> Iterator[Crowd]:
        """All of them, so many at a time."""
        for first in range(0, len(self.callers), size):
            yield Crowd(self.port, self.patience, self.callers[first : first + size])

    def say(self, headers: Iterable[bytes]) -> None:
        """Each sends its own."""
        for caller, header in zip(self.callers, headers, strict=True):
            caller.say(header)

    def outcomes(self, patience: float = PATIENCE) -> Counter[str]:
        """What became of each, when the engine has closed all; or of those until patience ends."""
        deadline = time.monotonic() + patience
        with selectors.DefaultSelector() as waiting:
            for caller in self.callers:
                if caller.outcome == SILENT:
                    waiting.register(caller.wire, selectors.EVENT_READ, caller)
            while waiting.get_map() and time.monotonic() < deadline:
                for key, _ in waiting.select(deadline - time.monotonic()):
                    if not key.data.listen():
                        waiting.unregister(key.fileobj)
        return Counter(caller.outcome for caller in self.callers)


@contextmanager
def crowd(port: int, count: int, patience: float = PATIENCE) -> Iterator[Crowd]:
    """So many connections to an engine, each made within so many seconds; closed at the end."""
    _allow(count)
    them = Crowd(port, patience)
    try:
        them.come(count)
        yield them
    finally:
        for caller in them.callers:
            caller.wire.close()


def _allow(count: int) -> None:
    """Let the test itself have so many sockets."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count + _OTHERS
    assert hard == resource.RLIM_INFINITY or hard >= wanted, (
        f"this test needs {wanted} descriptors, and {hard} are allowed: raise `ulimit -Hn`"
    )
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
