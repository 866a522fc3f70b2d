"""The store as calls use it: every question has a deadline, and an answer either way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias, TypeVar

from twisted.internet.defer import CancelledError, Deferred, TimeoutError  # noqa: A004 # its name

from ivr.callers.errors import RefusedError
from ivr.callers.process import FileAppeal
from ivr.engine.interfaces import StoreError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import date

    from twisted.internet.interfaces import IReactorTime

    from ivr.callers.caller import Author, Caller, Consent, Instant
    from ivr.callers.contacts import Contact
    from ivr.engine.interfaces import Found, OpenCall, Store, Watch

T = TypeVar("T")

#: Why there is no answer.
Failure: TypeAlias = Literal["store-late", "store-failed"]


@dataclass(frozen=True, slots=True)
class Keeper:
    """Asks the store, within `lookup` seconds where a caller waits, else within `record` seconds.

    A late answer is dropped; what was sent to be kept may still be kept.
    """

    store: Store
    clock: IReactorTime
    now: Callable[[], Instant]
    watch: Watch
    lookup_deadline: float
    record_deadline: float

    async def look_up(
        self, number: str | None, linked_id: str | None, since: date
    ) -> Found | Failure:
        """What is known, or why nothing is."""
        return await self._within(
            self.lookup_deadline, "lookup", lambda: self.store.lookup(number, linked_id, since)
        )

    async def remember(self, call: OpenCall) -> None:
        """Keep what a call carries. A failure costs a transfer its tier, and is counted."""
        await self._within(self.record_deadline, "remember", lambda: self.store.remember(call))

    async def record(self, contact: Contact) -> bool:
        """Keep a contact, or tell that it is only in queue_log. Whether it is kept."""
        new = await self._within(self.record_deadline, "record", lambda: self.store.record(contact))
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
            self.record_deadline,
            "consent",
            lambda: self.store.consent(number, consent, allowed, since),
        )
        return kept is True

    async def appeal(self, number: str, author: Author) -> bool:
        """Keep an appeal of the caller's; one that is open already is as good."""
        try:
            kept = await self._within(
                self.record_deadline,
                "change",
                lambda: self.store.change(number, FileAppeal(), author),
            )
        except RefusedError:
            return True
        return not isinstance(kept, str)

    async def forget(self, linked_id: str, before: Instant) -> None:
        """Drop an ended call, and what no end was ever told of."""
        await self._within(
            self.record_deadline, "forget", lambda: self.store.forget(linked_id, before)
        )

    async def _within(
        self, seconds: float, operation: str, ask: Callable[[], Awaitable[T]]
    ) -> T | Failure:
        began = self.now()
        failure: Failure | None = None
        why = ""
        try:
            answer: T = await _deferred(ask).addTimeout(seconds, self.clock)
        except (TimeoutError, CancelledError):
            failure = "store-late"
        except StoreError as error:
            failure, why = "store-failed", str(error)
        took = max(0.0, self.now() - began)  # the clock may be set back meanwhile
        self.watch.stored(operation, took, failure, why)
        return failure or answer


def _deferred(ask: Callable[[], Awaitable[T]]) -> Deferred[T]:
    async def asked() -> T:
        return await ask()

    return Deferred.fromCoroutine(asked())
