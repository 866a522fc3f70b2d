"""Files of decisions: one line each, as much as is allowed on the disk, for as long as is allowed.

A folder holds segments, each written by one engine and bounded in size. Several engines on a
machine may share it. Whoever begins a segment makes room first, under a lock of the folder, and
reserves what the segment may come to: so the bound holds at every moment, whoever writes. An engine
keeps its open segment locked, and the kernel unlocks it when the process is gone, however it went;
all others may be removed, the oldest first. Blocking: for a thread of its own.
"""

from __future__ import annotations

import errno
import fcntl
import os
import re
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from ivr.callers.caller import Instant

#: A segment's name: when it was begun (milliseconds), by which process, and something of its own.
NAME: Final = re.compile(r"(\d{13})-\d+-[0-9a-f]{8}\.jsonl")

#: Into how many segments the bound on size, and the one on age, is divided.
_PARTS: Final = 16
#: What the smallest file takes on a disk.
_BLOCK: Final = 4096
_LOCK: Final = ".lock"


class NoRoomError(OSError):
    """The bound leaves no room: other engines' open segments take all of it, or one decision."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What may be kept: bytes on disk, and seconds of age."""

    size: int
    age: float

    @property
    def segment(self) -> int:
        """Bytes of a segment."""
        return max(1, self.size // _PARTS)

    @property
    def span(self) -> float:
        """Seconds from a segment's first line to its last."""
        return self.age / _PARTS


class Segments:
    """The segments of `folder`, of which one is this one's to write.

    `token` gives eight hexadecimal digits, never the same twice; `write` is `os.write`.
    """

    def __init__(
        self,
        folder: Path,
        bounds: Bounds,
        token: Callable[[], str],
        write: Callable[[int, bytes], int] = os.write,
    ) -> None:
        self._folder = folder
        self._bounds = bounds
        self._token = token
        self._write = write
        self._file: int | None = None
        self._size = 0
        self._began = 0.0

    def append(self, lines: Sequence[bytes], now: Instant) -> int:
        """Add as many lines (each with its end) as one segment takes, at once; how many.

        Raises `OSError`; then none of them is there.
        """
        file = self._file
        if file is None or self._is_over(file, len(lines[0]), now):
            return self._begin(lines, now)
        return self._put(file, lines)

    def tidy(self, now: Instant) -> None:
        """Remove what is too old or too much. Raises `OSError`."""
        if self._file is not None and now - self._began > self._bounds.span:
            self.close()
        if self._folder.is_dir():
            with self._locked():
                self._make_room(0, now)

    def close(self) -> None:
        """End the segment that is open."""
        if self._file is not None:
            file, self._file, self._size = self._file, None, 0
            os.close(file)

    def _is_over(self, file: int, least: int, now: Instant) -> bool:
        """Whether the segment is full or old, or was removed by somebody."""
        is_full = self._size + least > self._bounds.segment
        is_old = not 0 <= now - self._began <= self._bounds.span
        return is_full or is_old or os.fstat(file).st_nlink == 0

    def _put(self, file: int, lines: Sequence[bytes]) -> int:
        data = b"".join(self._fitting(lines))
        try:
            written = self._write(file, data)
            whole = data.count(b"\n", 0, written)
            if whole == 0:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError:
            self._abandon()
            raise
        self._size += written
        if written < len(data):
            self._abandon()
        return whole

    def _abandon(self) -> None:
        """End a segment that a line may not be whole in: nothing is written behind it."""
        with suppress(OSError):
            self.close()

    def _fitting(self, lines: Sequence[bytes]) -> list[bytes]:
        """The first line, and those that fit behind it."""
        room = self._bounds.segment - self._size - len(lines[0])
        for count, line in enumerate(lines[1:], 1):
            room -= len(line)
            if room < 0:
                return list(lines[:count])
        return list(lines)

    # --- beginning one --------------------------------------------------------------------------

    def _begin(self, lines: Sequence[bytes], now: Instant) -> int:
        """Begin a segment, under the lock: its first line may take more than a segment."""
        self.close()
        make_folder(self._folder)
        with self._locked():
            self._make_room(max(self._bounds.segment, len(lines[0])), now)
            name = f"{int(now * 1000):013d}-{os.getpid()}-{self._token()}.jsonl"
            flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC
            file = os.open(self._folder / name, flags, 0o600)
            self._file, self._size, self._began = file, 0, now
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return self._put(file, lines)
            except OSError:
                # A disk that stays full is tried again and again: an empty file each time would
                # count as a block, and in the end drive out what is kept.
                with suppress(OSError):
                    self.close()
                with suppress(OSError):
                    self._remove(name)
                raise

    @contextmanager
    def _locked(self) -> Iterator[None]:
        flags = os.O_CREAT | os.O_RDWR | os.O_CLOEXEC
        lock = os.open(self._folder / _LOCK, flags, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def _make_room(self, wanted: int, now: Instant) -> None:
        """Remove what is too old, and the oldest until there is room for `wanted` bytes more."""
        ended, open_ = self._found()
        oldest = int((now - self._bounds.age) * 1000)
        for name in [name for name in ended if int(name[:13]) < oldest]:
            self._remove(name)
            del ended[name]
        while sum(ended.values()) + open_ + wanted > self._bounds.size:
            if not ended:
                raise NoRoomError("no room within decisions_bytes: allow more")
            name = min(ended)
            self._remove(name)
            del ended[name]

    def _found(self) -> tuple[dict[str, int], int]:
        """The segments that are ended, with their bytes; and what open ones may come to."""
        ended: dict[str, int] = {}
        open_ = 0
        for name in segments(self._folder):
            size, is_open = _looked_at(self._folder / name)
            if is_open:
                open_ += max(size, self._bounds.segment)
            else:
                ended[name] = max(size, _BLOCK)
        return ended, open_

    def _remove(self, name: str) -> None:
        with suppress(FileNotFoundError):
            (self._folder / name).unlink()


def segments(folder: Path) -> list[str]:
    """The names of a folder's segments, the oldest first; other files are none of ours."""
    with os.scandir(folder) as found:
        return sorted(entry.name for entry in found if NAME.fullmatch(entry.name))


def make_folder(folder: Path) -> None:
    """Make a folder, and those above it, for its owner alone; one that is there stays as it is."""
    if not folder.is_dir():
        make_folder(folder.parent)
        with suppress(FileExistsError):
            folder.mkdir(mode=0o700)


def _looked_at(path: Path) -> tuple[int, bool]:
    """Bytes of a segment, and whether an engine writes to it."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        return 0, False
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return os.fstat(file).st_size, True
    else:
        return os.fstat(file).st_size, False
    finally:
        os.close(file)
