"""The floor against queueing theory: where there is a formula, the simulation must meet it.

Within four standard errors, which are taken from batches of calls that followed each other; and the
errors must be small enough that a wrong rule would show. All is seeded: it comes out the same.
"""

from __future__ import annotations

from math import exp, factorial, sqrt
from random import Random
from statistics import mean, stdev
from typing import TYPE_CHECKING

import pytest

from ivr.callers.contacts import Outcome
from tests.tools.simulate.worlds import Call, agents, centre

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.tools.simulate.worlds import Told

HOUR = 3600.0
CALLS, BATCH = 16_000, 400


def erlang_c(servers: int, load: float) -> float:
    """The chance to wait at all, by Erlang's formula."""
    top = load**servers / factorial(servers) * servers / (servers - load)
    return top / (sum(load**n / factorial(n) for n in range(servers)) + top)


def meets(found: Iterable[float], expected: float, *, error: float = 0.08) -> None:
    """The mean of these is the expected one, as far as chance can tell."""
    values = list(found)
    batches = [mean(values[at : at + BATCH]) for at in range(0, len(values), BATCH)]
    standard = stdev(batches) / sqrt(len(batches))
    assert standard < error * expected
    assert mean(values) == pytest.approx(expected, abs=4 * standard)


def random_calls(seed: str, rate: float, talk: float, patience: float = 0.0) -> list[Call]:
    """`rate` calls an hour; means in seconds. Without `patience` nobody ever gives up."""
    random, at, calls = Random(seed), 0.0, []
    for _ in range(CALLS):
        at += random.expovariate(rate / HOUR)
        call = Call(at, talk=random.expovariate(1 / talk))
        if patience:
            call = Call(at, call.talk, random.expovariate(1 / patience))
        calls.append(call)
    return calls


def simulated(calls: list[Call], servers: int) -> Told:
    return centre(calls, agents(servers), hours=calls[-1].at / HOUR)


@pytest.mark.parametrize(("servers", "rate", "talk"), [(1, 30, 66), (4, 80, 117), (10, 180, 140)])
def test_random_calls_of_random_length_wait_as_erlang_has_it(
    servers: int, rate: float, talk: float
) -> None:
    """M/M/c."""
    book = simulated(random_calls("erlang", rate, talk), servers)
    load = rate * talk / HOUR
    delayed, drain = erlang_c(servers, load), (servers - load) / talk
    meets((wait > 0 for wait in book.waits), delayed)
    meets(book.waits, delayed / drain, error=0.15)
    meets((wait > talk / 2 for wait in book.waits), delayed * exp(-drain * talk / 2), error=0.3)
    worked = book.agents["agents"]
    assert worked.busy / worked.duty == pytest.approx(load / servers, rel=0.03)


def test_random_calls_of_one_length_wait_half_as_long() -> None:
    """M/D/1 (Pollaczek and Khinchin)."""
    calls = [Call(call.at, talk=60) for call in random_calls("one length", 36, 60)]
    meets(simulated(calls, 1).waits, 0.6 * 60 / (2 * 0.4))


def test_who_gives_up_shortens_the_queue_for_the_others() -> None:
    """M/M/1+M (Palm), patience as long as talk: n callers leave at n times the rate, as in M/M/∞.

    With load 1 their number is Poisson with mean 1, nobody is there for 1/e of the time, and as
    great a share of the calls is lost.
    """
    book = simulated(random_calls("patience", 36, 100, 100), 1)
    ends = [book.of(number)[1] for number in range(CALLS)]
    meets((end is Outcome.ABANDONED for end in ends), exp(-1))
