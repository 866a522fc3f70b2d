"""Warnings: what is odd in a policy that is sound. They keep no policy out of force. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ivr.policy.doubts import calendars, unused
from ivr.policy.doubts.doubt import Doubt, Doubts, Kind
from ivr.policy.doubts.overlap import Search
from ivr.policy.doubts.prompts import Playing, prompts

if TYPE_CHECKING:
    from datetime import date

    from ivr.policy.model import Policy

__all__ = ["Doubt", "Doubts", "Kind", "Playing", "doubts"]


def doubts(policy: Policy, playing: Playing, today: date) -> Doubts:
    """All warnings about a policy.

    `today` is the day in its zone: a calendar of dates only may be over.
    """
    tiers, routes = Search(policy.tiers), Search(policy.routes)
    found = {
        *tiers.doubts(),
        *routes.doubts(),
        *unused.queues(policy),
        *unused.tiers(policy),
        *unused.topics(policy),
        *unused.menus(policy),
        *unused.grants(policy),
        *unused.paid_lines(policy),
        *calendars.never_open(policy, today),
        *calendars.unasked(policy),
        *prompts(policy, playing),
    }
    notes = (f"overlaps were not looked at: {note}" for note in (*tiers.notes(), *routes.notes()))
    return Doubts(tuple(sorted(found)), tuple(notes))
