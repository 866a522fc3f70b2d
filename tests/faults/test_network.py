"""The network between the engine and its shared store, and between Asterisk and the engine."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ivr.callers.caller import Author
from ivr.callers.changes import GiveGrant
from tests.faults.conftest import Start
from tests.faults.crowd import DECIDED, SILENT, crowd
from tests.faults.engine import REGULAR, VIP, Faulty
from tests.live.real import e164
from tests.proxy import Proxy, proxy
from tests.store.servers import RedisServer, RedisWorld, redis_server


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    with redis_server(tmp_path, "--appendonly", "yes", "--appendfsync", "always") as server:
        world = RedisWorld(server.url)
        world.run(_grant(world))
        world.close()
        yield server


async def _grant(world: RedisWorld) -> None:
    author = Author("Ronit", "tests", time.time(), "a test")
    await world.store.change(e164(VIP), GiveGrant("golden-beam"), author)


@pytest.fixture
def net(server: RedisServer) -> Iterator[Proxy]:
    with proxy(f"127.0.0.1:{server.port}") as net:
        yield net


@pytest.fixture
def engine(start: Start, net: Proxy) -> Faulty:
    engine = start(store=f"redis://{net.address}", lookup_deadline="200ms")
    engine.until(lambda: engine.call(VIP)["tier"] == "vip", "the store is there")
    return engine


def _is_well_again(engine: Faulty) -> None:
    engine.until(lambda: engine.call(VIP)["tier"] == "vip", "the caller is known again")
    assert engine.report(REGULAR)


def test_a_shared_store_that_is_slow_costs_a_caller_his_tier_in_time(
    engine: Faulty, net: Proxy
) -> None:
    net.slow(0.5)
    assert engine.call(VIP)["degraded"] == "store-late"
    assert engine.metric("ivr_store_failures_total", operation="lookup", reason="store-late") >= 1
    net.heal()
    _is_well_again(engine)


def test_a_shared_store_that_is_gone_and_back_heals_by_itself(engine: Faulty, net: Proxy) -> None:
    net.cut()
    engine.until(lambda: engine.call(VIP)["degraded"] == "store-failed", "it is seen to be gone")
    assert not engine.report(REGULAR)
    told = engine.wait_log(lambda e: e["event"] == "trouble")
    assert "every caller is regular" in str(told["troubles"])
    net.heal()
    _is_well_again(engine)


@pytest.mark.parametrize("how", [Proxy.swallow, Proxy.lose_answers], ids=["half-open", "one-way"])
def test_a_shared_store_that_does_not_answer_heals_by_itself(
    engine: Faulty, net: Proxy, how: object
) -> None:
    assert callable(how)
    how(net)
    assert engine.call(VIP)["degraded"] in ("store-late", "store-failed")
    engine.wait_log(lambda e: e["event"] == "trouble")
    net.heal()
    engine.wait_log(lambda e: e["event"] == "no trouble any more")
    _is_well_again(engine)


def test_the_servers_death_and_return_is_the_same(engine: Faulty, server: RedisServer) -> None:
    server.kill()
    engine.until(lambda: engine.call(VIP)["degraded"] == "store-failed", "it is seen to be gone")
    server.start()
    engine.wait_log(lambda e: e["event"] == "no trouble any more")


@pytest.fixture
def line(start: Start) -> Iterator[tuple[Faulty, Proxy]]:
    """An engine, and the network between Asterisk and it."""
    engine = start(header_time="1s")
    with proxy(engine.address) as net:
        yield engine, net


def test_a_slow_way_to_asterisk_decides_all_the_same(line: tuple[Faulty, Proxy]) -> None:
    engine, net = line
    net.slow(0.2)
    with crowd(net.port, 20) as them:
        them.say([engine.header()] * 20)
        assert them.outcomes() == {DECIDED: 20}


def test_sessions_of_an_asterisk_that_is_cut_off_end(line: tuple[Faulty, Proxy]) -> None:
    engine, net = line
    with crowd(net.port, 20):
        engine.until(lambda: engine.metric("ivr_sessions_active") == 20, "all are in")
        net.cut()
        engine.wait_idle()
    engine.call()


def test_a_one_way_asterisk_takes_no_session_with_it_for_good(line: tuple[Faulty, Proxy]) -> None:
    """What it sends is lost, the end of its connections too: the time for a header ends them."""
    engine, net = line
    net.swallow()
    with crowd(net.port, 20) as them:
        them.say([engine.header()] * 20)
        assert them.outcomes(0.5) == {SILENT: 20}
    engine.refused("header-time")
    engine.wait_idle()
    assert engine.metric("ivr_connections_refused_total", reason="header-time") == 20
    engine.call()
