"""A policy as frozen values: what routes/ says after it was read, checked and resolved.

Everything a decision needs is here by reference, so that a call never looks a name up and never
meets one that is not there. `Place` is where the operator wrote it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from zoneinfo import ZoneInfo

    from ivr.callers.nuisance import Rules
    from ivr.policy.by_tier import OfTier
    from ivr.policy.index import Index
    from ivr.policy.paid import PaidLine
    from ivr.policy.when import Condition, Window


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A place in a file; line and column count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


#: The place of what was written in no file.
NOWHERE: Final = Place("", 1, 1)


class Tier(StrEnum):
    """What a caller is treated as. `regular` is what is left, and what every doubt leads to."""

    VIP = "vip"
    SENIOR_REQUIRED = "senior-required"
    NUISANCE = "nuisance"
    REGULAR = "regular"


class Pays(StrEnum):
    """Who pays for the call to an entrypoint; it decides how the call is answered."""

    COMPANY = "company"
    CALLER = "caller"


# --- calendars -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """Opening hours in minutes from local midnight of the day it begins on.

    `end` is excluded and may exceed 1440 (over midnight); 24:00 is 1440.
    """

    start: int
    end: int


Hours: TypeAlias = tuple[Interval, ...]

#: The hours of each weekday, Monday first, as in `date.weekday()`.
Week: TypeAlias = tuple[Hours, Hours, Hours, Hours, Hours, Hours, Hours]


@dataclass(frozen=True, slots=True)
class Calendar:
    """Weekly hours, holidays, eves, and dates of the operator's own (which win over all).

    `weekly[0]` is Monday, as in `date.weekday()`. `holidays` names the country of the holidays
    package ("IL"); on a holiday `holiday_hours` hold, on its eve `eve_hours` (None: as any day).
    An empty `Hours` is a closed day.
    """

    name: str
    zone: ZoneInfo
    weekly: Week
    holidays: str | None = None
    holiday_hours: Hours = ()
    eve_hours: Hours | None = None
    dates: Mapping[date, Hours] = field(default_factory=dict)
    place: Place = field(default=NOWHERE, compare=False)


# --- prompts ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Prompt:
    """A recording and its words. `slow` means that a slower one stands beside it (NAME-slow).

    `texts` and `phonemes` are by language; phonemes are what espeak-ng is given for a placeholder.
    """

    name: str
    texts: Mapping[str, str]
    phonemes: Mapping[str, str] = field(default_factory=dict)
    slow: bool = False
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Opening:
    """A part of an announcement that tells when a calendar opens next."""

    calendar: Calendar


#: What is heard, in order: prompt names, and moments that are said.
Spoken: TypeAlias = tuple["str | Opening", ...]


# --- where a call can go ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue of Asterisk's, and where a caller goes when it refuses him (never for time).

    `options` are Queue()'s letters, `music` a class of musiconhold.conf, `announce` a prompt that
    the agent hears.
    """

    name: str
    asterisk: str
    fallback: Queue | None = None
    options: str = ""
    music: str = ""
    announce: str = ""
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class ToQueue:
    """Stand in a queue."""

    queue: Queue


@dataclass(frozen=True, slots=True)
class ToNumber:
    """Dial: `dial` is Dial()'s first argument, such as `PJSIP/100` or `PJSIP/0521234567@trunk`."""

    dial: str


@dataclass(frozen=True, slots=True)
class ToAnnouncement:
    """Play, and hang up unless something follows."""

    spoken: Spoken


@dataclass(frozen=True, slots=True)
class ToHangup:
    """End the call with an ISDN cause (16 is normal clearing)."""

    cause: int = 16


@dataclass(frozen=True, slots=True)
class ToPaidLine:
    """Offer a paid line; whoever may not be charged passes this route by."""

    line: PaidLine


Target: TypeAlias = ToQueue | ToNumber | ToAnnouncement | ToHangup | ToPaidLine


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of a route. `seconds` is how long it may take before the next; None: no end.

    (In the file it is the `after` of the step that follows.)
    """

    target: Target
    seconds: int | None = None


# --- menus, entrypoints, tiers, routes -------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Choice:
    """What a key (or its absence, `Menu.otherwise`) does; exactly one of the first three is set.

    `language` may stand beside any of them, or alone: the same menu again in that language.
    """

    topic: str | None = None
    menu: str | None = None
    person: bool = False
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Menu:
    """A question that a key answers. `wait` is seconds of silence after the prompt.

    `tries` counts plays; every play after the first is slower (`again`, and twice the wait).
    """

    name: str
    prompt: str
    again: str
    keys: Mapping[str, Choice]
    otherwise: Choice
    place: Place
    wait: int = 5
    tries: int = 2


@dataclass(frozen=True, slots=True)
class Entrypoint:
    """Numbers dialled that are one door, each as `callers.numbers.dialled` writes it."""

    name: str
    pays: Pays
    dialled: tuple[str, ...]
    language: str
    greeting: str | None
    menu: str | None
    calendar: Calendar | None
    place: Place


@dataclass(frozen=True, slots=True)
class TierRule:
    """Callers for whom the condition holds are of this tier; the first that matches wins."""

    tier: Tier
    when: Condition
    place: Place


@dataclass(frozen=True, slots=True)
class Route:
    """Where calls go for which the condition holds; the first that matches wins.

    `head_start` is in seconds: the caller stands where one who came that much earlier would stand.
    """

    name: str
    when: Condition
    stages: tuple[Stage, ...]
    place: Place
    head_start: int = 0


@dataclass(frozen=True)  # without slots: what is worked out once has its place in it
class Policy:
    """A whole policy, sound by construction: the loader makes no other.

    `granted_at` is where each of `grants` is declared. With an `index` a call looks only at the
    routes that it may take; without, at one after the other, which tells why each was passed by.
    `windows` are those in which contacts are counted; None: that was not worked out.
    """

    hash: str
    zone: ZoneInfo
    region: str
    languages: tuple[str, ...]
    topics: tuple[str, ...]
    grants: tuple[str, ...]
    calendars: Mapping[str, Calendar]
    queues: Mapping[str, Queue]
    entrypoints: Mapping[str, Entrypoint]
    menus: Mapping[str, Menu]
    prompts: Mapping[str, Prompt]
    tiers: tuple[TierRule, ...]
    routes: tuple[Route, ...]
    nuisance: Rules | None = None
    paid_lines: Mapping[str, PaidLine] = field(default_factory=dict)
    retention_days: int | None = None
    granted_at: Mapping[str, Place] = field(default_factory=dict, compare=False)
    index: Index | None = field(default=None, compare=False)
    windows: frozenset[Window] | None = field(default=None, compare=False)

    @cached_property
    def by_tier(self) -> Mapping[Tier, tuple[OfTier, ...]]:
        """The routes as each tier's callers meet them (see `ivr.policy.by_tier`)."""
        from ivr.policy.by_tier import by_tier  # which is made of what stands here

        return by_tier(self.routes)

    @cached_property
    def doors(self) -> Mapping[str, Entrypoint]:
        """The entrypoint of each number dialled; none belongs to two."""
        return {number: door for door in self.entrypoints.values() for number in door.dialled}

    @cached_property
    def worked_out(self) -> dict[str, object]:
        """What is the same for every call, kept by whoever works it out under a name of its own."""
        return {}
