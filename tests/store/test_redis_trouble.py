"""A shared store in trouble: told at once, in words, and well again by itself."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Any

import msgpack
import pytest

from ivr.callers.changes import GiveGrant
from ivr.engine.interfaces import StoreError
from ivr.store.redis import links
from ivr.store.redis.around import VERSION
from ivr.store.redis.breaker import Breaker
from ivr.store.redis.trouble import UnreachableError
from tests.ports import free_port
from tests.store.contract import caller, together
from tests.store.samples import DANA, DAY, author, contact
from tests.store.servers import DURABLE, RedisServer, RedisWorld, redis_server, store_at

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    with redis_server(tmp_path, *DURABLE) as server:
        yield server


def until_it_answers(world: RedisWorld) -> None:
    """Ask again and again: while the server is gone, each is answered at once."""

    async def answers() -> bool:
        try:
            await world.store.ping()
        except StoreError:
            return False
        return True

    while not world.run(answers()):
        pass


def test_a_store_that_is_not_there_says_where_it_was_looked_for() -> None:
    url = f"redis://127.0.0.1:{free_port()}"
    with store_at(url) as world:
        assert world.said().startswith(f"the Redis at {url} cannot be reached: does it run")


def test_it_is_well_again_when_the_server_is(server: RedisServer) -> None:
    with store_at(server.url, pause=0.01) as world:
        world.run(caller(world.store))
        server.kill()
        assert "cannot be reached" in world.said()
        assert "cannot be reached" in world.said()
        server.start()
        until_it_answers(world)
        assert world.run(caller(world.store)).number == DANA


def test_who_was_refused_does_not_say_that_a_server_is_gone_which_is_back(
    server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    check = Breaker.check

    def late(breaker: Breaker) -> None:
        """It is found to be back just after somebody was told that it is gone."""
        try:
            check(breaker)
        except UnreachableError:
            server.start()
            while not is_open(breaker):
                pass
            raise

    def is_open(breaker: Breaker) -> bool:
        try:
            check(breaker)
        except UnreachableError:
            return False
        return True

    with store_at(server.url, pause=0.01) as world:
        world.run(caller(world.store))
        server.kill()
        assert "cannot be reached" in world.said()
        monkeypatch.setattr(Breaker, "check", late)
        assert "cannot be reached" in world.said()
        monkeypatch.setattr(Breaker, "check", check)
        assert world.said() == "answered"


def test_nobody_waits_for_a_server_that_hangs(
    server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ivr.store.redis.wires.REPLY", 1.0)
    asked: list[int] = []
    ask = links.OneLink.ask

    def counted(link: links.OneLink, commands: Any) -> Any:
        asked.append(len(commands))
        return ask(link, commands)

    monkeypatch.setattr(links.OneLink, "ask", counted)
    with store_at(server.url, pause=60.0) as world:
        assert server.process is not None
        world.run(caller(world.store))
        server.process.send_signal(signal.SIGSTOP)
        try:
            assert "does not answer in time" in world.said()
            once = len(asked)
            for _ in range(100):
                assert "does not answer in time" in world.said()
            assert len(asked) == once
        finally:
            server.process.send_signal(signal.SIGCONT)


def test_a_connection_that_was_ended_while_idle_costs_nobody_anything(
    server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ivr.store.redis.wires.IDLE", 0.0)

    async def story(world: RedisWorld) -> None:
        for sequence in range(3):
            assert await world.store.record(contact(sequence))
            assert (await caller(world.store)).tallies[0].ended == sequence + 1
            with server.client() as client:
                client.client_kill_filter(skipme=True, _type="normal")

    with store_at(server.url) as world:
        world.run(story(world))


def test_what_goes_wrong_with_one_request_is_no_other_s(server: RedisServer) -> None:
    """A number that no text can be made of, among twenty."""

    async def one(world: RedisWorld, number: str) -> str:
        try:
            return (await caller(world.store, number)).number
        except StoreError as error:
            return type(error).__name__

    async def story(world: RedisWorld) -> list[str]:
        return await together(one(world, n) for n in (DANA, "\udc80", DANA))

    with store_at(server.url) as world:
        world.run(caller(world.store))
        assert world.run(story(world)) == [DANA, "StoreError", DANA]


def test_a_server_without_memory_goes_on_with_lookups(server: RedisServer) -> None:
    async def story(world: RedisWorld) -> None:
        await world.store.record(contact(1))
        with server.client() as client:
            client.config_set("maxmemory", "1")
        with pytest.raises(StoreError, match="no memory left: give it more"):
            await world.store.record(contact(2))
        with store_at(server.url) as another:  # begins with what all share
            found = another.run(caller(another.store))
        assert found == await caller(world.store)
        assert len(found.tallies) == 1
        with server.client() as client:
            client.config_set("maxmemory", "0")
        assert await world.store.record(contact(2))

    with store_at(server.url) as world:
        world.run(story(world))


def test_scripts_that_the_server_forgot_are_told_again(server: RedisServer) -> None:
    async def story(world: RedisWorld) -> None:
        assert await world.store.record(contact(1))
        with server.client() as client:
            client.script_flush()
        new = await together(world.store.record(contact(n % 5)) for n in range(10))
        assert new.count(True) == 4

    with store_at(server.url) as world:
        world.run(story(world))


def test_a_server_that_came_back_empty_is_not_begun_anew(tmp_path: Path) -> None:
    """An empty store would hide that every VIP is gone."""
    with (
        redis_server(tmp_path) as server,  # keeps nothing on its disk
        store_at(server.url, pause=0.01) as world,
    ):
        world.run(caller(world.store))
        server.kill()
        server.start()
        while "cannot be reached" in (told := world.said()):
            pass
        assert told.startswith(f"the Redis at {server.url} is empty: bring its data back")
        with server.client() as client:
            assert client.dbsize() == 0
        with store_at(server.url) as restarted:
            assert restarted.said() == "answered"


@pytest.mark.usefixtures("read_each_time")
def test_one_that_was_emptied_is_told_by_each_thread_until_its_data_is_back(
    server: RedisServer,
) -> None:
    async def told(world: RedisWorld) -> list[str]:
        store, words = world.store, []
        for asked in (store.ping, lambda: store.attend(DAY), lambda: store.history(DANA)):
            with pytest.raises(StoreError) as raised:
                await asked()
            words.append(str(raised.value))
        return words

    with store_at(server.url) as world, server.client() as client:
        world.run(granted(world))
        kept = {key: client.dump(key) for key in client.keys("*")}
        client.flushdb()
        for each in world.run(told(world)):
            assert each.startswith(f"the Redis at {server.url} is empty: bring its data back")
        assert client.dbsize() == 0
        for key, value in kept.items():
            client.restore(key, 0, value)
        assert world.run(caller(world.store)).record.grants


async def granted(world: RedisWorld) -> None:
    await world.store.change(DANA, GiveGrant("golden-beam"), author())


@pytest.fixture
def read_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """What all share is read before each request, as after a second."""
    monkeypatch.setattr("ivr.store.redis.session.FRESH", 0.0)


@pytest.mark.parametrize("version", [str(VERSION + 1), "x"])
def test_a_store_of_a_newer_ivr_is_refused(server: RedisServer, version: str) -> None:
    with server.client() as client:
        client.set("ivr:version", version)
    with store_at(server.url) as world:
        assert "was written by a newer ivr" in world.said()


def test_a_key_that_somebody_else_uses_is_told(server: RedisServer) -> None:
    with server.client() as client:
        client.rpush(f"ivr:{{{DANA}}}", "x")
    with store_at(server.url) as world:
        assert "give the store a database of its own" in world.said()


def test_what_cannot_be_read_is_told(server: RedisServer) -> None:
    with server.client() as client:
        client.set(f"ivr:{{{DANA}}}", b"\xc1 no MessagePack")
    with store_at(server.url) as world:
        assert "cannot be read" in world.said()


def test_a_server_that_throws_callers_away_is_refused(server: RedisServer) -> None:
    with server.client() as client, store_at(server.url) as world:
        client.config_set("maxmemory-policy", "allkeys-lru")
        world.run(caller(world.store))  # it never has to
        client.config_set("maxmemory", "100mb")
        with store_at(server.url) as another:
            assert "set its `maxmemory-policy` to `noeviction`" in another.said()
        client.config_set("maxmemory-policy", "noeviction")
        with store_at(server.url) as another:
            another.run(caller(another.store))


@pytest.mark.parametrize(
    "damaged",
    [
        b"\xc1",
        msgpack.packb([]),
        msgpack.packb("caller"),
        msgpack.packb([1, 0, [], "", 0, "", 0, 0, -1_000_000, "no list", [], [], ""]),
        msgpack.packb([1, 0, [], "", 0, "", "no moment", 0, -1_000_000, [], 7, [], ""]),
    ],
)
def test_a_damaged_caller_s_contact_is_not_half_kept(server: RedisServer, damaged: bytes) -> None:
    async def story(world: RedisWorld) -> None:
        with server.client() as client:
            client.set(f"ivr:{{{DANA}}}", damaged)
            with pytest.raises(StoreError):
                await world.store.record(contact(1))
            client.delete(f"ivr:{{{DANA}}}")
        assert await world.store.record(contact(1))
        assert len((await caller(world.store)).tallies) == 1

    with store_at(server.url) as world:
        world.run(story(world))
