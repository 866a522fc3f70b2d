"""What the use cases need from the world. Every store passes the suite in tests/store/contract.py.

Every method of a store is asynchronous; the caller sets the deadline. A store that is asked again
after it failed once must answer again as soon as it can.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from datetime import date

    from ivr.callers.caller import Author, Caller, Consent, Instant, Record
    from ivr.callers.changes import Change
    from ivr.callers.contacts import Contact
    from ivr.callers.erasure import Bounds
    from ivr.routing.steps import (
        Ask,
        Go,
        Judged,
        KeyPressed,
        LetGo,
        NoKey,
        Price,
        PriceHeard,
        PromptFailed,
        Turn,
    )
    from ivr.routing.ticket import Ticket


class StoreError(Exception):
    """The store could not do what was asked; the message says what an operator can do."""


class DoubtError(StoreError):
    """What was asked was done, or may have been: look before it is asked for again."""


class ManyError(StoreError):
    """Of many changes some failed; the message is that of the first.

    `outcomes` tells of each what became of it: None (it was made), why it was refused, or its error
    (it was not made, unless that is a `DoubtError`).
    """

    def __init__(self, outcomes: Sequence[Exception | str | None]) -> None:
        super().__init__(str(next(each for each in outcomes if isinstance(each, Exception))))
        self.outcomes = outcomes


@dataclass(frozen=True, slots=True)
class OpenCall:
    """A call between its decision and its end: what it carries, and whose it is.

    `number` is E.164, or None where it was withheld; `state` is the text of IVR_STATE.
    """

    linked_id: str
    number: str | None
    state: str
    at: Instant


@dataclass(frozen=True, slots=True)
class Found:
    """What one round trip brought: the caller (None: no number was asked for), the open call."""

    caller: Caller | None
    open_call: OpenCall | None


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One change as it was made: the kind and its values, who, when, why; never edited."""

    number: str
    generation: int
    kind: str
    values: Mapping[str, object]
    author: Author


@dataclass(frozen=True, slots=True)
class History:
    """All that the store knows of a number, for its right of access: every owner, oldest first."""

    number: str
    record: Record
    journal: Sequence[JournalEntry]
    contacts: Sequence[Contact]
    consents: Sequence[Consent] = ()


@dataclass(frozen=True, slots=True)
class Annotation:
    """What an agent adds to a contact; None leaves what is there.

    `marked`: True marks it as not to the point, False takes the mark back. `case` says which case
    it was about ("": about none), which is the agent's word against the store's guess.
    """

    note: str | None = None
    disposition: str | None = None
    marked: bool | None = None
    case: str | None = None


@dataclass(frozen=True, slots=True)
class Erased:
    """What an erasure removed, and what it had to keep.

    `found` says that there was anything. What went: what people had decided (`record`), and how
    many `contacts`, `entries` of the journal and `consents`. What stays: the consents in `kept`,
    and how many `steps` of the process as their ground.
    """

    found: bool
    record: Record
    contacts: int
    entries: int
    consents: int
    kept: Sequence[Consent] = ()
    steps: int = 0


class PassedOverError(StoreError):
    """It is done, but not for those whose records cannot be read; the message says how many."""


class ClashError(StoreError):
    """Two Asterisks report under one system name; the message names both."""


class Store(Protocol):
    """What must survive."""

    def lookup(self, number: str | None, linked_id: str | None, since: date) -> Awaitable[Found]:
        """The caller and the open call in one round trip; tallies from local day `since` on.

        A known open call says whose call it is: its number's caller is found, whatever `number`
        was asked for, and none if it is withheld.
        """

    def remember(self, *calls: OpenCall) -> Awaitable[None]:
        """Keep what calls carry, so that a transfer finds it; replaces what was kept of them."""

    def record(self, contact: Contact) -> Awaitable[bool]:
        """Keep an ended contact. False if it was known already (then nothing changes).

        Where the contact names no case, `callers.contacts.about` chooses among the open ones, in
        the same transaction. True is an acknowledgement: it survives a kill at any later moment.
        """

    def forget(self, linked_id: str, before: Instant) -> Awaitable[None]:
        """Drop the open call `linked_id`, and every one that was kept before the moment given."""

    def change(self, number: str, change: Change, author: Author) -> Awaitable[Record]:
        """Apply `callers.changes.apply` and journal it, in one transaction; may `RefusedError`."""

    def change_many(
        self, changes: Sequence[tuple[str, Change]], author: Author
    ) -> Awaitable[Sequence[str | None]]:
        """Apply many (an import) in few transactions; for each, why it was refused, or None.

        Give some hundreds at a time: other writes may wait until they are done. `StoreError` says
        that none was made. A store that several engines share makes all of a number's or none:
        there `ManyError` tells what became of each, and `DoubtError` that nobody knows.
        """

    def history(self, number: str) -> Awaitable[History]:
        """All that is known of a number, over all its owners."""

    def annotate(self, contact: str, annotation: Annotation, author: Author) -> Awaitable[Contact]:
        """Add an agent's word to the contact of this id, journal it, and count it anew.

        Months' evidence and marks follow in the same transaction. Raises `RefusedError` where there
        is no such contact.
        """

    def consent(
        self, number: str, consent: Consent, allowed: Callable[[Caller], bool], since: date
    ) -> Awaitable[bool]:
        """Keep a consent if `allowed` says so of a fresh read, in the same transaction.

        `allowed` is pure and quick; it is asked in the store's own time. False: nothing was kept.
        """

    def attend(self, day: date) -> Awaitable[None]:
        """Say that the store was there on a local day; told many times it counts once."""

    def candidates(self, least: int, months: Sequence[str]) -> Awaitable[Sequence[str]]:
        """The numbers with at least `least` contacts of evidence in one of these months, or whose
        people have taken a step; sorted.
        """

    def undocumented(self, since: date) -> Awaitable[Sequence[tuple[str, int, int]]]:
        """By queue (the agents' group): answered contacts since a local day, and those without a
        note.
        """

    def retire(self, before: date, keep_from: date) -> Awaitable[int]:
        """Remove contacts that ended before a local day (how many went); their sums stay.

        Those of numbers in whose process people have taken a step are evidence: they stay from
        `keep_from` on. May raise `PassedOverError`.
        """

    def retired_before(self) -> Awaitable[date | None]:
        """The local day before which contacts were removed, and are not taken any more, as if they
        were known. None: none ever were.
        """

    def erase(self, number: str, bounds: Bounds, author: Author) -> Awaitable[Erased]:
        """Remove what is known of a number, over all its owners (`callers.erasure`); once more, it
        removes what came since. A number of whom nothing is known stays unknown.

        Contacts of the number that ended before are not taken any more, as if they were known.
        Raises `RefusedError`.
        """

    def ping(self) -> Awaitable[None]:
        """Raise `StoreError` if a lookup would fail now."""

    def close(self) -> Awaitable[None]:
        """Finish what was acknowledged and let go of everything. Further calls fail."""


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """What was found in a store whose servers had changed.

    `servers`: how many were new. `stepped`: callers in whose process people have taken a step.
    `repaired`: entries of indices that were missing. `newest_contact` and `newest_change` tell how
    far what is there reaches (None: there is none). `problems` are told by name, `more` were left
    out; unless there were none, or they were accepted, the paid line is not `opened`. `doubted`:
    since when one of the servers is known not to be trusted (None: it never was, or none is).
    """

    servers: int
    callers: int
    stepped: int
    contacts: int
    repaired: int
    newest_contact: Instant | None
    newest_change: Instant | None
    problems: Sequence[str]
    more: int
    opened: bool
    doubted: Instant | None = None


