"""Which tier a caller is of, and which route a call takes, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ivr.policy.conditions import Verdict, judge
from ivr.policy.model import Tier
from ivr.routing.steps import Judged

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ivr.policy.conditions import Asked
    from ivr.policy.facts import Facts
    from ivr.policy.model import Condition, Place, Policy, Route, TierRule


def tier_of(rules: Sequence[TierRule], facts: Facts, trace: list[Judged]) -> Tier:
    """The tier of the first rule that matches. A caller of whom nothing is known is regular."""
    if facts.caller is None:
        return Tier.REGULAR
    for rule in rules:
        verdict = _judge("tier", rule.tier, rule.place, rule.when, facts, trace)
        if verdict is Verdict.YES:
            return rule.tier
    return Tier.REGULAR


def route_of(policy: Policy, facts: Facts, trace: list[Judged]) -> Route | None:
    """The first route that matches, or None: a topic must be asked for before it can be said."""
    for route in policy.routes:
        verdict = _judge("route", route.name, route.place, route.when, facts, trace)
        if verdict is Verdict.YES:
            return route
        if verdict is Verdict.NEEDS_TOPIC:
            return None
    raise AssertionError("a policy without a catch-all: the loader makes none")


def _judge(
    kind: str, name: str, place: Place, when: Condition, facts: Facts, trace: list[Judged]
) -> Verdict:
    asked: list[Asked] = []
    verdict = judge(when, facts, asked)
    trace.append(Judged(kind, name, place, verdict, tuple(asked)))
    return verdict
