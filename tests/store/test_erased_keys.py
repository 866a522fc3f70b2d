"""What was erased is under no key of a shared store any more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ivr.callers.caller import Author
from ivr.callers.changes import GiveGrant, RefusedError, Release
from ivr.callers.contacts import Contact, Outcome
from ivr.callers.process import FileAppeal
from ivr.engine.interfaces import Annotation, Erased, OpenCall, Reconcilable, StoreError
from ivr.store.redis import forgetting, keys
from ivr.store.redis.links import link
from ivr.store.redis.operations import Around
from ivr.store.redis.places import parse
from tests.store.erasure import ASKED, BOUNDS, LATER, NOTICED, WARNED
from tests.store.ledger import yes
from tests.store.samples import DANA, LONG_AGO, NOAM, author, consent, contact
from tests.store.servers import DURABLE, RedisServer, RedisWorld, redis_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SECRETS = (b"a note of hers", b"golden-beam", b"Agent/4711", b"a state of hers")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with redis_server(tmp_path_factory.mktemp("redis"), *DURABLE) as server:
        yield server


@pytest.fixture
def world(server: RedisServer) -> Iterator[RedisWorld]:
    with server.client() as client:
        client.flushall()
    server.reconcile()
    world = RedisWorld(server.url)
    yield world
    world.close()


def everything(server: RedisServer) -> dict[bytes, bytes]:
    """Each key of the server, and all that is in it."""
    with server.client() as client:
        return {key: _whole(client, key) for key in client.scan_iter(count=1000)}


def _whole(client: Any, key: bytes) -> bytes:
    match client.type(key):
        case b"string":
            read = [client.get(key)]
        case b"hash":
            read = [word for pair in client.hgetall(key).items() for word in pair]
        case b"list":
            read = client.lrange(key, 0, -1)
        case b"set":
            read = list(client.smembers(key))
        case _:
            read = client.zrange(key, 0, -1)
    return b" ".join(read)


def having(server: RedisServer, word: bytes) -> set[bytes]:
    """The keys that have it, in their name or in what they hold."""
    return {key for key, whole in everything(server).items() if word in key or word in whole}


async def tell(world: RedisWorld) -> None:
    store = world.store
    for number in (DANA, NOAM):
        for change, at in ((WARNED, 100.0), (GiveGrant("golden-beam"), 200.0)):
            await store.change(number, change, author(at))
        told = contact(1, number=number, system=number, agent="Agent/4711")
        await store.record(told)
        await store.annotate(told.id, Annotation("a note of hers"), author())
        await store.remember(OpenCall(number, number, "a state of hers", 1.0))


def test_no_key_has_what_was_erased(world: RedisWorld, server: RedisServer) -> None:
    caller, journal = keys.caller(DANA).encode(), keys.journal(DANA).encode()

    async def story() -> None:
        await tell(world)
        await world.store.erase(NOAM, BOUNDS, ASKED)
        assert all(having(server, word) for word in SECRETS)
        assert len(having(server, DANA[1:].encode())) > 5, "its keys, and some indices"
        await world.store.erase(DANA, BOUNDS, ASKED)
        assert not any(having(server, word) for word in SECRETS)
        assert having(server, DANA[1:].encode()) == {caller, journal}
        await world.store.record(contact(1, system=DANA))

    world.run(story())
    assert having(server, DANA[1:].encode()) == {caller, journal}, "told again, nobody claims it"


def test_a_consent_is_kept_where_it_was(world: RedisWorld, server: RedisServer) -> None:
    async def story() -> None:
        await tell(world)
        for number in (consent(1), consent(2, at=10.0)):
            await world.store.consent(DANA, number, yes, LONG_AGO)
        await world.store.erase(DANA, BOUNDS, ASKED)

    world.run(story())
    place, _ = keys.index(consent(1).id)
    assert having(server, DANA[1:].encode()) == {
        *(key(DANA).encode() for key in (keys.caller, keys.journal, keys.consents)),
        place.encode(),
    }


def test_an_erased_caller_is_in_order_when_a_store_is_reconciled(world: RedisWorld) -> None:
    async def story() -> Any:
        await world.store.change(DANA, WARNED, author(100.0))
        await world.store.change(DANA, NOTICED, Author("Noam", "noam", 200.0, "told"))
        await world.store.consent(DANA, consent(1), yes, LONG_AGO)
        await world.store.erase(DANA, BOUNDS, ASKED)
        await world.store.record(contact(9, **LATER))
        await world.store.change(DANA, GiveGrant("silver"), author(9500.0))
        assert isinstance(world.store, Reconcilable)
        return await world.store.reconcile(author(), accept=False)

    found = world.run(story())
    assert (found.problems, found.opened, found.callers) == ((), True, 1)


def test_the_server_s_own_file_has_it_until_it_is_written_anew(
    world: RedisWorld, server: RedisServer
) -> None:
    """docs/store.md says so, and with which command."""

    async def story() -> None:
        await tell(world)
        for number in (DANA, NOAM):
            await world.store.erase(number, BOUNDS, ASKED)

    world.run(story())
    assert b"a note of hers" in _on_disk(server.folder)
    with server.client() as client:
        client.bgrewriteaof()
    server.wait_for("Background AOF rewrite finished successfully")
    assert b"a note of hers" not in _on_disk(server.folder)


def _on_disk(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())


def test_too_few_replicas_say_that_it_is_to_be_done_again(server: RedisServer) -> None:
    """A failover would bring back what the caller was told is gone."""
    world = RedisWorld(f"{server.url}?replicas=1")

    async def story() -> None:
        await world.store.record(contact(1))
        with pytest.raises(StoreError, match="is erased, but 0 of 1 replicas"):
            await world.store.erase(DANA, BOUNDS, ASKED)

    world.run(story())
    world.close()


def _erase(server: RedisServer, between: Callable[[], object]) -> Erased:
    """An erasure, and something that happens when it has read all and written nothing."""
    way, moments = link(parse(server.url)), [between]
    operation = forgetting.erase(Around(), DANA, BOUNDS, ASKED)
    asked = next(operation)
    try:
        while True:
            if any(each.words[0] == "SREM" for each in asked) and moments:
                moments.pop()()
            asked = operation.send(way.ask(asked))
    except StopIteration as end:
        erased: Erased = end.value
        return erased
    finally:
        way.close()


@pytest.mark.parametrize(
    "come", [contact(2), contact(2, started=1.0, ended=2.0, outcome=Outcome.ABANDONED)]
)
def test_what_comes_between_goes_as_well(
    world: RedisWorld, server: RedisServer, come: Contact
) -> None:
    """The second is an earlier owner's: it changes nothing of the caller, only the ledger."""

    async def before() -> None:
        await world.store.change(DANA, Release(), author(3000.0))
        await world.store.record(contact(1))

    async def between() -> None:
        await world.store.record(come)

    world.run(before())
    erased = _erase(server, lambda: world.run(between()))
    assert erased.contacts == 2
    assert having(server, DANA[1:].encode()) == {
        keys.caller(DANA).encode(),
        keys.journal(DANA).encode(),
    }


def test_an_appeal_that_comes_between_is_heard(world: RedisWorld, server: RedisServer) -> None:
    async def before() -> None:
        await world.store.record(contact(1))

    async def appeal() -> None:
        await world.store.change(DANA, FileAppeal(), author())

    async def history() -> Any:
        return await world.store.history(DANA)

    world.run(before())
    with pytest.raises(RefusedError, match="appeal"):
        _erase(server, lambda: world.run(appeal()))
    assert len(world.run(history()).contacts) == 1


def test_a_word_of_an_agent_that_comes_between_goes_as_well(
    world: RedisWorld, server: RedisServer
) -> None:
    """Of an earlier owner's contact: it changes nothing but the journal, and the contact."""

    async def before() -> None:
        await world.store.record(contact(1))
        await world.store.change(DANA, Release(), author(7000.0))

    async def between() -> None:
        await world.store.annotate(contact(1).id, Annotation("a note of hers"), author())

    world.run(before())
    erased = _erase(server, lambda: world.run(between()))
    assert erased.entries == 2
    assert not having(server, b"a note of hers")
