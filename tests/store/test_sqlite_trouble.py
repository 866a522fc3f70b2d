"""Disks that hang, fill up or fail, and other processes: told at once, and never acknowledged."""

from __future__ import annotations

import sqlite3
import threading
from typing import TYPE_CHECKING, Any

import pytest
from twisted.internet.defer import CancelledError, Deferred, gatherResults

from ivr.callers.changes import CloseCase, GiveGrant, RefusedError
from ivr.engine.interfaces import StoreError
from ivr.store.batches import Session
from ivr.store.files import Files
from ivr.store.sqlite import SqliteStore
from ivr.store.threads import BATCH, Job
from tests.store.contract import caller, together
from tests.store.samples import DANA, DAY, LONG_AGO, author, contact
from tests.store.worlds import SqliteWorld

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


class Troubled(sqlite3.Connection):
    """A connection whose `trouble` is called before each statement."""

    trouble: Callable[[str], None]

    def execute(self, sql: str, *args: Any) -> sqlite3.Cursor:
        self.trouble(sql)
        return super().execute(sql, *args)


class Disk:
    """What the tests do to the disk: each connection of a store asks it first."""

    def __init__(self) -> None:
        self.trouble: Callable[[str], None] = lambda sql: None

    def connect(self, path: str) -> sqlite3.Connection:
        connection = sqlite3.connect(path, factory=Troubled)
        connection.trouble = lambda sql: self.trouble(sql)
        return connection


@pytest.fixture
def disk() -> Disk:
    return Disk()


@pytest.fixture
def world(tmp_path: Path, disk: Disk) -> Iterator[SqliteWorld]:
    world = SqliteWorld(tmp_path / "ivr.db", patience=0.05, connect=disk.connect)
    yield world
    disk.trouble = lambda sql: None
    world.close()


async def outcome(asked: Deferred[Any]) -> Any:
    """What came of it; a failure as its class."""
    try:
        return await asked
    except (StoreError, RefusedError, CancelledError) as error:
        return type(error)


async def told(world: SqliteWorld, count: int = 1) -> list[Any]:
    asked = [world.store.record(contact(n)) for n in range(count)]
    return await together(outcome(one) for one in asked)


def contacts(path: Path) -> int:
    connection = sqlite3.connect(path)
    (count,) = connection.execute("SELECT count(*) FROM contacts").fetchone()
    connection.close()
    return int(count)


def test_what_waits_together_is_committed_together(world: SqliteWorld, disk: Disk) -> None:
    world.run(told(world))
    begun, go = threading.Event(), threading.Event()
    commits = []

    def hold(sql: str) -> None:
        if sql == "BEGIN IMMEDIATE":
            begun.set()
            go.wait(30)
        if sql == "COMMIT":
            commits.append(sql)

    disk.trouble = hold

    async def story() -> list[bool]:
        first = world.store.record(contact(100))
        begun.wait(30)
        more = [world.store.record(contact(101 + n)) for n in range(50)]
        go.set()
        return await gatherResults([first, *more])

    assert world.run(story()) == [True] * 51
    assert len(commits) == 2


def test_nothing_is_acknowledged_before_it_is_committed(
    world: SqliteWorld, disk: Disk, tmp_path: Path
) -> None:
    world.run(told(world))
    seen_at_commit: list[tuple[int, bool]] = []
    acknowledged: list[bool] = []

    def look(sql: str) -> None:
        if sql == "COMMIT":
            seen_at_commit.append((contacts(tmp_path / "ivr.db"), bool(acknowledged)))

    disk.trouble = look

    async def story() -> None:
        acknowledged.append(await world.store.record(contact(2)))

    world.run(story())
    assert seen_at_commit == [(1, False)]
    assert acknowledged == [True]


def test_a_commit_that_fails_acknowledges_nothing(
    world: SqliteWorld, disk: Disk, tmp_path: Path
) -> None:
    world.run(told(world))

    def fail(sql: str) -> None:
        if sql == "COMMIT":
            raise sqlite3.OperationalError("disk I/O error")

    disk.trouble = fail

    async def story() -> list[Any]:
        asked = [world.store.record(contact(10 + n)) for n in range(5)]
        asked.append(world.store.change(DANA, GiveGrant("golden-beam"), author()))  # type: ignore[arg-type] # only its failure counts
        return await together(outcome(one) for one in asked)

    assert world.run(story()) == [StoreError] * 6
    assert contacts(tmp_path / "ivr.db") == 1
    disk.trouble = lambda sql: None
    assert world.run(caller(world.store)).record.grants == ()
    assert world.run(story()) == [True] * 5 + [world.run(caller(world.store)).record]


