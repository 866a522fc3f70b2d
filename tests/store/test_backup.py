"""Backups that are whole and readable by nobody else; restores under a running engine."""

from __future__ import annotations

import re
import sqlite3
import stat
import threading
from typing import TYPE_CHECKING

import pytest

from ivr.callers.changes import GiveGrant, Release
from ivr.engine.interfaces import OpenCall, StoreError
from ivr.store import backup as backups
from ivr.store.backup import backup, restore
from ivr.store.schema import VERSION
from tests.store.contract import caller
from tests.store.samples import DANA, LONG_AGO, NOAM, author, contact
from tests.store.worlds import SqliteWorld

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "ivr.db")


@pytest.fixture
def copy(tmp_path: Path) -> str:
    return str(tmp_path / "copies.db")


@pytest.fixture
def safety(tmp_path: Path) -> str:
    return str(tmp_path / "safety.db")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[SqliteWorld]:
    """A running engine's store: it stays open all the while."""
    world = SqliteWorld(tmp_path / "ivr.db")
    world.run(_first_day(world))
    yield world
    world.close()


async def _first_day(world: SqliteWorld) -> None:
    await world.store.change(DANA, GiveGrant("golden-beam"), author())
    await world.store.record(contact(1))
    await world.store.remember(OpenCall("1", DANA, "then", 1.0))


async def _second_day(world: SqliteWorld) -> None:
    await world.store.change(DANA, Release(), author())
    await world.store.change(NOAM, GiveGrant("silver"), author())
    await world.store.record(contact(2))
    await world.store.forget("1", 0.0)
    await world.store.remember(OpenCall("2", NOAM, "now", 2.0))


def test_a_backup_is_whole_and_private(
    world: SqliteWorld, path: str, copy: str, tmp_path: Path
) -> None:
    size = backup(path, copy)
    assert size == (tmp_path / "copies.db").stat().st_size
    assert stat.S_IMODE((tmp_path / "copies.db").stat().st_mode) == 0o600
    other = SqliteWorld(tmp_path / "copies.db")
    assert other.run(caller(other.store)) == world.run(caller(world.store))
    other.close()
    assert not list(tmp_path.glob("*.part"))


def test_a_backup_never_overwrites_unasked(
    world: SqliteWorld, path: str, copy: str, tmp_path: Path
) -> None:
    (tmp_path / "copies.db").write_text("precious")
    with pytest.raises(StoreError, match="--force"):
        backup(path, copy)
    assert (tmp_path / "copies.db").read_text() == "precious"
    backup(path, copy, force=True)
    assert (tmp_path / "copies.db").read_bytes().startswith(b"SQLite format 3")


@pytest.mark.parametrize("force", [True, False])
def test_a_backup_onto_the_store_is_refused(world: SqliteWorld, path: str, force: bool) -> None:
    with pytest.raises(StoreError, match="the store itself"):
        backup(path, path, force=force)


@pytest.mark.parametrize("beside", ["-wal", "-shm", "-journal"])
@pytest.mark.parametrize("linked", [True, False])
def test_a_backup_onto_what_belongs_to_the_store_is_refused(
    linked: bool, beside: str, world: SqliteWorld, path: str, tmp_path: Path
) -> None:
    """Replaced, the log would be lost, and the store with it. Also when there is none just now."""
    before = world.run(caller(world.store))
    named = f"{path}{beside}"
    if linked:
        (tmp_path / "link").symlink_to(tmp_path)
        named = f"{tmp_path}/link/ivr.db{beside}"
    with pytest.raises(StoreError, match="belongs to the store itself"):
        backup(path, named, force=True)
    assert world.run(caller(world.store)) == before


def test_a_backup_of_nothing_is_refused(path: str, copy: str, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="nothing to back up"):
        backup(path, copy)
    assert not list(tmp_path.iterdir())


def test_a_backup_where_nothing_can_be_written(world: SqliteWorld, path: str) -> None:
    with pytest.raises(StoreError, match="cannot be used"):
        backup(path, "/nowhere/copy.db")


def test_a_restore_brings_back_what_was(
    world: SqliteWorld, path: str, copy: str, safety: str, tmp_path: Path
) -> None:
    before = world.run(caller(world.store))
    backup(path, copy)
    world.run(_second_day(world))
    later = world.run(caller(world.store, NOAM))
    restored = restore(path, copy, safety)

    assert (restored.safety, restored.callers, restored.contacts) == (safety, 1, 1)
    assert world.run(caller(world.store)) == before
    assert world.run(caller(world.store, NOAM)).record.grants == ()
    kept = SqliteWorld(tmp_path / "safety.db")
    assert kept.run(caller(kept.store, NOAM)) == later
    kept.close()
    assert not list(tmp_path.glob("*.restoring*"))


def test_after_a_restore_the_engine_writes_on(
    world: SqliteWorld, path: str, copy: str, safety: str
) -> None:
    backup(path, copy)
    restore(path, copy, safety)

    async def story() -> list[bool]:
        return [await world.store.record(contact(1)), await world.store.record(contact(2))]

    assert world.run(story()) == [False, True]
    (tally,) = world.run(caller(world.store)).tallies
    assert tally.ended == 2


def test_calls_that_are_going_on_stay_theirs(
    world: SqliteWorld, path: str, copy: str, safety: str
) -> None:
    backup(path, copy)
    world.run(_second_day(world))
    restore(path, copy, safety)

    async def story() -> list[OpenCall | None]:
        return [(await world.store.lookup(None, call, LONG_AGO)).open_call for call in ("1", "2")]

    assert world.run(story()) == [None, OpenCall("2", NOAM, "now", 2.0)]


