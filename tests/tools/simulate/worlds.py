"""Tiny call centres whose waits can be worked out by hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf
from typing import TYPE_CHECKING

from ivr.callers.contacts import Outcome
from ivr.policy.loader import load
from ivr.policy.model import Policy
from ivr.tools.recorded.calls import RecordedCall
from ivr.tools.replay.replay import Assumed
from ivr.tools.simulate.arrivals import Deciding
from ivr.tools.simulate.book import Book, Key
from ivr.tools.simulate.engine import Caller, Run
from ivr.tools.simulate.staffing import Group, QueueRules, Serves, Shift, Staffing, levels

if TYPE_CHECKING:
    from collections.abc import Sequence

#: A Monday, 2027-03-01 10:00 in Jerusalem.
TEN = 1_803_888_000.0

POLICY = """
version: 1
timezone: Asia/Jerusalem
numbers: {region: IL}
languages: [en]
topics: [fault]
grants: [gold]
calendars:
  service: {open: [{days: [sun, mon, tue, wed, thu], hours: "08:00-16:00"}]}
prompts:
  sorry: {en: "Sorry."}
queues:
  spare: {asterisk: spare}
  main: {asterisk: main, fallback: spare}
  senior: {asterisk: senior}
entrypoints:
  support: {pays: company, dialled: ["1800123456"]}
tiers:
  - {tier: vip, when: {granted: gold}}
routes:
"""

MAIN = """
  - {name: gold, when: {tier: vip}, queue: main, head_start: 90s}
  - {name: everyone, queue: main}
"""


def policy(routes: str = MAIN) -> Policy:
    found = load({"policy.yaml": POLICY + routes})
    assert isinstance(found, Policy), str(found)
    return found


def agents(count: int, *queues: str, name: str = "agents") -> Group:
    return Group(name, tuple(map(Serves, queues or ("main",))), (Shift(count),))


@dataclass(frozen=True)
class Call:
    """A call `at` seconds past ten; who is gold stands as if he had come 90 s earlier."""

    at: float
    talk: float = 100
    patience: float = inf
    gold: bool = False
    wrap_up: float = 0


@dataclass(slots=True)
class Told(Book):
    """A book that remembers each call: its wait, and how it came out."""

    calls: dict[int, tuple[float, Outcome]] = field(default_factory=dict)

    def waited(self, key: Key, hour: int, wait: float, outcome: Outcome) -> None:
        self.calls[hour] = round(wait, 6), outcome
        Book.waited(self, key, hour, wait, outcome)

    def of(self, number: int) -> tuple[float, Outcome]:
        """The wait of one call, counted from 0, and how it came out."""
        return self.calls[number]

    @property
    def waits(self) -> list[float]:
        """In the order of the calls."""
        return [self.calls[number][0] for number in sorted(self.calls)]


def centre(
    calls: Sequence[Call],
    *groups: Group,
    routes: str = MAIN,
    rules: dict[str, QueueRules] | None = None,
    fallback: str | None = None,
    hours: float = 4,
) -> Told:
    """What becomes of the calls, which come in order; the agents' time counts for some hours."""
    plain = policy(routes)
    staffing = Staffing(groups, rules or {}, fallback)
    recorded = [
        RecordedCall(n, f"+97252{n:07}", TEN + call.at, Outcome.ANSWERED, vip=call.gold)
        for n, call in enumerate(calls)
    ]
    placed = [each.placed[0] for each in Deciding((plain,), Assumed()).arrivals(recorded)]
    callers = [
        Caller(TEN + call.at, n, placed[n], call.patience, call.talk, call.wrap_up)
        for n, call in enumerate(calls)
    ]
    last = TEN + hours * 3600
    numbers = [levels(group, TEN, last, plain.zone) for group in groups]
    book = Told()
    Run(plain, staffing, numbers, TEN, last, last + 86_400, book).run(callers)
    return book
