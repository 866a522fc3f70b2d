"""What a lookup and a record cost on a Redis: the engine's processor time, and the server's.

    .venv/bin/python bench/redis_calls.py [REQUESTS]

Starts a redis-server of its own. Requests are given to a session of the store as one of its threads
would give them, so many at once; what the queue between reactor and thread costs is not in it, but
for the last rows: through the whole store, and the same key read through redis.asyncio.
"""

from __future__ import annotations

import asyncio
import sys
import time
from itertools import count
from typing import TYPE_CHECKING, Any, Final

import click
import serving
from redis import asyncio as aioredis
from redis_bytes import contact, number
from twisted.internet.defer import gatherResults

from ivr.store.pump import Pump
from ivr.store.redis import keys, ledger, operations
from ivr.store.redis.breaker import Breaker
from ivr.store.redis.links import link
from ivr.store.redis.places import parse
from ivr.store.redis.session import Session, Shared
from ivr.store.redis.store import RedisStore
from ivr.store.threads import Job

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from ivr.store.redis.commands import Operation

_AT_ONCE: Final = (1, 4, 16, 64)
_CALLERS: Final = 1000


def session(port: int) -> Session:
    """One as a thread of the store has it."""
    place = parse(f"redis://127.0.0.1:{port}")
    return Session(link(place), place, Shared(), Breaker(lambda: link(place)), new=True)


def timed(times: int, at_once: int, ask: Callable[[range], object]) -> float:
    """Microseconds of processor time of one request among so many."""
    began = time.process_time()
    for first in range(0, times, at_once):
        ask(range(first, first + at_once))
    return (time.process_time() - began) / times * 1e6


def through_a_session(
    here: Session, make: Callable[[Session, int], Operation[Any]]
) -> Callable[[range], object]:
    """Asks as a thread does."""

    def ask(numbers: range) -> object:
        return here.perform([Job(lambda s, n=n: make(s, n)) for n in numbers])  # type: ignore[misc]

    return ask


def lookup(since: date) -> Callable[[Session, int], Operation[Any]]:
    """A caller with ten contacts, and no open call."""
    return lambda s, n: operations.lookup(s.around, number(n % _CALLERS), f"1.{n}", since)


def count_from(first: int) -> Callable[[Session, int], Operation[Any]]:
    """New contacts, of one caller after the other, whatever number is asked for."""
    numbers = count(first)

    def record(_here: Session, _n: int) -> Operation[Any]:
        n = next(numbers)
        return ledger.record(contact(n % _CALLERS, n // _CALLERS))

    return record


def through_the_store(port: int, times: int, since: date) -> Sequence[float]:
    """Lookups through the queue, the thread and back."""
    pump = Pump()
    store = RedisStore(f"redis://127.0.0.1:{port}", pump.deliver)

    async def some(numbers: range) -> None:
        await gatherResults([store.lookup(number(n % _CALLERS), f"1.{n}", since) for n in numbers])

    async def close() -> None:
        await store.close()

    costs = [timed(times, each, lambda numbers: pump.run(some(numbers))) for each in _AT_ONCE]
    pump.run(close())
    return costs


def through_asyncio(port: int, times: int) -> Sequence[float]:
    """One key read through redis.asyncio: nothing is made of it."""

    async def story() -> Sequence[float]:
        client = aioredis.Redis(port=port)
        costs = []
        for at_once in _AT_ONCE:
            began = time.process_time()
            for first in range(0, times, at_once):
                await asyncio.gather(
                    *(client.get(keys.caller(number(n % _CALLERS)))
                      for n in range(first, first + at_once))
                )  # fmt: skip
            costs.append((time.process_time() - began) / times * 1e6)
        await client.aclose()
        return costs

    return asyncio.run(story())


def row(name: str, costs: Sequence[float]) -> None:
    """Print one row."""
    click.echo(f"{name:<34}" + "".join(f"{cost:>9.1f}" for cost in costs))


def main(requests: str = "20000") -> None:
    """Print microseconds of processor time."""
    times = int(requests)
    since = contact(0, 49).day
    with serving.redis_server(serving.cores().rest) as (_, client):
        port = serving.port_of(client)
        here = session(port)
        timed(10 * _CALLERS, 50, through_a_session(here, count_from(0)))
        row("microseconds a request; at once", _AT_ONCE)
        looking = through_a_session(here, lookup(since))
        row("lookup, a session", [timed(times, each, looking) for each in _AT_ONCE])
        row("lookup, the whole store", through_the_store(port, times, since))
        row("a GET, redis.asyncio", through_asyncio(port, times))
        new = count_from(10 * _CALLERS)
        costs = [timed(times, each, through_a_session(here, new)) for each in _AT_ONCE]
        row("record, a session", costs)
        client.config_resetstat()
        timed(times, 16, looking)
        timed(times, 16, through_a_session(here, new))
        spent = client.info("commandstats")
        for command in ("get", "evalsha", "hsetnx", "hget"):
            told = spent[f"cmdstat_{command}"]
            click.echo(f"server: {told['usec_per_call']} µs a {command.upper()}")
        here.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
