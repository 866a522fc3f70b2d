"""Backup and restore of the embedded store while an engine uses it. Blocking: for commands.

A file is never swapped under a running process. A restore is one transaction of the store's own:
the engine's writes wait for it, its lookups go on with what was there until it is done.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ivr.engine.interfaces import StoreError
from ivr.store import schema
from ivr.store.errors import explained, explaining
from ivr.store.files import Files, refuse_half

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Seconds to wait for the engine's or an import's batch to end.
_PATIENCE: Final = 10.0
#: Ends of the names of what SQLite keeps beside a file, and what is a part of it.
_BESIDE: Final = ("-journal", "-wal", "-shm")


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did: where the store as it was is kept (None: there was none), and counts."""

    safety: str | None
    callers: int
    contacts: int


def backup(path: str, target: str, *, force: bool = False) -> int:
    """Write a checked copy of the store at `path` to `target`; its size in bytes.

    Raises `StoreError`, also if `target` exists and `force` is not given. The copy appears under
    its name only when it is whole and on the disk.
    """
    with explaining(path):
        if not Path(path).is_file():
            raise StoreError(f"there is no store at {path}: nothing to back up")
    with explaining(target):
        _refuse_target(path, target, force)
    with explaining(path), closing(_opened(path)) as connection:
        part = _copy(connection, target)
    with explaining(target):
        _appear(part, target, force)
        return Path(target).stat().st_size


def restore(path: str, source: str, safety: str) -> Restored:
    """Make the store at `path` hold what the backup `source` holds; what it held goes to `safety`.

    Raises `StoreError`, and then nothing has changed. Open calls are not restored: they are about
    the calls that are going on now.
    """
    with explaining(source):
        if not Path(source).is_file():
            raise StoreError(f"there is no file {source} to restore from")
        refuse_half(source)
    with explaining(path):
        if _same(path, source):
            raise StoreError(f"{source} is the store itself: give a backup")
        was_there = Path(path).exists() and Path(path).stat().st_size > 0
    with _scratch(source, path) as scratch, _advising(path, _DAMAGED), closing(
        _opened(path)
    ) as store:  # fmt: skip
        store.execute("ATTACH ? AS backup", (scratch,))
        Files(path, _PATIENCE).begin_writing(store)
        try:
            if was_there:
                _keep_safe(path, safety)
            counts = [_replace(store, table) for table in schema.KEPT]
            store.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):
                store.execute("ROLLBACK")
            raise
    found = dict(zip(schema.KEPT, counts, strict=True))
    return Restored(safety if was_there else None, found["callers"], found["contacts"])


_DAMAGED: Final = (
    "{path} is too damaged to be replaced while in use ({error}): move it away with "
    "`mkdir {path}.bad && mv {path} {path}-* {path}.bad/`, then restore again; "
    "the engine may go on running"
)
_DAMAGED_BACKUP: Final = "{path} is damaged ({error}): restore an earlier backup"
#: What SQLite says of the file that it writes, and not of the one that it reads.
_ABOUT_WRITING: Final = (
    "SQLITE_FULL", "SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_PERM", "SQLITE_IOERR_WRITE",
    "SQLITE_IOERR_FSYNC", "SQLITE_IOERR_TRUNCATE",
)  # fmt: skip


@contextmanager
def _writing(path: str) -> Iterator[None]:
    """Tell of the file that is written from another, and leave it to others to tell of that one."""
    try:
        yield
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorname", "").startswith(_ABOUT_WRITING):
            raise explained(error, path) from error
        raise
    except OSError as error:
        raise explained(error, path) from error


@contextmanager
def _advising(path: str, damaged: str) -> Iterator[None]:
    """As `explaining`, with words of its own for a file that is damaged."""
    with explaining(path):
        try:
            yield
        except sqlite3.Error as error:
            name = getattr(error, "sqlite_errorname", "")
            if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
                raise StoreError(damaged.format(path=path, error=error)) from error
            raise


def _opened(path: str) -> sqlite3.Connection:
    connection, _ = Files(path, _PATIENCE).open()
    return connection


