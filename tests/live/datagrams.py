"""A UDP port that answers what comes to it, in a thread of its own."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable

Answer = Callable[[bytes], bytes | None]
"""What is answered to a datagram; None: nothing."""


class Datagrams:
    """Listens on a port of `address` until it is closed."""

    def __init__(self, address: str, port: int, answer: Answer) -> None:
        self._answer = answer
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((address, port))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Answer nothing any more. The thread ends first: it would use a socket that is gone."""
        with contextlib.suppress(OSError):  # it is connected to nobody, and wakes up all the same
            self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._socket.close()

    def _serve(self) -> None:
        while True:
            data, peer = self._socket.recvfrom(65536)
            if not data:
                return
            answer = self._answer(data)
            if answer is not None:
                with contextlib.suppress(BrokenPipeError):  # closed since it was asked
                    self._socket.sendto(answer, peer)
