"""Real Redis servers for tests: each with a folder and a port of its own, killed at the end.

`IVR_REDIS_SERVER` names another program than `redis-server`, with its arguments.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from redis import Redis

from ivr.engine.interfaces import StoreError
from ivr.store.pump import Pump
from ivr.store.redis.store import RedisStore
from tests.live.install import redis
from tests.ports import free_port
from tests.store.samples import DANA, LONG_AGO

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.store.papers import Papers

#: What a store wants of its server (docs/store.md): what it acknowledges is on the disk.
DURABLE = ("--appendonly", "yes", "--appendfsync", "always")

#: A replica that comes need not wait for others that may.
_AT_ONCE: Final = ("--repl-diskless-sync-delay", "0")


def program() -> list[str]:
    """What is started, unless a test says otherwise."""
    found = shlex.split(os.environ.get("IVR_REDIS_SERVER", "")) or redis()
    assert found, "no Redis is there: `python -m tests.live.install` brings one"
    return found


class _Output:
    """What a process prints, line by line. Who waits for a line sees also those before it."""

    #: Seconds, for a test that would wait for ever.
    _PATIENCE: Final = 60.0

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._lines: list[str] = []
        self._ended = False
        self._more = threading.Condition()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def wait_for(self, text: str, times: int) -> None:
        with self._more:
            told = self._more.wait_for(
                lambda: self._count(text) >= times or self._ended, self._PATIENCE
            )
            if not told or self._count(text) < times:
                raise AssertionError(f"never said {text!r}:\n{''.join(self._lines)}")

    def close(self) -> None:
        self._thread.join()
        assert self._process.stdout is not None
        self._process.stdout.close()

    def _count(self, text: str) -> int:
        return sum(text in line for line in self._lines)

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            with self._more:
                self._lines.append(line)
                self._more.notify_all()
        with self._more:
            self._ended = True
            self._more.notify_all()


@dataclass
class RedisServer:
    """A server; `options` as on its command line. It can be killed and started again."""

    folder: Path
    options: tuple[str, ...] = ()
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[str] | None = None
    _output: _Output | None = None
    papers: Papers | None = None
    program: list[str] = field(default_factory=lambda: program())

    @property
    def url(self) -> str:
        return f"{'rediss' if self.papers else 'redis'}://127.0.0.1:{self.port}"

    @property
    def words(self) -> dict[str, str]:
        """Where it listens, and how, as its configuration has it."""
        port = str(self.port)
        return {"port": port} if self.papers is None else self.papers.words(port)

    def command(self) -> list[str]:
        listens = [word for name, value in self.words.items() for word in (f"--{name}", value)]
        return [
            *self.program, *listens, "--bind", "127.0.0.1", "--save", "",
            "--dir", str(self.folder), "--daemonize", "no", *_AT_ONCE, *self.options,
        ]  # fmt: skip

    def start(self) -> None:
        """Returns when it answers."""
        self.launch()
        self.wait_for("Ready to accept connections")

    def launch(self) -> None:
        """Start it, and do not wait."""
        self.process = subprocess.Popen(self.command(), stdout=subprocess.PIPE, text=True)
        self._output = _Output(self.process)

    def wait_for(self, text: str, times: int = 1) -> None:
        """Until so many lines of its log, since its start, have this text."""
        assert self._output is not None
        self._output.wait_for(text, times)

    def kill(self) -> None:
        """As `kill -9` does."""
        process, self.process = self.process, None
        if process is None or self._output is None:
            return
        process.kill()
        process.wait()
        self._output.close()

    def reconcile(self) -> None:
        """Say that nothing was lost, as `ivr store reconcile` does."""
        with self.client() as client:
            client.sadd("ivr:reconciled", self.run_id())

    def run_id(self) -> str:
        """The id that it has from its start to its end."""
        with self.client() as client:
            return str(client.info("server")["run_id"])

    def client(self, **more: Any) -> Redis:
        """redis-py's own, to look inside and to configure."""
        if self.papers is not None:
            more |= {"ssl": True, "ssl_ca_certs": str(self.papers.authority)}
        return Redis("127.0.0.1", self.port, **more)


@contextmanager
def redis_server(folder: Path, *options: str) -> Iterator[RedisServer]:
    """A server that runs."""
    server = RedisServer(folder, options)
    server.start()
    try:
        yield server
    finally:
        server.kill()


class RedisWorld(Pump):
    """A store at a URL, waited for without a reactor."""

    def __init__(self, url: str, **settings: Any) -> None:
        super().__init__()
        self.store = RedisStore(url, self.deliver, **settings)

    def close(self) -> None:
        async def closed() -> None:
            await self.store.close()

        self.run(closed())

    def said(self) -> str:
        """What a lookup is told: why it fails, or that it was answered."""

        async def story() -> str:
            try:
                await self.store.lookup(DANA, None, LONG_AGO)
            except StoreError as error:
                return str(error)
            return "answered"

        return self.run(story())


@contextmanager
def store_at(url: str, **settings: Any) -> Iterator[RedisWorld]:
    """The store of a URL, as long as the context lasts."""
    world = RedisWorld(url, **settings)
    try:
        yield world
    finally:
        world.close()


def said(url: str, **settings: Any) -> str:
    """What the first lookup at a URL is told."""
    with store_at(url, **settings) as world:
        return world.said()
