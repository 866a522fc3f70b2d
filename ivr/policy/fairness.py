"""Whether a route could lead somebody to a paid line who is none: said before any call. Pure.

The charge guard asks again for each call (`ivr.routing.charge`); here it is the policy's own words
that must be right.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ivr.policy.model import Field, IsOneOf, Tier, ToPaidLine
from ivr.policy.reach import alternatives

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ivr.policy.model import Condition, Route
    from ivr.policy.problems import Report
    from ivr.policy.reach import Product

_ONLY: Final = "write when: {tier: nuisance, ...}"


def check_paid_routes(routes: Iterable[Route], has_process: bool, report: Report) -> None:
    """A problem for each route to a paid line that takes others, or that no process leads to."""
    for route in routes:
        target = route.stages[0].target
        if not isinstance(target, ToPaidLine):
            continue
        tiers = tiers_of(route.when)
        others = sorted(tiers - {Tier.NUISANCE}) if tiers is not None else ()
        if tiers is None:
            wrong = "a paid line whose conditions can hold in too many ways to tell for whom it is"
            report.add(route.place, wrong, f"write fewer of 'any', and {_ONLY.split(' ', 1)[1]}")
        if others:
            wrong = f"a paid line for callers of tier {', '.join(others)}"
            report.add(route.place, wrong, _ONLY)
        if not has_process:
            wrong = "a paid line without a process that leads to it"
            report.add(route.place, wrong, "write nuisance: {contacts: 30, marks: 10}")


def tiers_of(condition: Condition) -> frozenset[Tier] | None:
    """The tiers of which a call can be for which the condition holds; None: nobody can tell."""
    ways = alternatives(condition)
    if ways is None:
        return None
    return frozenset().union(*(_tiers(way) for way in ways))


def _tiers(way: Product) -> frozenset[Tier]:
    left = frozenset(Tier)
    for leaf, holds in way:
        if isinstance(leaf, IsOneOf) and leaf.field is Field.TIER:
            named = frozenset(Tier(value) for value in leaf.values)
            left = left & named if holds else left - named
    return left
