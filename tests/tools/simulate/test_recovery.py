"""A centre whose agents, pauses and callers are known leaves a log: is it found again in there?"""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from random import Random
from typing import TYPE_CHECKING

import pytest

from ivr.callers.contacts import Outcome
from ivr.tools.recorded.calls import RecordedCall
from ivr.tools.replay.replay import Assumed
from ivr.tools.simulate.arrivals import Deciding
from ivr.tools.simulate.crews import crews
from ivr.tools.simulate.learned import Learner
from ivr.tools.simulate.simulation import Side, Simulation
from ivr.tools.simulate.staffing import QueueRules, Staffing
from tests.tools.simulate.worlds import TEN, Call, agents, centre, policy

if TYPE_CHECKING:
    from tests.tools.simulate.worlds import Told

AGENTS, PAUSE, PATIENCE = 8, 20, 240
ROUTES = "  - {name: all, queue: main}\n"


def one_day(seed: str) -> list[Call]:
    """Eight hours of 200 calls each, of three minutes in the mean, and 20 s of pause: busy."""
    random, at, calls = Random(seed), 0.0, []
    while at < 8 * 3600:
        at += random.expovariate(1 / 18)
        talk, patience = random.expovariate(1 / 120), random.expovariate(1 / PATIENCE)
        calls.append(Call(float(int(at)), int(talk), int(patience), wrap_up=PAUSE))
    return calls


def log_of(calls: list[Call], book: Told, day: int) -> list[RecordedCall]:
    """The centre's day as a log has it: whoever is free the longest took the next call."""
    free = [(0.0, f"agent {n}") for n in range(AGENTS)]
    heapify(free)
    order = sorted(range(len(calls)), key=lambda n: calls[n].at + book.of(n)[0])
    named: dict[int, str] = {}
    for n in order:
        wait, outcome = book.of(n)
        if outcome is Outcome.ANSWERED:
            _, named[n] = heappop(free)
            heappush(free, (calls[n].at + wait + calls[n].talk + PAUSE, named[n]))
    return [
        RecordedCall(
            n + day * 10_000, None, TEN + day * 86_400 + call.at, book.of(n)[1],
            agent=named.get(n), hold=int(book.of(n)[0]),
            talk=int(call.talk) if n in named else None,
        )
        for n, call in enumerate(calls)
    ]  # fmt: skip


@pytest.fixture(scope="module")
def log() -> list[RecordedCall]:
    found: list[RecordedCall] = []
    for day in range(4):
        calls = one_day(f"day {day}")
        found += log_of(calls, centre(calls, agents(AGENTS), routes=ROUTES, hours=12), day)
    return found


@pytest.fixture(scope="module")
def learner(log: list[RecordedCall]) -> Learner:
    learner = Learner()
    list(learner.hear(log))
    return learner


def test_the_agents_are_counted_again(learner: Learner) -> None:
    (group,) = crews(learner.work.agents, [policy(ROUTES)])
    counts = [count for _, count in group.seen]
    assert max(counts) == AGENTS
    # The first and last half hours of the four days apart, they are all there.
    assert sum(count not in (0, AGENTS) for count in counts) <= 8


def test_their_pause_is_found_again(learner: Learner) -> None:
    gaps = learner.learned(gaps=True).gaps
    assert gaps is not None
    assert [gaps.draw(1 - share) for share in (0.1, 0.5, 0.8)] == pytest.approx([PAUSE] * 3, abs=2)


def test_the_patience_is_found_again(learner: Learner) -> None:
    assert learner.learned(gaps=False).patience[None].median() == pytest.approx(166, rel=0.1)


def test_the_waits_are_found_again(log: list[RecordedCall], learner: Learner) -> None:
    plain = policy(ROUTES)
    arrivals = list(Deciding((plain,), Assumed()).arrivals(log))
    rules = {"main": QueueRules(joinempty=True, leavewhenempty=False)}
    staffing = Staffing(crews(learner.work.agents, [plain]), rules)
    side = Side("as_it_is", plain, 0)
    simulation = Simulation(
        arrivals, learner.learned(gaps=True), staffing, [side], plain.zone, runs=3
    )
    recorded, simulated = simulation.recorded()["all"], simulation.simulated(side, id)["all"]
    assert recorded["mean"] > 20
    assert simulated["mean"] == pytest.approx(recorded["mean"], rel=0.15)
    assert simulated["p90"] == pytest.approx(recorded["p90"], rel=0.15)
    assert simulated["abandoned"] == pytest.approx(recorded["abandoned"], rel=0.15)
