"""Routes as rows: neighbours only, in order, none lost, and as few as can be taken in."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.policy.model import Policy
from ivr.policy.words import span
from ivr.tools.graph.lanes import hops
from ivr.tools.graph.rows import MOST_ROWS, rows, shared, spread
from tests.tools.graph.policies import (
    DOORS,
    HEAD,
    LAST,
    QUEUES,
    SAMPLE,
    motley,
    regions,
    shipped,
    sound,
)

REGIONS, MOTLEY = regions(300), motley(300)


def test_few_routes_stand_by_themselves() -> None:
    policy = shipped(SAMPLE)
    assert [row.routes for row in rows(policy.routes)] == [(route,) for route in policy.routes]
    assert [row.number for row in rows(policy.routes)] == list("1234567")


def test_neighbours_that_go_the_same_way_are_put_together() -> None:
    found = rows(REGIONS.routes)
    assert [row.number for row in found[:2]] == ["1–25", "26–50"]
    assert [len(row.routes) for row in found] == [25] * 11 + [24, 1]


def test_then_those_of_one_shape() -> None:
    """Each of 200 routes leads elsewhere than the one before, but all alike."""
    found = rows(regions(200, run=1).routes)
    assert [row.number for row in found] == ["1–199", "200"]


def test_then_whatever_stands_beside_each_other_but_the_last() -> None:
    found = rows(MOTLEY.routes)
    assert len(found) <= MOST_ROWS
    assert found[-1].first.name == "rest"
    assert not found[-1].is_group


@settings(max_examples=30)
@given(st.integers(0, 299), st.integers(2, 50), st.sampled_from([REGIONS, MOTLEY]))
def test_none_is_lost_and_none_moves(start: int, most: int, policy: Policy) -> None:
    routes = policy.routes[start:]
    found = rows(routes, most=most)
    assert len(found) <= most
    assert tuple(route for row in found for route in row.routes) == routes
    assert [row.before for row in found] == [
        sum(len(each.routes) for each in found[:number]) for number in range(len(found))
    ]


@pytest.mark.parametrize("make", [regions, motley])
def test_expanded_each_has_its_row(make: Callable[[int], Policy]) -> None:
    assert len(rows(make(60).routes, expand=True)) == 60


def test_what_routes_share_and_what_each_asks_in_its_own_way() -> None:
    assert shared(REGIONS.routes[:3]) == 'prefix: "+972500000" … "+972500002"'
    assert shared(MOTLEY.routes[:2]) == 'prefix: "+972500000" … "+972500001", forwarded: …'
    assert shared(MOTLEY.routes[1:4:2]) == 'forwarded: true, prefix: "+972500001" … "+972500003"'


def test_from_the_least_to_the_most() -> None:
    assert spread([60, 60], span) == "1m"
    assert spread([90, 0, 7200], span) == "0s to 2h"


def test_what_steps_of_several_routes_take_is_told_once() -> None:
    routes = "".join(
        f'  - {{name: r{each}, when: {{prefix: "+9725{each:05}"}}, queue: main,'
        f" head_start: {each % 2 * 10}m, then: [{{after: {each % 3 + 1}m, queue: main}}]}}\n"
        for each in range(50)
    )
    policy = sound(f"{HEAD}{DOORS}{QUEUES}routes:\n{routes}{LAST}")
    first, *_ = rows(policy.routes)
    assert [hop.way for hop in hops(first)] == ["0s to 10m head start", "after 1m to 3m"]
