"""The store as calls use it: every question has a deadline, and an answer either way."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias, TypeVar

from twisted.internet.defer import CancelledError, Deferred

from ivr.callers.errors import RefusedError
from ivr.callers.process import FileAppeal
from ivr.engine.deadlines import Deadlines
from ivr.engine.interfaces import Found, StoreError
from ivr.engine.open_calls import OpenCalls

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import date

    from ivr.callers.caller import Author, Caller, Consent, Instant
    from ivr.callers.contacts import Contact
    from ivr.engine.deadlines import Clock
    from ivr.engine.interfaces import OpenCall, Store, Watch

T = TypeVar("T")

#: Why there is no answer.
Failure: TypeAlias = Literal["store-late", "store-failed"]


@dataclass(slots=True, eq=False)
class Keeper:
    """Asks the store, within `lookup` seconds where a caller waits, else within `record` seconds.

    A late answer is dropped; what was sent to be kept may still be kept.
    """

    store: Store
    clock: Clock
    now: Callable[[], Instant]
    watch: Watch
    lookup_deadline: float
    record_deadline: float
    _lookups: Deadlines = field(init=False)
    _others: Deadlines = field(init=False)
    _open_calls: OpenCalls = field(init=False)

    def __post_init__(self) -> None:
        self._lookups = Deadlines(self.clock, self.lookup_deadline)
        self._others = Deadlines(self.clock, self.record_deadline)
        self._open_calls = OpenCalls(self.clock, self._remember)

    async def look_up(
        self, number: str | None, linked_id: str | None, since: date
    ) -> Found | Failure:
        """What is known, or why nothing is."""
        here = self._open_calls.find(linked_id)
        if here is not None:
            number, linked_id = here.number, None
        found = await self._within(
            self._lookups, "lookup", lambda: self.store.lookup(number, linked_id, since)
        )
        return Found(found.caller, here) if here and isinstance(found, Found) else found

    def remember(self, call: OpenCall) -> None:
        """Keep what a call carries. A failure costs a transfer its tier, and is counted."""
        self._open_calls.put(call)

    def give(self) -> None:
        """Tell the store all that is still to be told: the engine ends."""
        self._open_calls.give()

    def _remember(self, calls: tuple[OpenCall, ...]) -> None:
        Deferred.fromCoroutine(
            self._within(self._others, "remember", lambda: self.store.remember(*calls))
        )

    async def record(self, contact: Contact) -> bool:
        """Keep a contact, or tell that it is only in queue_log. Whether it is kept."""
        new = await self._within(self._others, "record", lambda: self.store.record(contact))
        if isinstance(new, bool):
            self.watch.recorded(contact, new)
            return True
        self.watch.lost(contact, new)
        return False

    async def agree(
        self, number: str, consent: Consent, allowed: Callable[[Caller], bool], since: date
    ) -> bool:
        """Keep a consent if a fresh read allows it. A store that fails or is late says no."""
        kept = await self._within(
            self._others,
            "consent",
            lambda: self.store.consent(number, consent, allowed, since),
        )
        return kept is True

    async def appeal(self, number: str, author: Author) -> bool:
        """Keep an appeal of the caller's; one that is open already is as good."""
        try:
            kept = await self._within(
                self._others,
                "change",
                lambda: self.store.change(number, FileAppeal(), author),
            )
        except RefusedError:
            return True
        return not isinstance(kept, str)

    async def forget(self, linked_id: str, before: Instant) -> None:
        """Drop an ended call, and what no end was ever told of."""
        self._open_calls.drop(linked_id)
        await self._within(self._others, "forget", lambda: self.store.forget(linked_id, before))

    async def _within(
        self, deadlines: Deadlines, operation: str, ask: Callable[[], Awaitable[T]]
    ) -> T | Failure:
        began = self.now()
        failure: Failure | None = None
        why = ""
        try:
            answer: T = await deadlines.bound(_deferred(ask()))
        except CancelledError:
            failure = "store-late"
        except StoreError as error:
            failure, why = "store-failed", str(error)
        took = max(0.0, self.now() - began)  # the clock may be set back meanwhile
        self.watch.stored(operation, took, failure, why)
        return failure or answer


def _deferred(asked: Awaitable[T]) -> Deferred[T]:
    async def waiting() -> T:
        return await asked

    return asked if isinstance(asked, Deferred) else Deferred.fromCoroutine(waiting())
