"""Starts what is measured, puts it on a core of its own, and ends it.

The server has one core and whoever calls it the other, with all else that runs for the measurement:
so the one is not measured with the other's time. Processor time is the kernel's own, of a whole
process with all its threads, in nanoseconds.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
from redis import Redis
from redis.backoff import ConstantBackoff
from redis.exceptions import ConnectionError as NotThereError
from redis.retry import Retry

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROOT: Final = Path(__file__).parent.parent
#: On the disk of the project: a store in memory would be a store without a disk.
WORK: Final = ROOT / "var/bench"

#: Seconds for a server to begin.
_PATIENCE: Final = 120.0
_AGAIN: Final = 0.05
#: A process that took less than this part of the last moment does nothing for calls any more.
_AT_REST: Final = 0.02
_RESTING: Final = 5.0
#: A Redis as docs/store.md wants it, but for `durable`, once it is filled. It does not rewrite its
#: file in the midst of a measurement.
FILLING: Final = (
    "--appendonly", "yes", "--appendfsync", "no", "--hash-max-listpack-value", "256",
    "--auto-aof-rewrite-percentage", "0",
)  # fmt: skip
#: Bounds of the engine that would refuse a measurement, which is a flood from few callers.
_OPEN: Final = ("--calls-per-number=1000000", "--max-lag=2500ms", "--lookup-deadline=2500ms")


@dataclass(frozen=True, slots=True)
class Cores:
    """Where the server is put, and where the rest."""

    server: int
    rest: int

    @property
    def told(self) -> str:
        """The same, for people."""
        if self.server == self.rest:
            return f"ONE core only ({self.rest}): server and generator are in each other's way"
        return f"server on core {self.server}, generator and Redis on core {self.rest}"


@dataclass(frozen=True, slots=True)
class Server:
    """What is called: where it listens, and how many commands it sends in a session.

    `http` is the port of an engine's metrics; `redis` the process of the server that it asks.
    """

    name: str
    pid: int
    port: int
    commands: int = 1
    http: int | None = None
    redis: int | None = None


def cores() -> Cores:
    """The last core is the server's: the first has the machine's interrupts on it."""
    mine = sorted(os.sched_getaffinity(0))
    return Cores(mine[-1], mine[0])


def pin(pid: int, core: int) -> None:
    """Put a process and all its threads on a core; those it makes later follow."""
    for task in Path(f"/proc/{pid}/task").iterdir():
        with suppress(ProcessLookupError):  # a thread that has just ended
            os.sched_setaffinity(int(task.name), {core})


def spent(pid: int) -> float:
    """Seconds of processor time of a process so far, with all its threads (clock_getcpuclockid)."""
    return time.clock_gettime((~pid << 3) | 2)


def rest(pid: int) -> float:
    """Wait until a process has done what calls left behind; what it had spent by then."""
    until, before = time.monotonic() + _RESTING, spent(pid)
    while time.monotonic() < until:
        time.sleep(_AGAIN)
        now = spent(pid)
        if now - before < _AT_REST * _AGAIN:
            return now
        before = now
    return before


def free_port() -> int:
    """One that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def built(source: Path) -> str:
    """The program made from a file of C, made anew if the file is newer."""
    program = WORK / source.stem
    if not program.exists() or program.stat().st_mtime < source.stat().st_mtime:
        compiler = shutil.which("cc") or "gcc"
        fresh = program.with_suffix(f".{os.getpid()}")
        WORK.mkdir(parents=True, exist_ok=True)
        subprocess.run([compiler, "-O2", "-o", fresh, source, "-lm"], check=True)  # noqa: S603 - ours
        fresh.replace(program)  # two that measure at once never run half of it
    return str(program)


@contextmanager
def folder() -> Iterator[Path]:
    """A folder for what a server keeps, on the disk, gone afterwards."""
    WORK.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=WORK) as name:
        yield Path(name)


