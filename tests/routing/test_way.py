"""The way of a route: worked out once, but for what tells of time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ivr.policy.loader import open_policy
from ivr.policy.model import Policy
from ivr.routing.way import free_way, unpaid, way
from tests.policy.samples import at

ROUTES = Path(__file__).parents[2] / "routes"
POLICIES = [ROUTES, *sorted(path for path in (ROUTES / "examples").iterdir() if path.is_dir())]
SATURDAY, SUNDAY = at("2026-11-28 12:00"), at("2026-11-29 03:00")


def policy_in(path: Path) -> Policy:
    policy = open_policy(path)
    assert isinstance(policy, Policy)
    return policy


@pytest.mark.parametrize("path", POLICIES, ids=lambda path: path.name)
def test_a_way_that_is_known_is_the_one_worked_out_anew(path: Path) -> None:
    policy = policy_in(path)
    for now in (SATURDAY, SUNDAY, SATURDAY):
        for route in policy.routes:
            assert free_way(policy, route, now) == unpaid(policy, way(route, now))


def test_when_it_opens_is_told_anew_each_time() -> None:
    policy = policy_in(ROUTES)
    closed = policy.routes[0]
    assert closed.name == "closed"
    assert free_way(policy, closed, SATURDAY) != free_way(policy, closed, SUNDAY)


def test_a_policy_with_other_routes_remembers_none_of_the_first() -> None:
    policy = policy_in(ROUTES)
    one, other = policy.routes[-2:]
    free_way(policy, one, SATURDAY)
    swapped = replace(policy, routes=(replace(other, name=one.name),))
    assert free_way(swapped, swapped.routes[0], SATURDAY) == way(other, SATURDAY)
