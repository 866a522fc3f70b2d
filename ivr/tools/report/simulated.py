"""What the page of a simulation shows, from its JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from ivr.tools.report.blocks import Column, Figure, Plot, Row, Side, Table, Tile
from ivr.tools.report.compared import (
    Compared,
    gave_up,
    mean,
    nine_in_ten,
    past,
    share,
    shown,
    wait_cells,
    wait_columns,
)
from ivr.tools.report.hourly import hourly
from ivr.tools.report.staffed import agents, ends, queues
from ivr.tools.report.texts import cut, moment, number, percent, seconds
from ivr.tools.simulate.paper import TITLES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ivr.tools.report.compared import Named

    #: Each side with its figures.
    Sides = Sequence[tuple[Side, Mapping[str, Any]]]

#: The colours of the sides, by their keys: what is recorded is grey.
_PLACES: Final = {"recorded": 0, "as_it_is": 1, "what_if": 2}
_TOPICS: Final = 20


@dataclass(frozen=True, slots=True)
class Part:
    """Callers grouped in one way."""

    title: str
    figure: Figure


@dataclass(frozen=True, slots=True)
class Simulated:
    """All that the template takes."""

    title: str
    span: str
    tiles: Sequence[Tile]
    facts: Sequence[tuple[str, str]]
    sides: Sequence[tuple[Side, str]]
    whole: Table
    spread: Table | None
    parts: Sequence[Part]
    hours: Figure
    queues: Table | None
    agents: Figure | None
    ends: Table


def simulated(form: Mapping[str, Any]) -> Simulated:
    """The view of a simulation's figures."""
    log = form["log"]
    sides = [
        (Side(_PLACES[key], title, title), form[key])
        for key, title in TITLES.items()
        if form[key] is not None
    ]
    return Simulated(
        title=cut(log["file"]),
        span=f"{moment(log['from'])} to {moment(log['to'])}",
        tiles=list(_tiles(sides, form)),
        facts=list(_facts(form)),
        sides=[(side, _told(side, form)) for side, _ in sides],
        whole=_whole(sides, form),
        spread=_spread(sides, form),
        parts=list(_parts(sides, form)),
        hours=hourly(sides, form),
        queues=queues(sides),
        agents=agents(sides),
        ends=ends(sides),
    )


# --- what was read ---------------------------------------------------------------------------


def _tiles(sides: Sides, form: Mapping[str, Any]) -> Iterator[Tile]:
    """The last side's, each with what it is beside the others."""
    last = sides[-1][1]["all"]
    limit = seconds(form["wait_limit"])
    for what, value, written in (
        ("mean wait", mean, seconds),
        ("nine in ten wait no longer", nine_in_ten, seconds),
        ("give up", gave_up, percent),
        (f"wait longer than {limit}", past, percent),
    ):
        others = [
            f"{side.name} {shown(value(found['all']), written)}" for side, found in sides[:-1]
        ]
        named = f"{sides[-1][0].name}: {what}"
        yield Tile(shown(value(last), written), named, ", ".join(others), loud=value is mean)


