"""A store whose primary Sentinels name: a real failover, and what is said of one that is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ivr.callers.changes import GiveGrant
from ivr.engine.interfaces import StoreError
from ivr.store.redis import keys
from ivr.store.redis.store import RedisStore
from tests.ports import free_port
from tests.store.contract import caller
from tests.store.groups import NAME, Guarded, guarded
from tests.store.samples import DANA, LONG_AGO, author, consent
from tests.store.servers import RedisWorld, said

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def group(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    with guarded(tmp_path_factory.mktemp("sentinels")) as group:
        yield group


def until_it_answers(world: RedisWorld) -> None:
    """Ask again and again: while nobody is there, each is answered at once."""

    async def answers() -> bool:
        try:
            await world.store.ping()
        except StoreError:
            return False
        return True

    while not world.run(answers()):
        pass


def test_a_failover_loses_no_change_and_closes_the_paid_line(group: Guarded) -> None:
    group.primary.reconcile()
    world = RedisWorld(f"{group.url}?replicas=1", pause=0.05)

    async def given(name: str) -> int:
        return len((await world.store.change(DANA, GiveGrant(name), author())).grants)

    async def said_yes() -> bool:
        return await world.store.consent(DANA, consent(1), lambda c: c.reconciled, LONG_AGO)

    async def reconciled() -> bool:
        assert isinstance(world.store, RedisStore)
        return (await world.store.reconcile(author(9.0), accept=False)).opened

    try:
        assert world.run(given("golden-beam")) == 1
        assert world.run(caller(world.store)).reconciled
        group.fail_over()
        until_it_answers(world)
        assert [each.name for each in world.run(caller(world.store)).record.grants] == [
            "golden-beam"
        ]
        assert not world.run(caller(world.store)).reconciled
        assert not world.run(said_yes())
        with pytest.raises(StoreError, match="0 of 1 replicas have it"):
            world.run(given("silver-beam"))
        group.come_back()
        assert world.run(given("bronze-beam")) == 3
        assert world.run(reconciled())
        assert world.run(said_yes())
    finally:
        world.close()


def test_a_change_by_hand_is_followed(group: Guarded, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is killed: the server of before lives on, knows less and less, and answers."""
    monkeypatch.setattr("ivr.store.redis.session.FRESH", 0.0)
    group.primary.reconcile()
    world = RedisWorld(group.url, pause=0.05)

    async def grants() -> int:
        return len((await caller(world.store)).record.grants)

    async def given() -> None:
        await world.store.change(DANA, GiveGrant("golden-beam"), author())

    try:
        assert world.run(grants()) == 0
        assert world.run(caller(world.store)).reconciled
        with group.sentinels[0].client() as client:
            client.execute_command("SENTINEL", "FAILOVER", NAME)
        group.primary.wait_for("Finished with success")
        until_it_answers(world)
        assert not world.run(caller(world.store)).reconciled
        world.run(given())
        assert world.run(grants()) == 1
        with group.replica.client() as client:
            assert client.exists(keys.caller(DANA))
    finally:
        world.close()


def test_a_sentinel_that_is_gone_is_passed_over(group: Guarded) -> None:
    group.sentinels[0].kill()
    assert said(group.url) == "answered"


def test_a_name_that_no_sentinel_knows_is_said(group: Guarded) -> None:
    told = said(group.url.replace("/ivr", "/irv"))
    assert told.count("knows no primary called irv") == 3


def test_sentinels_that_are_not_there_are_said() -> None:
    url = f"redis+sentinel://127.0.0.1:{free_port()}/ivr"
    told = said(url)
    assert told.startswith(f"no Sentinel of {url} tells the primary: 127.0.0.1:")
    assert "cannot be reached: does it run" in told


def test_a_redis_that_is_no_sentinel_is_said(group: Guarded) -> None:
    told = said(f"redis+sentinel://127.0.0.1:{group.primary.port}/ivr")
    assert "is no Sentinel: is it the Redis itself? Then write redis://" in told
