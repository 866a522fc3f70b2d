"""A page on disk: whole or not at all."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path
from typing import Final

from ivr.tools.place import UsageExit

_OURS_ALONE: Final = 0o600
_EVERYBODY: Final = 0o666


def must_be_writable(path: Path, such_as: str = "report.html") -> None:
    """Raise `UsageExit` at once where a page could not be written after long work."""
    try:
        folder, taken = path.resolve().parent, path.is_dir()
        there = folder.is_dir()
    except OSError as error:
        raise UsageExit(f"{path} cannot be written: {error.strerror}") from error
    if taken:
        raise UsageExit(f"{path} is a folder: name a file in it, such as {path / such_as}")
    if not there:
        raise UsageExit(f"{path} cannot be written: there is no folder {folder}; make it first")
    if not os.access(folder if not _special(path) else path, os.W_OK):
        raise UsageExit(f"{path} cannot be written: no permission; name a file in another folder")


def write_page(path: Path, text: str, *, private: bool) -> None:
    """Write a page beside its place, then move it there: nobody reads half of it.

    It gets the rights that any file of this user gets; `private` ones (callers' numbers are in
    it) can be read by this user alone. Raises `UsageExit`.
    """
    try:
        if _special(path):
            path.write_text(text, "utf-8")
        else:
            _replace(path.resolve(), text.encode(), _OURS_ALONE if private else _usual())
    except OSError as error:
        raise UsageExit(f"{path} cannot be written: {error.strerror}") from error


def _special(path: Path) -> bool:
    """Whether it is there and no usual file (a pipe, /dev/stdout): then it is not replaced."""
    try:
        return not stat.S_ISREG(path.stat().st_mode)
    except OSError:
        return False


def _replace(path: Path, content: bytes, mode: int) -> None:
    handle, name = tempfile.mkstemp(prefix=f".{path.name[:100]}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            os.fchmod(file.fileno(), mode)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _usual() -> int:
    """What a new file of this user gets."""
    mask = os.umask(0o077)
    os.umask(mask)
    return _EVERYBODY & ~mask
