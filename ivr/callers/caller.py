"""What is known of a caller: what people decided about the number, and what its contacts add up to.

A number is not a person: switchboards and families share one, and a number gets a new owner. A
shared number never goes past observation; a released one starts anew, its history kept apart by
`Record.generation`.

Moments are seconds since the epoch, UTC (`Instant`); days are local days of the policy's zone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from ivr.callers.nuisance import Process

if TYPE_CHECKING:
    from datetime import date

Instant: TypeAlias = float


@dataclass(frozen=True, slots=True)
class Author:
    """Who made a change: the name given, the account that ran the command, when and why."""

    by: str
    os_user: str
    at: Instant
    why: str


@dataclass(frozen=True, slots=True)
class Grant:
    """A standing that managers gave, such as `golden-beam`. It ends at `until`, or never."""

    name: str
    author: Author
    until: Instant | None = None

    def holds(self, now: Instant) -> bool:
        """Whether the grant is in force: from the moment it was given, up to `until` (excluded)."""
        return self.author.at <= now and (self.until is None or now < self.until)


@dataclass(frozen=True, slots=True)
class Case:
    """An open matter of a caller; `complex` when ordinary agents cannot be expected to solve it."""

    id: str
    topic: str | None
    complex: bool
    author: Author


@dataclass(frozen=True, slots=True)
class Mark:
    """An operator's word about a number, such as `nuisance`: it opens observation, no more."""

    kind: str
    author: Author
    until: Instant | None = None

    def holds(self, now: Instant) -> bool:
        """Whether the mark is in force: from the moment it was made, up to `until` (excluded)."""
        return self.author.at <= now and (self.until is None or now < self.until)


@dataclass(frozen=True, slots=True)
class Span:
    """A time during which the caller was protected: by a grant, an open case or an appeal."""

    start: Instant
    end: Instant


@dataclass(frozen=True, slots=True)
class Record:
    """What people decided about one number. Small: a lookup reads it whole.

    `protected` are spans of protection that are over; those of grants, cases and an appeal that the
    record still holds are not among them.
    """

    generation: int = 0
    grants: tuple[Grant, ...] = ()
    cases: tuple[Case, ...] = ()
    marks: tuple[Mark, ...] = ()
    shared: Author | None = None
    process: Process = field(default_factory=Process)
    protected: tuple[Span, ...] = ()


class Tally(NamedTuple):
    """Contacts that ended on one local day about one case (None: about none).

    A lookup makes dozens for a heavy caller: a tuple is made in a third of the time.
    """

    day: date
    case: str | None
    ended: int
    answered: int


@dataclass(frozen=True, slots=True)
class MonthTally:
    """A calendar month's evidence: contacts that count, and how many of them agents marked.

    `name` is `YYYY-MM` in the policy's zone. Source of what counts: `callers.contacts.is_evidence`.
    """

    name: str
    contacts: int
    marks: int


@dataclass(frozen=True, slots=True)
class Consent:
    """A caller's yes to a price: which prompt and version, the key, when, in which decision."""

    id: str
    line: str
    prompt: str
    version: str
    key: str
    at: Instant
    decision: str
    topic: str


@dataclass(frozen=True, slots=True)
class Caller:
    """All that a decision may know of a number: its record, and its contacts summed up.

    `tallies` reach back as far as was asked for, newest last, and hold ended contacts of the
    present owner only; never the call that is being decided. `months` are
    those with evidence, oldest first, back to the first that the process can need; `here` names the
    months on each day of which the store was there. `undocumented` tells that the agent of the last
    answered contact left no note. `consents` are the latest for each paid line. `broken_promise`
    says that we did not keep our word to this caller (promises come with callbacks). `reconciled`:
    the store has all that it ever acknowledged, as far as anybody knows.
    """

    number: str
    record: Record = field(default_factory=Record)
    tallies: tuple[Tally, ...] = ()
    last_agent: str | None = None
    months: tuple[MonthTally, ...] = ()
    here: frozenset[str] = frozenset()
    undocumented: bool = False
    consents: tuple[Consent, ...] = ()
    broken_promise: bool = False
    reconciled: bool = True
