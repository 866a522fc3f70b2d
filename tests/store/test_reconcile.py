"""After a change of primary: doubt, and the word that ends it. On a real Redis."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import msgpack
import pytest

from ivr.callers.changes import GiveGrant, OpenCase, Release
from ivr.callers.nuisance import Stage
from ivr.callers.process import Confirm
from ivr.engine.interfaces import Annotation, Reconciliation, StoreError
from ivr.store.redis import keys
from ivr.store.redis.packing import packed, unpacked
from ivr.store.redis.store import RedisStore
from tests.store.contract import caller
from tests.store.samples import DANA, LONG_AGO, NOAM, author, consent, contact
from tests.store.servers import DURABLE, RedisServer, RedisWorld, redis_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ivr.callers.caller import Caller


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    with redis_server(tmp_path, *DURABLE) as server:
        yield server


@pytest.fixture
def world(server: RedisServer) -> Iterator[RedisWorld]:
    world = RedisWorld(server.url)
    yield world
    world.close()


def reconciled(world: RedisWorld, *, accept: bool = False) -> Reconciliation:
    async def story() -> Reconciliation:
        assert isinstance(world.store, RedisStore)
        return await world.store.reconcile(author(9.0), accept=accept)

    return world.run(story())


def filled(world: RedisWorld) -> None:
    async def story() -> None:
        store = world.store
        await store.change(DANA, GiveGrant("golden-beam"), author(1.0))
        await store.change(DANA, Release(), author(2.0))
        await store.change(DANA, OpenCase("K1", None, complex=False), author(3.0))
        await store.change(
            NOAM, Confirm(Stage.WARNED, "letter", "2026-10", Stage.CLEAR, "", ()), author(4.0)
        )
        await store.record(contact(1))
        await store.record(contact(2, number=None))
        await store.annotate(contact(1).id, Annotation(note="paid"), author(5.0))

    world.run(story())


def test_a_store_is_not_trusted_before_somebody_says_so(world: RedisWorld) -> None:
    assert not world.run(caller(world.store)).reconciled
    found = reconciled(world)
    assert (found.servers, found.opened) == (1, True)
    assert world.run(caller(world.store)).reconciled


def test_a_reconciliation_says_what_there_is(world: RedisWorld) -> None:
    filled(world)
    assert reconciled(world) == Reconciliation(1, 2, 1, 2, 0, 5062.0, 5.0, (), 0, True)


def test_a_server_that_was_started_again_is_not_trusted(
    world: RedisWorld, server: RedisServer
) -> None:
    reconciled(world)
    server.kill()
    server.start()
    fresh = RedisWorld(server.url)
    try:
        assert not fresh.run(caller(fresh.store)).reconciled
        assert not fresh.store.is_reconciled()
        with server.client() as client:  # nor is the one before, should it take over again
            assert client.smembers(keys.RECONCILED) == set()
        reconciled(fresh)
        assert fresh.store.is_reconciled()
    finally:
        fresh.close()


def test_a_reconciliation_says_since_when_a_server_was_doubted(
    world: RedisWorld, server: RedisServer
) -> None:
    """And that one is new, rather than all: nobody is trusted any more since that was seen."""
    assert reconciled(world).doubted is None
    server.kill()
    server.start()
    with server.client() as client:
        before = client.time()[0]
    fresh = RedisWorld(server.url)
    try:
        assert not fresh.run(caller(fresh.store)).reconciled
        with server.client() as client:
            seen = float(client.get(keys.DOUBTED))
            assert before <= seen <= client.time()[0]
        found = reconciled(fresh)
        assert (found.servers, found.doubted) == (1, seen)
        again = reconciled(fresh)
        assert (again.servers, again.doubted) == (0, None)
    finally:
        fresh.close()


def test_no_consent_is_kept_on_a_server_that_is_not_reconciled(world: RedisWorld) -> None:
    seen: list[Caller] = []

    def allowed(fresh: Caller) -> bool:
        seen.append(fresh)
        return fresh.reconciled

    async def story() -> bool:
        return await world.store.consent(DANA, consent(1), allowed, LONG_AGO)

    assert not world.run(story())
    reconciled(world)
    assert world.run(story())
    assert [each.reconciled for each in seen] == [False, True]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection that was ended is made anew unnoticed, as one that stood idle is."""
    monkeypatch.setattr("ivr.store.redis.wires.IDLE", 0.0)


@pytest.mark.usefixtures("quick")
def test_a_server_that_changes_while_a_consent_is_kept_is_noticed(
    world: RedisWorld, server: RedisServer
) -> None:
    """The guard has said yes; the server is another by the time that the consent comes."""
    reconciled(world)
    assert _kept_while_it_changes(world, server) is False
    again = RedisWorld(server.url)
    try:
        assert again.run(_consents(again)) == ()
    finally:
        again.close()


