"""Soaks for tests, and their figures at the end of what pytest prints."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from tests import ROOT
from tests.soak.soak import Soak

SECONDS: Final = float(os.environ.get("SOAK_SECONDS", "300"))
FIGURES: Final = "soak"
"""Under this name tests record what is to be read at the end."""


@contextmanager
def soaked(name: str, seconds: float, module: str = "ivr") -> Iterator[Soak]:
    """An engine that was called for so long, and still runs; its curve is in var/soak.

    In memory unless SOAK_FOLDER says where: how late a busy machine's disk is, is not tested here.
    """
    where = os.environ.get("SOAK_FOLDER", "/dev/shm")
    Path(where).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f"ivr-{name}-", dir=where) as folder:
        soak = Soak(Path(folder), seconds, module)
        try:
            soak.run()
            soak.write(ROOT / "var" / "soak" / f"{name}.csv")
            yield soak
        finally:
            soak.close()


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print the figures, also those that another process of pytest's recorded."""
    reports = [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]
    for report in reports:
        for name, value in report.user_properties:
            if name == FIGURES:
                terminalreporter.write_line(value)
