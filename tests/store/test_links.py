"""Every way to a Redis, on real servers: what works, and what is said where it does not."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from ivr.callers.changes import GiveGrant
from ivr.engine.interfaces import StoreError
from tests.ports import free_port
from tests.store.papers import Papers, by_tls, papers
from tests.store.samples import NOAM, author
from tests.store.servers import RedisServer, RedisWorld, redis_server, said

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


# --- who may come in -------------------------------------------------------------------------


@pytest.fixture
def locked(tmp_path: Path) -> Iterator[RedisServer]:
    folder = tmp_path / "locked"
    folder.mkdir()
    with redis_server(folder) as server:
        with server.client() as client:
            client.acl_setuser("ivr", enabled=True, passwords=["+s3cret"], keys=["ivr:*"],
                               categories=["+@all"])  # fmt: skip
            client.acl_setuser("default", enabled=False)
        yield server


def test_a_user_comes_in_with_the_password_of_a_file(locked: RedisServer, tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("s3cret\n")
    secret.chmod(0o640)
    url = f"redis://ivr@127.0.0.1:{locked.port}?password_file={secret}"
    assert said(url) == "answered"


def test_a_password_that_everybody_may_read_is_none(locked: RedisServer, tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("s3cret\n")
    secret.chmod(0o644)
    told = said(f"redis://ivr@127.0.0.1:{locked.port}?password_file={secret}")
    assert f"chmod o= {secret}" in told
    assert "s3cret" not in told


def test_or_of_the_environment(locked: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OUR_SECRET", "s3cret")
    url = f"redis://ivr@127.0.0.1:{locked.port}?password_env=OUR_SECRET"
    assert said(url) == "answered"


@pytest.mark.parametrize(
    ("options", "advice"),
    [
        ("", "does not take the user and password"),
        ("?password_env=WRONG_SECRET", "does not take the user and password"),
        ("?password_env=NO_SECRET", "the environment has no NO_SECRET"),
        ("?password_file=/nowhere", "cannot be read from /nowhere"),
    ],
)
def test_who_may_not_come_in_is_told_what_to_do(
    locked: RedisServer, options: str, advice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WRONG_SECRET", "qwertz")
    monkeypatch.delenv("NO_SECRET", raising=False)
    told = said(f"redis://ivr@127.0.0.1:{locked.port}{options}")
    assert advice in told
    assert "qwertz" not in told
    assert "s3cret" not in told


def test_without_a_user_he_is_told_to_give_a_password(locked: RedisServer) -> None:
    assert "add ?password_file=PATH" in said(locked.url)


# --- TLS -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Papers:
    return papers(tmp_path_factory.mktemp("papers"))


def test_a_certificate_that_is_trusted_will_do(shown: Papers, tmp_path: Path) -> None:
    with by_tls(tmp_path, shown) as port:
        url = f"rediss://127.0.0.1:{port}?ca_file={shown.authority}"
        assert said(url) == "answered"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_one_that_is_not_is_refused(shown: Papers, tmp_path: Path, host: str) -> None:
    """Nobody signed it whom the system knows; and its name is 127.0.0.1, not localhost."""
    options = f"?ca_file={shown.authority}" if host == "localhost" else ""
    with by_tls(tmp_path, shown) as port:
        told = said(f"rediss://{host}:{port}{options}")
        assert "shows a certificate that cannot be trusted" in told


# --- servers that do not do what they should -------------------------------------------------


def test_a_server_that_is_not_there_is_said() -> None:
    told = said(f"redis://127.0.0.1:{free_port()}")
    assert "cannot be reached: does it run, and is the address right?" in told


def test_a_replica_takes_no_writes_and_says_so(tmp_path: Path) -> None:
    for name in ("one", "two"):
        os.mkdir(tmp_path / name)
    with (
        redis_server(tmp_path / "one") as primary,
        redis_server(tmp_path / "two", "--replicaof", f"127.0.0.1 {primary.port}") as replica,
    ):
        assert "is a replica: name the primary" in said(replica.url)


def test_a_server_without_memory_is_said(tmp_path: Path) -> None:
    with redis_server(tmp_path, "--maxmemory", "1mb") as server:
        world = RedisWorld(server.url)

        async def story() -> str:
            try:
                await world.store.change(NOAM, GiveGrant("golden-beam"), author())
            except StoreError as error:
                return str(error)
            return ""

        assert "has no memory left" in world.run(story())
        world.close()


def test_a_database_that_is_not_there_is_said(tmp_path: Path) -> None:
    with redis_server(tmp_path) as server:
        assert "has no database of this number" in said(f"{server.url}/99")


def test_a_command_does_not_take_an_empty_server_for_a_store(tmp_path: Path) -> None:
    with redis_server(tmp_path) as server:
        assert "there is no store at" in said(server.url, new=False)
