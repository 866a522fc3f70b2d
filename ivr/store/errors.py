"""What went wrong with the embedded store, in words that an operator can act on."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from ivr.engine.interfaces import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator

#: By the beginning of SQLite's own name of the error; the first that fits.
_ADVICE: Final = (
    ("SQLITE_FULL", "no space is left for {path}: free some, nothing else is needed"),
    (
        "SQLITE_BUSY",
        "another process keeps {path} locked: look for an import, restore or sqlite3 that hangs",
    ),
    ("SQLITE_LOCKED", "{path} is locked: try again"),
    (
        "SQLITE_CORRUPT",
        "{path} is damaged: bring back a backup (`ivr store restore FILE` says how)",
    ),
    (
        "SQLITE_NOTADB",
        "{path} is damaged: bring back a backup (`ivr store restore FILE` says how)",
    ),
    ("SQLITE_READONLY", "{path} cannot be written: check its owner, its mode and the disk's"),
    ("SQLITE_CANTOPEN", "{path} cannot be opened: check that its folder is there, and its owner"),
    ("SQLITE_PERM", "{path} cannot be opened: check its owner and its mode"),
    ("SQLITE_IOERR", "the disk of {path} fails: see dmesg, and check the disk"),
)


@contextmanager
def explaining(path: str) -> Iterator[None]:
    """What SQLite and the system say meanwhile is about this file, and becomes a `StoreError`."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise explained(error, path) from error


def explained(error: BaseException, path: str) -> StoreError:
    """The error as a `StoreError` with advice; one that has advice already stays as it is."""
    if isinstance(error, StoreError):
        return error
    told = StoreError(_advice(error, path))
    told.__cause__ = error
    return told


def _advice(error: BaseException, path: str) -> str:
    if isinstance(error, sqlite3.Error):
        name: str = getattr(error, "sqlite_errorname", "")
        for beginning, advice in _ADVICE:
            if name.startswith(beginning):
                return f"{advice.format(path=path)} ({error})"
        return f"the store {path} fails: {error}"
    if isinstance(error, PermissionError):
        return f"{path} is not yours to use: run this as the user who runs the engine, or with sudo"
    if isinstance(error, OSError):
        return f"{path} cannot be used: {error.strerror or error}"
    return f"the store cannot do this: {type(error).__name__}: {error}"


def is_about_the_file(error: BaseException) -> bool:
    """Whether the connection is in doubt after this error, and not only what was asked."""
    harmless = (sqlite3.IntegrityError, sqlite3.DataError, sqlite3.ProgrammingError)
    if isinstance(error, sqlite3.Error):
        return not isinstance(error, harmless)
    return isinstance(error, OSError)