def _copy(connection: sqlite3.Connection, target: str) -> str:
    """A whole, checked copy beside the target, under a name of its own."""
    part = f"{target}.part"
    with explaining(target):
        Path(part).unlink(missing_ok=True)
        descriptor = os.open(part, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
    try:
        with _writing(target):
            connection.execute("VACUUM INTO ?", (part,))
            _check(part)
            os.fsync(descriptor)
    except BaseException:
        Path(part).unlink()
        raise
    finally:
        os.close(descriptor)
    return part


def _appear(part: str, target: str, force: bool) -> None:
    """Give the copy its name, in one step that survives a power cut."""
    if not force:
        try:
            os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        except FileExistsError:
            Path(part).unlink()
            raise StoreError(_exists("", target)) from None
    Path(part).replace(target)
    folder = os.open(Path(target).absolute().parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _refuse_target(path: str, target: str, force: bool) -> None:
    if Path(target).is_dir():
        raise StoreError(f"{Path(target)} is a folder: give the name of a file in it")
    beside = [f"{os.path.realpath(path)}{end}" for end in _BESIDE]
    if os.path.realpath(target) in beside:
        raise StoreError(f"{target} belongs to the store itself: give another name for the backup")
    if Path(target).exists() and (not force or _same(path, target)):
        raise StoreError(_exists(path, target))


def _exists(path: str, target: str) -> str:
    if path and _same(path, target):
        return f"{target} is the store itself: give another name for the backup"
    return f"{target} exists: give another name, or --force to replace it"


def _same(path: str, other: str) -> bool:
    return Path(path).exists() and Path(other).exists() and os.path.samefile(path, other)


def _check(path: str) -> None:
    """Raise unless the file is a whole store."""
    with closing(sqlite3.connect(path)) as connection:
        (result,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
    if result != "ok":
        raise StoreError(f"{path} is damaged: {result}")


@contextmanager
def _scratch(source: str, path: str) -> Iterator[str]:
    """A checked copy of a backup beside the store, brought to the present version.

    The backup itself is only read: it may lie on a disk that cannot be written.
    """
    scratch = f"{path}.restoring"
    _refuse_other(source)
    with explaining(path):
        Path(path).absolute().parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        Path(scratch).unlink(missing_ok=True)
        os.close(os.open(scratch, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    try:
        with (
            _advising(source, _DAMAGED_BACKUP),
            closing(_readable(source)) as whole,
            _writing(path),
        ):
            _copy_backup(whole, source, scratch)
        yield scratch
    finally:
        with explaining(path):
            for end in ("", *_BESIDE):
                Path(f"{scratch}{end}").unlink(missing_ok=True)


def _refuse_other(source: str) -> None:
    with explaining(source), open(source, "rb") as file:
        head = file.read(100)
    if int.from_bytes(head[68:72], "big") != schema.APPLICATION_ID:
        raise StoreError(f"{source} is no backup of ivr: give a file made by `ivr store backup`")


def _readable(source: str) -> sqlite3.Connection:
    """A backup, to be read only.

    Beside one that was ever opened SQLite wants files, also to read it. Where it can make none it
    goes without them, but for a log that is there and holds some of the backup.
    """
    uri = f"{Path(source).absolute().as_uri()}?mode=ro"
    try:
        return _looked_into(uri)
    except sqlite3.Error as error:
        name = getattr(error, "sqlite_errorname", "")
        log = Path(f"{os.path.realpath(source)}-wal")
        in_use = log.exists() and log.stat().st_size > 0
        if in_use or not name.startswith(("SQLITE_CANTOPEN", "SQLITE_READONLY")):
            raise
    return _looked_into(f"{uri}&immutable=1")


def _looked_into(uri: str) -> sqlite3.Connection:
    connection = sqlite3.connect(uri, uri=True)
    try:
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    except BaseException:
        connection.close()
        raise
    return connection


def _copy_backup(whole: sqlite3.Connection, source: str, scratch: str) -> None:
    with closing(sqlite3.connect(scratch, isolation_level=None)) as copy:
        whole.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")
        schema.prepare(copy, source)
        (result,) = copy.execute("PRAGMA integrity_check(1)").fetchone()
    if result != "ok":
        raise StoreError(f"{source} is damaged ({result}): restore an earlier backup")


def _keep_safe(path: str, safety: str) -> None:
    """Copy the store as it is, while nobody else can write to it."""
    with closing(_opened(path)) as connection:
        part = _copy(connection, safety)
    with explaining(safety):
        _appear(part, safety, force=False)


def _replace(store: sqlite3.Connection, table: str) -> int:
    """Make a table hold what the backup's holds; how many rows that is."""
    columns = ", ".join(row[1] for row in store.execute(f"PRAGMA main.table_info({table})"))
    store.execute(f"DELETE FROM main.{table}")  # noqa: S608 # schema.KEPT
    store.execute(
        f"INSERT INTO main.{table}({columns}) SELECT {columns} FROM backup.{table}"  # noqa: S608 # likewise
    )
    return schema.number(store, f"SELECT count(*) FROM main.{table}")  # noqa: S608 # likewise