@pytest.mark.usefixtures("quick")
def test_a_server_that_changes_while_a_consent_is_told_again_is_noticed(
    world: RedisWorld, server: RedisServer
) -> None:
    """It has the consent, and may have lost the appeal that came after it."""
    reconciled(world)

    async def first() -> bool:
        return await world.store.consent(DANA, consent(1), lambda _: True, LONG_AGO)

    assert world.run(first())
    assert _kept_while_it_changes(world, server) is False


def _kept_while_it_changes(world: RedisWorld, server: RedisServer) -> bool | str:
    asked: list[bool] = []

    def allowed(fresh: Caller) -> bool:
        asked.append(fresh.reconciled)
        if len(asked) == 1:
            server.kill()
            server.start()
        return fresh.reconciled

    async def story() -> bool | str:
        try:
            return await world.store.consent(DANA, consent(1), allowed, LONG_AGO)
        except StoreError as error:
            return str(error)

    return world.run(story())


async def _consents(world: RedisWorld) -> tuple[object, ...]:
    return tuple((await world.store.history(DANA)).consents)


def test_what_is_damaged_keeps_the_line_closed_until_it_is_accepted(
    world: RedisWorld, server: RedisServer
) -> None:
    filled(world)
    with server.client() as client:
        client.set(keys.caller(NOAM), b"\xc1")
        client.ltrim(keys.journal(DANA), 2, -1)
    found = reconciled(world)
    assert not found.opened
    assert [problem.partition(":")[0] for problem in found.problems] == [DANA, NOAM]
    assert not world.run(caller(world.store)).reconciled
    assert reconciled(world, accept=True).opened
    assert world.run(caller(world.store)).reconciled


def test_sums_that_cannot_be_read_are_told(world: RedisWorld, server: RedisServer) -> None:
    """A lookup of them fails; the journal has none to compare them with."""
    filled(world)
    with server.client() as client:
        known = msgpack.unpackb(client.get(keys.caller(NOAM)))
        known[10] = [24321, "", "many", 1]
        client.set(keys.caller(NOAM), msgpack.packb(known))
    (problem,) = reconciled(world).problems
    assert problem.startswith(f"{NOAM}: what the store keeps cannot be read")


def test_a_store_that_lost_everybody_is_trusted_only_if_that_is_accepted(
    world: RedisWorld, server: RedisServer
) -> None:
    reconciled(world)
    assert reconciled(world).opened  # nobody was there before
    filled(world)
    reconciled(world)
    with server.client() as client:
        client.delete(*client.scan_iter("ivr:{*", 1000))
    for _ in range(2):
        found = reconciled(world)
        assert (found.callers, found.opened) == (0, False)
        assert found.problems == (
            "no caller is left, and 2 were there at the last reconciliation: is this the store?",
        )
    assert reconciled(world, accept=True).opened
    assert reconciled(world).opened


def test_an_older_reconciliation_does_not_say_how_many_there_were(
    world: RedisWorld, server: RedisServer
) -> None:
    reconciled(world)
    with server.client() as client:
        older = unpacked(client.rpop(keys.RECONCILIATIONS))[:5]
        client.rpush(keys.RECONCILIATIONS, packed(older))
    assert reconciled(world).opened


def test_an_index_that_lost_an_entry_is_mended(world: RedisWorld, server: RedisServer) -> None:
    filled(world)
    place, field = keys.index(contact(1).id)
    with server.client() as client:
        client.hdel(place, field)
        client.delete(keys.PROCESS)
    assert reconciled(world).repaired == 1

    async def story() -> tuple[object, ...]:
        told_again = await world.store.record(replace(contact(1), number=NOAM))
        return told_again, tuple(await world.store.candidates(99, ()))

    assert world.run(story()) == (False, (NOAM,))


def test_who_reconciled_is_kept(world: RedisWorld, server: RedisServer) -> None:
    reconciled(world)
    with server.client() as client:
        (kept,) = client.lrange(keys.RECONCILIATIONS, 0, -1)
    assert b"Ronit" in kept


def test_a_change_is_not_acknowledged_before_a_replica_has_it(server: RedisServer) -> None:
    world = RedisWorld(f"{server.url}?replicas=1")

    async def story() -> str:
        try:
            await world.store.change(DANA, GiveGrant("golden-beam"), author())
        except StoreError as error:
            return str(error)
        return ""

    try:
        assert "0 of 1 replicas have it" in world.run(story())
    finally:
        world.close()


def test_with_its_replica_there_it_is(server: RedisServer, tmp_path: Path) -> None:
    folder = tmp_path / "replica"
    folder.mkdir()
    with redis_server(folder, "--replicaof", f"127.0.0.1 {server.port}"):
        world = RedisWorld(f"{server.url}?replicas=1")

        async def story() -> int:
            record = await world.store.change(DANA, GiveGrant("golden-beam"), author())
            return len(record.grants)

        try:
            with server.client() as client:
                while client.info("replication")["connected_slaves"] == 0:
                    client.wait(1, 100)
                client.wait(1, 0)
            assert world.run(story()) == 1
        finally:
            world.close()
