"""The floor against queueing theory: where there is a formula, the simulation must meet it."""

from __future__ import annotations

from math import exp, factorial
from random import Random

import pytest

from tests.tools.simulate.worlds import Call, agents, centre

HOUR = 3600.0
CALLS = 10_000


def erlang_c(servers: int, load: float) -> float:
    """The chance to wait at all, by Erlang's formula."""
    top = load**servers / factorial(servers) * servers / (servers - load)
    return top / (sum(load**n / factorial(n) for n in range(servers)) + top)


@pytest.mark.parametrize(("servers", "rate", "talk"), [(1, 30, 84), (4, 80, 153), (10, 180, 170)])
def test_random_calls_of_random_length_wait_as_erlang_has_it(
    servers: int, rate: float, talk: float
) -> None:
    """M/M/c: `rate` calls an hour, patience without end. seeded, so always the same."""
    random, calls, at = Random(f"{servers}"), [], 0.0
    for _ in range(CALLS):
        at += random.expovariate(rate / HOUR)
        calls.append(Call(at, talk=random.expovariate(1 / talk)))
    book = centre(calls, agents(servers), hours=at / HOUR)
    load = rate * talk / HOUR
    delayed, free = erlang_c(servers, load), (servers - load) / talk
    waits = book.waits
    assert sum(wait > 0 for wait in waits) / len(waits) == pytest.approx(delayed, rel=0.08)
    assert sum(waits) / len(waits) == pytest.approx(delayed / free, rel=0.15)
    late = sum(wait > talk for wait in waits) / len(waits)
    assert late == pytest.approx(delayed * exp(-free * talk), rel=0.15)
    worked = book.agents["agents"]
    assert worked.busy / worked.duty == pytest.approx(load / servers, rel=0.03)


def test_random_calls_of_one_length_wait_half_as_long() -> None:
    """M/D/1, Pollaczek and Khinchin: half of M/M/1's wait."""
    random, calls, at = Random("d"), [], 0.0
    for _ in range(CALLS):
        at += random.expovariate(1 / 100)
        calls.append(Call(at, talk=70))
    book = centre(calls, agents(1), hours=at / HOUR)
    assert sum(book.waits) / len(calls) == pytest.approx(0.7 * 70 / (2 * 0.3), rel=0.06)


def test_who_gives_up_shortens_the_queue_for_the_others() -> None:
    """M/M/1+M (Palm), patience as long as talk: n callers leave at n times the rate, as in M/M/∞.

    With load 1 their number is Poisson with mean 1, nobody is there for 1/e of the time, and as
    great a share of the calls is lost.
    """
    random, calls, at = Random("p"), [], 0.0
    for _ in range(CALLS):
        at += random.expovariate(1 / 100)
        talk, patience = random.expovariate(1 / 100), random.expovariate(1 / 100)
        calls.append(Call(at, talk=talk, patience=patience))
    book = centre(calls, agents(1), hours=at / HOUR)
    assert book.all.abandoned / book.all.calls == pytest.approx(exp(-1), rel=0.04)
