"""Of several runs of a copy into a Redis only the last one writes, and none into an open store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ivr.callers.changes import GiveGrant
from ivr.engine.interfaces import Annotation, StoreError
from ivr.store.copying import copy, opened
from ivr.store.redis import keys
from ivr.store.sides import Times
from tests.store.contract import caller
from tests.store.groups import cluster
from tests.store.moved import everything, fill, values
from tests.store.samples import DANA, author, contact
from tests.store.servers import RedisServer, redis_server, store_at
from tests.store.worlds import SqliteWorld

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from ivr.store.sides import Side, Target

NEW = "+972545555555"
OTHER_RUN = "another run of this copy took it over, or opened it to engines"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    with redis_server(tmp_path) as server:
        yield server


@pytest.fixture
def here(tmp_path: Path) -> str:
    """A file that is copied."""
    place = tmp_path / "a.db"
    world = SqliteWorld(place)
    world.run(fill(world.store))
    world.close()
    return str(place)


def used(url: str) -> None:
    """What an engine is told once the store is open."""

    async def story(store: Any) -> None:
        await store.change(DANA, GiveGrant("silver"), author(7000.0))
        await store.record(contact(90, number=NEW))
        await store.annotate(contact(3).id, Annotation(note="paid"), author(8000.0))

    with store_at(url) as world:
        world.run(story(world.store))


def test_a_run_that_was_suspended_takes_nothing_out_of_the_store(
    here: str, server: RedisServer
) -> None:
    kept: list[Any] = []

    def suspended(_pieces: int) -> None:
        if not kept:
            assert everything(here, server.url).whole
            used(server.url)
            with server.client() as client:
                kept.append(values(client))

    with (
        pytest.raises(StoreError, match=OTHER_RUN),
        opened(here, server.url) as (theirs, ours),
    ):
        copy(theirs, ours, suspended)
    with server.client() as client:
        assert values(client) == kept[0]


#: Each way in which a run writes.
WRITES: dict[str, Callable[[Side, Target], object]] = {
    "callers": lambda _, ours: ours.callers.replace([], _all(ours.callers)),
    "gone callers": lambda _, ours: ours.callers.replace(_all(ours.callers), []),
    "withheld": lambda theirs, ours: ours.withheld.replace([], _all(theirs.withheld)),
    "calls": lambda theirs, ours: ours.calls.replace([], _all(theirs.calls)),
    "times": lambda _, ours: ours.keep_times(Times()),
    "journal": lambda theirs, ours: ours.say_anew(theirs.said()),
    "opening": lambda _, ours: ours.finish(),
}


def _all(pieces: Any) -> list[Any]:
    return [piece for page in pieces.pages() for piece in pieces.read(page)]


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize("opens", [True, False])
def test_nothing_is_written_by_a_run_that_another_took_over(
    write: str, opens: bool, here: str, server: RedisServer
) -> None:
    everything(here, server.url, finish=False)
    with opened(here, server.url) as (theirs, ours), server.client() as client:
        everything(here, server.url, finish=opens)
        before = values(client)
        with pytest.raises(StoreError, match=OTHER_RUN):
            WRITES[write](theirs, ours)
        assert values(client) == before


def test_nor_in_a_cluster(here: str, tmp_path: Path) -> None:
    with cluster(tmp_path / "cluster") as three:
        with (
            pytest.raises(StoreError, match=OTHER_RUN),
            opened(here, three.url) as (theirs, ours),
        ):
            copy(theirs, ours, lambda _: everything(here, three.url, finish=False))
        assert everything(here, three.url).whole


def test_a_copy_that_an_older_ivr_began_is_taken_over(here: str, server: RedisServer) -> None:
    with server.client() as client:
        with opened(here, server.url) as (theirs, _):
            older = f"copying {theirs.name}".encode()
        client.set(keys.VERSION_KEY, older)
        with opened(here, server.url):
            assert client.get(keys.VERSION_KEY).startswith(older + b" ")
    assert everything(here, server.url).whole


def test_a_copy_that_is_opened_while_another_run_begins_stays_open(
    here: str, server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run has seen a copy that is not whole, and is suspended before it takes it over."""
    everything(here, server.url, finish=False)

    def suspended(_memory: bytes, _place: Any) -> None:
        monkeypatch.undo()
        everything(here, server.url)

    monkeypatch.setattr("ivr.store.redis.side.check_eviction", suspended)
    with pytest.raises(StoreError, match=OTHER_RUN), opened(here, server.url):
        pass
    used(server.url)


def test_another_s_copy_is_named_without_its_run(
    here: str, tmp_path: Path, server: RedisServer
) -> None:
    other = str(tmp_path / "b.db")
    world = SqliteWorld(tmp_path / "b.db")
    world.run(caller(world.store))
    world.close()
    everything(here, server.url, finish=False)
    with pytest.raises(StoreError, match=f"was begun from [^ ]*{here}: go on with that one"):
        everything(other, server.url)
