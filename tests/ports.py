"""Ports for the servers of tests."""

from __future__ import annotations

import itertools
import random
import socket
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Below those that Linux gives to connections (32768 and up): a port that was free when it was
#: given is not taken by somebody's connection before the server listens, or while it is restarted.
#: The bus of a Redis cluster, 10,000 above its server's port, lies below them as well.
_PORTS: Final = range(12_000, 22_000)


def _offered() -> Iterator[int]:
    """All of them, round and round; each process begins elsewhere."""
    start = random.SystemRandom().randrange(len(_PORTS))
    return itertools.cycle([*_PORTS[start:], *_PORTS[:start]])


_OFFERED: Final = _offered()


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody has."""
    for port in itertools.islice(_OFFERED, len(_PORTS)):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
    raise AssertionError("no port is free")
