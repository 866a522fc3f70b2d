"""What a process takes, as Linux tells it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_TICKS: Final = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Taken:
    """Bytes, counts, and seconds of processor time.

    `memory` is what the process has for itself, swapped out or not; `resident` counts pages of
    files that it reads as well, which are the system's to take back.
    """

    memory: int
    resident: int
    descriptors: int
    threads: int
    processor: float


def taken(pid: int) -> Taken:
    """What a process takes now."""
    folder = Path(f"/proc/{pid}")
    rows = (row.partition(":") for row in (folder / "status").read_text().splitlines())
    status = {name: value.split() for name, _, value in rows}
    stat = (folder / "stat").read_text().rpartition(")")[2].split()
    return Taken(
        memory=1024 * (int(status["RssAnon"][0]) + int(status["VmSwap"][0])),
        resident=1024 * int(status["VmRSS"][0]),
        descriptors=len(os.listdir(folder / "fd")),
        threads=int(status["Threads"][0]),
        processor=(int(stat[11]) + int(stat[12])) / _TICKS,
    )
