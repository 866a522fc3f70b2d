"""Callers and calls for what YAML cannot say of routes/examples, through the real `step`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ivr.callers.caller import Author, Caller, Grant, Record, Tally
from ivr.callers.nuisance import Process, Stage, Told
from ivr.engine.policies import load_checked
from ivr.policy.model import Policy
from ivr.routing.call import ARRIVING
from ivr.routing.step import Outcome, step
from ivr.routing.steps import Ask, Go, KeyPressed, NewCall, NoKey, Price
from tests.policy.samples import NOW, NUMBER, at, tally

if TYPE_CHECKING:
    from ivr.routing.steps import Event

EXAMPLES = Path(__file__).parents[2] / "routes" / "examples"
NAMES = ("senior-manager", "best-agents", "attached-agent", "disconnect", "paid-line")

DIALLED = "+9721800123456"
CLOSED = at("2026-11-28 12:00")  # a Saturday

#: Keys of the menu.
FAULT, BILLING, LEAVING, GENERAL, PERSON, NOTHING = "1", "2", "3", "4", "0", ""
EXEMPT = (FAULT, BILLING, LEAVING)


def author(name: str, day: str) -> Author:
    return Author(name, name, at(f"{day} 08:00"), "asked for")


def told(name: str, day: str) -> Told:
    return Told(name, "telephone", at(f"{day} 10:00"))


def granted(grant: str) -> Grant:
    return Grant(grant, author("ruth", "2026-11-01"))


REGULAR = Caller(NUMBER)

#: Warned by one person, noticed by another, and no month is over since.
_PAID = Process(
    Stage.PAID, "2026-10", warned=told("dana", "2026-08-03"), noticed=told("avi", "2026-10-12")
)
LAST_STAGE = Caller(NUMBER, Record(process=_PAID))


def calling(times: int, answered: int | None = None, caller: Caller = REGULAR) -> Caller:
    """The caller with so many contacts this month, all of them answered unless said otherwise."""
    tallies: tuple[Tally, ...] = (
        tally("2026-11-10", times, times if answered is None else answered),
    )
    return replace(caller, tallies=tallies)


def with_record(caller: Caller, **changes: object) -> Caller:
    record = replace(caller.record, **changes)  # type: ignore[arg-type] # checked at run time
    return replace(caller, record=record)


@dataclass(frozen=True, slots=True)
class Example:
    """One of the policies."""

    policy: Policy

    def arrive(self, caller: Caller | None, now: float = NOW, /, **changes: object) -> Outcome:
        """A call comes in; None is a store that was late."""
        call = NewCall("d1", NUMBER, DIALLED, int(now), caller)
        call = replace(call, **changes)  # type: ignore[arg-type] # checked at run time
        return step(self.policy, ARRIVING, call, now)

    def goes_on(self, outcome: Outcome, *events: Event) -> Outcome:
        for event in events:
            outcome = step(self.policy, outcome.state, event, NOW)
        return outcome

    def call(self, caller: Caller | None, key: str = GENERAL, **changes: object) -> Outcome:
        """The call, its menu answered with the key if it plays ("": twice with none)."""
        outcome = self.arrive(caller, **changes)
        keys = (KeyPressed(key),) if key else (NoKey(), NoKey())
        return self.goes_on(outcome, *keys) if isinstance(outcome.step, Ask) else outcome

    def queue(self, caller: Caller | None, key: str = GENERAL, **changes: object) -> str:
        """The queue that the call goes to, in Asterisk's words."""
        return queue_of(self.call(caller, key, **changes))

    def is_offered(self, caller: Caller | None, key: str = GENERAL, **changes: object) -> bool:
        """Whether a paid line is offered: its price is told."""
        return isinstance(self.call(caller, key, **changes).step, Price)


def queue_of(outcome: Outcome) -> str:
    assert isinstance(outcome.step, Go), outcome.step
    assert outcome.step.post is not None, outcome.step
    return outcome.step.post.queue


def example(name: str) -> Example:
    policy = load_checked(EXAMPLES / name)
    assert isinstance(policy, Policy), str(policy)
    return Example(policy)
