"""A namespace in which something is mounted that only those see who run in it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_ENTRANCE: Final = (
    ("--mount",) if os.geteuid() == 0 else ("--mount", "--user", "--preserve-credentials")
)


@dataclass(frozen=True)
class Namespace:
    """`holder` is the process that keeps it: when that ends, all that is mounted is gone."""

    holder: int

    @property
    def inside(self) -> tuple[str, ...]:
        """What a command is preceded by to run in it."""
        return ("nsenter", f"--target={self.holder}", *_ENTRANCE)

    def seen_from_outside(self, path: Path) -> Path:
        """Where a path of it is for everybody else."""
        return Path(f"/proc/{self.holder}/root{path}")


@contextmanager
def mounted(*mount: str) -> Iterator[Namespace]:
    """`mount` with these arguments, for as long as the context lasts."""
    script = 'mount "$@" && echo mounted && exec cat'
    as_root = [] if os.geteuid() == 0 else ["--map-root-user"]
    holder = subprocess.Popen(
        ["setpriv", "--pdeathsig", "KILL", "unshare", "--mount", *as_root, "sh", "-c", script, "sh",
         *mount],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert holder.stdin is not None
    assert holder.stdout is not None
    try:
        said = holder.stdout.readline()
        assert said == b"mounted\n", "this machine lets nobody mount in a namespace (unshare -m)"
        yield Namespace(holder.pid)
    finally:
        holder.kill()
        holder.wait()
        holder.stdin.close()
        holder.stdout.close()
