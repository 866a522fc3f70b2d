"""What protects a caller, or charges him, is acknowledged once a replica has it. Real servers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ivr.callers.changes import GiveGrant
from ivr.engine.interfaces import Annotation, StoreError
from tests.store.contract import together
from tests.store.samples import DANA, LONG_AGO, author, consent, contact
from tests.store.servers import RedisServer, RedisWorld, redis_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ivr.callers.caller import Caller

NUMBERS = [f"+97254100{n:04}" for n in range(20)]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    with redis_server(tmp_path) as server:
        server.reconcile()
        yield server


@pytest.fixture
def world(server: RedisServer) -> Iterator[RedisWorld]:
    world = RedisWorld(f"{server.url}?replicas=1")
    yield world
    world.close()


@pytest.fixture
def replica(server: RedisServer, tmp_path: Path) -> Iterator[RedisServer]:
    folder = tmp_path / "replica"
    folder.mkdir()
    with redis_server(folder, "--replicaof", f"127.0.0.1 {server.port}") as replica:
        replica.wait_for("Finished with success")
        yield replica


def anybody(_: Caller) -> bool:
    return True


def refused(world: RedisWorld, asked: Any) -> str:
    """Why it was not acknowledged."""

    async def story() -> str:
        with pytest.raises(StoreError) as raised:
            await asked
        return str(raised.value)

    return world.run(story())


def test_a_batch_of_changes_waits_once_for_replicas_that_are_gone(
    world: RedisWorld, server: RedisServer
) -> None:
    """Each that waited for itself would hold up all that is written meanwhile, by a second."""

    async def one(number: str) -> str:
        try:
            await world.store.change(number, GiveGrant("golden-beam"), author())
        except StoreError as error:
            return str(error)
        return ""

    async def story() -> list[str]:
        return await together(one(number) for number in NUMBERS)

    for number, told in zip(NUMBERS, world.run(story()), strict=True):
        assert told.startswith(f"the change of {number} is made, but 0 of 1 replicas have it")
    with server.client() as client:
        assert client.info("commandstats")["cmdstat_wait"]["calls"] < 5


def test_a_script_that_the_server_does_not_know_is_waited_for_too(
    world: RedisWorld, server: RedisServer, replica: RedisServer
) -> None:
    async def changed(name: str) -> int:
        return len((await world.store.change(DANA, GiveGrant(name), author())).grants)

    assert world.run(changed("golden-beam")) == 1
    replica.kill()
    with server.client() as client:
        client.script_flush()
    told = refused(world, world.store.change(DANA, GiveGrant("silver-beam"), author()))
    assert "0 of 1 replicas have it" in told


def test_a_consent_that_no_replica_has_charges_nobody(
    world: RedisWorld, replica: RedisServer
) -> None:
    """A primary that was cut off knows nothing of appeals that are made on the other side."""

    async def given(number: int) -> bool:
        return await world.store.consent(DANA, consent(number), anybody, LONG_AGO)

    assert world.run(given(1))
    replica.kill()
    for _ in range(2):  # told again, it is there and nobody has seen it all the same
        told = refused(world, world.store.consent(DANA, consent(2), anybody, LONG_AGO))
        assert "is kept, but 0 of 1 replicas have it" in told
    told = refused(world, world.store.consent(DANA, consent(1), anybody, LONG_AGO))
    assert "0 of 1 replicas have it" in told


def test_what_an_agent_says_of_a_contact_is_seen_first(world: RedisWorld) -> None:
    async def recorded() -> bool:
        return await world.store.record(contact(1))

    assert world.run(recorded())  # queue_log has it, whatever becomes of the server
    told = refused(world, world.store.annotate(contact(1).id, Annotation(note="x"), author()))
    assert told.startswith(f"what was said of {contact(1).id} is kept, but 0 of 1 replicas have it")
