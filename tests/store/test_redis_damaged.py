"""One caller that cannot be read, among those of whom all is asked: on a real Redis."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgpack
import pytest

from ivr.callers.nuisance import Stage
from ivr.callers.process import Confirm
from ivr.engine.interfaces import StoreError
from ivr.store.redis import keys
from tests.store.contract import caller
from tests.store.samples import DANA, DAY, LONG_AGO, NOAM, author, contact
from tests.store.servers import RedisServer, RedisWorld, redis_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

ELI = "+972543333333"
NUMBERS = (DANA, NOAM, ELI)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with redis_server(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def world(server: RedisServer) -> Iterator[RedisWorld]:
    """Three callers with an old contact each; people have warned two of them."""
    with server.client() as client:
        client.flushall()
    server.reconcile()
    world = RedisWorld(server.url)
    world.run(filled(world))
    yield world
    world.close()


async def filled(world: RedisWorld) -> None:
    warned = Confirm(Stage.WARNED, "letter", "2026-10", Stage.CLEAR, "", ())
    for sequence, number in enumerate(NUMBERS):
        await world.store.record(contact(sequence, number=number, day=LONG_AGO))
    for number in (DANA, NOAM):
        await world.store.change(number, warned, author())


def told_of(months: Any) -> bytes:
    """A caller with these sums of months."""
    told: bytes = msgpack.packb([1, 0, [], "", 0, "", 0, 0, -1_000_000, [], months, [], ""])
    return told


DAMAGED = {
    "no MessagePack": b"\xc1",
    "no caller": msgpack.packb("caller"),
    "no sums": told_of(7),
    "half a sum": told_of([24321, "", 1]),
    "sums of what is no number": told_of([24321, "", "many", 1]),
}


@pytest.mark.parametrize("damage", DAMAGED.values(), ids=DAMAGED)
def test_one_damaged_caller_hides_no_other_candidate(
    world: RedisWorld, server: RedisServer, damage: bytes
) -> None:
    with server.client() as client:
        client.set(keys.caller(DANA), damage)

    async def story() -> tuple[Any, Any]:
        with pytest.raises(StoreError):
            await caller(world.store, DANA)
        return (
            tuple(await world.store.candidates(1, ())),
            tuple(await world.store.candidates(1, ("2026-10",))),
        )

    assert world.run(story()) == ((NOAM,), (NOAM, ELI))


def test_one_damaged_caller_keeps_his_own_contacts_only(
    world: RedisWorld, server: RedisServer
) -> None:
    """Nobody can say whether they are evidence."""
    with server.client() as client:
        client.set(keys.caller(DANA), b"\xc1")
    assert "cannot be read: 1 (`ivr store reconcile`" in retired(world)
    assert left(server) == [1, 0, 0]


def test_a_contact_that_cannot_be_read_holds_up_no_other_caller_s(
    world: RedisWorld, server: RedisServer
) -> None:
    with server.client() as client:
        client.hset(keys.ledger(ELI), contact(9).id, b"\xc1")
        client.set(keys.caller(DANA), b"\xc1")
    assert "cannot be read: 2 (`ivr store reconcile`" in retired(world)
    assert left(server) == [1, 0, 2]


def retired(world: RedisWorld) -> str:
    """What is said when all contacts that there are go."""

    async def story() -> str:
        with pytest.raises(StoreError) as raised:
            await world.store.retire(DAY, DAY)
        return str(raised.value)

    return world.run(story())


def left(server: RedisServer) -> list[int]:
    """How many contacts of each are kept."""
    with server.client() as client:
        return [client.hlen(keys.ledger(number)) for number in NUMBERS]