def test_a_job_that_fails_takes_back_its_own_writes_and_no_others(tmp_path: Path) -> None:
    path = tmp_path / "ivr.db"
    session = Session(Files(str(path), 1.0))

    def write(name: str, error: Exception | None) -> Job[Any]:
        def work(connection: sqlite3.Connection) -> str:
            connection.execute(
                "INSERT INTO open_calls(linked_id, state, at) VALUES(?, '', 0)", (name,)
            )
            if error is not None:
                raise error
            return name

        return Job(work)

    jobs = [
        write("a", None),
        write("b", RefusedError("no")),
        write("c", ValueError("a bug")),
        write("a", None),  # an IntegrityError
        write("d", None),
    ]
    outcomes = [getattr(result, "type", result) for _, result in session.write(jobs)]
    session.close()
    assert outcomes == ["a", RefusedError, StoreError, StoreError, "d"]
    kept = sqlite3.connect(path)
    assert kept.execute("SELECT linked_id FROM open_calls").fetchall() == [("a",), ("d",)]
    kept.close()


def test_a_full_disk_is_told_and_healed_by_room(
    world: SqliteWorld, disk: Disk, tmp_path: Path
) -> None:
    world.run(told(world))
    full = True

    class Small(Troubled):
        """As small as it is now: SQLite itself answers SQLITE_FULL."""

        def execute(self, sql: str, *args: Any) -> sqlite3.Cursor:
            if sql == "BEGIN IMMEDIATE":
                super().execute(f"PRAGMA max_page_count = {1 if full else 1 << 20}")
            return super().execute(sql, *args)

    def connect(path: str) -> sqlite3.Connection:
        connection = sqlite3.connect(path, factory=Small)
        connection.trouble = lambda sql: None
        return connection

    small = SqliteWorld(tmp_path / "ivr.db", connect=connect)
    big = "x" * 10_000

    async def remembered() -> Any:
        return await small.store.record(contact(99, route=big))

    with pytest.raises(StoreError, match="no space is left"):
        small.run(remembered())
    assert small.run(caller(small.store)) == world.run(caller(world.store))
    full = False
    assert small.run(remembered()) is True
    small.close()


def test_a_hanging_disk_blocks_nobody_and_is_bounded(tmp_path: Path, disk: Disk) -> None:
    begun, go = threading.Event(), threading.Event()

    def hang(sql: str) -> None:
        begun.set()
        go.wait(30)

    disk.trouble = hang
    world = SqliteWorld(tmp_path / "ivr.db", waiting=10, connect=disk.connect)
    waiting = [world.store.record(contact(0))]
    begun.wait(30)
    waiting += [world.store.record(contact(1 + n)) for n in range(10)]
    failed = world.store.record(contact(99))

    async def refused() -> None:
        with pytest.raises(StoreError, match="10 requests wait"):
            await failed

    assert failed.called
    world.run(refused())
    assert not any(one.called for one in waiting)
    go.set()

    async def rest() -> list[bool]:
        return await gatherResults(waiting)

    assert world.run(rest()) == [True] * 11
    world.close()


def test_a_lookup_that_was_given_up_is_not_done_and_a_write_is(
    world: SqliteWorld, disk: Disk
) -> None:
    world.run(told(world))
    go = threading.Event()
    begun = {"BEGIN": threading.Event(), "BEGIN IMMEDIATE": threading.Event()}
    statements: list[str] = []

    def hang(sql: str) -> None:
        statements.append(sql)
        if sql in begun:
            begun[sql].set()
            go.wait(30)

    disk.trouble = hang

    async def story() -> list[Any]:
        busy = [world.store.ping(), world.store.forget("", 0.0)]
        for event in begun.values():
            event.wait(30)
        lookup, write = world.store.lookup(DANA, None, LONG_AGO), world.store.record(contact(1))
        lookup.cancel()
        write.cancel()
        answered = [world.store.ping(), world.store.forget("", 0.0)]
        go.set()
        await gatherResults([*busy, *answered])
        return [await outcome(lookup), await outcome(write)]

    assert world.run(story()) == [CancelledError, CancelledError]
    assert not any("FROM tallies" in sql for sql in statements)
    assert [tally.ended for tally in world.run(caller(world.store)).tallies] == [2]


def test_lookups_that_wait_are_answered_in_one_delivery(tmp_path: Path, disk: Disk) -> None:
    begun, go = threading.Event(), threading.Event()
    delivered = []
    world = SqliteWorld(tmp_path / "ivr.db")

    def deliver(function: Callable[..., object], *arguments: object) -> None:
        delivered.append(function)
        world.deliver(function, *arguments)

    def hang(sql: str) -> None:
        if sql == "BEGIN":
            begun.set()
            go.wait(30)

    disk.trouble = hang
    store = SqliteStore(str(tmp_path / "ivr.db"), deliver, connect=disk.connect)

    async def story() -> int:
        first = store.ping()
        begun.wait(30)
        more = [store.lookup(DANA, None, DAY) for _ in range(100)]
        go.set()
        await first
        await gatherResults(more)
        return len(delivered)

    assert world.run(story()) == 2

    async def closed() -> None:
        await store.close()

    world.run(closed())


