"""When calls came: by day, by hour, and hour of the week in shades."""

from __future__ import annotations

from collections import Counter
from datetime import date
from math import inf
from typing import TYPE_CHECKING, Any, Final

from ivr.tools.replay.form import DAY_NAMES
from ivr.tools.report.blocks import Cell, Column, Figure, Heat, Plot, Row, Side, Table
from ivr.tools.report.charts import Series, upright
from ivr.tools.report.texts import cut, number, percent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

#: Shades of a cell, from 1; 0 is no call at all.
_SHADES: Final = 8
_HOURS: Final = tuple(f"{hour:02}" for hour in range(24))

#: Bars of a plot of days: of more, weeks are shown, then months, then years.
_BARS: Final = 62
_NAMED: Final = 8  # rows of hours for tiers and places

CALLS: Final = Side(1, "calls", "calls")


def week(volume: Mapping[str, Any]) -> Heat:
    """The calls of each weekday and hour."""
    table, days = volume["by_weekday_and_hour"], volume["weekdays"]
    rows = [*zip(days, table, strict=True)]
    return Heat(
        "Calls by weekday and hour",
        f"Busiest: {_hour(volume['busiest'])}. Quietest with any call: {_hour(volume['quietest'])}."
        " Each cell is the sum over all days of that name; the stronger its shade, the more.",
        "Day",
        _HOURS,
        _shaded([(day, hours) for day, hours in rows]),
    )


def _hour(ranked: Sequence[Mapping[str, Any]]) -> str:
    first = ranked[0]
    return f"{first['weekday']} {first['hour']:02}:00, {first['average']:g} calls on average"


def _shaded(
    rows: Sequence[tuple[str, Sequence[int]]], *, each: bool = False
) -> list[tuple[str, list[Cell]]]:
    """Shades by the most of all rows, or (`each`) of the row itself."""
    most = max((max(hours) for _, hours in rows), default=0)
    return [
        (name, [Cell(str(n), _shade(n, max(hours) if each else most)) for n in hours])
        for name, hours in rows
    ]


def _shade(calls: int, most: int) -> int:
    return min(_SHADES, 1 + calls * _SHADES // most) if calls else 0


def extremes(volume: Mapping[str, Any]) -> list[Table]:
    """The busiest and the quietest hours of the week."""
    return [
        _ranked("Busiest hours", volume["busiest"]),
        _ranked("Quietest hours with calls", volume["quietest"]),
    ]


def _ranked(title: str, hours: Sequence[Mapping[str, Any]]) -> Table:
    rows = [
        Row(f"{h['weekday']} {h['hour']:02}:00",
            [number(h["calls"]), number(h["days"]), f"{h['average']:g}"])
        for h in hours
    ]  # fmt: skip
    columns = [Column("Calls"), Column("Days"), Column("Each day")]
    return Table(title, "Hour", columns, rows)


def by_hour(volume: Mapping[str, Any]) -> Plot:
    """The calls of each hour of the day."""
    hours: list[int] = volume["by_hour"]
    most = max(range(24), key=hours.__getitem__)
    share = percent(hours[most] / volume["calls"])
    return Plot(
        "Calls by hour of the day",
        f"Most come from {most:02}:00 to {most + 1:02}:00: {number(hours[most])} ({share}).",
        upright(_HOURS, [Series(CALLS, hours)], number, every=3),
    )


def hours_of(
    everything: Mapping[str, Any], kinds: Iterable[tuple[str, Sequence[Mapping[str, Any]]]]
) -> Heat:
    """The hours of all calls, then of the rows of each kind; each row shaded by itself."""
    rows = [("all calls", everything["by_hour"])]
    for kind, found in kinds:
        rows += [(cut(f"{kind}{row['name']}", 40), row["by_hour"]) for row in found[:_NAMED]]
    return Heat(
        "Calls by hour of the day, tier and first place",
        "Each row is shaded by its own busiest hour, so that small ones can be read.",
        "Hour",
        _HOURS,
        _shaded(rows, each=True),
    )


def by_day(volume: Mapping[str, Any]) -> Figure:
    """The calls of each day; of a long log by week, month or year."""
    unit, counted = _counted(volume["by_day"])
    labels, values = list(counted), list(counted.values())
    most = max(counted, key=counted.__getitem__)
    least = min(counted, key=counted.__getitem__)
    plot = Plot(
        f"Calls by {unit}",
        f"Most: {most} with {number(counted[most])}; fewest: {least} with"
        f" {number(counted[least])}.",
        upright(_short(labels, unit), [Series(CALLS, values)], number,
                every=max(1, -(-len(labels) // 16)), wide=True),
        wide=True,
    )  # fmt: skip
    rows = [Row(label, [number(value)]) for label, value in counted.items()]
    table = Table(f"Calls by {unit}", unit.capitalize(), [Column("Calls")], rows, folded=True)
    return Figure([plot], table)


def _counted(days: Sequence[Mapping[str, Any]]) -> tuple[str, dict[str, int]]:
    """By the finest unit of which there are few enough; those without a call are there too."""
    counted = Counter({_date(day): day["calls"] for day in days})
    first, last = min(counted), max(counted)
    unit, name = next((u, n) for u, most, n in _UNITS if (last - first).days < most)
    found = dict.fromkeys(_names(first, last, name), 0)
    for day, calls in counted.items():
        found[name(day)] += calls
    return unit, dict(list(found.items())[-_BARS:])


def _names(first: date, last: date, name: Callable[[date], str]) -> Iterator[str]:
    """Of every day: names that follow each other are alike."""
    return (name(date.fromordinal(day)) for day in range(first.toordinal(), last.toordinal() + 1))


def _day(day: date) -> str:
    return f"{day.isoformat()} {DAY_NAMES[day.weekday()]}"


def _week(day: date) -> str:
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"


def _month(day: date) -> str:
    return day.isoformat()[:7]


def _year(day: date) -> str:
    return day.isoformat()[:4]


#: A unit, the days below which it is taken, and how each is called.
_UNITS: Final = (
    ("day", _BARS, _day),
    ("week", _BARS * 7 - 6, _week),
    ("month", _BARS * 28, _month),
    ("year", inf, _year),
)


def _date(day: Mapping[str, Any]) -> date:
    return date.fromisoformat(day["day"])


def _short(labels: Sequence[str], unit: str) -> list[str]:
    """Days without their year: the caption has it."""
    return [label[5:10] if unit == "day" else label for label in labels]
