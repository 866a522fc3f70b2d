"""What stands in the page is what stands in the JSON, and the page is all by itself."""

from __future__ import annotations

import re
import tomllib
from base64 import b64encode
from fnmatch import fnmatch
from hashlib import sha256
from importlib.resources import files
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from ivr.tools.replay.wording import treatment
from ivr.tools.report.page import page
from tests import ROOT
from tests.tools.replay.logs import call, policy, replayed
from tests.tools.report.pages import (
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

BOTH = pytest.mark.parametrize("figures", [replay_figures, simulation_figures])

#: All that a page is made of: nothing here runs, loads or sends.
TAGS = """
    html head meta title style body header main footer nav section p h1 h2 h3 h4 b bdi small code
    span div a ul ol li dl dt dd table caption thead tbody tr th td figure figcaption details
    summary pre svg g rect path text
"""
ATTRIBUTES = """
    lang charset name content http-equiv class id href scope rowspan role aria-label tabindex
    viewbox focusable x y width height d transform
"""


def duration(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02}"


def of(part: float, whole: float) -> str:
    return f"{part:,.0f} ({part / whole:.1%})" if whole else "–"


def waits_of(waits: dict[str, Any]) -> list[str]:
    return [
        *(duration(waits[each]) for each in ("mean", "median", "p90", "longest")),
        of(waits["past_limit"], waits["calls"]),
    ]


# --- by itself -------------------------------------------------------------------------------


@BOTH
def test_the_page_reaches_for_nothing_and_runs_nothing(figures: Callable[[], Any]) -> None:
    text = page(figures())
    assert "http:" not in text
    assert "https:" not in text
    assert not re.search(r"url\(|@import|javascript|pygal|\bsrc\s*=", text, re.IGNORECASE)
    for element in read(text).all():
        assert element.tag in TAGS.split()
        assert set(element.attributes) <= set(ATTRIBUTES.split())
        assert element.attributes.get("href", "#").startswith("#")


@BOTH
def test_the_policy_for_browsers_allows_the_style_and_nothing_else(
    figures: Callable[[], Any],
) -> None:
    text = page(figures())
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)
    assert style
    rules = {
        each.attributes["http-equiv"]: each.attributes["content"]
        for each in read(text).all("meta")
        if "http-equiv" in each.attributes
    }
    digest = b64encode(sha256(style[1].encode()).digest()).decode()
    assert rules["Content-Security-Policy"].split("; ") == [
        "default-src 'none'", f"style-src 'sha256-{digest}'", "base-uri 'none'",
        "form-action 'none'",
    ]  # fmt: skip


@BOTH
def test_the_same_figures_make_the_same_page(figures: Callable[[], Any]) -> None:
    assert page(figures()) == page(figures())


@BOTH
def test_links_lead_to_parts_that_are_there(figures: Callable[[], Any]) -> None:
    root = shown(figures())
    ids = [each.attributes["id"] for each in root.all() if "id" in each.attributes]
    assert len(ids) == len(set(ids))
    links = {each.attributes["href"][1:] for each in root.all("a")}
    assert links
    assert links <= set(ids)


def test_figures_of_another_kind_or_version_are_refused() -> None:
    with pytest.raises(ValueError, match="version 1"):
        page({**replay_figures(), "version": 2})
    with pytest.raises(ValueError, match="neither"):
        page({"version": 1})


def test_the_templates_are_data_of_the_package() -> None:
    told = tomllib.loads((ROOT / "pyproject.toml").read_text())
    patterns = told["tool"]["setuptools"]["package-data"]["ivr.tools.report"]
    names = [each.name for each in files("ivr.tools.report").joinpath("templates").iterdir()]
    assert "style.css" in names
    for name in names:
        assert any(fnmatch(f"templates/{name}", pattern) for pattern in patterns)


# --- for everybody ---------------------------------------------------------------------------


@BOTH
def test_each_plot_has_its_words_and_each_table_its_heads(figures: Callable[[], Any]) -> None:
    root = shown(figures())
    plots = list(root.all("figure"))
    assert len(plots) >= 8
    for figure in plots:
        caption = next(figure.all("figcaption"))
        words = [e for e in caption.all("span") if e.attributes.get("class") == "words"]
        assert [bool(each.text) for each in words] == [True]
        assert len(list(figure.all("svg"))) + len(list(figure.all("table"))) == 1
    for table in root.all("table"):
        assert next(table.all("caption")).text
        assert all("scope" in head.attributes for head in table.all("th"))
        heads = len(list(next(table.all("thead")).all("th")))
        for row in next(iter(table.all("tbody"))).all("tr"):
            assert len(list(row.all("th", "td"))) in {heads, heads - 1}
    for each in root.all("div"):
        if each.attributes.get("role") == "img":
            assert each.attributes["aria-label"]


