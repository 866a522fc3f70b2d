"""What a copy brings, what it refuses, and what it does when it is run again. On real stores."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ivr.callers.changes import GiveGrant
from ivr.callers.erasure import Bounds
from ivr.engine.interfaces import Annotation, History, StoreError
from ivr.store import schema
from ivr.store.backup import backup, restore
from ivr.store.compacting import compact
from ivr.store.copying import copy, opened
from ivr.store.files import Files
from ivr.store.looking import look
from ivr.store.redis import keys
from ivr.store.sqlite_side import SqliteSide
from tests.store.contract import caller, together
from tests.store.groups import Cluster, cluster
from tests.store.moved import ELI, EVERYBODY, TAL, everything, fill, rows, values
from tests.store.samples import DANA, DAY, NOAM, author, contact
from tests.store.servers import RedisServer, RedisWorld, redis_server
from tests.store.test_kill import REPOSITORY
from tests.store.worlds import SqliteWorld

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ivr.callers.caller import Caller

LONG_AGO = date(2026, 1, 1)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with redis_server(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture(autouse=True)
def _empty(server: RedisServer) -> None:
    with server.client() as client:
        client.flushall()


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with cluster(tmp_path_factory.mktemp("cluster")) as servers:
        yield servers


def world_of(place: str) -> Any:
    return RedisWorld(place) if "://" in place else SqliteWorld(Path(place))


def tell(place: str, story: Callable[[Any], Any]) -> Any:
    """What a story with the store at a place gives."""
    world = world_of(place)
    try:
        return world.run(story(world.store))
    finally:
        world.close()


async def answers(store: Any) -> tuple[list[Caller], list[History], Any]:
    """What is asked of a store; a new one is not reconciled."""
    histories = [await store.history(number) for number in EVERYBODY]
    known = [await caller(store, number, LONG_AGO) for number in EVERYBODY]
    calls = [(await store.lookup(None, each, DAY)).open_call for each in ("1700000000.9", "x")]
    others = await store.candidates(1, ["2026-11"]), await store.undocumented(LONG_AGO), calls
    return known, histories, others


def test_a_file_that_went_to_a_redis_and_came_back_is_the_same(
    tmp_path: Path, server: RedisServer
) -> None:
    here, there = str(tmp_path / "a.db"), str(tmp_path / "b.db")
    tell(here, fill)
    assert all(rows(here).values()), (
        "a table has nothing in it: fill it, and see that it comes along"
    )
    assert everything(here, server.url).whole
    server.reconcile()
    assert tell(here, answers) == tell(server.url, answers)
    assert everything(server.url, there).whole
    assert rows(there) == rows(here)


def test_a_redis_that_went_to_a_file_and_came_back_is_the_same(
    tmp_path: Path, server: RedisServer
) -> None:
    between, there = str(tmp_path / "a.db"), f"{server.url}/1"
    tell(server.url, fill)
    assert everything(server.url, between).whole
    assert everything(between, there).whole
    with server.client() as client:
        before = values(client)
        client.select(1)
        assert values(client) == before


@pytest.mark.parametrize("kinds", ["file to file", "redis to redis"])
def test_each_kind_is_copied_to_its_like(kinds: str, tmp_path: Path, server: RedisServer) -> None:
    file = kinds == "file to file"
    here = str(tmp_path / "a.db") if file else server.url
    there = str(tmp_path / "b.db") if file else f"{server.url}/1"
    tell(here, fill)
    assert everything(here, there).whole
    if file:
        assert rows(there) == rows(here)
        return
    with server.client() as client:
        before = values(client)
        client.select(1)
        assert values(client) == before


def test_a_cluster_takes_and_gives_all(tmp_path: Path, three: Cluster) -> None:
    three.clear()
    here, there = str(tmp_path / "a.db"), str(tmp_path / "b.db")
    tell(here, fill)
    assert everything(here, three.url).whole
    three.reconcile()
    assert tell(here, answers) == tell(three.url, answers)
    assert everything(three.url, there).whole
    assert rows(there) == rows(here)


@pytest.mark.parametrize("way", ["to a file", "to a Redis"])
def test_what_is_told_late_finds_its_owner(way: str, tmp_path: Path, server: RedisServer) -> None:
    """An earlier owner's contact is his, and one of before an erasure is not taken."""
    here = str(tmp_path / "a.db")
    there = str(tmp_path / "b.db") if way == "to a file" else server.url
    tell(here, fill)
    assert everything(here, there).whole
    server.reconcile()

    async def late(store: Any) -> Any:
        told = [
            contact(70, number=ELI, started=10.0, ended=20.0),
            contact(71, number=ELI, started=60.0, ended=70.0),
            contact(72, number=ELI, started=9600.0, ended=9700.0),
            contact(73, number=TAL, started=10.0, ended=20.0),
            contact(1),
            contact(3, number=None),
            contact(74, day=date(2026, 1, 31)),
        ]
        taken = [await store.record(one) for one in told]
        return taken, await answers(store)

    expected = tell(here, late)
    assert expected[0] == [True, True, True, False, False, False, False]
    assert tell(there, late) == expected


