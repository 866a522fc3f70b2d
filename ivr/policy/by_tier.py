"""Routes, with what the caller's tier alone decides of them worked out once for all calls. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from ivr.policy.conditions import Asked, Judged, Verdict
from ivr.policy.model import Tier
from ivr.policy.when import AllOf, Field, IsOneOf

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ivr.policy.model import Route
    from ivr.policy.when import Condition

#: A route, and what judging it says of every caller of a tier; None: that hangs on the call.
OfTier: TypeAlias = "tuple[Route, Judged | None]"


def by_tier(routes: Iterable[Route]) -> Mapping[Tier, tuple[OfTier, ...]]:
    """For each tier all routes in their order, with what is the same for each of its callers.

    It is what `conditions.judge` says where a route asks first for a tier which is another.
    """
    listed = tuple(routes)
    return {tier: tuple((route, _refused(route, tier)) for route in listed) for tier in Tier}


def _refused(route: Route, tier: Tier) -> Judged | None:
    first = _first(route.when)
    if not isinstance(first, IsOneOf) or first.field is not Field.TIER or tier in first.values:
        return None
    asked = Asked(first, Verdict.NO, tier.value)
    return Judged("route", route.name, route.place, Verdict.NO, (asked,))


def _first(when: Condition) -> Condition | None:
    """What is asked first, and refuses the whole if it does not hold."""
    if isinstance(when, AllOf):
        return _first(when.conditions[0]) if when.conditions else None
    return when
