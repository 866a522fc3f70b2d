"""What systemd hears, over a real socket."""

from __future__ import annotations

import os
import re
import resource
import signal
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from twisted.internet.task import Clock

from ivr.notify import Supervisor, supervisor
from tests.faults.engine import Faulty, limited
from tests.ports import free_port

PATIENCE = 60.0


class Systemd:
    """The socket that NOTIFY_SOCKET names."""

    def __init__(self, address: str) -> None:
        self.wire = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.wire.bind(f"\0{address[1:]}" if address.startswith("@") else address)

    def heard(self) -> list[str]:
        """All that was said since it was asked last."""
        said = []
        self.wire.setblocking(False)
        while True:
            try:
                said.append(self.wire.recv(4096).decode())
            except BlockingIOError:
                return said

    def wait(self, wanted: str) -> list[str]:
        """What is said up to the first message that begins so."""
        said = [self._next(PATIENCE)]
        while not said[-1].startswith(wanted):
            said.append(self._next(PATIENCE))
        return said

    def falls_silent(self, seconds: float) -> bool:
        """Whether nothing is said for so long, after what was on its way."""
        try:
            return not [self._next(seconds) for _ in range(10)]
        except TimeoutError:
            return True

    def _next(self, seconds: float) -> str:
        self.wire.settimeout(seconds)
        return self.wire.recv(4096).decode()


@pytest.fixture(params=["path", "abstract"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return str(tmp_path / "notify") if request.param == "path" else f"@ivr-test-{os.getpid()}"


@pytest.fixture
def systemd(address: str) -> Iterator[Systemd]:
    each = Systemd(address)
    yield each
    each.wire.close()


SUPERVISORS: list[Supervisor] = []


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    while SUPERVISORS:
        SUPERVISORS.pop().close()


def told(address: str, **more: str) -> Supervisor:
    SUPERVISORS.append(supervisor({"NOTIFY_SOCKET": address, **more}, 42))
    return SUPERVISORS[-1]


def test_the_life_of_an_engine_is_told(systemd: Systemd, address: str) -> None:
    one = told(address)
    one.serving(Clock())
    one.reloading()
    one.reloaded("policy 3f2a in force")
    one.stopping(17.5)
    ready, reloading, reloaded, stopping = systemd.heard()
    assert ready == "READY=1"
    assert reloading.startswith("RELOADING=1\nMONOTONIC_USEC=")
    assert reloaded == "READY=1\nSTATUS=policy 3f2a in force"
    assert stopping == "STOPPING=1\nEXTEND_TIMEOUT_USEC=17500000"


def test_the_watchdog_is_fed_while_the_reactor_turns(systemd: Systemd, address: str) -> None:
    clock = Clock()
    told(address, WATCHDOG_USEC="10000000", WATCHDOG_PID="42").serving(clock)
    assert systemd.heard() == ["READY=1", "WATCHDOG=1"]
    clock.advance(2.4)
    assert systemd.heard() == []
    clock.advance(0.1)
    assert systemd.heard() == ["WATCHDOG=1"]
    clock.pump([2.5] * 4)
    assert systemd.heard() == ["WATCHDOG=1"] * 4


def test_the_watchdog_is_fed_without_a_descriptor_to_spare(systemd: Systemd, address: str) -> None:
    clock = Clock()
    told(address, WATCHDOG_USEC="10000000", WATCHDOG_PID="42").serving(clock)
    systemd.heard()
    with limited(os.getpid(), resource.RLIMIT_NOFILE, 1):
        clock.advance(2.5)
    assert systemd.heard() == ["WATCHDOG=1"]


@pytest.mark.parametrize("more", [{}, {"WATCHDOG_USEC": "10000000", "WATCHDOG_PID": "41"}])
def test_the_watchdog_of_nobody_is_not_fed(
    systemd: Systemd, address: str, more: dict[str, str]
) -> None:
    clock = Clock()
    told(address, **more).serving(clock)
    assert systemd.heard() == ["READY=1"]
    assert not clock.getDelayedCalls()


def test_nobody_there_costs_nothing(tmp_path: Path) -> None:
    for where in ("", str(tmp_path / "gone")):
        one = told(where, WATCHDOG_USEC="1000000")
        one.serving(Clock())
        one.reloading()
        one.reloaded("")
        one.stopping(1)


def test_a_systemd_that_does_not_read_is_not_waited_for(systemd: Systemd, address: str) -> None:
    one = told(address)
    for _ in range(10_000):
        one.reloading()
    assert len(systemd.heard()) < 10_000


# The whole engine, in a process of its own. ---------------------------------------------------

one_socket = pytest.mark.parametrize("address", ["path"], indirect=True)

FED = 2.0
"""Seconds within which systemd would want to hear of it."""

_BLOCKED = """
import signal, time
signal.signal(signal.SIGUSR1, lambda *_: time.sleep(1000))
"""
"""What a bug would do to it: the thread of the reactor waits, and all others go on."""


@pytest.fixture
def watched(
    systemd: Systemd, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Systemd:
    """Engines that are started now are supervised."""
    (tmp_path / "sitecustomize.py").write_text(_BLOCKED)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("NOTIFY_SOCKET", address)
    monkeypatch.setenv("WATCHDOG_USEC", str(int(FED * 1_000_000)))
    return systemd


@one_socket
def test_an_engine_is_ready_when_it_takes_calls_and_says_all_that_it_does(
    watched: Systemd, tmp_path: Path
) -> None:
    port = free_port()

    def as_soon_as_it_is_ready() -> list[str]:
        said = watched.wait("READY=1")
        socket.create_connection(("127.0.0.1", port)).close()
        return said

    with ThreadPoolExecutor() as beside:
        taken = beside.submit(as_soon_as_it_is_ready)
        engine = Faulty(tmp_path / "engine", port=port)
    try:
        assert taken.result() == ["READY=1"]
        assert watched.wait("WATCHDOG=1") == ["WATCHDOG=1"]
        _reloads(engine, watched)
        engine.edit("load.yaml", "queue: main", "queue: nowhere")
        _reloads(engine, watched)
        with socket.create_connection(("127.0.0.1", port)):
            engine.terminate()
            assert watched.wait("STOPPING=1")[-1].endswith("\nEXTEND_TIMEOUT_USEC=20000000")
            assert watched.wait("WATCHDOG=1"), "it is fed while calls finish"
        assert engine.wait_end() == 0
    finally:
        engine.close()


def _reloads(engine: Faulty, watched: Systemd) -> None:
    """SIGHUP is told when it begins and when it is over, and the watchdog is fed in between."""
    before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    engine.hang_up()
    told = watched.wait("RELOADING=1")[-1]
    at = int(told.removeprefix("RELOADING=1\nMONOTONIC_USEC="))
    assert before <= at <= time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    *fed, over = watched.wait("READY=1")
    assert re.fullmatch(r"READY=1\nSTATUS=policy \w+ in force", over)
    assert set(fed) <= {"WATCHDOG=1"}


@one_socket
@pytest.mark.parametrize("how", ["frozen", "blocked"])
def test_who_does_not_turn_does_not_feed_the_watchdog(
    watched: Systemd, tmp_path: Path, how: str
) -> None:
    engine = Faulty(tmp_path / "engine")
    try:
        watched.wait("WATCHDOG=1")
        os.kill(engine.pid, {"frozen": signal.SIGSTOP, "blocked": signal.SIGUSR1}[how])
        assert watched.falls_silent(1.5 * FED)
        if how == "frozen":
            engine.thaw()
            watched.wait("WATCHDOG=1")
    finally:
        engine.close()
