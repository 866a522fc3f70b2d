"""What the page of a replay shows, from its JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from ivr.tools.replay.tables import place
from ivr.tools.replay.wording import assumptions
from ivr.tools.report import hours
from ivr.tools.report.blocks import Column, Figure, Heat, Plot, Row, Side, Table, Tile
from ivr.tools.report.changes import Changes, changes
from ivr.tools.report.compared import (
    Compared,
    nine_in_ten,
    past,
    share,
    wait_cells,
    wait_columns,
)
from ivr.tools.report.process import Process, process
from ivr.tools.report.read import Policy, facts, policy, tiles
from ivr.tools.report.texts import cut, moment, number, of, percent, seconds

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ivr.tools.report.compared import Named

_MARKS: Final = ("A", "B")
_TOPICS: Final = 20


@dataclass(frozen=True, slots=True)
class Where:
    """One way to group calls: by tier, by route, by first place."""

    title: str
    figure: Figure


@dataclass(frozen=True, slots=True)
class Replayed:
    """All that the template takes."""

    title: str
    span: str
    empty: bool
    tiles: Sequence[Tile]
    facts: Sequence[tuple[str, str]]
    assumed: Sequence[str]
    policies: Sequence[Policy]
    against: Changes | None
    where: Sequence[Where]
    queues: Table | None
    days: Figure | None
    hour: Plot | None
    week: Heat | None
    hours: Heat | None
    extremes: Sequence[Table]
    processes: Sequence[Process]
    paid: Table | None
    masked: bool


def replayed(form: Mapping[str, Any]) -> Replayed:
    """The view of a replay's figures."""
    log, volume, parts = form["log"], form["volume"], form["policies"]
    sides = [
        Side(at, _MARKS[at - 1], cut(part["name"])) for at, part in enumerate(parts, 1)
    ]  # fmt: skip
    some = log["calls"] > 0
    against = form["against"]
    return Replayed(
        title=cut(log["file"]),
        span=f"{moment(log['from'])} to {moment(log['to'])}" if some else "no call",
        empty=not some,
        tiles=list(tiles(form)) if some else [],
        facts=list(facts(log, form["assumed"])),
        assumed=list(assumptions(form["assumed"])),
        policies=[policy(side, part) for side, part in zip(sides, parts, strict=True)],
        against=changes(against, sides) if against is not None and some else None,
        where=list(_where(form, sides)) if some else [],
        queues=_queues(volume) if volume["recorded_queues"] else None,
        days=hours.by_day(volume) if some else None,
        hour=hours.by_hour(volume) if some else None,
        week=hours.week(volume) if some else None,
        hours=hours.hours_of(volume, _kinds(parts)) if some else None,
        extremes=hours.extremes(volume) if some else [],
        processes=[
            each for each in map(process, sides, (part["process"] for part in parts)) if each
        ],
        paid=_paid(parts, sides),
        masked=form["masked"],
    )


# --- where calls go --------------------------------------------------------------------------


def _where(form: Mapping[str, Any], sides: Sequence[Side]) -> Iterator[Where]:
    limit = form["assumed"]["wait_limit"]
    for title, what, key in (("Tier", "tier", "tiers"), ("Route", "route", "routes"),
                             ("First place", "first place", "places")):  # fmt: skip
        compared = Compared(
            [(side, _named(part[key])) for side, part in zip(sides, form["policies"], strict=True)]
        )
        if compared.names:
            yield Where(f"By {what}", _figure(title, what, compared, limit))


def _named(rows: Sequence[Mapping[str, Any]]) -> Named:
    return {_called(row): {**row, **_waits(row)} for row in rows}


def _called(row: Mapping[str, Any]) -> str:
    if "action" in row:
        return place(row["action"], row["name"])
    return str(row["name"] or "(let go)")


def _waits(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """The waits of the row, under names of their own where the row has others."""
    return {key: row["waits"][key] for key in ("mean", "median", "p90", "longest")}


def _figure(title: str, what: str, compared: Compared, limit: float) -> Figure:
    plots = [
        compared.plot(f"Calls by {what}", lambda row: row["calls"], number),
        compared.plot(f"Nine in ten waited no longer, by {what}", nine_in_ten, seconds, times=True),
        compared.plot(f"Share abandoned, by {what}", _abandoned, share),
        compared.plot(f"Share that waited longer than {seconds(limit)}, by {what}",
                      lambda row: past(row["waits"]), share),
    ]  # fmt: skip
    columns = [Column("Calls"), Column("Share"), *_outcomes(limit)]
    table = Table(
        f"Calls by {what}; answered, abandoned and waits as recorded", title, columns,
        compared.rows(_cells), compared.left_out, sided=compared.sided,
    )  # fmt: skip
    return Figure(plots, table)


def _abandoned(row: Mapping[str, Any]) -> float | None:
    return row["outcomes"].get("abandoned", 0) / row["calls"] if row["calls"] else None


def _outcomes(limit: float) -> list[Column]:
    return [column for column in wait_columns(limit, "Abandoned") if column.title != "Calls"]


def _cells(row: Mapping[str, Any]) -> list[str]:
    outcomes, waits = row["outcomes"], row["waits"]
    calls = row["calls"]
    return [
        number(calls), percent(row["share"]),
        of(outcomes.get("answered", 0), calls), of(outcomes.get("abandoned", 0), calls),
        *wait_cells(waits)[3:],
    ]  # fmt: skip


def _queues(volume: Mapping[str, Any]) -> Table:
    compared = Compared([(Side(1, "", ""), _named(volume["recorded_queues"]))])
    columns = [Column("Calls"), Column("Share"), *_outcomes(volume["waits"]["limit"])]
    return Table(
        "Calls by the queue that the log names", "Queue", columns, compared.rows(_cells),
        compared.left_out,
    )  # fmt: skip


def _kinds(parts: Sequence[Mapping[str, Any]]) -> list[tuple[str, list[Mapping[str, Any]]]]:
    found = []
    for mark, part in zip(_MARKS, parts, strict=False):
        whose = f"{mark}: " if len(parts) > 1 else ""
        found.append((f"{whose}tier ", part["tiers"]))
        found.append((whose, [{**row, "name": _called(row)} for row in part["places"]]))
    return found


def _paid(parts: Sequence[Mapping[str, Any]], sides: Sequence[Side]) -> Table | None:
    rows = []
    for side, part in zip(sides, parts, strict=True):
        for line, offered in list(part["offered"].items())[:_TOPICS]:
            charged = part["charged"].get(line, 0)
            rows.append(Row(cut(line), [number(offered), of(charged, offered)], side))
    columns = [Column("Offered to calls"), Column("Would be charged")]
    sided = len(sides) > 1
    return Table("Paid lines", "Line", columns, rows, sided=sided) if rows else None