def test_a_word_about_an_earlier_owner_s_contact_leaves_no_debt(
    tmp_path: Path, server: RedisServer
) -> None:
    """A Redis has no sums of earlier owners; an agent's word takes the contact out of them."""
    there = str(tmp_path / "b.db")
    tell(server.url, fill)
    assert everything(server.url, there).whole

    async def say(store: Any) -> None:
        await store.annotate(contact(6).id, Annotation(case="K1", marked=True), author())

    tell(there, say)
    with closing(sqlite3.connect(there)) as store:
        sums = store.execute("SELECT min(ended), min(answered) FROM tallies").fetchall()
        months = store.execute("SELECT min(contacts), min(marks) FROM months").fetchall()
    assert sums == [(1, 0)]
    assert months == [(1, 0)]


def test_run_again_it_brings_what_changed_and_drops_what_went(
    tmp_path: Path, server: RedisServer
) -> None:
    here, there = str(tmp_path / "a.db"), str(tmp_path / "b.db")
    tell(here, fill)
    everything(here, server.url, finish=False)
    everything(here, there, finish=False)
    tomorrow = DAY + timedelta(days=1)

    async def meanwhile(store: Any) -> None:
        await store.change(DANA, GiveGrant("silver"), author(7000.0))
        await store.record(contact(90, number=None, day=tomorrow))
        await store.annotate(contact(90).id, Annotation("a"), author())
        await store.forget("1700000000.9", 0.0)
        await store.attend(date(2026, 12, 1))
        await store.retire(tomorrow, tomorrow)
        await store.erase(ELI, Bounds(9e9, 9e9), author(9600.0, "asked"))

    tell(here, meanwhile)
    with closing(sqlite3.connect(here)) as store, store:
        for table in ("callers", "journal"):  # all that an erasure left of it
            store.execute(f"DELETE FROM {table} WHERE number = ?", (TAL,))
    assert everything(here, server.url).whole
    server.reconcile()
    assert tell(here, answers) == tell(server.url, answers)
    assert everything(here, there).whole
    assert rows(there) == rows(here)
    assert everything(here, f"{server.url}/1").whole
    with server.client() as client:
        again = values(client)
        client.select(1)
        assert values(client) == again  # no index tells of what went


def test_what_was_dropped_by_half_is_written_whole(tmp_path: Path, server: RedisServer) -> None:
    """Stopped after the caller went, and before its journal and contacts did."""
    here = str(tmp_path / "a.db")
    tell(here, fill)
    everything(here, server.url, finish=False)
    with server.client() as client:
        before = values(client)
        client.delete(*map(keys.caller, EVERYBODY))
        assert everything(here, server.url, finish=False).whole
        assert values(client) == before


def test_a_whole_copy_is_not_written_a_second_time(tmp_path: Path, server: RedisServer) -> None:
    here = str(tmp_path / "a.db")
    tell(here, fill)
    everything(here, server.url, finish=False)
    with opened(here, server.url) as (theirs, ours):
        again = copy(theirs, ours, lambda _: None)
    assert (again.whole, again.written) == (True, 0)


def looked(place: str, _: object) -> None:
    look(place, DANA, LONG_AGO)


def backed_up(place: str, _: object) -> None:
    backup(place, f"{place}.bak")


def restored(place: str, _: object) -> None:
    restore(place, place.removesuffix("b.db.copying") + "a.db", f"{place}.safety")


def restored_from(place: str, _: object) -> None:
    restore(place.removesuffix("b.db.copying") + "a.db", place, f"{place}.safety")


def written_anew(place: str, _: object) -> None:
    compact(place)


def test_no_engine_takes_half_a_copy_for_a_store(tmp_path: Path, server: RedisServer) -> None:
    here, there = str(tmp_path / "a.db"), tmp_path / "b.db"
    tell(here, fill)
    everything(here, server.url, finish=False)
    everything(here, str(there), finish=False)
    with pytest.raises(
        StoreError, match="a copy that is not whole: run `ivr store copy` to its end"
    ):
        tell(server.url, caller)
    assert not there.exists()
    for use in (tell, looked, backed_up, restored, restored_from, written_anew):
        with pytest.raises(StoreError, match="is a copy that is not whole: run `ivr store copy`"):
            use(f"{there}.copying", caller)
    for half in (server.url, f"{there}.copying"):
        with pytest.raises(StoreError, match="a copy that is not whole"):
            everything(half, str(tmp_path / "c.db"))


