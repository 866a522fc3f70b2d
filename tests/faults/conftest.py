"""Engines to which faults are done."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

import pytest

from tests.faults.engine import Faulty


class Start(Protocol):
    """Starts an engine in a folder of its own."""

    def __call__(
        self,
        policy: str = ...,
        *,
        folder: Path = ...,
        port: int = ...,
        inside: Sequence[str] = ...,
        **settings: str,
    ) -> Faulty: ...


@pytest.fixture
def folder() -> Iterator[Path]:
    """In memory: how long a busy machine's disk takes is not what is tested here."""
    with tempfile.TemporaryDirectory(prefix="ivr-faults-", dir="/dev/shm") as memory:
        yield Path(memory)


@pytest.fixture
def start(folder: Path) -> Iterator[Start]:
    running: list[Faulty] = []

    def run(
        policy: str = "load.yaml",
        *,
        folder: Path = folder,
        port: int = 0,
        inside: Sequence[str] = (),
        **settings: str,
    ) -> Faulty:
        running.append(Faulty(folder, policy, port=port, inside=inside, **settings))
        return running[-1]

    yield run
    for engine in running:
        engine.close()
