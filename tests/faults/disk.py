"""A small disk of one's own, that can be full."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from tests.faults.namespace import Namespace, mounted

_BLOCK: Final = 4096


class Disk:
    """A file system in memory, which only processes see that run `inside` its namespace."""

    def __init__(self, namespace: Namespace, at: Path) -> None:
        self.inside = namespace.inside
        self.seen_from_outside = namespace.seen_from_outside(at)
        self._ballast = self.seen_from_outside / "ballast"

    def fill(self) -> None:
        """Write until not a byte is left."""
        with self._ballast.open("wb", buffering=0) as ballast:
            for size in (_BLOCK, 1):
                with suppress(OSError):
                    while ballast.write(bytes(size)):
                        pass
        assert os.statvfs(self._ballast).f_bavail == 0

    def make_room(self) -> None:
        """Take away what filled it."""
        self._ballast.unlink()


@contextmanager
def small_disk(at: Path, megabytes: int) -> Iterator[Disk]:
    """Mount one for as long as the context lasts."""
    with mounted("-t", "tmpfs", "-o", f"size={megabytes}m", "small", str(at)) as namespace:
        yield Disk(namespace, at)
