"""A FastAGI engine of wood, for what no real engine does: odd answers, and none.

It answers by the number dialled, so that many tests share one. It is also a command
(``python -m tests.live.double PORT``), for tests that stop or freeze a whole process.
"""

from __future__ import annotations

import socketserver
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO, cast
from urllib.parse import unquote

from tests.live.ami import PATIENCE


class GoneError(Exception):
    """The caller's side closed the session."""


@dataclass
class Session:
    """One AGI session, from the engine's side."""

    header: Mapping[str, str]
    _input: BinaryIO
    _output: BinaryIO
    closed: threading.Event = field(default_factory=threading.Event)

    @property
    def script(self) -> str:
        """Give `route`, `next` or `ended`."""
        return self.header["agi_network_script"]

    @property
    def arguments(self) -> dict[str, str]:
        """Give the `key=value` arguments."""
        pairs = (
            value.partition("=") for key, value in self.header.items() if key.startswith("agi_arg_")
        )
        return {key: value for key, _, value in pairs}

    def get(self, name: str) -> str:
        """Give one argument, decoded; empty if it is not there."""
        return unquote(self.arguments.get(name, ""))

    def command(self, line: str) -> str:
        """Send one command and give its reply."""
        self._output.write(line.encode() + b"\n")
        self._output.flush()
        while True:
            reply = self._input.readline().decode()
            if not reply:
                raise GoneError
            if not reply.startswith("HANGUP"):
                return reply

    def decide(self, **values: str) -> None:
        """Send a whole decision in one MSet, IVR_DONE last."""
        self.set(**values, IVR_DONE="1")

    def set(self, **values: str) -> None:
        """Send variables in one MSet."""
        pairs = ",".join(f"{key}={value}" for key, value in values.items())
        self.command(f'EXEC MSet "{pairs}"')

    def hang(self) -> None:
        """Say nothing more until the other side has closed the session."""
        while self._input.readline():
            pass
        self.closed.set()


Answer = Callable[[Session], None]


def queue(name: str, **values: str) -> Answer:
    """Answer with a queue."""
    return decision(IVR_ACTION="queue", IVR_QUEUE=name, IVR_ANSWER="before", **values)


def decision(**values: str) -> Answer:
    """Answer with these values, and with all else that a decision has."""
    given = {
        "IVR_TIER": "regular",
        "IVR_ROUTE": "test",
        "IVR_DECISION": "d1",
        "IVR_STATE": "1~test",
        "QUEUE_PRIO": "-5",
        **values,
    }
    return lambda session: session.decide(**given)


class Double:
    """The engine of wood. `answers` maps (script, number dialled) to what it does."""

    def __init__(self, port: int = 0) -> None:
        self.answers: dict[tuple[str, str], Answer] = {}
        self.default: Answer | None = None
        self.sessions: list[Session] = []
        self._news = threading.Condition()
        double = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                double.serve(cast(BinaryIO, self.rfile), cast(BinaryIO, self.wfile))

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            allow_reuse_address = True
            request_queue_size = 256

        self._server = Server(("127.0.0.1", port), Handler)
        self.address = f"127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def serve(self, reader: BinaryIO, writer: BinaryIO) -> None:
        """Hold one session."""
        header: dict[str, str] = {}
        while line := reader.readline().decode(errors="replace").rstrip("\n"):
            key, _, value = line.partition(": ")
            header[key.removesuffix(":")] = value
        if not header:
            return
        session = Session(header, reader, writer)
        with self._news:
            self.sessions.append(session)
            self._news.notify_all()
        usual = self.default if session.script == "route" else None
        answer = self.answers.get((session.script, session.get("dialled")), usual)
        try:
            if answer is not None:
                answer(session)
            elif session.script == "ended":
                session.set(IVR_DONE="1")
        except (GoneError, OSError):
            pass

    def wait(self, script: str, dialled: str, count: int = 1, seconds: float = PATIENCE) -> Session:
        """Give the `count`-th session of this kind, when it comes."""

        def found() -> list[Session]:
            return [s for s in self.sessions if s.script == script and s.get("dialled") == dialled]

        with self._news:
            assert self._news.wait_for(lambda: len(found()) >= count, seconds), (
                f"no /{script} number {count} for {dialled} within {seconds} s"
            )
            return found()[count - 1]

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()


def main() -> None:
    """Answer every /route with the queue named on the command line, until killed."""
    double = Double(int(sys.argv[1]))
    double.default = queue(sys.argv[2])
    print("ready", flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