@contextmanager
def _running(command: Sequence[str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as told:
        process = subprocess.Popen(command, stderr=told, stdout=told, cwd=ROOT)  # noqa: S603 - ours
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _listens(port: int) -> bool:
    """Whether somebody listens there; not asked by a connection, of which panoramisk never lets go.

    It reads the end of a header that never came again and again, at the cost of a whole core.
    """
    rows = (row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:])
    return any(row[1].endswith(f":{port:04X}") and row[3] == "0A" for row in rows)


def _alive(process: subprocess.Popen[bytes], log: Path) -> None:
    if process.poll() is not None:
        raise click.ClickException(f"{process.args!r} ended:\n{log.read_text()[-2000:]}")


@contextmanager
def plain(name: str, command: Sequence[str], commands: int, core: int) -> Iterator[Server]:
    """A server that decides nothing; {port} in its command is where it listens."""
    port = free_port()
    words = [word.format(port=port) for word in command]
    with folder() as kept, _running(words, kept / "log") as process:
        until = time.monotonic() + _PATIENCE
        while True:
            _alive(process, kept / "log")
            if _listens(port):
                break
            if time.monotonic() > until:
                raise click.ClickException(f"{name} does not listen")
            time.sleep(_AGAIN)
        pin(process.pid, core)
        yield Server(name, process.pid, port, commands)


@contextmanager
def engine(
    name: str, policy: Path, store: Path | str, core: int, redis: int | None = None,
    options: Sequence[str] = (),
) -> Iterator[Server]:  # fmt: skip
    """Ours, with everything on: lookup, metrics, the log, kept decisions.

    Its bounds are set so that none of them is in the way; its own folder has log and decisions.
    """
    with folder() as kept:
        log = kept / "log"
        command = [sys.executable, "-m", "ivr", "serve", "--agi-port=0", "--http-port=0",
                   f"--routes={policy}", f"--store={store}", f"--decisions={kept / 'decisions'}",
                   *_OPEN, *options]  # fmt: skip
        with _running(command, log) as process:
            told = listening(process, log)
            pin(process.pid, core)
            yield Server(name, process.pid, _port(told["agi"]), 1, _port(told["http"]), redis)


def listening(process: subprocess.Popen[bytes], log: Path) -> dict[str, str]:
    """What the engine says once it listens."""
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        _alive(process, log)
        for text in log.read_text().splitlines()[:100]:
            with suppress(ValueError):  # half of a line
                line: dict[str, str] = json.loads(text)
                if line["event"] == "listening":
                    return line
        time.sleep(_AGAIN)
    raise click.ClickException(f"the engine does not listen:\n{log.read_text()[-2000:]}")


def _port(address: str) -> int:
    return int(address.rsplit(":", 1)[1])


def redis_program() -> list[str]:
    """The command of a Redis server: the machine's, or the one that the tests brought."""
    own = Path.home() / ".cache/ivr-live/bin/redis-server"
    found = shutil.which("redis-server") or (str(own) if own.exists() else None)
    words = shlex.split(os.environ.get("IVR_REDIS_SERVER", ""))
    if not words and found is None:
        raise click.ClickException("no redis-server: install it, or set IVR_REDIS_SERVER")
    return words or [str(found)]


@contextmanager
def redis_server(core: int, *options: str) -> Iterator[tuple[int, Redis]]:
    """The process of a server of its own, with these options, and a client."""
    port = free_port()
    with folder() as kept:
        command = [*redis_program(), "--port", str(port), "--bind", "127.0.0.1",
                   "--dir", str(kept), "--save", "", *options]  # fmt: skip
        patient = Retry(ConstantBackoff(0.05), 200, supported_errors=(NotThereError,))
        with _running(command, kept / "log") as process, Redis(port=port, retry=patient) as client:
            client.ping()
            pin(process.pid, core)
            yield process.pid, client


def port_of(client: Redis) -> int:
    """Where the server of a client listens."""
    return int(client.get_connection_kwargs()["port"])


def durable(client: Redis) -> None:
    """From now on what it acknowledges is on the disk, as docs/store.md wants it."""
    client.config_set("appendfsync", "always")


def metrics(port: int) -> dict[str, float]:
    """Every sample of an engine's metrics page, by its name with labels."""
    with socket.create_connection(("127.0.0.1", port)) as wire:
        wire.sendall(b"GET /metrics HTTP/1.0\r\n\r\n")
        page = b""
        while data := wire.recv(65536):
            page += data
    lines = page.partition(b"\r\n\r\n")[2].decode().splitlines()
    pairs = (line.rsplit(" ", 1) for line in lines if line and not line.startswith("#"))
    return {name: float(value) for name, value in pairs}