def test_another_process_that_writes_for_long_is_told(world: SqliteWorld, tmp_path: Path) -> None:
    world.run(told(world))
    other = sqlite3.connect(tmp_path / "ivr.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert world.run(told(world)) == [StoreError]
    assert world.run(caller(world.store)).tallies  # readers do not mind
    with pytest.raises(StoreError, match=r"keeps .* locked"):
        world.run(_grant(world))
    other.execute("COMMIT")
    other.close()
    world.run(_grant(world))


def test_a_writer_waits_for_another_s_batch_to_end(tmp_path: Path, disk: Disk) -> None:
    world = SqliteWorld(tmp_path / "ivr.db", patience=30.0, connect=disk.connect)
    world.run(told(world))
    other = sqlite3.connect(tmp_path / "ivr.db", isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    tries = []

    def end_on_the_third(sql: str) -> None:
        if sql == "BEGIN IMMEDIATE":
            tries.append(sql)
            if len(tries) == 3:
                other.execute("COMMIT")

    disk.trouble = end_on_the_third
    world.run(_grant(world))
    assert len(tries) == 3
    other.close()
    world.close()


@pytest.mark.parametrize(
    "code", [sqlite3.SQLITE_BUSY, sqlite3.SQLITE_BUSY_RECOVERY, sqlite3.SQLITE_BUSY_SNAPSHOT]
)
def test_busy_for_whatever_reason_is_tried_again(tmp_path: Path, disk: Disk, code: int) -> None:
    world = SqliteWorld(tmp_path / "ivr.db", patience=30.0, connect=disk.connect)
    world.run(told(world))
    errors = [sqlite3.OperationalError("database is locked")]
    errors[0].sqlite_errorcode = code

    def be_busy(sql: str) -> None:
        if sql == "BEGIN IMMEDIATE" and errors:
            raise errors.pop()

    disk.trouble = be_busy
    world.run(_grant(world))
    assert not errors
    world.close()


async def _grant(world: SqliteWorld) -> None:
    await world.store.change(DANA, GiveGrant("golden-beam"), author())


def test_two_stores_on_one_file_count_each_contact_once(tmp_path: Path) -> None:
    worlds = [SqliteWorld(tmp_path / "ivr.db") for _ in range(2)]

    async def story() -> list[Any]:
        first, second = (world.store for world in worlds)
        mine = [first.record(contact(n)) for n in range(BATCH * 2)]
        theirs = [second.record(contact(n)) for n in range(BATCH * 2)]
        return [mine, theirs]

    asked = worlds[0].run(story())
    new = [world.run(_all(one)) for world, one in zip(worlds, asked, strict=True)]
    assert [sum(pair) for pair in zip(*new, strict=True)] == [1] * (BATCH * 2)
    (tally,) = worlds[0].run(caller(worlds[0].store)).tallies
    assert tally.ended == BATCH * 2
    for world in worlds:
        world.close()


async def _all(asked: list[Deferred[bool]]) -> list[bool]:
    return await gatherResults(asked)


def test_a_refusal_is_no_reason_to_open_the_file_again(tmp_path: Path) -> None:
    opened = []

    def connect(path: str) -> sqlite3.Connection:
        opened.append(path)
        return sqlite3.connect(path)

    world = SqliteWorld(tmp_path / "ivr.db", connect=connect)

    async def refused() -> None:
        for _ in range(3):
            with pytest.raises(RefusedError):
                await world.store.change(DANA, CloseCase(), author())

    world.run(refused())
    assert len(opened) == 1
    world.close()


def test_a_lookup_costs_the_same_however_long_the_history(tmp_path: Path) -> None:
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 1
        return 0

    def connect(path: str) -> sqlite3.Connection:
        connection = sqlite3.connect(path)
        connection.set_progress_handler(count, 1)  # each instruction of SQLite's machine
        return connection

    world = SqliteWorld(tmp_path / "ivr.db", connect=connect)

    def cost_of(more: int) -> int:
        nonlocal steps

        async def story() -> None:
            await gatherResults([world.store.record(contact(more + n)) for n in range(more)])

        world.run(story())
        steps = 0
        world.run(caller(world.store))
        return steps

    world.run(caller(world.store))
    assert cost_of(10) == cost_of(1500)
    world.close()


def test_what_waits_is_told_for_each_thread(tmp_path: Path, disk: Disk) -> None:
    begun, go = threading.Event(), threading.Event()

    def hang(sql: str) -> None:
        begun.set()
        go.wait(30)

    disk.trouble = hang
    world = SqliteWorld(tmp_path / "ivr.db", connect=disk.connect)
    first = world.store.record(contact(0))
    begun.wait(30)
    rest = [world.store.record(contact(1 + n)) for n in range(10)]
    assert (world.store.waiting().reads, world.store.waiting().writes) == (0, 10)
    go.set()

    async def story() -> list[bool]:
        return await gatherResults([first, *rest])

    assert world.run(story()) == [True] * 11
    assert world.store.waiting().writes == 0
    world.close()
