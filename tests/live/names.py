"""The name server that Asterisk asks: it says what a test lets it say, or nothing at all."""

from __future__ import annotations

from typing import Any

from twisted.names.dns import ENAME, OK, A, Message, Record_A, Record_SRV, RRHeader

from tests.live.datagrams import Datagrams

HERE = "127.0.0.1"


class Names:
    """Port 53 of `address`. Every name without SRV records is this machine's, as engines are.

    `asked` has the names of all questions, `silent` makes it hear them and not answer.
    """

    def __init__(self, address: str) -> None:
        self.asked: list[str] = []
        self.silent = False
        self._servers: dict[str, list[tuple[int, int]]] = {}
        self._port = Datagrams(address, 53, self._answer)

    def tell(self, name: str, *engines: tuple[int, int]) -> None:
        """Name the engines of `hagi://name`: the priority and the port of each."""
        self._servers[f"_agi._tcp.{name}"] = list(engines)

    def close(self) -> None:
        """Say nothing any more."""
        self._port.close()

    def _answer(self, data: bytes) -> bytes | None:
        message = Message()
        message.fromStr(data)
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
        return None if self.silent else message.toStr()
