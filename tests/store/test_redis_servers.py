"""Servers in every state that they can be in: what callers are told, and what operators."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ivr.callers.changes import GiveGrant
from ivr.engine.interfaces import StoreError
from tests.ports import free_port
from tests.store.contract import StoreContract, caller
from tests.store.erasure import ErasureContract
from tests.store.groups import cluster, guarded
from tests.store.ledger import LedgerContract
from tests.store.papers import papers
from tests.store.samples import DANA, author, contact
from tests.store.servers import DURABLE, RedisServer, RedisWorld, redis_server, store_at

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: What docs/store.md says that a user of the store must be allowed, and no more.
RIGHTS = (
    "on", ">s3cret", "resetkeys", "~ivr:*", "resetchannels", "-@all", "+@read", "+@write",
    "+@scripting", "+select", "+info", "+wait", "+cluster|slots", "+asking", "-@dangerous",
    "+info", "-flushdb",
)  # fmt: skip

#: Each key takes so many microseconds to load, and clients are told so between them.
SLOW = ("--key-load-delay", "100", "--loading-process-events-interval-bytes", "1024")


def grants(world: RedisWorld) -> int:
    return len(world.run(caller(world.store)).record.grants)


async def given(world: RedisWorld) -> None:
    await world.store.change(DANA, GiveGrant("golden-beam"), author())


# --- a user with no more rights than the docs say ---------------------------------------------


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with redis_server(tmp_path_factory.mktemp("locked")) as server:
        with server.client() as client:
            client.execute_command("ACL", "SETUSER", "ivr", *RIGHTS)
        yield server


@pytest.fixture
def world(locked: RedisServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[RedisWorld]:
    monkeypatch.setenv("OUR_SECRET", "s3cret")
    with locked.client() as client:
        client.flushall()
    locked.reconcile()
    with store_at(f"redis://ivr@127.0.0.1:{locked.port}?password_env=OUR_SECRET") as world:
        yield world


class TestStoreOfALockedUser(StoreContract, LedgerContract, ErasureContract):
    pass


# --- servers that cannot do all they should ---------------------------------------------------


def test_a_server_that_takes_no_writes_is_read(tmp_path: Path) -> None:
    """After a failover of two servers the one that is left has no replica: lookups go on."""
    with redis_server(tmp_path, *DURABLE) as server:
        server.reconcile()
        with store_at(server.url) as world:
            world.run(given(world))
        server.kill()
        server.options = (*server.options, "--min-replicas-to-write", "1")
        server.start()
        with store_at(server.url) as world:
            assert grants(world) == 1
            assert not world.run(caller(world.store)).reconciled
            with pytest.raises(StoreError, match="has too few replicas, and so takes nothing"):
                world.run(given(world))


def test_a_server_that_still_loads_is_waited_for(tmp_path: Path) -> None:
    """While it reads its file every caller is regular; then it answers by itself."""
    with redis_server(tmp_path, *DURABLE, "--enable-debug-command", "yes") as server:
        with store_at(server.url) as world:
            world.run(given(world))
        with server.client() as client:
            client.execute_command("DEBUG", "POPULATE", 20_000, "fill", 1000)
            client.bgrewriteaof()
        server.wait_for("Background AOF rewrite finished successfully")
        server.kill()
        server.options = (*server.options, *SLOW)
        server.launch()
        server.wait_for("Loading RDB")
        with store_at(server.url, pause=0.05) as world:
            assert "is still loading its data: wait" in world.said()
            with server.client() as client:
                client.config_set("key-load-delay", 0)
            server.wait_for("Ready to accept connections")
            until_it_answers(world)
            assert grants(world) == 1


def until_it_answers(world: RedisWorld) -> None:
    async def answers() -> bool:
        try:
            await world.store.ping()
        except StoreError:
            return False
        return True

    while not world.run(answers()):
        pass


def test_a_connection_that_was_cut_while_idle_costs_no_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ivr.store.redis.session.FRESH", 0.0)
    with redis_server(tmp_path) as server, store_at(server.url, pause=60.0) as world:
        world.run(given(world))
        for _ in range(3):
            with server.client() as client:
                client.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
            assert grants(world) == 1


def test_a_server_that_becomes_a_replica_is_asked_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By hand, so that no connection is cut: what it knows is of the past from then on."""
    monkeypatch.setattr("ivr.store.redis.session.FRESH", 0.0)
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    with (
        redis_server(tmp_path / "one") as server,
        redis_server(tmp_path / "two") as other,
        store_at(server.url, pause=60.0) as world,
    ):
        server.reconcile()
        assert world.run(caller(world.store)).reconciled
        with server.client() as client:
            client.replicaof("127.0.0.1", other.port)
        assert "is a replica: name the primary" in world.said()


# --- clusters ---------------------------------------------------------------------------------


def test_a_cluster_that_is_not_there_is_said() -> None:
    url = f"redis+cluster://127.0.0.1:{free_port()},127.0.0.1:{free_port()}"
    with store_at(url, pause=60.0) as world:
        first = world.said()
        assert first.startswith(f"the Redis at {url} cannot be reached: does it run")
        assert world.said() == first


def test_a_single_server_is_no_cluster(tmp_path: Path) -> None:
    with (
        redis_server(tmp_path) as server,
        store_at(f"redis+cluster://127.0.0.1:{server.port}") as world,
    ):
        assert "is no cluster: write redis:// for a single server" in world.said()


def test_a_server_of_a_cluster_is_not_the_whole(tmp_path: Path) -> None:
    with cluster(tmp_path) as three:
        said = set()
        for each in three.primaries:
            with store_at(each.url) as world:
                said.add(world.said())
        assert all("is one server of a cluster: write redis+cluster://" in told for told in said)


def test_a_cluster_that_lost_a_server_says_that_it_is_down(tmp_path: Path) -> None:
    with cluster(tmp_path) as three:
        three.reconcile()
        with store_at(three.url, pause=0.05) as world:
            world.run(given(world))
            for each in three.primaries[1:]:
                each.kill()
            assert "cannot be reached" in world.said()
            three.primaries[0].wait_for("Cluster state changed: fail")
            with store_at(three.url) as again:
                assert "cannot be reached" in again.said() or "is down" in again.said()
            for each in three.primaries[1:]:
                each.start()
            three.wait_until_well()
            until_it_answers(world)
            assert grants(world) == 1


# --- TLS everywhere ---------------------------------------------------------------------------


def test_sentinels_and_their_servers_by_tls(tmp_path: Path) -> None:
    shown = papers(tmp_path)
    with guarded(tmp_path / "servers", papers=shown) as group:
        with store_at(f"{group.url}?ca_file={shown.authority}") as world:
            world.run(given(world))
            assert grants(world) == 1
        with store_at(group.url) as world:
            assert "shows a certificate that cannot be trusted" in world.said()


def test_a_cluster_by_tls(tmp_path: Path) -> None:
    shown = papers(tmp_path)
    with cluster(tmp_path / "servers", papers=shown) as three:
        with store_at(f"{three.url}?ca_file={shown.authority}") as world:
            world.run(given(world))
            assert grants(world) == 1
            assert world.run(_recorded(world))
        with store_at(three.url) as world:
            assert "shows a certificate that cannot be trusted" in world.said()


async def _recorded(world: RedisWorld) -> bool:
    return await world.store.record(contact(1))
