"""A store's file as a copy reads it, and as it grows. Blocking: for commands."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

from ivr.engine.interfaces import StoreError
from ivr.store.errors import explaining
from ivr.store.files import Files

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Seconds to wait for the engine's or an import's batch to end.
_PATIENCE: Final = 10.0


class File:
    """One connection; each piece of work is a transaction. Raises `StoreError`."""

    def __init__(self, path: str, files: Files | None = None) -> None:
        self.path = path
        self._files = files or Files(path, _PATIENCE)
        with self._explaining():
            self._connection, _ = self._files.open()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """All that is read is of one moment."""
        with self._explaining():
            self._connection.execute("BEGIN")
            try:
                yield self._connection
            finally:
                self._connection.execute("COMMIT")

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """All is written, or nothing."""
        with self._explaining():
            self._files.begin_writing(self._connection)
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):
                    self._connection.execute("ROLLBACK")
                raise

    def close(self) -> None:
        """With the last connection, what is in the WAL comes home."""
        with self._explaining():
            self._files.close(self._connection)

    @contextmanager
    def _explaining(self) -> Iterator[None]:
        with explaining(self.path):
            yield


class Part(File):
    """A copy that grows. Nobody else is let in until it is closed, not even to read: what is in the
    WAL does not come home, nor along with a new name, while somebody has the file open.
    """

    def __init__(self, path: str) -> None:
        super().__init__(path, Files(path, 0.0, _alone, growing=True))

    def bring_home(self) -> None:
        """From now on all that is committed is in the file itself, and on the disk."""
        with self._explaining():
            (mode,) = self._connection.execute("PRAGMA journal_mode = DELETE").fetchone()
        if mode != "delete":
            raise self._in_use()

    @contextmanager
    def _explaining(self) -> Iterator[None]:
        with super()._explaining():
            try:
                yield
            except sqlite3.Error as error:
                if getattr(error, "sqlite_errorname", "").startswith("SQLITE_BUSY"):
                    raise self._in_use() from error
                raise

    def _in_use(self) -> StoreError:
        return StoreError(
            f"another process has {self.path} open: end it, and run the same command again"
        )


def _alone(path: str) -> sqlite3.Connection:
    """A connection that keeps its locks: it must ask before it first reads."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    return connection
