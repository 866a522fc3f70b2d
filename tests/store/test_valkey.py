"""The shared store keeps every promise on a Valkey, too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ivr.engine.interfaces import Reconciliation
from ivr.store.redis.store import RedisStore
from tests.live.install import valkey
from tests.store.contract import StoreContract, caller
from tests.store.erasure import ErasureContract
from tests.store.ledger import LedgerContract
from tests.store.samples import DANA, LONG_AGO, author, consent
from tests.store.servers import RedisServer, RedisWorld

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    program = valkey()
    assert program, "no Valkey is there: `python -m tests.live.install` brings one"
    server = RedisServer(tmp_path_factory.mktemp("valkey"), program=program)
    server.start()
    yield server
    server.kill()


@pytest.fixture
def world(server: RedisServer) -> Iterator[RedisWorld]:
    with server.client() as client:
        assert "valkey_version" in client.info("server")
        client.flushall()
    server.reconcile()
    world = RedisWorld(server.url)
    yield world
    world.close()


class TestStoreInAValkey(StoreContract, LedgerContract, ErasureContract):
    pass


def test_the_paid_line_is_closed_on_another_server(world: RedisWorld, server: RedisServer) -> None:
    """The script that keeps a consent asks the server who it is: Valkey tells scripts, too."""

    async def said_yes(number: int) -> bool:
        return await world.store.consent(DANA, consent(number), lambda c: c.reconciled, LONG_AGO)

    async def reconciled() -> Reconciliation:
        assert isinstance(world.store, RedisStore)
        return await world.store.reconcile(author(9.0), accept=False)

    assert world.run(said_yes(1))
    with server.client() as client:
        client.delete("ivr:reconciled")
    assert not world.run(said_yes(2))
    assert world.run(reconciled()).opened
    assert world.run(said_yes(3))
    assert world.run(caller(world.store)).reconciled