def _facts(form: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    log, learned = form["log"], form["learned"]
    yield "File", cut(log["file"])
    yield "Span", f"{moment(log['from'])} to {moment(log['to'])}"
    yield "Calls", f"{number(log['calls'])}; {number(log['left_before'])} left before a queue"
    yield "Agents", cut(form["staffing"])
    for name, patience in list(learned["patience"].items())[:_TOPICS]:
        half = (
            "half never give up"
            if patience["median"] is None
            else f"half wait {seconds(patience['median'])}"
        )
        yield (
            f"Patience, {cut(name, 40)}",
            f"{half} ({number(patience['events'])} of {number(patience['seen'])} gave up)",
        )
    for topic, talk in list(learned["talk"].items())[:_TOPICS]:
        yield (
            f"Talk, {cut(topic, 40)}",
            f"mean {seconds(talk['mean'])} ({number(talk['calls'])} calls)",
        )
    yield "Between calls", _between(form)
    yield "Runs", f"{number(form['runs'])}, seed {form['seed']}"
    yield "Wait limit", seconds(form["wait_limit"])


def _between(form: Mapping[str, Any]) -> str:
    gap = form["learned"]["gap"]
    if gap is None:
        return f"{seconds(form['wrap_up'])} after each call"
    median = "for ever" if gap["median"] is None else seconds(gap["median"])
    return f"median {median} to the next call while callers wait, as in the log"


def _told(side: Side, form: Mapping[str, Any]) -> str:
    """What a side is."""
    if side.place == _PLACES["recorded"]:
        return "the log's own waits, by the tier and queue that the policy says"
    if side.place == _PLACES["as_it_is"]:
        return f"policy {cut(form['policies'][0])}, agents: {cut(form['staffing'])}"
    changes = ", ".join(cut(each) for each in form["changes"][:_TOPICS]) or "the same"
    return f"policy {cut(form['policies'][-1])}, agents: {changes}"


# --- waits -----------------------------------------------------------------------------------


def _whole(sides: Sides, form: Mapping[str, Any]) -> Table:
    compared = Compared([(side, {"all callers": found["all"]}) for side, found in sides])
    return _table("Waits of all callers who stood in a queue", "", compared, form)


def _table(caption: str, title: str, compared: Compared, form: Mapping[str, Any]) -> Table:
    return Table(
        caption, title, wait_columns(form["wait_limit"], "Gave up"), compared.rows(wait_cells),
        compared.left_out, sided=True,
    )  # fmt: skip


def _parts(sides: Sides, form: Mapping[str, Any]) -> Iterator[Part]:
    for what, title, of_side in (
        ("queue", "First queue", lambda side: side["by_queue"]),
        ("tier", "Tier", lambda side: side["by_tier"]),
        ("queue and tier", "Queue, tier", _by_queue_and_tier),
    ):
        compared = Compared([(side, of_side(found)) for side, found in sides])
        if compared.names:
            plots = _plots(what, compared, form) if what != "queue and tier" else []
            table = _table(f"Waits by {what}", title, compared, form)
            yield Part(f"By {what}", Figure(plots, table))


def _by_queue_and_tier(side: Mapping[str, Any]) -> Named:
    return {
        f"{queue}, {tier}": waits
        for queue, tiers in side["by_queue_and_tier"].items()
        for tier, waits in tiers.items()
    }


def _plots(what: str, compared: Compared, form: Mapping[str, Any]) -> list[Plot]:
    limit = seconds(form["wait_limit"])
    return [
        compared.plot(f"Mean wait by {what}", mean, seconds, times=True),
        compared.plot(f"Nine in ten wait no longer, by {what}", nine_in_ten, seconds, times=True),
        compared.plot(f"Share who give up, by {what}", gave_up, share),
        compared.plot(f"Share who wait longer than {limit}, by {what}", past, share),
    ]


def _spread(sides: Sides, form: Mapping[str, Any]) -> Table | None:
    """How far apart the runs were."""
    rows = []
    for side, found in sides:
        if "least" in found and found["all"]["calls"]:
            low, high = found["least"]["all"], found["most"]["all"]
            rows.append(Row(side.name, [
                f"{seconds(low['mean'])} to {seconds(high['mean'])}",
                f"{seconds(low['p90'])} to {seconds(high['p90'])}",
                f"{number(low['abandoned'])} to {number(high['abandoned'])}",
                f"{number(low['past_limit'])} to {number(high['past_limit'])}",
            ], side))  # fmt: skip
    past_limit = f"Past {seconds(form['wait_limit'])}"
    columns = [Column("Mean"), Column("9 in 10"), Column("Gave up"), Column(past_limit)]
    caption = f"From the least to the most of {form['runs']} runs"
    return Table(caption, "Side", columns, rows) if rows else None
