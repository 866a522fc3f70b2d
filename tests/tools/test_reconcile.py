"""`ivr store reconcile`, and what `ivr store` refuses for a Redis, as an operator types it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner, Result

from ivr.callers.changes import GiveGrant
from ivr.store.redis import keys
from ivr.tools.place import Place
from ivr.tools.stores import store
from tests.store.contract import caller
from tests.store.samples import DANA, author
from tests.store.servers import RedisServer, RedisWorld, redis_server
from tests.store.worlds import SqliteWorld

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BY = ("--by", "Ronit", "--why", "failover of the night")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    with redis_server(tmp_path, "--appendonly", "yes") as server:
        yield server


@pytest.fixture
def engine(server: RedisServer) -> Iterator[RedisWorld]:
    """An engine that goes on meanwhile."""
    world = RedisWorld(server.url)
    world.run(given(world))
    yield world
    world.close()


async def given(world: RedisWorld) -> None:
    await world.store.change(DANA, GiveGrant("golden-beam"), author(0.0))


def typed(where: str, *words: str) -> Result:
    place = Place(where, "IL", ZoneInfo("Asia/Jerusalem"), (), ())
    return CliRunner().invoke(store, words, obj=place)


def test_the_paid_line_opens_again(engine: RedisWorld, server: RedisServer) -> None:
    assert not engine.run(caller(engine.store)).reconciled
    told = typed(server.url, "reconcile", *BY)
    assert told.exit_code == 0, told.output
    assert told.output.splitlines() == [
        "1 of the servers are new since the last reconciliation",
        "1 callers, 0 of them in the nuisance process; 0 contacts",
        "the newest contact ended never, the newest change by people was made 1970-01-01 02:00:00"
        " IST: what came after is lost",
        "0 entries of indices were missing, and are there again",
        "these servers are trusted from now on; the paid line is open again",
    ]
    fresh = RedisWorld(server.url)
    assert fresh.run(caller(fresh.store)).reconciled
    fresh.close()


def test_it_says_since_when(engine: RedisWorld, server: RedisServer) -> None:
    typed(server.url, "reconcile", *BY)
    server.kill()
    server.start()
    told = typed(server.url, "reconcile", *BY)
    first = told.output.splitlines()[0]
    assert first.startswith("1 of the servers are new since the last reconciliation; seen 20")


def test_what_is_damaged_keeps_it_closed_unless_it_is_accepted(
    engine: RedisWorld, server: RedisServer
) -> None:
    with server.client() as client:
        client.delete(keys.journal(DANA))
    told = typed(server.url, "reconcile", *BY)
    assert told.exit_code == 1
    assert f"{DANA}: what is known is not what the journal of its changes comes to" in told.output
    assert "the paid line stays closed: mend what is named above" in told.output
    assert typed(server.url, "reconcile", "--accept", *BY).exit_code == 0


def test_who_says_so_must_be_told(server: RedisServer) -> None:
    assert typed(server.url, "reconcile").exit_code == 2


def test_a_file_has_nothing_to_reconcile(tmp_path: Path) -> None:
    world = SqliteWorld(tmp_path / "ivr.db")
    world.run(caller(world.store))
    world.close()
    told = typed(str(tmp_path / "ivr.db"), "reconcile", *BY)
    assert told.exit_code == 1
    assert "no servers that can change: nothing to reconcile" in told.output


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_a_redis_is_not_backed_up_so(server: RedisServer, command: str, tmp_path: Path) -> None:
    told = typed(server.url, command, str(tmp_path / "copy"))
    assert told.exit_code == 1
    assert "`ivr store copy` takes all from one store to another" in told.output
    assert not (tmp_path / "copy").exists()