def test_lookups_go_on_while_a_restore_is_under_way(
    world: SqliteWorld, path: str, copy: str, safety: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup(path, copy)
    world.run(_second_day(world))
    during = []
    keep_safe = backups._keep_safe

    def look(*paths: str) -> None:
        keep_safe(*paths)
        during.append(world.run(caller(world.store, NOAM)).record.grants)

    monkeypatch.setattr(backups, "_keep_safe", look)
    restore(path, copy, safety)
    assert [len(grants) for grants in during] == [1]


def test_what_is_acknowledged_before_a_restore_is_in_the_safety_copy(
    world: SqliteWorld, path: str, copy: str, safety: str, tmp_path: Path
) -> None:
    backup(path, copy)
    stop, told = threading.Event(), [100]
    writing = threading.Event()
    other = SqliteWorld(tmp_path / "ivr.db", patience=30.0)

    async def one() -> bool:
        return await other.store.record(contact(told[0] + 1))

    def write() -> None:
        while not stop.is_set():
            other.run(one())
            told[0] += 1
            writing.set()

    engine = threading.Thread(target=write)
    engine.start()
    writing.wait(30)
    restore(path, copy, safety)
    stop.set()
    engine.join()
    other.close()
    kept, now = _contacts(safety), _contacts(path)
    everything = {contact(n).id for n in range(101, told[0] + 1)}
    assert not everything - kept - now


def _contacts(path: str) -> set[str]:
    connection = sqlite3.connect(path)
    found = {row[0] for row in connection.execute("SELECT id FROM contacts")}
    connection.close()
    return found


def test_a_deleted_store_is_brought_back_under_the_engine(
    world: SqliteWorld, path: str, copy: str, safety: str, tmp_path: Path
) -> None:
    before = world.run(caller(world.store))
    backup(path, copy)
    for file in tmp_path.glob("ivr.db*"):
        file.unlink()
    with pytest.raises(StoreError, match="was deleted"):
        world.run(caller(world.store))
    assert restore(path, copy, safety).safety is None
    assert world.run(caller(world.store)) == before


def test_a_damaged_store_is_moved_away_first(
    path: str, copy: str, safety: str, tmp_path: Path
) -> None:
    world = SqliteWorld(tmp_path / "ivr.db")
    world.run(_first_day(world))
    before = world.run(caller(world.store))
    backup(path, copy)
    world.close()
    with open(path, "r+b") as damaged:
        damaged.seek(4096)
        damaged.write(b"\xff" * (10 * 4096))
    world = SqliteWorld(tmp_path / "ivr.db")
    with pytest.raises(StoreError, match="damaged"):
        world.run(caller(world.store))
    with pytest.raises(StoreError, match="move it away with"):
        restore(path, copy, safety)
    (tmp_path / "ivr.db.bad").mkdir()
    for file in tmp_path.glob("ivr.db*"):
        if file.is_file():
            file.rename(tmp_path / "ivr.db.bad" / file.name)
    restore(path, copy, safety)
    assert world.run(caller(world.store)) == before
    world.close()


def test_what_is_no_backup_changes_nothing(
    world: SqliteWorld, path: str, copy: str, safety: str, tmp_path: Path
) -> None:
    foreign, newer, damaged = (tmp_path / name for name in ("foreign", "newer", "damaged"))
    foreign.write_text("date,number\n" * 100)
    backup(path, str(newer))
    _set(newer, f"PRAGMA user_version = {VERSION + 1}")
    world.run(_many(world))
    backup(path, str(damaged))
    with damaged.open("r+b") as file:
        file.seek(3 * 4096)
        file.write(b"\xff" * 4096)
    before = world.run(caller(world.store))
    for source, words in (
        (foreign, "no backup of ivr"),
        (newer, "newer ivr"),
        (damaged, "damaged"),
        (tmp_path / "missing", "no file"),
        (tmp_path / "ivr.db", "the store itself"),
    ):
        with pytest.raises(StoreError, match=words):
            restore(path, str(source), safety)
    assert world.run(caller(world.store)) == before
    assert not (tmp_path / "safety.db").exists()
    assert not list(tmp_path.glob("*.restoring*"))


async def _many(world: SqliteWorld) -> None:
    for sequence in range(200):
        await world.store.record(contact(sequence))


def _set(path: Path, statement: str) -> None:
    connection = sqlite3.connect(path)
    connection.execute(statement)
    connection.close()


@pytest.mark.parametrize("log", [False, True])
def test_a_backup_that_was_once_opened_is_restored_from_where_nothing_can_be_written(
    log: bool, world: SqliteWorld, path: str, copy: str, safety: str, tmp_path: Path
) -> None:
    """SQLite wants files beside one that was opened; what a log beside it holds, it cannot read."""
    before = world.run(caller(world.store))
    backup(path, copy)
    other = SqliteWorld(tmp_path / "copies.db")
    other.run(caller(other.store))
    other.close()
    world.run(_second_day(world))
    (tmp_path / "copies.db-shm").symlink_to("nowhere")  # none can be made, as on such a disk
    if log:
        (tmp_path / "copies.db-wal").write_bytes(b"?" * 100)
        with pytest.raises(StoreError, match=re.escape(f"{copy} cannot be opened")):
            restore(path, copy, safety)
        return
    restore(path, copy, safety)
    assert world.run(caller(world.store)) == before


def test_a_restore_that_fails_half_way_changes_nothing(
    world: SqliteWorld, path: str, copy: str, safety: str, tmp_path: Path
) -> None:
    backup(path, copy)
    _set(tmp_path / "copies.db", "DROP TABLE journal")
    before = world.run(caller(world.store))
    with pytest.raises(StoreError, match="journal"):
        restore(path, copy, safety)
    assert world.run(caller(world.store)) == before
