"""All that the rest of a policy may refer to, while it is read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ivr.policy.model import Calendar, Entrypoint, Queue
    from ivr.policy.paid import PaidLine
    from ivr.policy.problems import Report
    from ivr.policy.reading.names import Names
    from ivr.policy.reading.prompts import Manifest
    from ivr.policy.reading.settings import Settings


@dataclass(frozen=True, slots=True)
class Base:
    """What stands by itself: settings, calendars, prompts; and where problems go."""

    report: Report
    settings: Settings
    calendars: Names[Calendar]
    prompts: Manifest


@dataclass(frozen=True, slots=True)
class Scope(Base):
    """What conditions and routes may name besides."""

    queues: Names[Queue]
    entrypoints: Names[Entrypoint]
    paid_lines: Names[PaidLine]
