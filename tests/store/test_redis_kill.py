"""kill -9 of the server, or of the engine, loses nothing that was acknowledged. Really killed.

The server is set up as docs/store.md asks (`appendonly yes`, `appendfsync always`). What this shows
is that what was acknowledged outlives the server; that it outlives a power cut is fsync's to keep.
IVR_KILL_ROUNDS asks for more rounds.
"""

from __future__ import annotations

import itertools
import os
import random
from typing import TYPE_CHECKING

import pytest
from twisted.internet.defer import Deferred, gatherResults

from ivr.engine.interfaces import StoreError
from ivr.store import sums
from tests.store.contract import caller
from tests.store.killed import numbered, tell
from tests.store.samples import DANA, LONG_AGO, NOAM, consent
from tests.store.servers import DURABLE, RedisServer, RedisWorld, redis_server
from tests.store.test_kill import killed_after, told

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ROUNDS = max(1, int(os.environ.get("IVR_KILL_ROUNDS", "12")) // 2)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    with redis_server(tmp_path, *DURABLE) as server:
        yield server


def heard_until_the_server_is_killed(server: RedisServer, first: int, lines: int) -> list[str]:
    """What a store had acknowledged when its server was killed, after so many lines."""
    heard: list[str] = []

    def say(line: str) -> None:
        heard.append(line)
        if len(heard) == lines:
            server.kill()

    async def teller(world: RedisWorld, numbers: Iterator[int]) -> None:
        with pytest.raises(StoreError):
            await tell(world.store, numbers, say)

    async def story(world: RedisWorld) -> None:
        numbers = itertools.count(first)
        await gatherResults([Deferred.fromCoroutine(teller(world, numbers)) for _ in range(20)])

    world = RedisWorld(server.url)
    world.run(story(world))
    world.close()
    return heard


def test_a_killed_server_has_lost_nothing_that_was_acknowledged(server: RedisServer) -> None:
    chance = random.Random(2)
    acknowledged: list[str] = []
    for turn in range(ROUNDS):
        lines = chance.choice([1, chance.randint(2, 30), chance.randint(30, 600)])
        acknowledged += heard_until_the_server_is_killed(server, 1_000_000 * turn, lines)
        server.start()
        compare(server, acknowledged)
    assert len(acknowledged) > ROUNDS


def test_a_killed_engine_has_lost_nothing_that_was_acknowledged(server: RedisServer) -> None:
    chance = random.Random(3)
    acknowledged: list[str] = []
    for turn in range(ROUNDS // 2):
        lines = chance.randint(2, 400)
        acknowledged += killed_after(server.url, 1_000_000 * turn, lines)
        compare(server, acknowledged)


def compare(server: RedisServer, acknowledged: list[str]) -> None:
    """Everything acknowledged is there, once; and the sums agree with what they sum up."""
    world = RedisWorld(server.url)

    async def story() -> None:
        histories = [await world.store.history(number) for number in (DANA, NOAM)]
        for history in histories:
            known = await caller(world.store, history.number)
            assert known.tallies == sums.tallies(history.contacts, LONG_AGO)
            assert known.months == sums.months(history.contacts, known.record.process, LONG_AGO)
        contacts = {each.id: each for history in histories for each in history.contacts}
        for sequence in told(acknowledged, "c"):
            contact = numbered(sequence)
            assert contact.number is None or contact.id in contacts
            assert not await world.store.record(contact)
        for sequence in told(acknowledged, "m"):
            contact = numbered(sequence)
            assert contact.number is None or contacts[contact.id].marked_by is not None
        dana = histories[0]
        opened = [each.values["id"] for each in dana.journal if each.kind == "open-case"]
        assert opened == [case.id for case in dana.record.cases]
        assert {f"K{n}" for n in told(acknowledged, "g")} <= {c.id for c in dana.record.cases}
        assert {consent(n) for n in told(acknowledged, "a")} <= set(dana.consents)

    world.run(story())
    world.close()
