"""A copy that is killed, or loses a server, goes on when it is run again: all is there, once.

Real processes and servers, killed by kill -9. IVR_KILL_ROUNDS asks for more rounds.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ivr.callers.changes import GiveGrant
from ivr.engine.interfaces import Annotation, StoreError
from ivr.store.copying import copy, opened
from tests.store.contract import caller, together
from tests.store.moved import everything, fill
from tests.store.samples import LONG_AGO, author, consent, contact
from tests.store.servers import DURABLE, RedisServer, RedisWorld, redis_server
from tests.store.test_kill import REPOSITORY
from tests.store.test_redis_kill import compare
from tests.store.worlds import SqliteWorld

if TYPE_CHECKING:
    from collections.abc import Iterator

ROUNDS = max(1, int(os.environ.get("IVR_KILL_ROUNDS", "12")) // 2)

NUMBERS = [f"+97254{n:07}" for n in range(1000)]
PAGES = len(NUMBERS) // 100


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    with redis_server(tmp_path, *DURABLE) as server:
        yield server


def world_of(place: str) -> Any:
    return RedisWorld(place) if "://" in place else SqliteWorld(Path(place))


def filled(place: str) -> str:
    """A store with some contacts of many callers, and of those who withheld their number."""
    world = world_of(place)

    async def story() -> None:
        store = world.store
        await fill(store)
        for first in range(0, len(NUMBERS), 500):
            some = range(first, first + 500)
            await together(
                store.record(contact(10_000 + 2 * n + k, number=NUMBERS[n]))
                for n in some for k in (0, 1)
            )  # fmt: skip
            await together(store.record(contact(20_000 + n, number=None)) for n in some)
        for n, number in enumerate(NUMBERS[::50]):
            await store.change(number, GiveGrant("golden-beam"), author())
            await store.consent(number, consent(1000 + n), lambda _: True, LONG_AGO)
            await store.annotate(contact(20_000 + n).id, Annotation(note="a"), author())

    world.run(story())
    world.close()
    return place


def same(source: str, target: str) -> None:
    """Everybody is known alike, and each contact once."""

    async def told(store: Any) -> list[Any]:
        found = await together(store.history(number) for number in NUMBERS)
        known = await together(caller(store, number, LONG_AGO) for number in NUMBERS)
        again = await together(
            store.record(contact(20_000 + n, number=None)) for n in range(len(NUMBERS))
        )
        return [found, known, again, await store.undocumented(LONG_AGO)]

    answers = []
    for place in (source, target):
        world = world_of(place)
        answers.append(world.run(told(world.store)))
        world.close()
    assert answers[0] == answers[1]
    assert not any(answers[0][2])


def run_until(source: str, target: str, lines: int) -> bool:
    """Kill the copy after so many lines; whether it was over before."""
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.store.copied", source, target],
        stdout=subprocess.PIPE, text=True, cwd=REPOSITORY,
    )  # fmt: skip
    assert child.stdout is not None
    with child.stdout:
        heard = [child.stdout.readline() for _ in range(lines)]
        child.kill()
        heard += child.stdout.readlines()
    assert child.wait() in (0, -signal.SIGKILL), "the copy failed"
    return "whole\n" in heard


@pytest.mark.parametrize("way", ["file to redis", "redis to file"])
def test_a_copy_that_is_killed_goes_on(way: str, tmp_path: Path, server: RedisServer) -> None:
    file, chance = str(tmp_path / "a.db"), random.Random(way)
    source, target = (file, server.url) if way == "file to redis" else (server.url, file)
    filled(source)
    moments = [chance.randint(1, 2 * PAGES) for _ in range(ROUNDS)]
    ended = any(run_until(source, target, lines) for lines in moments)
    assert ended or run_until(source, target, 100 * PAGES)
    server.reconcile()
    same(source, target)


@pytest.mark.parametrize("way", ["to the server", "from the server"])
def test_a_server_that_is_killed_is_told_and_the_copy_goes_on(
    way: str, tmp_path: Path, server: RedisServer
) -> None:
    file, chance = str(tmp_path / "a.db"), random.Random(way)
    source, target = (file, server.url) if way == "to the server" else (server.url, file)
    filled(source)
    for _ in range(ROUNDS):
        left = [chance.randint(1, PAGES)]

        def step(_pieces: int, left: list[int] = left) -> None:
            left[0] -= 1
            if not left[0]:
                server.kill()

        with (
            pytest.raises(StoreError, match="cannot be reached"),
            opened(source, target) as (theirs, ours),
        ):
            copy(theirs, ours, step)
        server.start()
    assert everything(source, target).whole
    server.reconcile()
    same(source, target)


def test_a_server_that_came_back_unseen_is_noticed(tmp_path: Path, server: RedisServer) -> None:
    """Killed between two questions and started again, it may have lost what it had."""
    source = filled(str(tmp_path / "a.db"))
    with opened(source, server.url) as (theirs, ours):
        steps: list[int] = []

        def step(pieces: int) -> None:
            steps.append(pieces)
            if len(steps) == 3:
                server.kill()
                server.start()
                ours.close()  # as after a second in which nothing was asked

        copied = copy(theirs, ours, step)
    assert copied.source == copied.target
    assert not copied.whole
    assert everything(source, server.url).whole


def test_the_way_that_is_documented_loses_nothing(tmp_path: Path, server: RedisServer) -> None:
    """An engine goes on while the copy is made ahead, is stopped, and the rest is brought."""
    source = tmp_path / "a.db"
    engine = subprocess.Popen(
        [sys.executable, "-m", "tests.store.killed", str(source), "0"],
        stdout=subprocess.PIPE, text=True, cwd=REPOSITORY,
    )  # fmt: skip
    assert engine.stdout is not None
    with engine.stdout:
        heard = [engine.stdout.readline() for _ in range(100)]
        for _ in range(2):
            everything(str(source), server.url, finish=False)
            heard += [engine.stdout.readline() for _ in range(200)]
        engine.kill()
        heard += engine.stdout.readlines()
    engine.wait()
    assert everything(str(source), server.url).whole
    server.reconcile()
    compare(server, [line.strip() for line in heard if line != "ready\n"])
