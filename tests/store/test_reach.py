"""What is said of a place that may not be entered or written: one line that names it."""

from __future__ import annotations

import os
import resource
import sqlite3
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from ivr.engine.interfaces import StoreError
from ivr.store import compacting
from ivr.store.backup import backup, restore
from ivr.store.compacting import compact
from ivr.store.files import Files
from tests.store.contract import caller
from tests.store.moved import everything, fill
from tests.store.worlds import SqliteWorld

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NOBODY: Final = 65534
#: A folder that is there, and in which not even root can make anything.
UNWRITABLE: Final = "/proc"


@pytest.fixture
def here(tmp_path: Path) -> str:
    path = tmp_path / "ivr.db"
    world = SqliteWorld(path)
    world.run(caller(world.store))
    world.close()
    return str(path)


@contextmanager
def locked_out(folder: Path) -> Iterator[None]:
    """Nobody may enter the folder, and this process is not root's."""
    root = os.geteuid() == 0
    folder.chmod(0)
    if root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)
        folder.chmod(0o700)


#: What is done with the one place that is out of reach.
DONE: Final[dict[str, Callable[[str, str], object]]] = {
    "a backup of it": lambda away, here: backup(away, f"{here}.bak"),
    "a backup to it": lambda away, here: backup(here, away),
    "a backup in place of it": lambda away, here: backup(here, away, force=True),
    "a restore of it": lambda away, here: restore(away, here, f"{here}.safety"),
    "a restore from it": lambda away, here: restore(here, away, f"{here}.safety"),
    "writing it anew": lambda away, _: compact(away),
    "a copy of it": lambda away, here: everything(away, f"{here}.new"),
    "a copy to it": lambda away, here: everything(here, away),
}


@pytest.mark.parametrize("done", DONE)
def test_a_folder_that_may_not_be_entered_is_told(done: str, here: str, tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    tmp_path.chmod(0o755)
    with locked_out(inner), pytest.raises(StoreError) as told:
        DONE[done](str(inner / "a.db"), here)
    assert str(told.value) in (
        f"{inner}/a.db is not yours to use: run this as the user who runs the engine, or with sudo",
        f"{here} is not yours to use: run this as the user who runs the engine, or with sudo",
    )


@pytest.mark.parametrize("done", DONE)
def test_a_name_that_no_file_can_have_is_told(done: str, here: str, tmp_path: Path) -> None:
    away = f"{tmp_path}/{'x' * 300}"
    with pytest.raises(StoreError) as told:
        DONE[done](away, here)
    assert str(told.value) == f"{away} cannot be used: File name too long"


def test_a_restore_into_a_folder_that_cannot_be_written_is_told(here: str) -> None:
    away = f"{UNWRITABLE}/ivr.db"
    with pytest.raises(StoreError) as told:
        restore(away, here, f"{here}.safety")
    assert str(told.value) == f"{away} cannot be used: No such file or directory"


@pytest.mark.parametrize("name", ["", "{folder}"])
@pytest.mark.parametrize("force", [True, False])
def test_a_backup_needs_a_name(name: str, force: bool, here: str, tmp_path: Path) -> None:
    target = name.format(folder=tmp_path)
    with pytest.raises(StoreError) as told:
        backup(here, target, force=force)
    assert str(told.value) == f"{Path(target)} is a folder: give the name of a file in it"


# --- of two files, the one that it is about


@contextmanager
def no_room() -> Iterator[None]:
    """No file can be longer than SQLite needs beside a store that is open."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.fixture
def filled(tmp_path: Path) -> str:
    path = tmp_path / "filled.db"
    world = SqliteWorld(path)
    world.run(fill(world.store))
    world.close()
    return str(path)


def test_a_backup_that_finds_no_room_names_its_target(filled: str, tmp_path: Path) -> None:
    target = f"{tmp_path}/backed-up"
    with no_room(), pytest.raises(StoreError) as told:
        backup(filled, target)
    assert str(told.value).startswith(f"the disk of {target} fails")
    assert not list(tmp_path.glob("backed-up*"))


def test_a_backup_into_a_folder_that_is_not_there_names_its_target(here: str) -> None:
    target = f"{here}s/backed-up"
    with pytest.raises(StoreError) as told:
        backup(here, target)
    assert str(told.value) == f"{target} cannot be used: No such file or directory"


def test_a_restore_that_finds_no_room_names_the_store(filled: str, here: str) -> None:
    with no_room(), pytest.raises(StoreError) as told:
        restore(here, filled, f"{here}.safety")
    assert str(told.value).startswith(f"the disk of {here} fails")


def test_a_backup_that_is_cut_off_asks_for_an_earlier_one(filled: str, here: str) -> None:
    os.truncate(filled, 20_000)
    with pytest.raises(StoreError) as told:
        restore(here, filled, f"{here}.safety")
    assert str(told.value) == (
        f"{filled} is damaged (database disk image is malformed): restore an earlier backup"
    )


def test_writing_anew_names_the_temporary_folder(
    here: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full(sqlite3.Connection):
        def execute(self, statement: str, *values: Any) -> sqlite3.Cursor:
            if statement == "VACUUM":
                full = sqlite3.OperationalError("database or disk is full")
                full.sqlite_errorname = "SQLITE_FULL"
                raise full
            return super().execute(statement, *values)

    def files(path: str, patience: float) -> Files:
        return Files(path, patience, lambda at: sqlite3.connect(at, factory=Full))

    monkeypatch.setattr(compacting, "Files", files)
    with pytest.raises(StoreError) as told:
        compact(here)
    assert str(told.value) == (
        f"no space is left to write {here} anew: that takes its size beside it, and once more in "
        "SQLite's temporary folder (SQLITE_TMPDIR, else TMPDIR, else /var/tmp): free some, or name "
        "another folder (database or disk is full)"
    )
