"""The embedded store's file: whose it is, who may read it, what happens when it is taken away."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from ivr.callers.caller import Caller
from ivr.callers.changes import GiveGrant
from ivr.engine.interfaces import StoreError
from ivr.store.schema import APPLICATION_ID, VERSION
from tests.store.contract import caller
from tests.store.samples import DANA, author, contact
from tests.store.worlds import SqliteWorld

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "var" / "ivr.db"


@pytest.fixture
def open_store(path: Path) -> Iterator[Callable[..., SqliteWorld]]:
    """Opens stores at `path`; closes them all in the end."""
    worlds: list[SqliteWorld] = []

    def opened(**settings: object) -> SqliteWorld:
        worlds.append(SqliteWorld(path, **settings))
        return worlds[-1]

    yield opened
    for world in worlds:
        world.close()


async def told(world: SqliteWorld, sequence: int = 1) -> bool:
    return await world.store.record(contact(sequence))


async def pinged(world: SqliteWorld) -> None:
    await world.store.ping()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_only_the_owner_reads_it(path: Path, open_store: Callable[..., SqliteWorld]) -> None:
    umask = os.umask(0)
    try:
        world = open_store()
        world.run(told(world))
    finally:
        os.umask(umask)
    assert mode(path.parent) == 0o700
    assert {file.name: mode(file) for file in path.parent.iterdir()} == {
        "ivr.db": 0o600,
        "ivr.db-wal": 0o600,
        "ivr.db-shm": 0o600,
    }


def test_a_file_that_others_could_read_is_closed_to_them(
    path: Path, open_store: Callable[..., SqliteWorld]
) -> None:
    path.parent.mkdir()
    path.touch(0o644)
    world = open_store()
    world.run(told(world))
    assert mode(path) == 0o600


def test_what_was_told_is_found_after_a_restart(open_store: Callable[..., SqliteWorld]) -> None:
    first = open_store()
    first.run(told(first))
    found = first.run(caller(first.store))
    first.close()
    second = open_store()
    assert second.run(caller(second.store)) == found
    assert found.tallies


def test_a_closed_store_is_one_file(path: Path, open_store: Callable[..., SqliteWorld]) -> None:
    """Of two connections that close at once, neither would be the last, which clears up."""
    both = threading.Barrier(2)
    met = []

    class Slow(sqlite3.Connection):
        def close(self) -> None:
            with suppress(threading.BrokenBarrierError):
                both.wait(0.2)
                met.append(self)
            super().close()

    world = open_store(connect=lambda at: sqlite3.connect(at, factory=Slow))
    world.run(told(world))
    world.run(pinged(world))
    world.close()
    assert not met
    assert [file.name for file in path.parent.iterdir()] == ["ivr.db"]


def test_writes_are_synced_and_readers_never_wait(
    path: Path, open_store: Callable[..., SqliteWorld]
) -> None:
    opened: list[sqlite3.Connection] = []

    def connect(at: str) -> sqlite3.Connection:
        opened.append(sqlite3.connect(at, check_same_thread=False))
        return opened[-1]

    world = open_store(connect=connect)
    world.run(told(world))
    world.run(pinged(world))
    assert len(opened) == 2
    for connection in opened:
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_two_that_begin_a_file_at_once_wait_for_each_other(
    path: Path, open_store: Callable[..., SqliteWorld]
) -> None:
    refusals: list[str] = []

    class Second(sqlite3.Connection):
        """Meets another that has the new file as it turns to WAL, where SQLite may not wait."""

        def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
            if sql != "PRAGMA journal_mode = WAL":
                return super().execute(sql, *values)
            first = sqlite3.connect(path, isolation_level=None)
            try:
                if not refusals:
                    super().execute("PRAGMA busy_timeout = 0")
                    first.execute("BEGIN")
                    first.execute("SELECT * FROM callers").fetchall()
                return super().execute(sql)
            except sqlite3.OperationalError as error:
                refusals.append(str(error))
                raise
            finally:
                first.close()

    def connect(path: str) -> sqlite3.Connection:
        return sqlite3.connect(path, factory=Second)

    world = open_store(connect=connect)
    assert world.run(told(world))
    assert refusals == ["database is locked"]


def test_the_file_says_what_it_is(path: Path, open_store: Callable[..., SqliteWorld]) -> None:
    world = open_store()
    world.run(told(world))
    world.close()
    head = path.read_bytes()[:100]
    assert int.from_bytes(head[68:72], "big") == APPLICATION_ID
    assert int.from_bytes(head[60:64], "big") == VERSION


def test_a_newer_file_is_refused(path: Path, open_store: Callable[..., SqliteWorld]) -> None:
    world = open_store()
    world.run(told(world))
    world.close()
    with sqlite3.connect(path) as newer:
        newer.execute(f"PRAGMA user_version = {VERSION + 1}")
    newer.close()
    world = open_store()
    with pytest.raises(StoreError, match="newer ivr"):
        world.run(pinged(world))
    with pytest.raises(StoreError, match="newer ivr"):
        world.run(told(world, 2))


def _other_database(path: Path, journal: str) -> None:
    other = sqlite3.connect(path)
    other.execute(f"PRAGMA journal_mode = {journal}")
    other.execute("CREATE TABLE theirs(a)")
    other.commit()
    other.close()


@pytest.mark.parametrize("kind", ["text", "short", "sqlite", "sqlite-wal", "sqlite-crashed"])
def test_somebody_else_s_file_is_left_as_it_is(
    path: Path, kind: str, open_store: Callable[..., SqliteWorld]
) -> None:
    path.parent.mkdir()
    if kind.startswith("sqlite"):
        _other_database(path, "wal" if kind.endswith("wal") else "delete")
    if kind == "sqlite-crashed":
        path.with_name("ivr.db-journal").touch()
    elif not path.exists():
        path.write_text("x" if kind == "short" else "date,number\n" * 100)
    before = path.read_bytes(), mode(path)
    world = open_store()
    for ask in (pinged, told):
        with pytest.raises(StoreError, match="no store of ivr"):
            world.run(ask(world))
    assert (path.read_bytes(), mode(path)) == before
    assert not list(path.parent.glob("ivr.db-[ws]*"))


def test_a_folder_is_no_store(path: Path, open_store: Callable[..., SqliteWorld]) -> None:
    path.mkdir(parents=True)
    world = open_store()
    with pytest.raises(StoreError, match="no store of ivr"):
        world.run(pinged(world))


def test_a_file_where_the_folder_should_be(
    path: Path, open_store: Callable[..., SqliteWorld]
) -> None:
    path.parent.touch()
    world = open_store()
    with pytest.raises(StoreError, match="cannot be used"):
        world.run(told(world))


def test_a_deleted_file_is_told_and_never_begun_anew(
    path: Path, open_store: Callable[..., SqliteWorld]
) -> None:
    world = open_store()
    world.run(told(world))
    shutil.rmtree(path.parent)
    for _ in range(2):
        with pytest.raises(StoreError, match="was deleted"):
            world.run(pinged(world))
        with pytest.raises(StoreError, match="was deleted"):
            world.run(told(world, 2))
    assert not path.parent.exists()


def test_a_file_put_in_its_place_is_used_at_once(
    tmp_path: Path, path: Path, open_store: Callable[..., SqliteWorld]
) -> None:
    other = SqliteWorld(tmp_path / "other.db")

    async def grant() -> None:
        await other.store.change(DANA, GiveGrant("golden-beam"), author())

    other.run(grant())
    other.close()
    world = open_store()
    world.run(told(world))
    world.run(caller(world.store))
    for file in path.parent.iterdir():
        file.rename(tmp_path / f"old-{file.name}")
    (tmp_path / "other.db").rename(path)

    assert world.run(caller(world.store)).record.grants
    assert world.run(told(world)) is True
    assert len(world.run(caller(world.store)).tallies) == 1
    world.close()
    with sqlite3.connect(path) as found:
        assert found.execute("SELECT count(*) FROM contacts").fetchone() == (1,)
    found.close()


def test_what_goes_into_a_deleted_file_is_not_acknowledged(
    path: Path, open_store: Callable[..., SqliteWorld]
) -> None:
    class Deleting(sqlite3.Connection):
        """Deletes the file just before the second contact is committed."""

        commits = 0

        def execute(self, sql: str, *args: Any) -> sqlite3.Cursor:
            if sql == "COMMIT":
                Deleting.commits += 1
                if Deleting.commits == 4:  # whose file, its tables, the first contact, the second
                    path.unlink()
            return super().execute(sql, *args)

    world = open_store(connect=lambda at: sqlite3.connect(at, factory=Deleting))
    assert world.run(told(world, 1))
    with pytest.raises(StoreError, match="was deleted"):
        world.run(told(world, 2))


def test_a_damaged_file_is_told_and_what_is_brought_back_is_used(
    tmp_path: Path, path: Path, open_store: Callable[..., SqliteWorld]
) -> None:
    world = open_store()
    world.run(told(world))
    world.close()
    shutil.copy(path, tmp_path / "good.db")
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (path.stat().st_size - 4096))
    world = open_store()
    for _ in range(2):
        with pytest.raises(StoreError, match="damaged"):
            world.run(caller(world.store))
    with pytest.raises(StoreError, match="damaged"):
        world.run(told(world, 2))
    path.rename(tmp_path / "bad.db")
    (tmp_path / "good.db").rename(path)
    assert world.run(caller(world.store)).tallies


def test_one_damaged_record_harms_nobody_else(
    path: Path, open_store: Callable[..., SqliteWorld]
) -> None:
    world = open_store()
    world.run(told(world))
    with sqlite3.connect(path) as other:
        other.execute("UPDATE callers SET doc = '{\"grants\":[[1]]}'")
    other.close()
    with pytest.raises(StoreError, match="cannot be read"):
        world.run(caller(world.store))
    assert world.run(caller(world.store, "+972500000000")) == Caller("+972500000000")


def test_text_that_cannot_be_kept_fails_alone(open_store: Callable[..., SqliteWorld]) -> None:
    world = open_store()

    async def broken() -> bool:
        return await world.store.record(contact(1, agent="\ud800"))

    with pytest.raises(StoreError, match="cannot do this"):
        world.run(broken())
    assert world.run(caller(world.store)) == Caller(DANA)
    assert world.run(told(world)) is True
