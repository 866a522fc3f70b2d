"""Hostile names, logs of no call and of one, and figures without end."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest

from ivr.callers.contacts import Outcome
from ivr.tools.report.hours import by_day
from ivr.tools.report.page import page
from tests.tools.replay.logs import call, policy, replayed
from tests.tools.report.pages import (
    OTHER_PLACE,
    Element,
    as_json,
    read,
    replay_figures,
    rows,
    shown,
    simulation_figures,
)

if TYPE_CHECKING:
    from collections.abc import Callable

SCRIPT = "<script>alert(1)</script>"
HOSTILE = [
    SCRIPT,
    "\"'><img src=x onerror=alert(1)>",
    "</style></svg><b>",
    "{{ 7 * 7 }}{% raw %}",
    "שלום עולם",
    "a\u202etxt\x00\x1b[31m\ud800b",
    "http://example.org/x.js",
    "]]><!--",
]


def tagged(root: Element) -> set[str]:
    return {each.tag for each in root.all()}


@pytest.mark.parametrize("name", HOSTILE)
def test_names_are_shown_and_do_nothing(name: str) -> None:
    form = replay_figures()
    usual = tagged(shown(form))
    form["log"]["file"] = name
    form["log"]["topics_unknown"] = {name: 1}
    for part in form["policies"]:
        part |= {"name": name, "hash": name, "unused_routes": [name], "offered": {name: 1}}
        for row in [*part["routes"], *part["tiers"], *part["places"]]:
            row["name"] = name
    for group in form["against"]["groups"]:
        group["from"]["route"] = group["to"]["place"] = name
        group["example"] |= {"number": name, "topic": name}
        group["example"]["from"]["path"][0]["rules"][0]["name"] = name
    for caller in form["against"]["by_caller"]:
        caller["number"] = name
    for caller in form["policies"][1]["process"]["callers"]:
        caller |= {"number": name, "grants": [name]}
    text = page(form)
    text.encode()
    root = read(text)
    assert tagged(root) == usual
    seen = "".join(char if char.isprintable() else "\ufffd" for char in name)
    assert next(root.all("h1")).text == seen
    if name.isprintable():
        assert seen in next(root.all("pre")).text
    assert any(row[0] == seen for row in rows(root))
    for char in "\u202e\x00\x1b":
        assert char not in text


@pytest.mark.parametrize("name", HOSTILE)
def test_names_of_a_simulation_do_nothing(name: str) -> None:
    form = simulation_figures()
    usual = tagged(shown(form))
    form["log"]["file"] = form["staffing"] = name
    form["policies"], form["changes"] = [name, name], [name]
    form["learned"]["talk"][name] = form["learned"]["talk"]["all"]
    for key in ("recorded", "as_it_is", "what_if"):
        side = form[key]
        for part in ("by_queue", "by_tier", "agents", "in_queue", "ends"):
            side[part] = dict(zip([name], side[part].values(), strict=False))
        side["by_queue_and_tier"] = {name: {name: side["all"]}}
    text = page(form)
    text.encode()
    assert tagged(read(text)) == usual


def test_no_call_makes_a_page_that_says_so() -> None:
    for other in (None, policy(OTHER_PLACE)):
        root = shown(as_json(replayed([], policy(), other)))
        assert "There is no call to replay" in root.text
        assert "When they come" not in root.text


@pytest.mark.parametrize("number", [None, "+972541111111"])
def test_one_call_makes_a_page(number: str | None) -> None:
    for other in (None, policy(OTHER_PLACE)):
        form = as_json(replayed([call(2, number, "2026-11-22 09:00")], policy(), other))
        root = shown(form)
        assert ["regular", "1", "100.0%"] in [[row[0], *row[-9:-7]] for row in rows(root)]


def test_a_call_that_never_came_to_a_queue_makes_a_page() -> None:
    left = call(2, None, "2026-11-22 09:00", hold=None, outcome=Outcome.ABANDONED)
    assert "1 (100.0%)" in shown(as_json(replayed([left], policy()))).text


def test_a_simulation_without_waits_makes_a_page() -> None:
    form = simulation_figures()
    form["what_if"] = None
    nothing = {"calls": 0, "answered": 0, "abandoned": 0, "mean": None, "median": None,
               "p90": None, "longest": None, "limit": 180, "past_limit": 0}  # fmt: skip
    for key in ("recorded", "as_it_is"):
        form[key] |= {
            "all": nothing, "by_queue": {}, "by_tier": {}, "by_queue_and_tier": {}, "by_hour": {},
            "in_queue": {}, "agents": {},
        }  # fmt: skip
    assert "what if" not in shown(form).text


def many(things: list[Any], count: int) -> list[Any]:
    return list(itertools.islice(itertools.cycle(things), count))


def huge_replay() -> dict[str, Any]:
    """More of everything than any log has, and every name long and of characters to escape."""
    form, name = replay_figures(), "\"<&'>" * 60
    against = form["against"]
    form["log"] |= {"file": name, "topics_unknown": {f"{n}{name}": n for n in range(5000)}}
    for part in form["policies"]:
        for kind in ("tiers", "routes", "places"):
            part[kind] = [{**part[kind][0], "name": f"{n}{name}"} for n in range(5000)]
        part |= {"name": name, "unused_routes": [name] * 5000, "degraded": {name: 1}}
        part |= {"offered": {f"{n}{name}": 2 for n in range(5000)}, "charged": {}}
    process = form["policies"][1]["process"]
    process["callers"] = [
        {**process["callers"][0], "number": name, "grants": [name] * 50} for _ in range(20_000)
    ]
    months = {f"{1900 + n // 12}-{n % 12 + 1:02}": n for n in range(1200)}
    for stage in process["furthest"]:
        stage["reached"] = months
    example = against["groups"][0]["example"]
    for side in ("from", "to"):
        turn = example[side]["path"][0]
        rule = {**turn["rules"][0], "name": name}
        turn["rules"] = many([rule], 300)
    wide = {**against["groups"][0]["from"], "route": name, "then": [name] * 30}
    group = {**against["groups"][0], "from": wide, "to": wide, "example": example}
    against["groups"] = many([group], 5000)
    caller = {"number": name, "line": 2, "calls": 3, "example": example,
              "groups": [{"group": n, "calls": 1} for n in range(500)]}  # fmt: skip
    against["by_caller"] = many([caller], 100_000)
    form["volume"]["by_day"] = [
        {"day": f"{year}-{month:02}-{day:02}", "weekday": "Mon", "calls": 10**6}
        for year in range(1900, 2030)
        for month in range(1, 13)
        for day in range(1, 29)
    ]
    form["volume"]["recorded_queues"] = form["policies"][0]["routes"]
    return form


def huge_simulation() -> dict[str, Any]:
    form, name = simulation_figures(), "\"<&'>" * 60
    for key in ("recorded", "as_it_is", "what_if"):
        side = form[key]
        for part in ("by_queue", "by_tier", "agents", "in_queue"):
            if side[part]:
                value = next(iter(side[part].values()))
                side[part] = {f"{n}{name}": value for n in range(3000)}
        side["by_queue_and_tier"] = {f"{n}{name}": {name: side["all"]} for n in range(3000)}
        side["by_hour"] = {f"{hour:02}": side["all"] for hour in range(24)}
    form["learned"]["talk"] |= {f"{n}{name}": {"mean": 1, "calls": 1} for n in range(3000)}
    form["changes"] = [name] * 3000
    return form


@pytest.mark.parametrize("figures", [huge_replay, huge_simulation])
def test_a_page_is_less_than_a_megabyte_whatever_the_log(figures: Callable[[], Any]) -> None:
    text = page(figures())
    assert len(text.encode()) < 1_000_000
    assert "the JSON has all" in read(text).text


def test_what_is_left_out_is_told() -> None:
    root = shown(huge_replay())
    assert "4,970 more with fewer calls: the JSON has all." in root.text
    assert "4,980 smaller changes are not shown" in root.text
    assert "99,980 more callers are not shown" in root.text
    assert "19,980 more callers: the JSON has all." in root.text
    assert "lines are left out here: the JSON has all" in next(root.all("pre")).text


# --- by day ----------------------------------------------------------------------------------


def days(*counted: tuple[str, int]) -> dict[str, Any]:
    return {"by_day": [{"day": day, "weekday": "?", "calls": calls} for day, calls in counted]}


def test_days_without_a_call_are_there_too() -> None:
    table = by_day(days(("2026-11-22", 5), ("2026-11-24", 7))).table
    assert [(row.name, *row.cells) for row in table.rows] == [
        ("2026-11-22 Sun", "5"), ("2026-11-23 Mon", "0"), ("2026-11-24 Tue", "7"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("last", "unit", "bars"),
    [
        ("2026-03-03", "Day", 62),
        ("2026-03-04", "Week", 10),
        ("2027-03-01", "Week", 62),
        ("2027-04-01", "Month", 16),
        ("2030-09-01", "Month", 57),
        ("2099-01-01", "Year", 62),
    ],
)
def test_a_long_log_is_shown_by_longer_times(last: str, unit: str, bars: int) -> None:
    table = by_day(days(("2026-01-01", 1), (last, 2))).table
    assert (table.title, len(table.rows)) == (unit, bars)
    assert table.rows[-1].cells == ["2"]
