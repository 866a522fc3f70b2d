"""A line whose caller presses what he is told to, and a watch that remembers."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from twisted.internet.defer import Deferred, fail, succeed

from ivr.callers.contacts import Contact
from ivr.engine.interfaces import CallerGoneError, Decided, Found, StoreError
from ivr.routing.steps import Ask, Go, KeyPressed, NoKey, PromptFailed
from ivr.store.memory import MemoryStore


@dataclass
class LineDouble:
    keys: list[KeyPressed | NoKey | PromptFailed] = field(default_factory=list)
    gone_after: int | None = None
    asked: list[Ask] = field(default_factory=list)
    went: list[Go] = field(default_factory=list)

    def ask(self, ask: Ask) -> Awaitable[KeyPressed | NoKey | PromptFailed]:
        self.asked.append(ask)
        if self.gone_after is not None and len(self.asked) > self.gone_after:
            return fail(CallerGoneError())
        return succeed(self.keys.pop(0) if self.keys else NoKey())

    def go(self, go: Go) -> Awaitable[None]:
        if self.gone_after is not None:
            return fail(CallerGoneError())
        self.went.append(go)
        return succeed(None)


@dataclass
class WatchDouble:
    decisions: list[Decided] = field(default_factory=list)
    degradations: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    took: list[float] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    contacts: list[tuple[Contact, bool]] = field(default_factory=list)
    fallbacks: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    losses: list[tuple[Contact, str]] = field(default_factory=list)

    def decided(self, decided: Decided) -> None:
        self.decisions.append(decided)

    def degraded(self, reason: str) -> None:
        self.degradations.append(reason)

    def gone(self, linked_id: str, decision: str) -> None:
        self.left.append(linked_id)

    def stored(self, operation: str, seconds: float, failure: str | None, why: str = "") -> None:
        self.asked.append((operation, failure))
        self.took.append(seconds)
        self.reasons.append(why)

    def recorded(self, contact: Contact, new: bool) -> None:
        self.contacts.append((contact, new))

    def fell_back(self, linked_id: str, reason: str) -> None:
        self.fallbacks.append(reason)

    def unread(self, linked_id: str) -> None:
        self.unreadable.append(linked_id)

    def lost(self, contact: Contact, why: str) -> None:
        self.losses.append((contact, why))


class SilentStore(MemoryStore):
    """Takes questions, and never answers."""

    def lookup(self, number: str | None, linked_id: str | None, since: date) -> Deferred[Found]:
        return Deferred()


class BrokenStore(MemoryStore):
    """Fails whatever is asked."""

    def lookup(self, number: str | None, linked_id: str | None, since: date) -> Deferred[Found]:
        return fail(StoreError("the disk is gone"))

    def remember(self, *_: Any) -> Deferred[None]:
        return fail(StoreError("the disk is gone"))

    def record(self, contact: Contact) -> Deferred[bool]:
        return fail(StoreError("the disk is gone"))


class Ids:
    """d1, d2, …"""

    def __init__(self) -> None:
        self.given = 0

    def __call__(self) -> str:
        self.given += 1
        return f"d{self.given}"


def names(steps: Sequence[Go]) -> list[str]:
    return [step.post.queue if step.post else step.action.value for step in steps]
