"""Opening the embedded store's file: whose it is, who may read it, and whether it is still there.

A process that has a database open must never open and close the same file by itself: closing any
descriptor of a file drops the POSIX locks that SQLite holds on it. So each look into a file's own
bytes, and each creation, happens under one lock and before this process has it open.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ivr.engine.interfaces import StoreError
from ivr.store import schema

if TYPE_CHECKING:
    from collections.abc import Callable

#: The end of the name of a file that `ivr store copy` makes, until it is whole.
COPYING: Final = ".copying"

_OPENING: Final = threading.Lock()
#: Files (device, inode) that this process has opened and knows to be ours.
_OURS: Final[set[tuple[int, int]]] = set()
#: Seconds between tries to become the writer. SQLite's own waits grow to 100 ms, and a process
#: that writes one batch after another (an import) would starve those who wait that long.
_RETRY: Final = 0.002


class Files:
    """One store's file. Each thread opens a connection of its own; `patience` is in seconds.

    A copy that is not whole is opened by the one only that makes it: it is `growing`.
    """

    def __init__(
        self,
        path: str,
        patience: float,
        connect: Callable[[str], sqlite3.Connection] | None = None,
        *,
        growing: bool = False,
    ) -> None:
        self.path = path
        self._growing = growing
        self._patience = patience
        self._connect = connect or sqlite3.connect
        self._seen = False

    def open(self) -> tuple[sqlite3.Connection, tuple[int, int]]:
        """A connection, and the file that it is to. Raises `StoreError`, `sqlite3.Error`, OSError.

        The file is created the first time only: one that was there and is gone was deleted, and an
        empty one in its place would hide that.
        """
        if not self._growing:
            refuse_half(self.path)
        with _OPENING:
            if not self._seen:
                _create(self.path)
            identity = self.identity()
            _refuse_foreign(self.path, identity)
            connection = self._connect(self.path)
            try:
                self._configure(connection)
            except BaseException:
                connection.close()
                raise
            _OURS.add(identity)
            self._seen = True
        return connection, identity

    def close(self, connection: sqlite3.Connection) -> None:
        """Close a connection. One at a time: SQLite brings the WAL home with the last of them, and
        of two that close at once neither would be the last.
        """
        with _OPENING:
            connection.close()

    def identity(self) -> tuple[int, int]:
        """Which file is at the path now. Raises `StoreError` if there is none."""
        try:
            now = os.stat(self.path)
        except FileNotFoundError:
            raise StoreError(
                f"{self.path} was deleted: bring back a backup with `ivr store restore FILE`, "
                f"or restart ivr to begin with an empty store"
            ) from None
        return now.st_dev, now.st_ino

    def begin_writing(self, connection: sqlite3.Connection) -> None:
        """Become the one writer; other processes may be writing. Raises `sqlite3.Error`."""
        connection.execute("PRAGMA busy_timeout = 0")
        self._when_free(connection, "BEGIN IMMEDIATE")

    def _when_free(self, connection: sqlite3.Connection, statement: str) -> None:
        give_up = time.monotonic() + self._patience
        while True:
            try:
                connection.execute(statement)
            except sqlite3.OperationalError as error:
                if not _is_busy(error) or time.monotonic() > give_up:
                    raise
                time.sleep(_RETRY)
            else:
                return

    def _configure(self, connection: sqlite3.Connection) -> None:
        connection.isolation_level = None  # transactions are begun and ended by hand
        milliseconds = int(self._patience * 1000)
        connection.execute(f"PRAGMA busy_timeout = {milliseconds}")
        # A database or a WAL from elsewhere must not run functions of its own choosing.
        connection.execute("PRAGMA trusted_schema = OFF")
        # What is removed must not stay readable in the file: an erasure has to be one.
        connection.execute("PRAGMA secure_delete = ON")
        schema.prepare(connection, self.path)
        # Of a new file: SQLite itself does not wait for another process that is making it just now.
        self._when_free(connection, "PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA journal_size_limit = 67108864")


def refuse_half(path: str) -> None:
    """Raise `StoreError` for a copy that is not whole: many of its callers would be nobody."""
    if path.endswith(COPYING):
        raise StoreError(f"{path} is a copy that is not whole: run `ivr store copy` to its end")


def _is_busy(error: sqlite3.Error) -> bool:
    """Busy for any reason: another writer, or another process that reads the WAL after a crash."""
    return error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY


def _create(path: str) -> None:
    """Make an empty file that only its owner reads; its -wal and -shm take their mode from it."""
    folder = Path(path).absolute().parent
    if not folder.is_dir():
        folder.mkdir(mode=0o700, parents=True)
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:
        return
    owner = folder.stat()
    if os.geteuid() == 0 and owner.st_uid != 0:  # made by root in the engine's folder
        os.chown(path, owner.st_uid, owner.st_gid)


def _refuse_foreign(path: str, identity: tuple[int, int]) -> None:
    if identity in _OURS or Path(f"{path}-journal").exists():
        return
    try:
        with open(path, "rb") as file:
            head = file.read(100)
    except IsADirectoryError:
        raise schema.foreign(path) from None
    application = int.from_bytes(head[68:72], "big")
    if head and (head[:15] != b"SQLite format 3" or application != schema.APPLICATION_ID):
        raise schema.foreign(path)
    if Path(path).stat().st_mode & 0o077:
        Path(path).chmod(0o600)
