"""Writing the embedded store's file anew, so that it holds its rows and nothing else. Blocking.

What is deleted is overwritten where it lies. But SQLite moves rows between pages as these fill, and
leaves copies behind in bytes that no row uses: those go only so.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from ivr.engine.interfaces import StoreError
from ivr.store.errors import explaining
from ivr.store.files import Files
from ivr.store.forgetting import bring_home

#: Seconds to wait for the engine's or an import's batch to end.
_PATIENCE: Final = 10.0

_FULL: Final = (
    "no space is left to write {path} anew: that takes its size beside it, and once more in "
    "SQLite's temporary folder (SQLITE_TMPDIR, else TMPDIR, else /var/tmp): free some, or name "
    "another folder ({error})"
)


def compact(path: str) -> tuple[int, int]:
    """Its size in bytes before and after. Raises `StoreError`; then the file is as it was.

    Lookups go on meanwhile, writes wait: an engine's fail after some seconds, as in a restore.
    """
    with explaining(path):
        if not Path(path).is_file():
            raise StoreError(f"there is no store at {path}: nothing to write anew")
        connection, _ = Files(path, _PATIENCE).open()
        with closing(connection):
            bring_home(connection)
            before = Path(path).stat().st_size
            _write_anew(connection, path)
            bring_home(connection)
            return before, Path(path).stat().st_size


def _write_anew(connection: sqlite3.Connection, path: str) -> None:
    try:
        connection.execute("VACUUM")
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorname", "").startswith("SQLITE_FULL"):
            raise StoreError(_FULL.format(path=path, error=error)) from error
        raise
