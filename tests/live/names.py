"""The name server that Asterisk asks: it says what a test lets it say, or nothing at all."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import Any

from twisted.names.dns import ENAME, OK, A, Message, Record_A, Record_SRV, RRHeader

HERE = "127.0.0.1"


class Names:
    """Port 53 of `address`. Every name without SRV records is this machine's, as engines are.

    `asked` has the names of all questions, `silent` makes it hear them and not answer.
    """

    def __init__(self, address: str) -> None:
        self.asked: list[str] = []
        self.silent = False
        self._servers: dict[str, list[tuple[int, int]]] = {}
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((address, 53))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def tell(self, name: str, *engines: tuple[int, int]) -> None:
        """Name the engines of `hagi://name`: the priority and the port of each."""
        self._servers[f"_agi._tcp.{name}"] = list(engines)

    def close(self) -> None:
        """Say nothing any more."""
        with contextlib.suppress(OSError):  # it is connected to nobody, and wakes up all the same
            self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._socket.close()

    def _serve(self) -> None:
        while True:
            data, peer = self._socket.recvfrom(4096)
            if not data:
                return
            message = Message()
            message.fromStr(data)
            self._answer(message)
            if not self.silent:
                with contextlib.suppress(BrokenPipeError):  # closed since it was asked
                    self._socket.sendto(message.toStr(), peer)

    def _answer(self, message: Message) -> None:
        (question,) = message.queries
        name = question.name.name.decode()
        self.asked.append(name)
        message.answer, message.recAv = 1, 1
        found: list[Any] = [Record_A(HERE)] if question.type == A else []
        if name.startswith("_agi."):
            found = [
                Record_SRV(priority, 0, port, f"engine-{port}.test")
                for priority, port in self._servers.get(name, ())
            ]
            message.rCode = OK if found else ENAME
        message.answers = [RRHeader(name, each.TYPE, payload=each) for each in found]
