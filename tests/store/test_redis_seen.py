"""What protects a caller, or charges him, is acknowledged once a replica has it. Real servers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ivr.callers.changes import CloseCase, GiveGrant, RefusedError, RevokeGrant
from ivr.callers.process import FileAppeal
from ivr.engine.interfaces import Annotation, DoubtError, ManyError, StoreError
from ivr.store.redis import keys
from tests.store.contract import together
from tests.store.samples import DANA, LONG_AGO, author, consent, contact
from tests.store.servers import RedisServer, RedisWorld, redis_server, store_at

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ivr.callers.caller import Caller
    from ivr.engine.interfaces import History

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


def test_an_appeal_that_no_replica_has_is_not_there_already_when_it_is_told_again(
    world: RedisWorld, server: RedisServer
) -> None:
    """The caller, who was told that it is not kept, presses the key again."""
    told = refused(world, world.store.change(DANA, FileAppeal(), author()))
    assert "is made, but 0 of 1 replicas have it" in told
    told = refused(world, world.store.change(DANA, FileAppeal(), author()))
    assert "is refused for what is there (an appeal is open already: decide it first)" in told
    assert "but 0 of 1 replicas have it" in told


def test_what_is_refused_for_what_a_replica_has_changes_nothing(
    world: RedisWorld, server: RedisServer, replica: RedisServer
) -> None:
    async def story() -> History:
        await world.store.change(DANA, FileAppeal(), author())
        before = await world.store.history(DANA)
        with pytest.raises(RefusedError, match="an appeal is open already"):
            await world.store.change(DANA, FileAppeal(), author(2000.0))
        assert await world.store.change_many([(DANA, FileAppeal())] * 2, author()) == [
            "an appeal is open already: decide it first"
        ] * 2  # fmt: skip
        assert await world.store.history(DANA) == before
        return before

    assert len(world.run(story()).journal) == 1


def test_a_change_of_nobody_known_is_refused_without_a_replica(world: RedisWorld) -> None:
    async def story() -> None:
        with pytest.raises(RefusedError, match="no such grant"):
            await world.store.change(DANA, RevokeGrant("golden-beam"), author())

    world.run(story())


def test_what_an_agent_says_of_a_contact_is_seen_first(world: RedisWorld) -> None:
    async def recorded() -> bool:
        return await world.store.record(contact(1))

    assert world.run(recorded())  # queue_log has it, whatever becomes of the server
    told = refused(world, world.store.annotate(contact(1).id, Annotation(note="x"), author()))
    assert told.startswith(f"what was said of {contact(1).id} is kept, but 0 of 1 replicas have it")


def test_an_import_tells_of_each_row_whether_it_may_have_been_made(world: RedisWorld) -> None:
    rows = [(number, GiveGrant("golden-beam")) for number in NUMBERS[:3]]
    refused_row = (NUMBERS[3], CloseCase())

    async def story() -> ManyError:
        with pytest.raises(ManyError) as raised:
            await world.store.change_many([*rows, refused_row], author())
        for number, _ in rows:
            assert len((await world.store.history(number)).record.grants) == 1
        return raised.value

    told = world.run(story())
    *unseen, refusal = told.outcomes
    assert [type(each) for each in unseen] == [DoubtError] * 3
    assert str(unseen[1]).startswith(f"the change of {NUMBERS[1]} is made, but 0 of 1 replicas")
    assert str(told) == str(unseen[0])
    assert isinstance(refusal, str)
    assert "case" in refusal


def test_an_import_tells_which_rows_were_made_and_which_were_not(server: RedisServer) -> None:
    """Somebody else's key is in the way of one number."""
    rows = [(number, GiveGrant("golden-beam")) for number in NUMBERS[:3]]

    async def story(world: RedisWorld) -> ManyError:
        with server.client() as client:
            client.rpush(keys.caller(NUMBERS[1]), "x")
        with pytest.raises(ManyError, match="holds something else") as raised:
            await world.store.change_many(rows, author())
        return raised.value

    with store_at(server.url) as world:
        first, second, third = world.run(story(world)).outcomes
    assert (first, third) == (None, None)
    assert isinstance(second, StoreError)
    assert not isinstance(second, DoubtError)


def test_of_a_server_that_is_gone_nobody_knows(server: RedisServer) -> None:
    async def story(world: RedisWorld) -> None:
        with pytest.raises(DoubtError):
            await world.store.change_many([(NUMBERS[0], GiveGrant("golden-beam"))], author())

    with store_at(server.url) as world:
        server.kill()
        world.run(story(world))