def test_what_is_written_behind_its_back_is_noticed(tmp_path: Path, server: RedisServer) -> None:
    here = str(tmp_path / "a.db")
    tell(here, fill)
    behind = SqliteWorld(Path(here))

    async def write() -> None:
        await behind.store.change(DANA, GiveGrant("silver"), author(7000.0))

    with opened(here, server.url) as (theirs, ours):
        copied = copy(theirs, ours, lambda _: behind.run(write()))
    behind.close()
    assert not copied.whole
    assert copied.source.journal > copied.target.journal
    assert everything(here, server.url).whole


def test_a_page_of_numbers_costs_as_much_among_many_as_among_few(tmp_path: Path) -> None:
    """In steps of SQLite's machine: read whole for each page, many callers took hours."""

    async def some(store: Any) -> None:
        told = [contact(n, number=f"+97254{n:07}") for n in range(4000)]
        await together(store.record(each) for each in told[:2000])
        await together(store.record(each) for each in told[2000:])

    few, many = str(tmp_path / "few.db"), str(tmp_path / "many.db")
    tell(many, some)
    tell(few, some)
    with closing(sqlite3.connect(few)) as store, store:
        for table in ("callers", "tallies", "months", "contacts"):
            store.execute(f"DELETE FROM {table} WHERE number > '+972540001999'")
    assert _steps_of_a_page(many) < 1.1 * _steps_of_a_page(few)


def _steps_of_a_page(path: str) -> int:
    side, taken = SqliteSide(path), [0]

    def count() -> int:
        taken[0] += 1
        return 0

    side._file._connection.set_progress_handler(count, 1)
    assert len(next(iter(side.callers.pages()))) == 1000
    side.close()
    return taken[0]


# --- what is refused


def refusal(source: str, target: str) -> str:
    with pytest.raises(StoreError) as refused:
        everything(source, target)
    return str(refused.value)


def test_a_store_that_is_there_is_left_as_it_is(tmp_path: Path, server: RedisServer) -> None:
    here, there = str(tmp_path / "a.db"), str(tmp_path / "b.db")
    tell(here, fill)
    tell(there, caller)
    tell(server.url, caller)
    assert "there is something at" in refusal(here, there)
    assert "there is a store at" in refusal(here, server.url)
    everything(here, str(tmp_path / "c.db"))
    assert "there is something at" in refusal(here, str(tmp_path / "c.db"))


def test_keys_of_ours_without_a_version_are_somebody_s(tmp_path: Path, server: RedisServer) -> None:
    here = str(tmp_path / "a.db")
    tell(here, fill)
    with server.client() as client:
        client.flushall()
        client.set(keys.caller(DANA), b"?")
    assert "there is a store at" in refusal(here, server.url)


def test_keys_of_others_are_in_nobody_s_way(tmp_path: Path, server: RedisServer) -> None:
    here = str(tmp_path / "a.db")
    tell(here, fill)
    with server.client() as client:
        client.flushall()
        client.set("queue:1", b"?")
    assert everything(here, server.url).whole


def test_a_copy_of_another_store_is_left_as_it_is(tmp_path: Path, server: RedisServer) -> None:
    first, second, part = (str(tmp_path / name) for name in ("a.db", "b.db", "c.db"))
    for place in (first, second):
        tell(place, fill)
    for to in (server.url, part):
        everything(first, to, finish=False)
        told = refusal(second, to)
        assert "a copy that was begun from" in told
        assert first in told


def test_a_store_is_not_copied_to_itself(tmp_path: Path, server: RedisServer) -> None:
    here = str(tmp_path / "a.db")
    tell(here, fill)
    tell(server.url, caller)
    (tmp_path / "link.db").symlink_to(here)
    assert "are one store" in refusal(here, here)
    assert "are one store" in refusal(here, str(tmp_path / "link.db"))
    assert "are one store" in refusal(server.url, server.url.replace("127.0.0.1", "localhost"))


def test_a_source_must_be_there_and_be_known(tmp_path: Path, server: RedisServer) -> None:
    to = str(tmp_path / "to.db")
    missing = str(tmp_path / "none.db")
    assert "there is no store at" in refusal(missing, to)
    assert not Path(missing).exists()
    with server.client() as client:
        client.flushall()
        assert "there is no store at" in refusal(server.url, to)
        client.set(keys.VERSION_KEY, 99)
    assert "was written by a newer ivr" in refusal(server.url, to)
    newer = str(tmp_path / "newer.db")
    tell(newer, caller)
    with closing(sqlite3.connect(newer)) as store:
        store.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
    assert "was written by a newer ivr" in refusal(newer, to)
    (tmp_path / "text").write_text("no store at all, but a text that is long enough to be one" * 9)
    assert "is no store of ivr" in refusal(str(tmp_path / "text"), to)


