"""A test file as values: callers with what was before, steps, and what is expected of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from ivr.callers.contacts import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime, time
    from pathlib import Path

    from ivr.callers.nuisance import Stage
    from ivr.policy.model import Place, Policy

#: What an expectation compares: a word, a number, a truth, or a list of words.
Value: TypeAlias = "str | int | bool | tuple[str, ...]"


@dataclass(frozen=True, slots=True)
class Day:
    """A local day: so many days before now (`ago`), or one of the calendar."""

    ago: int | None = None
    date: date | None = None


@dataclass(frozen=True, slots=True)
class Contacts:
    """Contacts of one caller: on one day, in one calendar month, or in each month that ends.

    Exactly one of `day`, `month` (`YYYY-MM`) and `each_month` is set. `marked` is how many of them
    an agent marked as not to the point. `about` says that they were about the open case (True) or
    about none (False), against the store's guess (None).
    """

    place: Place
    day: Day | None = None
    month: str = ""
    each_month: bool = False
    at: time | None = None
    count: int = 1
    marked: int = 0
    outcome: Outcome = Outcome.ANSWERED
    topic: str | None = None
    agent: str = "agent"
    queue: str | None = None
    talk: int = 180
    note: str | None = None
    about: bool | None = None


@dataclass(frozen=True, slots=True)
class GrantGiven:
    """A grant that a caller holds at the start."""

    place: Place
    name: str
    since: Day
    until: str | None = None


@dataclass(frozen=True, slots=True)
class CaseOpened:
    """A case that is open at the start."""

    place: Place
    topic: str | None
    complex: bool
    since: Day


@dataclass(frozen=True, slots=True)
class Flag:
    """Something that people said of the number, and since when: `marked`, `shared`, `appeal`."""

    place: Place
    name: str
    since: Day


@dataclass(frozen=True, slots=True)
class Person:
    """A caller by name. `process` is how far the nuisance process has come at the start."""

    name: str
    place: Place
    number: str
    contacts: tuple[Contacts, ...] = ()
    grants: tuple[GrantGiven, ...] = ()
    cases: tuple[CaseOpened, ...] = ()
    flags: tuple[Flag, ...] = ()
    process: Stage | None = None


@dataclass(frozen=True, slots=True)
class Meanwhile:
    """Contacts of somebody while time passes."""

    of: Person
    contacts: Contacts


@dataclass(frozen=True, slots=True)
class State:
    """What a queue, a number or a paid line does with a call: after `after` seconds it answers
    (`status` ANSWER), or refuses with a status of Asterisk's. None: it does neither, ever.
    """

    status: str = "ANSWER"
    after: int | None = 0


@dataclass(frozen=True, slots=True)
class Expected:
    """One thing that is expected, and where it stands."""

    key: str
    place: Place
    value: Value


# --- steps -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Call:
    """A call, from its arrival to its end.

    `ani` is the number as signalled ("": withheld), `who` how the file calls the caller. `failing`
    are prompts that cannot be played. `patience` is how many seconds he waits before he hangs up
    (None: as long as it takes). `store` is how the store behaves in this call, by operation. The
    rest is about the conversation, if there is one.
    """

    place: Place
    who: str
    ani: str
    dialled: str
    forwarded_by: str = ""
    attest: str = ""
    verify: str = ""
    keys: tuple[str, ...] = ()
    hang_up_at: int | None = None
    failing: tuple[str, ...] = ()
    price_heard: int | None = None
    patience: int | None = None
    store: Mapping[str, str] = field(default_factory=dict)
    agent: str = "agent"
    talk: int = 180
    hung_up_by: str = "caller"
    note: str | None = None
    marked: bool = False
    expect: tuple[Expected, ...] = ()


@dataclass(frozen=True, slots=True)
class Pass:
    """Time passes: seconds, calendar months, or until a local moment; exactly one is set."""

    place: Place
    seconds: int | None = None
    months: int | None = None
    until: datetime | None = None
    meanwhile: tuple[Meanwhile, ...] = ()


@dataclass(frozen=True, slots=True)
class States:
    """How queues (by Asterisk's name), numbers and paid lines behave from here on."""

    place: Place
    states: Mapping[tuple[str, str], State]


@dataclass(frozen=True, slots=True)
class StoreState:
    """How the store behaves from here on, by operation."""

    place: Place
    modes: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class People:
    """What people do about a caller. `refused` is part of why it is expected to be refused."""

    place: Place
    verb: str
    of: Person
    by: str = "ruth"
    why: str = "a test"
    how: str = "telephone"
    step: Stage | None = None
    name: str | None = None
    topic: str | None = None
    complex: bool = False
    upheld: bool = False
    until: str | None = None
    refused: Expected | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """What is known of a caller at this moment."""

    place: Place
    of: Person
    expect: tuple[Expected, ...] = ()


Step: TypeAlias = Call | Pass | States | StoreState | People | Look


@dataclass(frozen=True, slots=True)
class Scenario:
    """One test: its callers, and what happens, from a frozen start on (local time)."""

    name: str
    place: Place
    start: datetime
    people: tuple[Person, ...]
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Suite:
    """The tests of one file."""

    file: Path
    policy: Policy
    scenarios: tuple[Scenario, ...]
