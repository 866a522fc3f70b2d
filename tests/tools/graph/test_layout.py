"""Where things stand: nothing overlaps, nothing is too wide, arrows end where they should."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.policy.model import Policy
from ivr.policy.paid import Method
from ivr.tools.graph.layout import layout
from ivr.tools.graph.lines import outcomes
from ivr.tools.graph.metrics import Style, width
from ivr.tools.graph.scene import Box, Edge, Kind, Scene, Text
from tests.tools.graph.policies import (
    EXAMPLES,
    SAMPLE,
    crowded,
    motley,
    regions,
    shipped,
    stepping,
)

DRAWN = {
    "sample": shipped(SAMPLE),
    **{path.name: shipped(path) for path in EXAMPLES},
    "regions": regions(300),
    "motley": motley(300),
    "few": motley(12),
    "crowded": crowded(30, 20, 30, 60),
    "doors": crowded(7, 6, 7, 9),
    "stepping": stepping(8),
}


def overlap(one: Box, other: Box) -> bool:
    return (
        one.x < other.right
        and other.x < one.right
        and one.y < other.bottom
        and other.y < one.bottom
    )


def on_border(box: Box, point: tuple[float, float]) -> bool:
    x, y = point
    upright = x in (box.x, box.right) and box.y <= y <= box.bottom
    return upright or (y in (box.y, box.bottom) and box.x <= x <= box.right)


def every_text(scene: Scene) -> list[tuple[Box, Text]]:
    return [(box, text) for box in (*scene.boxes, *scene.panels) for text in box.texts]


def crosses(box: Box, edge: Edge) -> bool:
    """Whether a piece of the edge runs through the box."""
    return any(
        max(a[0], b[0]) > box.x
        and min(a[0], b[0]) < box.right
        and max(a[1], b[1]) > box.y
        and min(a[1], b[1]) < box.bottom
        for a, b in pairwise(edge.points)
    )


def check(policy: Policy, *, expand: bool = False) -> Scene:
    scene = layout(policy, expand=expand)
    boxes_keep_apart(scene)
    texts_keep_to_their_boxes(scene)
    edges_end_at_boxes(scene)
    labels_stand_free(scene)
    return scene


def boxes_keep_apart(scene: Scene) -> None:
    for boxes in (scene.panels, scene.boxes):
        below = sorted(boxes, key=lambda box: box.y)
        assert not [pair for pair in combinations(below[:400], 2) if overlap(*pair)]
    for box in (*scene.boxes, *scene.panels):
        assert 0 < box.x < box.right < scene.width
        assert 0 < box.y < box.bottom < scene.height
    for panel in scene.panels:
        for box in scene.boxes:
            if overlap(panel, box):
                assert panel.x < box.x < box.right < panel.right
                assert panel.y < box.y < box.bottom < panel.bottom


def texts_keep_to_their_boxes(scene: Scene) -> None:
    for box, text in every_text(scene):
        wide = width(text.shown, text.style)
        left = text.x - wide if text.is_rtl else text.x
        assert wide <= text.room + 0.01, text
        assert box.x <= left < left + wide <= box.right + 0.01, text
        assert box.y + 6 < text.y < box.bottom - 2, text


def edges_end_at_boxes(scene: Scene) -> None:
    named = {box.name: box for box in (*scene.panels, *scene.boxes)}
    assert len(named) == len(scene.panels) + len(scene.boxes)
    for edge in scene.edges:
        assert on_border(named[edge.start], edge.points[0]), edge
        assert on_border(named[edge.end], edge.points[-1]), edge
        assert all(x == to_x or y == to_y for (x, y), (to_x, to_y) in pairwise(edge.points)), edge
        assert not [box.name for box in scene.boxes[:300] if crosses(box, edge)], edge


def labels_stand_free(scene: Scene) -> None:
    for edge in scene.edges:
        if edge.label is not None:
            wide = width(edge.label.shown, Style.SMALL)
            around = Box("", Kind.PANEL, edge.label.x, edge.label.y - 9, wide, 11)
            assert not [box.name for box in scene.boxes[:300] if overlap(box, around)], edge
            assert not [each for each in scene.edges[:300] if crosses(around, each)], edge


@pytest.mark.parametrize("expand", [False, True], ids=["together", "expanded"])
@pytest.mark.parametrize("name", DRAWN)
def test_boxes_texts_and_arrows_keep_apart(name: str, expand: bool) -> None:
    check(DRAWN[name], expand=expand)


def test_the_sample_has_all_there_is() -> None:
    policy = DRAWN["sample"]
    scene = check(policy)
    names = {box.name for box in scene.boxes}
    said = [text.whole for _, text in every_text(scene)]
    for route in policy.routes:
        assert route.name in said
    for number in range(1, len(policy.routes) + 1):
        assert f"route {number}" in names
    for queue in policy.queues.values():
        assert f"queue {queue.name}" in names
        assert f"Asterisk: {queue.asterisk}" in said
    for key in ("1  →  topic: fault", "2  →  topic: billing", "3  →  topic: leaving"):
        assert " ".join(key.split()) in said
    assert "0 → a person" in said
    assert "no key, asked 2 times → a person" in said
    assert "the company pays, calendar service, language he" in said
    assert "+9721800123456" in said
    assert "calendar: {service: closed}" in said
    labels = [edge.label.whole for edge in scene.edges if edge.label]
    assert labels == [
        "20m head start", "after 30s", "20m head start", "after 2m", "10m head start", "after 3m",
    ]  # fmt: skip
    refused = [(edge.start, edge.end) for edge in scene.edges if edge.is_refusal]
    assert ("queue team-leads", "queue senior") in refused
    assert ("queue senior", "queue faults") in refused
    assert ("queue faults", "queue main") in refused
    assert ("queue patience", "queue main") in refused


def test_a_paid_line_says_what_follows() -> None:
    scene = check(DRAWN["paid-line"])
    said = [text.whole for _, text in every_text(scene)]
    assert "number told: the route's next step, or hears free-ways, and the call ends" in said
    assert "key 9 appeals: a person, and the process stops" in said
    assert "not allowed: the next route" in said


@pytest.mark.parametrize("method", [Method.DIAL, Method.REFER, Method.REDIRECT])
def test_a_line_that_is_dialled_says_more(method: Method) -> None:
    policy = DRAWN["paid-line"]
    line = replace(
        policy.paid_lines["air-time"], method=method, consent="agree", consent_key="1", declined=()
    )
    said = outcomes(line)
    assert said[0] == "agree asks, 2 times:"
    assert said[1].startswith("key 1 agrees: ")
    assert "declined: goes on by the free way" in said
    assert "unanswered: the route's next step, or the free way" in said


def test_routes_stand_below_each_other_in_their_order() -> None:
    for name, policy in DRAWN.items():
        routes = [box for box in layout(policy).boxes if box.kind in (Kind.ROUTE, Kind.GROUP)]
        assert [box.y for box in routes] == sorted(box.y for box in routes), name
        assert len({box.x for box in routes}) == 1


@pytest.mark.parametrize("make", [regions, motley])
def test_three_hundred_routes_or_ten_thousand_fit_on_a_sheet(make: object) -> None:
    assert callable(make)
    assert layout(make(300)).height < 4200
    assert layout(make(3000)).height < 4200
    assert layout(make(300), expand=True).height > 15_000


def test_a_group_tells_which_routes_it_stands_for() -> None:
    scene = layout(DRAWN["regions"])
    group = next(box for box in scene.boxes if box.name == "route 26–50")
    assert group.kind is Kind.GROUP
    assert [text.whole for text in group.texts] == [
        "25 routes: area-25 … area-49",
        'prefix: "+972500025" … "+972500049"',
        "26–50",
    ]
    told = group.title.split("\n")
    assert len(told) == 25
    assert told[0].startswith("area-25 (policy.yaml:")
    assert told[0].endswith('prefix: "+972500025" → queue region-1, then queue main')


def test_a_route_with_many_steps_goes_on_below() -> None:
    scene = check(DRAWN["stepping"])
    steps = [box for box in scene.boxes if box.name.startswith("route 1 step")]
    assert len(steps) == 8
    assert len({box.y for box in steps}) == 3
    chain = {(edge.start, edge.end) for edge in scene.edges}
    assert {(f"route 1 step {n}", f"route 1 step {n + 1}") for n in range(1, 8)} <= chain


def test_a_thousand_fallbacks_in_a_row() -> None:
    scene = layout(crowded(1, 1, 1, 1000), expand=True)
    assert scene.width < 1600
    assert len([box for box in scene.boxes if box.kind is Kind.QUEUE]) == 1001 + 1


@settings(max_examples=25)
@given(st.integers(1, 20), st.integers(1, 12), st.integers(1, 14), st.integers(1, 30))
def test_however_many_there_are(doors: int, menus: int, tiers: int, queues: int) -> None:
    check(crowded(doors, menus, tiers, queues))
