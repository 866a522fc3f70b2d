"""How far back a lookup must read."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Final

from ivr.policy.windows import first_day

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from ivr.callers.caller import Instant
    from ivr.policy.model import Policy

#: Windows are at most this many local days (design, "How a policy is read").
LONGEST_DAYS: Final = 31


def local_day(zone: ZoneInfo, at: Instant) -> date:
    """The local day of a moment."""
    return datetime.fromtimestamp(at, zone).date()


def reach(zone: ZoneInfo, now: Instant) -> date:
    """The first local day that any window covers: of the month before, or 31 days ago."""
    today = local_day(zone, now)
    return min(first_day(None, today), today - timedelta(days=LONGEST_DAYS))


def counted(policy: Policy, now: Instant) -> date:
    """The first local day of which this policy counts contacts, at the latest today.

    What no condition asks for need not be read: a lookup costs no more for a heavy caller then.
    """
    if policy.windows is None:
        return reach(policy.zone, now)
    today = local_day(policy.zone, now)
    return min((first_day(window, today) for window in policy.windows), default=today)
