"""Fixtures of the live tests: one Asterisk for all of them, and a fresh line for each."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from tests.live import install
from tests.live.asterisk import Asterisk
from tests.live.double import Double
from tests.live.floor import Floor
from tests.live.line import Line
from tests.live.real import Engine
from tests.live.sounds import lay_recordings

Engines: TypeAlias = Callable[..., Engine]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark all tests of this folder, so that `-m 'not live'` leaves them out."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.live)


@pytest.fixture(scope="session")
def asterisk() -> Iterator[Asterisk]:
    """A running Asterisk; tests are skipped where there can be none, which in CI is a failure."""
    reason = install.why_not()
    if not reason and install.missing():
        reason = "not set up: run `python -m tests.live.install` (it says what it installs)"
    if reason and os.environ.get("CI") == "true":
        pytest.fail(f"CI must run the live tests: {reason}")
    if reason:
        pytest.skip(reason)
    running = Asterisk()
    try:
        running.start()
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="session")
def double() -> Iterator[Double]:
    """The engine of wood, for odd answers."""
    engine = Double()
    yield engine
    engine.close()


@pytest.fixture
def line(asterisk: Asterisk, double: Double) -> Iterator[Line]:
    """A number of one's own, queues of one's own, and callers."""
    fresh = Line(asterisk, double)
    yield fresh
    fresh.close()


@pytest.fixture(scope="session")
def recordings(asterisk: Asterisk) -> None:
    """The sample policy's prompts, to be heard."""
    lay_recordings(asterisk.root)


@pytest.fixture(scope="module")
def engines(recordings: None) -> Iterator[Engines]:
    """Starts real engines (`ivr serve`), and ends them with the module.

    Their stores are in memory: how long a busy machine's disk takes is not what is tested here.
    """
    running: list[Engine] = []
    with tempfile.TemporaryDirectory(prefix="ivr-live-", dir="/dev/shm") as memory:

        def start(policy: str = "", *, folder: Path | None = None, **settings: Any) -> Engine:
            own = folder or Path(tempfile.mkdtemp(dir=memory))
            running.append(Engine(own, policy, **settings))
            return running[-1]

        yield start
        for engine in running:
            engine.close()


@pytest.fixture
def floor(asterisk: Asterisk, double: Double, engine: Engine) -> Iterator[Floor]:
    """Callers of the module's own `engine`."""
    fresh = Floor(asterisk, double, engine)
    yield fresh
    fresh.close()