@runtime_checkable
class Reconcilable(Protocol):
    """A store on servers that can change, and lose what they acknowledged."""

    def is_reconciled(self) -> bool:
        """Whether no server changed since the last reconciliation, as far as is known now."""

    def reconcile(self, author: Author, *, accept: bool) -> Awaitable[Reconciliation]:
        """Look at all there is; if it is in order, or `accept`ed, trust the present servers."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Requests that a store has been asked and has not begun with."""

    reads: int = 0
    writes: int = 0


@runtime_checkable
class Queueing(Protocol):
    """A store whose requests wait for each other."""

    def waiting(self) -> Waiting:
        """How many wait now; quick, and of any thread."""


class CallerGoneError(Exception):
    """The caller hung up, or the line to Asterisk is gone: nobody is there to be asked."""


class Line(Protocol):
    """A call that the engine speaks to while it decides."""

    def ask(self, ask: Ask) -> Awaitable[KeyPressed | NoKey | PromptFailed]:
        """Play, and wait for a key. Raises `CallerGoneError`."""

    def price(self, price: Price) -> Awaitable[PriceHeard | PromptFailed]:
        """Play a price to its end; keys are dropped. Raises `CallerGoneError`."""

    def go(self, go: Go, state: str) -> Awaitable[None]:
        """Tell the dialplan the decision, and what the call carries: the text of its ticket.

        Raises `CallerGoneError`.
        """


@dataclass(frozen=True, slots=True)
class Decided:
    """One decision, as logs and metrics tell it.

    `busy` is the engine's own time in seconds, without the time in which prompts played; `plays`
    counts these. `degraded` is why the caller was treated as regular ("" : not at all). `again`
    tells a decision of `/next` from a first one. `path` are the turns that led there, in order.
    """

    linked_id: str
    again: bool
    ticket: Ticket
    step: Go | LetGo
    path: Sequence[Turn]
    busy: float
    plays: int
    degraded: str

    @property
    def trace(self) -> Sequence[Judged]:
        """Every rule that was looked at on the way."""
        return tuple(judged for turn in self.path for judged in turn.trace)


class Watch(Protocol):
    """Who is told what happened; it must neither raise nor take long."""

    def decided(self, decided: Decided) -> None:
        """A call was placed, or let go to the fallback queue."""

    def degraded(self, reason: str) -> None:
        """A caller is treated as regular, for a bounded set of reasons."""

    def charged(self, ticket: Ticket, line: str, kept: bool) -> None:
        """A consent was given; `kept` unless the store failed or a fresh read said no."""

    def gone(self, linked_id: str, decision: str) -> None:
        """The caller left before there was a decision."""

    def stored(self, operation: str, seconds: float, failure: str | None, why: str = "") -> None:
        """The store was asked; `failure` is "store-late", "store-failed" or None.

        `why` is what the store had to say: what an operator can do.
        """

    def recorded(self, contact: Contact, new: bool) -> None:
        """A contact was kept (or was known: not `new`)."""

    def fell_back(self, linked_id: str, reason: str) -> None:
        """The dialplan took a call for itself, as the report of its end tells."""

    def unread(self, linked_id: str) -> None:
        """What an ended call carried cannot be read: its contact is kept, and is nobody's."""

    def lost(self, contact: Contact, why: str) -> None:
        """A contact could not be kept; queue_log still has it."""

    def clashed(self, problem: str) -> None:
        """An Asterisk reported under a name that is not its alone; `problem` is `ClashError`'s."""
