"""How far back a lookup must read for any window that a policy may name."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from ivr.callers.caller import Instant

#: Windows are at most this many local days (design, "How a policy is read").
LONGEST_DAYS: Final = 31


def local_day(zone: ZoneInfo, at: Instant) -> date:
    """The local day of a moment."""
    return datetime.fromtimestamp(at, zone).date()


def reach(zone: ZoneInfo, now: Instant) -> date:
    """The first local day that any window covers: of the month before, or 31 days ago."""
    today = local_day(zone, now)
    month_before = (today.replace(day=1) - timedelta(days=1)).replace(day=1)
    return min(month_before, today - timedelta(days=LONGEST_DAYS))
