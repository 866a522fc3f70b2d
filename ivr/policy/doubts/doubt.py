"""A warning about a policy that is sound: what is odd in it, where, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, unique
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ivr.policy.model import Place


@unique
class Kind(StrEnum):
    """What a warning is about; docs/check.md has a row for each."""

    OVERLAP = "overlap"
    NEVER_MATCHES = "never-matches"
    UNUSED_QUEUE = "unused-queue"
    UNUSED_CALENDAR = "unused-calendar"
    NEVER_OPEN = "never-open"
    MISSING_TEXT = "missing-text"
    UNUSED_PROMPT = "unused-prompt"
    UNUSED_TIER = "unused-tier"
    TIER_WITHOUT_RULE = "tier-without-rule"
    TOPIC_WITHOUT_KEY = "topic-without-key"
    UNUSED_MENU = "unused-menu"
    UNUSED_GRANT = "unused-grant"
    UNUSED_PAID_LINE = "unused-paid-line"


@dataclass(frozen=True, slots=True, order=True)
class Doubt:
    """One warning. The policy can be put in force with it; an operator probably did not mean it."""

    place: Place
    wrong: str
    instead: str
    kind: Kind

    def __str__(self) -> str:
        return f"{self.place}: warning: {self.wrong}: {self.instead}"


@dataclass(frozen=True, slots=True)
class Doubts:
    """All warnings, in the order of the files and lines; `notes` say what was not looked at."""

    doubts: tuple[Doubt, ...]
    notes: tuple[str, ...] = ()