@BOTH
def test_headings_go_down_one_by_one(figures: Callable[[], Any]) -> None:
    levels = [int(each.tag[1]) for each in shown(figures()).all("h1", "h2", "h3", "h4")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_plots_have_a_bar_for_each_figure_and_tell_it() -> None:
    form = replay_figures()
    plot = next(each for each in shown(form).all("figure") if "Calls by tier" in each.text)
    told = sorted(each.text for each in plot.all("title"))
    assert told == sorted(
        f"{row['name']}: {row['calls']:,}" for part in form["policies"] for row in part["tiers"]
    )


# --- every figure ----------------------------------------------------------------------------


def test_what_was_read_is_told() -> None:
    form = replay_figures()
    form["log"] |= {
        "file": "queue_log.1", "form": "queue_log", "rows": 123456, "left_out": 17, "skipped": 3,
        "history": 99, "withheld": 1234, "vip_calls": 321, "without_topic": 55,
        "topics_unknown": {"prospect": 4259},
    }  # fmt: skip
    facts = facts_of(shown(form))
    assert facts["File"] == "queue_log.1"
    assert facts["Rows"] == "123,456 read, 17 left out by the mapping, 3 skipped as unreadable"
    assert facts["Calls"] == str(form["log"]["calls"])
    assert facts["Callers"] == str(form["log"]["callers"])
    assert facts["History"].startswith("99 earlier calls")
    assert facts["Without a caller"].startswith("1,234 calls")
    assert facts["Calls of VIPs"] == "321"
    assert facts["Without a topic"].startswith("55 calls")
    assert facts["Topics unknown to the policy"] == "prospect 4,259"
    assert facts["Span"].startswith("2026-01-01 00:10 to 2026-06-30 23:50; 181 days, ")


def facts_of(root: Element) -> dict[str, str]:
    return {
        next(each.all("dt")).text: next(each.all("dd")).text
        for each in root.all("div")
        if list(each.all("dt")) and "dl" not in {inner.tag for inner in each.all()}
    }


def test_both_policies_stand_with_their_hashes_and_what_was_assumed() -> None:
    form = replay_figures()
    root = shown(form)
    for mark, part in zip("AB", form["policies"], strict=True):
        assert [mark, part["name"], part["hash"], part["dialled"], part["vip_grant"]] in rows(root)
    assert "every answered contact was marked" in root.text
    assert "Callers’ numbers are masked" in root.text


@pytest.mark.parametrize("kind", ["tiers", "routes", "places"])
def test_calls_by_tier_route_and_place_stand_in_tables(kind: str) -> None:
    form = replay_figures()
    found = rows(shown(form))
    assert form["policies"][0][kind]
    for mark, part in zip("AB", form["policies"], strict=True):
        for row in part[kind]:
            name = f"{row['action']} {row['name']}" if "action" in row else row["name"]
            outcomes = row["outcomes"]
            assert [
                name.strip().replace("announce", "announcement"), mark, f"{row['calls']:,}",
                f"{row['share']:.1%}", of(outcomes.get("answered", 0), row["calls"]),
                of(outcomes.get("abandoned", 0), row["calls"]), *waits_of(row["waits"]),
            ] in found  # fmt: skip


def test_hours_and_days_stand_in_tables() -> None:
    form = replay_figures()
    volume = form["volume"]
    found = rows(shown(form))
    for day, hours in zip(volume["weekdays"], volume["by_weekday_and_hour"], strict=True):
        assert [day, *map(str, hours)] in found
    assert ["all calls", *map(str, volume["by_hour"])] in found
    for tier in form["policies"][1]["tiers"]:
        assert [f"B: tier {tier['name']}", *map(str, tier["by_hour"])] in found
    for each in [*volume["busiest"], *volume["quietest"]]:
        assert [
            f"{each['weekday']} {each['hour']:02}:00", str(each["calls"]), str(each["days"]),
            f"{each['average']:g}",
        ] in found  # fmt: skip


def test_the_busiest_hour_has_the_deepest_shade_and_an_hour_without_calls_none() -> None:
    form = replay_figures()
    heat = next(e for e in shown(form).all("figure") if "weekday and hour" in e.text)
    cells = list(heat.all("td"))
    most = max(cells, key=lambda cell: int(cell.text))
    assert most.attributes["class"] == "h8"
    assert {e.attributes["class"] for e in cells if e.text == "0"} == {"h0"}
    assert "h0" not in {e.attributes["class"] for e in cells if e.text != "0"}


def test_each_change_is_told_with_both_traces_at_hand() -> None:
    form = replay_figures()
    against = form["against"]
    changes = next(each for each in shown(form).all("ol"))
    items = [each for each in changes.children if isinstance(each, Element)]
    assert len(items) == len(against["groups"])
    assert items
    for item, group in zip(items, against["groups"], strict=True):
        assert f"{group['calls']:,} call" in item.text
        assert f"({group['share']:.1%})" in item.text
        assert treatment(group["from"]) in item.text
        assert treatment(group["to"]) in item.text
        assert f"line {group['example']['line']}:" in item.text
        details = next(item.all("details"))
        assert "open" not in details.attributes
        before, after = details.all("pre")
        assert group["example"]["from"]["policy"] in before.text
        assert group["example"]["to"]["policy"] in after.text
        assert "new call" in before.text


def test_callers_most_touched_are_told_each_with_a_call() -> None:
    form = replay_figures()
    root = shown(form)
    found = rows(root)
    for caller in form["against"]["by_caller"]:
        match = [
            row for row in found if row[0] == caller["number"] and row[2:3] == [str(caller["line"])]
        ]
        assert [row[1] for row in match] == [f"{caller['calls']:,}"]
        assert f"line {caller['example']['line']}: {caller['number']}" in root.text


def test_the_first_figure_is_what_would_change() -> None:
    form = replay_figures()
    first = next(next(shown(form).all("ul")).all("li"))
    assert first.attributes["class"] == "loud"
    assert first.text.startswith(f"{form['against']['calls']:,} calls treated otherwise")


def test_policies_that_do_the_same_are_told_to() -> None:
    form = as_json(replayed([call(2, None, "2026-11-22 09:00")], policy(), policy()))
    assert "Every call is treated alike by both policies." in shown(form).text


def test_who_came_how_far_in_the_process_is_told() -> None:
    form = replay_figures()
    process = form["policies"][1]["process"]
    root = shown(form)
    found = rows(root)
    assert process["callers"]
    for stage in process["furthest"]:
        reached = ", ".join(f"{month}-01: {n}" for month, n in stage["reached"].items())
        assert [stage["stage"].replace("-", " "), str(stage["callers"]), reached] in found
    for caller in process["callers"]:
        assert any(row[0] == caller["number"] and row[2:3] == [caller["since"]] for row in found)
    assert "2 callers come into it." in root.text


def test_paid_lines_are_told_with_what_they_would_charge() -> None:
    form = replay_figures()
    form["policies"][1] |= {"offered": {"air-time": 1200}, "charged": {"air-time": 300}}
    assert ["air-time", "B", "1,200", "300 (25.0%)"] in rows(shown(form))


def test_recorded_queues_routes_that_nobody_took_and_mistakes_are_told() -> None:
    form = replay_figures()
    row = form["policies"][0]["tiers"][0]
    form["volume"]["recorded_queues"] = [{**row, "name": "old-queue"}]
    form["policies"][0] |= {"unused_routes": ["never"], "degraded": {"bug": 7}}
    root = shown(form)
    assert any(each[:2] == ["old-queue", f"{row['calls']:,}"] for each in rows(root))
    assert "A Routes that no call took: never." in root.text
    assert "bug: 7" in root.text


def test_each_side_of_a_simulation_stands_under_each_name() -> None:
    form = simulation_figures()
    found = rows(shown(form))
    sides = {"recorded": "recorded", "as_it_is": "as it is", "what_if": "what if"}
    for key, title in sides.items():
        side = form[key]
        tables = {
            "all callers": side["all"], **side["by_queue"], **side["by_tier"],
            **{f"{hour}:00": waits for hour, waits in side["by_hour"].items()},
            **{f"{queue}, {tier}": waits for queue, tiers in side["by_queue_and_tier"].items()
               for tier, waits in tiers.items()},
        }  # fmt: skip
        for name, waits in tables.items():
            calls = waits["calls"]
            assert [
                name, title, f"{calls:,.0f}", of(waits["answered"], calls),
                of(waits["abandoned"], calls), *waits_of(waits),
            ] in found  # fmt: skip
        for group, worked in side["agents"].items():
            assert [
                group, title, f"{worked['calls']:,.0f}", f"{worked['hours']:,.0f}",
                f"{worked['busy_hours']:,.0f}", f"{worked['occupancy']:.1%}",
            ] in found  # fmt: skip
        for queue, visits in side["in_queue"].items():
            answered = of(visits["left"].get("ANSWERED", 0), visits["calls"])
            assert any(row[:3] == [queue, title, f"{visits['calls']:,.0f}"] and row[4] == answered
                       for row in found)  # fmt: skip


def test_a_simulation_tells_what_it_was_made_from_and_how_far_runs_differ() -> None:
    form = simulation_figures()
    root = shown(form)
    facts = facts_of(root)
    assert facts["Calls"] == "10; 0 left before a queue"
    assert facts["Runs"] == "2, seed 1"
    assert "agents: general=2" in root.text
    low, high = form["as_it_is"]["least"]["all"], form["as_it_is"]["most"]["all"]
    told = f"{duration(low['mean'])} to {duration(high['mean'])}"
    assert any(row[:2] == ["as it is", told] for row in rows(root))


def test_hours_of_few_calls_are_not_compared_in_plots() -> None:
    form = simulation_figures()
    busy = {**form["recorded"]["by_hour"]["10"], "calls": 100, "abandoned": 10}
    form["recorded"]["by_hour"] = {"09": {**busy, "calls": 2, "abandoned": 1}, "10": busy}
    plot = next(e for e in shown(form).all("figure") if "Share who give up, by hour" in e.text)
    assert [each.text for each in plot.all("title")][:1] == ["10: 10.0%"]
    assert "09: 50.0%" not in plot.text
