"""The shared store keeps every promise, on a real Redis."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.store.contract import StoreContract
from tests.store.erasure import ErasureContract
from tests.store.ledger import LedgerContract
from tests.store.servers import RedisServer, RedisWorld, redis_server

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with redis_server(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def world(server: RedisServer) -> Iterator[RedisWorld]:
    with server.client() as client:
        client.flushall()
    server.reconcile()
    world = RedisWorld(server.url)
    yield world
    world.close()


class TestRedisStore(StoreContract, LedgerContract, ErasureContract):
    pass
