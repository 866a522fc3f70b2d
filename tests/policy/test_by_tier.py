"""What is worked out once is what judging says each time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ivr.policy.conditions import Asked, judge
from ivr.policy.loader import open_policy
from ivr.policy.model import Policy, Tier
from tests.policy.samples import FACTS
from tests.policy.test_loader import sound

ROUTES = Path(__file__).parents[2] / "routes"
POLICIES = [ROUTES, *sorted(path for path in (ROUTES / "examples").iterdir() if path.is_dir())]


@pytest.mark.parametrize("path", POLICIES, ids=lambda path: path.name)
@pytest.mark.parametrize("tier", Tier)
def test_a_route_that_the_tier_refuses_is_judged_as_always(path: Path, tier: Tier) -> None:
    policy = open_policy(path)
    assert isinstance(policy, Policy)
    assert [route for route, _ in policy.by_tier[tier]] == list(policy.routes)
    for route, refused in policy.by_tier[tier]:
        asked: list[Asked] = []
        verdict = judge(route.when, replace(FACTS, tier=tier), asked)
        if refused is not None:
            assert (refused.verdict, refused.asked) == (verdict, tuple(asked))
            assert (refused.name, refused.place) == (route.name, route.place)


def test_only_what_is_asked_first_may_refuse_alone() -> None:
    policy = sound(
        "routes:\n"
        "  - {name: a, when: {tier: vip, language: he}, queue: senior}\n"
        "  - {name: b, when: {topic: fault, tier: vip}, queue: senior}\n"
        "  - {name: c, when: {not: {tier: [regular, vip]}}, queue: senior}\n"
        "  - {name: d, when: {any: [{tier: senior-required}, {topic: billing}]}, queue: senior}\n"
        "  - {name: everyone, queue: main}\n"
    )
    refused = {route.name for route, known in policy.by_tier[Tier.REGULAR] if known}
    assert refused == {"a"}
    assert policy.by_tier[Tier.VIP][0][1] is None


def test_a_policy_with_other_routes_knows_them_by_tier() -> None:
    policy = sound("queues: {other: {asterisk: other}}\n")
    assert len(policy.by_tier[Tier.VIP]) == 2
    fewer = replace(policy, routes=policy.routes[1:])
    assert [route.name for route, _ in fewer.by_tier[Tier.VIP]] == ["everyone"]
    assert fewer.by_tier[Tier.VIP][0][1] is None
