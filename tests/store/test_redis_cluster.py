"""A store in a Redis Cluster: the same promises, wherever a key lies and however it moves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ivr.callers.changes import GiveGrant
from ivr.engine.interfaces import Reconciliation, StoreError
from ivr.store.redis import keys
from ivr.store.redis.store import RedisStore
from tests.store.contract import StoreContract, caller, together
from tests.store.erasure import ErasureContract
from tests.store.groups import Cluster, cluster
from tests.store.ledger import LedgerContract
from tests.store.samples import DANA, NOAM, author, contact
from tests.store.servers import RedisWorld

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ivr.callers.caller import Caller


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with cluster(tmp_path_factory.mktemp("cluster")) as servers:
        yield servers


@pytest.fixture
def world(three: Cluster) -> Iterator[RedisWorld]:
    three.clear()
    three.reconcile()
    world = RedisWorld(three.url)
    yield world
    world.close()


class TestStoreInACluster(StoreContract, LedgerContract, ErasureContract):
    pass


NUMBERS = [f"+97254100{n:04}" for n in range(60)]


def reconciled(world: RedisWorld) -> Reconciliation:
    async def story() -> Reconciliation:
        assert isinstance(world.store, RedisStore)
        return await world.store.reconcile(author(9.0), accept=False)

    return world.run(story())


def test_callers_of_every_server_are_found_in_one_batch(world: RedisWorld, three: Cluster) -> None:
    async def story() -> list[Caller]:
        await together(world.store.record(contact(n, number=NUMBERS[n])) for n in range(60))
        return await together(caller(world.store, number) for number in NUMBERS)

    assert [found.tallies[0].ended for found in world.run(story())] == [1] * 60
    for each in three.primaries:
        with each.client() as client:
            assert client.keys(keys.CALLERS)


def test_a_reconciliation_reads_every_server(world: RedisWorld, three: Cluster) -> None:
    async def story() -> None:
        await together(world.store.record(contact(n, number=NUMBERS[n])) for n in range(60))

    three.clear()
    world.run(story())
    found = reconciled(world)
    assert (found.servers, found.callers, found.contacts) == (3, 60, 60)
    assert world.run(caller(world.store)).reconciled


def test_one_new_server_of_three_closes_the_paid_line(world: RedisWorld, three: Cluster) -> None:
    async def everybody() -> set[bool]:
        return {each.reconciled for each in [await caller(world.store, n) for n in NUMBERS]}

    reconciled(world)
    assert world.run(everybody()) == {True}
    changed = three.primaries[1]
    changed.kill()
    changed.start()
    three.wait_until_well()
    until_all_answer(world)
    assert world.run(everybody()) == {False}
    assert reconciled(world).servers == 1
    assert world.run(everybody()) == {True}


def until_all_answer(world: RedisWorld) -> None:
    """Ask everybody again and again until nobody is refused."""

    async def answered() -> bool:
        try:
            await together(caller(world.store, number) for number in NUMBERS)
        except StoreError:
            return False
        return True

    while not world.run(answered()):
        pass


def test_a_slot_that_moves_is_followed(world: RedisWorld, three: Cluster) -> None:
    """The key of a caller goes to another server while we know it at the old one."""

    async def given(name: str) -> int:
        await world.store.change(DANA, GiveGrant(name), author())
        return len((await caller(world.store)).record.grants)

    assert world.run(given("golden-beam")) == 1
    three.move(keys.caller(DANA))
    assert world.run(given("silver-beam")) == 2
    three.move(keys.caller(DANA))
    assert world.run(caller(world.store)).record.grants[1].name == "silver-beam"


def test_a_slot_on_its_way_is_found_where_it_is(world: RedisWorld, three: Cluster) -> None:
    """Its keys lie on two servers: asked for one that has gone, the old one says where to ask."""

    async def story() -> int:
        return len((await caller(world.store)).record.grants)

    async def given() -> None:
        await world.store.change(DANA, GiveGrant("golden-beam"), author())
        await world.store.change(NOAM, GiveGrant("golden-beam"), author())

    world.run(given())
    with three.moving(keys.caller(DANA)):
        assert world.run(story()) == 1
    assert world.run(story()) == 1


def test_a_replica_takes_over(tmp_path_factory: pytest.TempPathFactory) -> None:
    """`kill -9` of a primary: what was acknowledged is there, and the paid line is closed."""
    with cluster(tmp_path_factory.mktemp("six"), replicas=True) as six:
        six.reconcile()
        world = RedisWorld(f"{six.url}?replicas=1")

        async def given() -> None:
            await together(
                world.store.change(number, GiveGrant("golden-beam"), author()) for number in NUMBERS
            )

        async def grants() -> list[int]:
            found = await together(caller(world.store, number) for number in NUMBERS)
            return [len(each.record.grants) for each in found]

        try:
            world.run(given())
            six.fail_over(1)
            until_all_answer(world)
            assert world.run(grants()) == [1] * len(NUMBERS)
            assert not world.run(caller(world.store)).reconciled
        finally:
            world.close()
