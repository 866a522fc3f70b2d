"""A store as a copy sees it: everything it keeps, in pieces that can be compared and replaced.

A piece is read whole and written whole. One that is there already as it should be is left alone,
so a copy may begin anew as often as it likes: nothing is counted, told or timed a second time.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from ivr.engine.interfaces import OpenCall, StoreError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ivr.callers.caller import Caller, Consent, Instant
    from ivr.callers.contacts import Contact
    from ivr.engine.interfaces import JournalEntry

T = TypeVar("T")

#: Before any day that a contact ended on: a lookup since then brings every sum.
ALWAYS: Final = date(1000, 1, 1)


@dataclass(frozen=True, slots=True)
class Whole:
    """All that is known of a number, over all its owners.

    `caller` is what a lookup since `ALWAYS` brings, which is the present owner's: his sums, those
    of contacts that retention removed among them. `here` is empty, since it is nobody's own. Nobody
    asks for the sums of earlier owners. `agent_at`, `answered` and `answered_at` decide between
    contacts that are told out of order: when the last agent's contact ended, the last answered
    contact's id, and when that ended. Contacts and consents are told with the owner (`generation`).
    """

    caller: Caller
    agent_at: Instant = 0
    answered: str = ""
    answered_at: Instant = 0
    journal: tuple[JournalEntry, ...] = ()
    contacts: tuple[tuple[int, Contact], ...] = ()
    consents: tuple[tuple[int, Consent], ...] = ()

    @property
    def number(self) -> str:
        """Whose it is."""
        return self.caller.number

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of contacts and consents."""
        return (*(each.id for _, each in self.contacts), *(each.id for _, each in self.consents))


@dataclass(frozen=True, slots=True)
class Times:
    """What is of the store as a whole.

    `present`: by month, a bit for each day on which an engine was there (bit 0: the first).
    `retired`: the day before which contacts were removed ("": none were).
    """

    present: Mapping[str, int] = field(default_factory=dict)
    retired: str = ""


@dataclass(frozen=True, slots=True)
class Counts:
    """How much there is. `contacts` include the `withheld`, the journal what was said of them."""

    callers: int
    contacts: int
    withheld: int
    journal: int
    consents: int


class Pieces(Protocol[T]):
    """One sort of pieces, each under a key."""

    def pages(self) -> Iterator[Sequence[str]]:
        """Every key, some at a time; one may be told twice."""

    def read(self, keys: Sequence[str]) -> Sequence[T | None]:
        """The pieces of these keys, as they are now."""

    def replace(self, old: Sequence[T], new: Sequence[T]) -> None:
        """Drop what is old, then keep what is new. Stopped on its way, it may be done again."""


class Side(Protocol):
    """A store that is copied. What it raises is `StoreError`.

    `name` tells it from any other for who looks at a copy that was begun; `callers` are pieces by
    number, `withheld` the contacts that are nobody's, `calls` the open ones by their linked id.
    """

    @property
    def name(self) -> str: ...  # noqa: D102 # see above
    @property
    def callers(self) -> Pieces[Whole]: ...  # noqa: D102
    @property
    def withheld(self) -> Pieces[Contact]: ...  # noqa: D102
    @property
    def calls(self) -> Pieces[OpenCall]: ...  # noqa: D102

    def who(self) -> frozenset[object]:
        """The files or servers that it is in now."""

    def times(self) -> Times:
        """What is of the whole store."""

    def said(self) -> Iterator[Sequence[JournalEntry]]:
        """The journal of withheld numbers' contacts, some entries at a time."""

    def counts(self) -> Counts:
        """Count everything."""

    def close(self) -> None:
        """Let go of it."""


class Target(Side, Protocol):
    """A store that a copy is made in. Engines are refused until it is opened to them."""

    def begin(self, source: str) -> None:
        """Begin a copy of the store of this name, or go on with one.

        Raises `StoreError` where anything else is.
        """

    def keep_times(self, times: Times) -> None:
        """Take the place of what was there."""

    def say_anew(self, said: Iterable[Sequence[JournalEntry]]) -> None:
        """Make the journal of withheld numbers' contacts this one."""

    def finish(self) -> None:
        """Open it to engines."""


@contextmanager
def naming(key: str, name: str) -> Iterator[None]:
    """What cannot be read is told by its name."""
    try:
        yield
    except (ValueError, TypeError, LookupError) as error:
        raise StoreError(
            f"{key} in {name} is damaged, and nothing more was copied: {error}"
        ) from error
