"""How callers fared by hour of the day on each side of a simulation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ivr.tools.report.blocks import Figure, Plot, Row, Side, Table
from ivr.tools.report.charts import Series, upright
from ivr.tools.report.compared import gave_up, mean, share, wait_cells, wait_columns
from ivr.tools.report.texts import seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ivr.tools.report.compared import Named

_HOURS: Final = tuple(f"{hour:02}" for hour in range(24))
_FEW: Final = 20  # calls of an hour: a share of fewer says nothing


def hourly(sides: Sequence[tuple[Side, Mapping[str, Any]]], form: Mapping[str, Any]) -> Figure:
    """Waits and who gives up, hour by hour."""
    named = [(side, found["by_hour"]) for side, found in sides]
    plots = [
        _by_hour("Mean wait by hour of the day", named, mean, seconds, times=True),
        _by_hour("Share who give up, by hour of the day", named, gave_up, share),
    ]
    rows = []
    for hour in _HOURS:
        having = [(side, found[hour]) for side, found in named if hour in found]
        for at, (side, waits) in enumerate(having):
            rows.append(Row(f"{hour}:00", wait_cells(waits), side, 0 if at else len(having)))
    columns = wait_columns(form["wait_limit"], "Gave up")
    table = Table("Waits by hour of the day", "Hour", columns, rows, sided=True, folded=True)
    return Figure(plots, table)


def _by_hour(
    title: str,
    named: Sequence[tuple[Side, Named]],
    value: Callable[[Mapping[str, Any]], float | None],
    written: Callable[[float], str],
    *,
    times: bool = False,
) -> Plot:
    least = _enough(named)
    series = [
        Series(side, [_at(found.get(hour), least, value) for hour in _HOURS])
        for side, found in named
    ]
    words = [f"{one.side.name}: {_worst(one, written)}" for one in series]
    few = f" Hours of fewer than {least} calls are in the table only." if least else ""
    return Plot(
        title, f"Worst hours: {'; '.join(words)}.{few}",
        upright(_HOURS, series, written, every=3, times=times), [one.side for one in series],
    )  # fmt: skip


def _enough(named: Sequence[tuple[Side, Named]]) -> int:
    """Calls below which an hour is too few to be compared; 0 where all have so few."""
    some = any(waits["calls"] >= _FEW for _, found in named for waits in found.values())
    return _FEW if some else 0


def _at(
    waits: Mapping[str, Any] | None, least: int, value: Callable[[Mapping[str, Any]], float | None]
) -> float | None:
    return None if waits is None or waits["calls"] < least else value(waits)


def _worst(one: Series, written: Callable[[float], str]) -> str:
    values = [(value, hour) for hour, value in zip(_HOURS, one.values, strict=True) if value]
    if not values:
        return "none"
    value, hour = max(values)
    return f"{hour}:00 ({written(value)})"
