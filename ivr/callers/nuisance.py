"""The stages of the nuisance process, in order. The process itself is a table that grows here."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from ivr.callers.caller import Instant, Record

NUISANCE: Final = "nuisance"


class Stage(StrEnum):
    """How far the process has come for a number; later stages include the earlier ones."""

    CLEAR = "clear"
    OBSERVED = "observed"
    WARNING_DUE = "warning-due"
    WARNED = "warned"
    NOTICE_DUE = "notice-due"
    PAID = "paid"

    def reaches(self, other: Stage) -> bool:
        """Whether this stage is `other` or a later one."""
        order = list(Stage)
        return order.index(self) >= order.index(other)


def stage(record: Record, now: Instant) -> Stage:
    """The stage of a number now: an operator's mark opens observation, and no more."""
    if any(mark.kind == NUISANCE and mark.holds(now) for mark in record.marks):
        return Stage.OBSERVED
    return Stage.CLEAR
