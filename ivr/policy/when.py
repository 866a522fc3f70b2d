"""What a `when:` may ask of a call: the conditions of a policy, as frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from ivr.callers.nuisance import Stage
    from ivr.policy.model import Calendar, Place


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every one holds; with none, always."""

    conditions: tuple[Condition, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one holds."""

    conditions: tuple[Condition, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class NoneOf:
    """Not one holds (`not:` in the file)."""

    conditions: tuple[Condition, ...]
    place: Place


class Field(StrEnum):
    """What a simple condition looks at; each is an attribute of the same name of `Facts`."""

    TIER = "tier"
    TOPIC = "topic"
    ENTRYPOINT = "entrypoint"
    LANGUAGE = "language"
    DIALLED = "dialled"
    LAST_AGENT = "last_agent"


@dataclass(frozen=True, slots=True)
class IsOneOf:
    """The call's value is one of those named."""

    field: Field
    values: frozenset[str]
    place: Place


@dataclass(frozen=True, slots=True)
class CallingPrefix:
    """The caller's number in E.164 begins with one of these (`+97252`); never a withheld one's."""

    prefixes: tuple[str, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class InCalendar:
    """The calendar is open (or closed) at the moment of the decision."""

    calendar: Calendar
    open: bool
    place: Place


@dataclass(frozen=True, slots=True)
class Granted:
    """The caller holds one of these grants now."""

    grants: frozenset[str]
    place: Place


@dataclass(frozen=True, slots=True)
class HasOpenCase:
    """The caller has an open case; `complex` and `topic` narrow it (None: either)."""

    complex: bool | None
    topic: str | None
    place: Place


@dataclass(frozen=True, slots=True)
class NuisanceAt:
    """The nuisance process has come to this stage or beyond."""

    stage: Stage
    place: Place


#: Local days back, today included (at most 31); None is `month`: this calendar month and the one
#: before.
Window: TypeAlias = "int | None"


@dataclass(frozen=True, slots=True)
class ContactCount:
    """How many earlier contacts of this caller ended within a window, never the present call.

    Of the two months of a window it is whichever has more. `answered` counts only those that an
    agent answered, `about_case` only those about a case that is still open. `zone` says which day
    it is now.
    """

    at_least: int
    days: Window
    answered: bool
    about_case: bool
    zone: ZoneInfo
    place: Place


@dataclass(frozen=True, slots=True)
class IsWithheld:
    """The caller withheld the number (or it cannot be used)."""

    withheld: bool
    place: Place


@dataclass(frozen=True, slots=True)
class IsUndocumented:
    """The agent of the caller's last answered contact left no note."""

    undocumented: bool
    place: Place


@dataclass(frozen=True, slots=True)
class IsForwarded:
    """The call was forwarded to us by another number."""

    forwarded: bool
    place: Place


#: Conditions that look at the call themselves, rather than join others.
Leaf: TypeAlias = (
    IsOneOf
    | CallingPrefix
    | InCalendar
    | Granted
    | HasOpenCase
    | NuisanceAt
    | ContactCount
    | IsWithheld
    | IsForwarded
    | IsUndocumented
)

Condition: TypeAlias = AllOf | AnyOf | NoneOf | Leaf
