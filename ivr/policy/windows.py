"""The windows in which a policy counts a caller's earlier contacts. Pure."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from ivr.policy.asked import asked
from ivr.policy.when import ContactCount

if TYPE_CHECKING:
    from ivr.policy.model import Policy
    from ivr.policy.when import Window


def windows(policy: Policy) -> frozenset[Window]:
    """Every window that a condition of tiers or routes names."""
    return frozenset(leaf.days for leaf in asked(policy) if isinstance(leaf, ContactCount))


def first_day(window: Window, today: date) -> date:
    """The first local day of a window."""
    if window is not None:
        return today - timedelta(days=window - 1)
    return (today.replace(day=1) - timedelta(days=1)).replace(day=1)
