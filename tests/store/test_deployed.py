"""deploy/redis/: a store on servers that were started with these files, and their failover."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from redis import Redis
from redis.exceptions import AuthenticationError, NoPermissionError
from redis.exceptions import ConnectionError as RedisConnectionError

from ivr.callers.changes import GiveGrant
from ivr.engine.interfaces import StoreError
from ivr.store.redis.store import RedisStore
from tests import ROOT
from tests.store.contract import caller
from tests.store.deployed import IVR, SENTINELS, DeployedRedis, deployed
from tests.store.groups import Guarded
from tests.store.papers import papers
from tests.store.samples import DANA, author, consent, contact
from tests.store.servers import RedisWorld, store_at
from tests.store.test_redis_sentinel import until_it_answers

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def group(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    with deployed(tmp_path_factory.mktemp("deployed")) as group:
        yield group


@contextmanager
def as_named(group: Guarded, folder: Path, more: str = "") -> Iterator[RedisWorld]:
    """A store as deploy/systemd/several-engines.conf names it."""
    for secret, password in (("redis", IVR), ("sentinel", SENTINELS)):
        (folder / secret).write_text(f"{password}\n")
        (folder / secret).chmod(0o600)
    url = group.url.replace("://", "://ivr@")
    secrets = f"password_file={folder}/redis&sentinel_password_file={folder}/sentinel"
    with store_at(f"{url}?replicas=1&{secrets}{more}", pause=0.05) as world:
        yield world


@pytest.fixture
def world(group: Guarded, tmp_path: Path) -> Iterator[RedisWorld]:
    with as_named(group, tmp_path) as world:
        yield world


async def given(world: RedisWorld, name: str) -> int:
    return len((await world.store.change(DANA, GiveGrant(name), author())).grants)


async def told(world: RedisWorld, sequence: int) -> bool:
    return bool(await world.store.record(contact(sequence)))


async def said_yes(world: RedisWorld) -> bool:
    return bool(await world.store.consent(DANA, consent(1), lambda c: c.reconciled, contact(1).day))


def reconciled(world: RedisWorld) -> bool:
    async def story() -> bool:
        assert isinstance(world.store, RedisStore)
        return (await world.store.reconcile(author(9.0), accept=False)).opened

    return world.run(story())


def test_the_servers_are_as_the_page_says(group: Guarded) -> None:
    page = (ROOT / "docs/store.md").read_text()
    block = page.split("The server is to be set up for it:\n")[1].split("\nWith `appendfsync")[0]
    wanted = dict(re.findall(r"^    (\S+) (\S+)", block, re.MULTILINE))
    assert len(wanted) == 4
    for each in (group.primary, group.replica):
        with each.client() as client:
            assert wanted.items() <= client.config_get().items()


def test_nobody_comes_without_a_password(group: Guarded) -> None:
    with Redis("127.0.0.1", group.primary.port) as nobody, pytest.raises(AuthenticationError):
        nobody.ping()
    with group.primary.client() as client:
        assert "nopass" not in client.acl_getuser("default")["flags"]
    with Redis("127.0.0.1", group.sentinels[0].port) as nobody, pytest.raises(AuthenticationError):
        nobody.execute_command("SENTINEL", "MASTERS")


@pytest.mark.parametrize(
    "command",
    ["FLUSHALL", "FLUSHDB", "CONFIG GET dir", "SHUTDOWN", "REPLICAOF no one", "GET other",
     "ACL LIST", "SWAPDB 0 1", "KEYS *", "SCRIPT KILL", "SUBSCRIBE a"],
)  # fmt: skip
def test_an_engine_has_no_more_rights_than_it_needs(group: Guarded, command: str) -> None:
    port = group.primary.port
    with Redis("127.0.0.1", port, username="ivr", password=IVR) as engine:
        with pytest.raises(NoPermissionError):
            engine.execute_command(*command.split())
        assert not engine.exists("ivr:here-not")


def test_a_store_lives_through_a_failover(group: Guarded, world: RedisWorld) -> None:
    assert reconciled(world)
    assert world.run(given(world, "golden-beam")) == 1
    assert world.run(told(world, 1))
    assert world.run(said_yes(world))
    group.fail_over()
    until_it_answers(world)
    known = world.run(caller(world.store))
    assert [each.name for each in known.record.grants] == ["golden-beam"]
    assert not world.run(told(world, 1)), "it was told before"
    assert world.run(told(world, 2))
    assert not known.reconciled
    assert not world.run(said_yes(world))
    with pytest.raises(StoreError, match="0 of 1 replicas have it"):
        world.run(given(world, "silver-beam"))
    group.come_back()
    assert world.run(given(world, "bronze-beam")) == 3
    assert reconciled(world)
    assert world.run(said_yes(world))
    _who_follows_whom_is_kept(group)


def test_with_the_lines_for_tls_nothing_else_changes(tmp_path: Path) -> None:
    shown = papers(tmp_path)
    with (
        deployed(tmp_path, shown) as group,
        as_named(group, tmp_path, f"&ca_file={shown.authority}") as world,
    ):
        with Redis("127.0.0.1", group.primary.port) as plain, pytest.raises(RedisConnectionError):
            plain.ping()
        assert reconciled(world)
        assert world.run(given(world, "golden-beam")) == 1, "a replica has it"
        group.fail_over()
        until_it_answers(world)
        assert len(world.run(caller(world.store)).record.grants) == 1


def _who_follows_whom_is_kept(group: Guarded) -> None:
    """Both started again, the files say what Sentinel had said."""
    follows = f"replicaof 127.0.0.1 {group.primary.port}"
    assert follows in (group.replica.folder / "redis.conf").read_text()
    assert "\nreplicaof" not in (group.primary.folder / "redis.conf").read_text()
    assert isinstance(group.primary, DeployedRedis)
