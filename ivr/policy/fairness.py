"""Whether a route could charge, or turn away, somebody by mistake: said before any call. Pure.

The charge guard asks again for each call (`ivr.routing.charge`); here it is the policy's own words
that must be right.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ivr.callers.nuisance import Stage
from ivr.policy.model import Tier, ToNumber, ToPaidLine, ToQueue
from ivr.policy.products import alternatives
from ivr.policy.when import Field, InCalendar, IsOneOf, NuisanceAt

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ivr.policy.model import Route
    from ivr.policy.problems import Report
    from ivr.policy.products import Product
    from ivr.policy.when import Condition

_ONLY: Final = "write when: {tier: nuisance, ...}"
_FAIR_END: Final = "write when: {tier: nuisance, nuisance: paid, topic: general}, or give a queue"


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


def check_turned_away(routes: Iterable[Route], report: Report) -> None:
    """A problem for each route that ends the calls of nuisance callers, but for the fair way.

    Ended, without anybody to talk to, are only those at the last stage of the process, and only
    for topics that the route names, so that a fault or a bill is always heard; and everybody is
    while the centre is closed.
    """
    for route in routes:
        if any(isinstance(stage.target, ToQueue | ToNumber | ToPaidLine) for stage in route.stages):
            continue
        ways = alternatives(route.when)
        if ways is None:
            wrong = "ends calls in too many ways to tell whose"
            report.add(route.place, wrong, "write fewer of 'any', or give a queue")
        elif any(_tiers(way) == {Tier.NUISANCE} and not _is_fair_end(way) for way in ways):
            wrong = (
                "the calls of nuisance callers are ended before the process is, or for any topic"
            )
            report.add(route.place, wrong, _FAIR_END)


def _is_fair_end(way: Product) -> bool:
    said = [leaf for leaf, holds in way if holds]
    if any(isinstance(leaf, InCalendar) and not leaf.open for leaf in said):
        return True
    last = any(isinstance(leaf, NuisanceAt) and leaf.stage is Stage.PAID for leaf in said)
    return last and any(isinstance(leaf, IsOneOf) and leaf.field is Field.TOPIC for leaf in said)


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
