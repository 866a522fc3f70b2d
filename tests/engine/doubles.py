"""A line whose caller presses what he is told to, and a watch that remembers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

from twisted.internet.defer import Deferred, fail, maybeDeferred, succeed

from ivr.callers.caller import Author, Caller, Consent, Record
from ivr.callers.changes import Change, apply
from ivr.callers.contacts import Contact
from ivr.engine.interfaces import CallerGoneError, Decided, Found, OpenCall, StoreError
from ivr.routing.steps import Ask, Go, KeyPressed, NoKey, Price, PriceHeard, PromptFailed
from ivr.routing.ticket import Ticket, encode
from ivr.store.memory import MemoryStore

T = TypeVar("T")


@dataclass
class LineDouble:
    keys: list[KeyPressed | NoKey | PromptFailed] = field(default_factory=list)
    gone_after: int | None = None
    asked: list[Ask] = field(default_factory=list)
    went: list[Go] = field(default_factory=list)
    prices: list[PriceHeard | PromptFailed] = field(default_factory=list)
    priced: list[Price] = field(default_factory=list)

    def price(self, price: Price) -> Awaitable[PriceHeard | PromptFailed]:
        self.priced.append(price)
        return succeed(self.prices.pop(0) if self.prices else PriceHeard(60.0, True))

    def ask(self, ask: Ask) -> Awaitable[KeyPressed | NoKey | PromptFailed]:
        self.asked.append(ask)
        if self.gone_after is not None and len(self.asked) > self.gone_after:
            return fail(CallerGoneError())
        return succeed(self.keys.pop(0) if self.keys else NoKey())

    def go(self, go: Go, state: str) -> Awaitable[None]:
        if self.gone_after is not None:
            return fail(CallerGoneError())
        assert state == encode(go.ticket)
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
    clashes: list[str] = field(default_factory=list)
    losses: list[tuple[Contact, str]] = field(default_factory=list)
    charges: list[tuple[str, str, bool]] = field(default_factory=list)

    def decided(self, decided: Decided) -> None:
        self.decisions.append(decided)

    def degraded(self, reason: str) -> None:
        self.degradations.append(reason)

    def gone(self, linked_id: str, decision: str) -> None:
        self.left.append(linked_id)

    def charged(self, ticket: Ticket, line: str, kept: bool) -> None:
        self.charges.append((ticket.decision, line, kept))

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

    def clashed(self, problem: str) -> None:
        self.clashes.append(problem)


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


class PaidStore(MemoryStore):
    """Knows one caller, as he was and as a fresh read finds him; each question has its fate.

    Fates: "ok", "fail", "late" (done, and no answer), "lost" (neither).
    """

    def __init__(self, caller: Caller | None, fresh: Caller | None = None) -> None:
        super().__init__()
        self.caller, self.fresh = caller, fresh or caller
        self.open_call: OpenCall | None = None
        self.fates = {"lookup": "ok", "consent": "ok", "change": "ok"}
        self.consents: list[tuple[str, Consent]] = []
        self.changes: list[tuple[str, Change, Author]] = []

    def lookup(self, number: str | None, linked_id: str | None, since: date) -> Deferred[Found]:
        call = self.open_call if linked_id else None
        known = (call.number if call else number) is not None
        return self._answer("lookup", lambda: Found(self.caller if known else None, call))

    def consent(
        self, number: str, consent: Consent, allowed: Callable[[Caller], bool], since: date
    ) -> Deferred[bool]:
        def keep() -> bool:
            assert self.fresh is not None
            if not allowed(self.fresh):
                return False
            self.consents.append((number, consent))
            return True

        return self._answer("consent", keep)

    def change(self, number: str, change: Change, author: Author) -> Deferred[Record]:
        def keep() -> Record:
            assert self.fresh is not None
            record = apply(self.fresh.record, change, author)
            self.changes.append((number, change, author))
            return record

        return self._answer("change", keep)

    def _answer(self, question: str, do: Callable[[], T]) -> Deferred[T]:
        fate = self.fates[question]
        if fate == "fail":
            return fail(StoreError("the disk is gone"))
        if fate == "lost":
            return Deferred()
        done = maybeDeferred(do)
        return done if fate == "ok" else Deferred()


class Ids:
    """d1, d2, …"""

    def __init__(self) -> None:
        self.given = 0

    def __call__(self) -> str:
        self.given += 1
        return f"d{self.given}"


def names(steps: Sequence[Go]) -> list[str]:
    return [step.post.queue if step.post else step.action.value for step in steps]