def test_a_place_that_cannot_be_reached_is_named(tmp_path: Path, server: RedisServer) -> None:
    here = str(tmp_path / "a.db")
    tell(here, fill)
    assert "cannot be reached" in refusal(here, "redis://127.0.0.1:1")
    assert "http:// is no store" in refusal(here, "http://127.0.0.1:1")
    assert "http:// is no store" in refusal("http://127.0.0.1:1", here)
    with server.client() as client:
        client.flushall()
        client.config_set("maxmemory", "1gb")
        client.config_set("maxmemory-policy", "allkeys-lru")
        try:
            assert "throws away what it keeps" in refusal(here, server.url)
        finally:
            client.config_set("maxmemory-policy", "noeviction")


def test_replicas_that_do_not_have_it_are_told(tmp_path: Path, server: RedisServer) -> None:
    here = str(tmp_path / "a.db")
    tell(here, fill)
    told = refusal(here, f"{server.url}?replicas=1")
    assert told.startswith(f"{server.url}: 0 of 1 replicas have it: see that the replicas run")
    assert everything(here, server.url).whole


@pytest.mark.parametrize("looks", ["idle", "in the midst of reading"])
def test_a_copy_that_somebody_else_has_open_gets_no_name(looks: str, tmp_path: Path) -> None:
    """What is in the log beside the file would not come along with the name."""
    here, there = str(tmp_path / "a.db"), tmp_path / "b.db"
    tell(here, fill)
    everything(here, str(there), finish=False)
    with closing(sqlite3.connect(f"{there}.copying", isolation_level=None)) as other:
        if looks != "idle":
            other.execute("BEGIN")
        other.execute("SELECT count(*) FROM callers").fetchone()
        assert refusal(here, str(there)) == (
            f"another process has {there}.copying open: end it, and run the same command again"
        )
        assert not there.exists()
    assert everything(here, str(there)).whole
    assert rows(str(there)) == rows(here)
    assert [each.name for each in tmp_path.glob("b.db*")] == ["b.db"]


def test_a_copy_that_grows_lets_nobody_in(tmp_path: Path) -> None:
    here, there = str(tmp_path / "a.db"), str(tmp_path / "b.db")
    tell(here, fill)
    with opened(here, there) as (theirs, ours):
        assert copy(theirs, ours, lambda _: None).whole
        with (
            closing(sqlite3.connect(f"{there}.copying", timeout=0)) as other,
            pytest.raises(sqlite3.OperationalError, match="locked"),
        ):
            other.execute("SELECT count(*) FROM callers")
        ours.finish()
    assert rows(there) == rows(here)


def test_two_copies_at_once_are_one(tmp_path: Path) -> None:
    here, there = str(tmp_path / "a.db"), str(tmp_path / "b.db")
    tell(here, fill)
    with opened(here, there) as (theirs, ours):
        second = subprocess.run(
            [sys.executable, "-m", "tests.store.copied", here, there],
            capture_output=True, text=True, cwd=REPOSITORY, check=False,
        )  # fmt: skip
        assert second.returncode == 1
        assert f"another process has {there}.copying open" in second.stderr
        assert copy(theirs, ours, lambda _: None).whole
        ours.finish()
    assert rows(there) == rows(here)


def test_a_copy_that_got_its_name_while_another_run_came_is_left_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other opened it before it had its name, and is let in when it has."""
    here, there = str(tmp_path / "a.db"), tmp_path / "b.db"
    tell(here, fill)
    everything(here, str(there), finish=False)
    open_part = Files.open

    def late(files: Files) -> Any:
        found = open_part(files)
        if files.path == f"{there}.copying":
            os.link(files.path, there)
        return found

    monkeypatch.setattr(Files, "open", late)
    assert "there is something at" in refusal(here, str(there))


@pytest.mark.parametrize("kind", ["file", "redis"])
def test_a_damaged_caller_is_told_by_its_number(
    kind: str, tmp_path: Path, server: RedisServer
) -> None:
    here = str(tmp_path / "a.db") if kind == "file" else server.url
    tell(here, fill)
    if kind == "file":
        with closing(sqlite3.connect(here)) as store, store:
            store.execute("UPDATE callers SET doc = '{' WHERE number = ?", (NOAM,))
    else:
        with server.client() as client:
            client.set(keys.caller(NOAM), b"\xc1")
    told = refusal(here, str(tmp_path / "to.db"))
    assert told.startswith(f"{NOAM} in ")
    assert "is damaged" in told
    assert not (tmp_path / "to.db").exists()
