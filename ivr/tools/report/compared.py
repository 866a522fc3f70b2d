"""Names with figures on several sides, as one table and plots: tiers, routes, queues."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from ivr.tools.report.blocks import Column, Plot, Row, Side
from ivr.tools.report.charts import Series, across
from ivr.tools.report.texts import NONE, cut, number, of, percent, seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    #: What a side has under each name.
    Named: TypeAlias = Mapping[str, Mapping[str, Any]]
    Value: TypeAlias = Callable[[Mapping[str, Any]], float | None]

#: Names in a table, and in a plot: a policy of hundreds of routes is read in the JSON.
ROWS: Final = 30
BARS: Final = 10


@dataclass(frozen=True, slots=True)
class Compared:
    """The names, those with most calls first, and what each side has of them."""

    sides: Sequence[tuple[Side, Named]]

    @property
    def names(self) -> list[str]:
        """All of them; of two with as many calls, the first named."""
        found = dict.fromkeys(name for _, named in self.sides for name in named)
        return sorted(found, key=lambda name: -max(self._calls(name)))

    def _calls(self, name: str) -> Iterable[float]:
        return (named[name]["calls"] for _, named in self.sides if name in named)

    def rows(self, cells: Callable[[Mapping[str, Any]], Sequence[str]]) -> list[Row]:
        """Of each name a row for each side that has it."""
        rows = []
        for name in self.names[:ROWS]:
            having = [(side, named[name]) for side, named in self.sides if name in named]
            for at, (side, found) in enumerate(having):
                rows.append(Row(cut(name), cells(found), side, 0 if at else len(having)))
        return rows

    def series(self, value: Value) -> list[Series]:
        """The bars of the first names: one that a side has not is none."""
        names = self.names[:BARS]
        return [
            Series(side, [value(named[name]) if name in named else None for name in names])
            for side, named in self.sides
        ]

    def plot(
        self,
        title: str,
        value: Value,
        written: Callable[[float], str],
        *,
        times: bool = False,
    ) -> Plot:
        """Bars of each name, and the first of them in words."""
        series = self.series(value)
        names = self.names
        said = [_said(name, [one.values[at] for one in series], written) for at, name in
                enumerate(names[: min(3, BARS)])]  # fmt: skip
        rest = f"; the first {BARS} of {len(names)}" if len(names) > BARS else ""
        return Plot(
            title,
            f"{'; '.join(said)}{rest}.",
            across(names[:BARS], series, written, times=times),
            [side for side, _ in self.sides] if len(self.sides) > 1 else (),
        )

    @property
    def left_out(self) -> str:
        """What the table does not show."""
        more = len(self.names) - ROWS
        return f"{number(more)} more with fewer calls: the JSON has all." if more > 0 else ""

    @property
    def sided(self) -> bool:
        """Whether rows need to say whose they are."""
        return len(self.sides) > 1


def _said(name: str, values: Sequence[float | None], written: Callable[[float], str]) -> str:
    told = [NOTHING if value is None else written(value) for value in values]
    return f"{cut(name, 40)} {' → '.join(told)}"


NOTHING: Final = "none"


# --- waits -----------------------------------------------------------------------------------


def wait_columns(limit: float, gave_up: str) -> list[Column]:
    """Columns of how a group of callers fared."""
    titles = ("Calls", "Answered", gave_up, "Mean", "Median", "9 in 10", "Longest",
              f"Past {seconds(limit)}")  # fmt: skip
    return [Column(title) for title in titles]


def wait_cells(waits: Mapping[str, Any]) -> list[str]:
    """The cells of these columns."""
    calls = waits["calls"]
    return [
        number(calls), of(waits["answered"], calls), of(waits["abandoned"], calls),
        *(seconds(waits[each]) for each in ("mean", "median", "p90", "longest")),
        of(waits["past_limit"], calls),
    ]  # fmt: skip


def past(waits: Mapping[str, Any]) -> float | None:
    """The share of calls that waited longer than the limit."""
    return waits["past_limit"] / waits["calls"] if waits["calls"] else None


def gave_up(waits: Mapping[str, Any]) -> float | None:
    """The share of callers who gave up."""
    return waits["abandoned"] / waits["calls"] if waits["calls"] else None


def nine_in_ten(waits: Mapping[str, Any]) -> float | None:
    """Seconds that nine in ten did not wait longer than."""
    found: float | None = waits["p90"]
    return found


def mean(waits: Mapping[str, Any]) -> float | None:
    """Seconds."""
    found: float | None = waits["mean"]
    return found


def share(amount: float) -> str:
    """As a share is written in plots."""
    return percent(amount)


def shown(amount: float | None, written: Callable[[float], str]) -> str:
    """A figure that there may not be."""
    return NONE if amount is None else written(amount)
