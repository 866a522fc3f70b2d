"""What queues and agents did in a simulation, and how calls ended: from its JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ivr.tools.report.blocks import Column, Figure, Row, Side, Table
from ivr.tools.report.compared import Compared, share, shown
from ivr.tools.report.texts import cut, number, of, percent, seconds
from ivr.tools.simulate.paper import LEFT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    #: Each side with its figures.
    Sides = Sequence[tuple[Side, Mapping[str, Any]]]


def queues(sides: Sides) -> Table | None:
    """What each queue did with those who came to it, first or later."""
    compared = Compared([(side, found["in_queue"]) for side, found in sides])
    columns = [Column("Came"), Column("Mean"), *(Column(title.capitalize()) for title in LEFT)]
    rows = compared.rows(_visits)
    caption = "Who came to each queue, first or later, and how he left it"
    note = compared.left_out
    return Table(caption, "Queue", columns, rows, note, sided=True) if rows else None


def _visits(visits: Mapping[str, Any]) -> list[str]:
    calls, left = visits["calls"], visits["left"]
    ways = (sum(left.get(status, 0) for status in statuses) for statuses in LEFT.values())
    return [number(calls), seconds(visits["mean"]), *(of(way, calls) for way in ways)]


def agents(sides: Sides) -> Figure | None:
    """How busy each group was; None where no side has agents."""
    compared = Compared([(side, found["agents"]) for side, found in sides if found["agents"]])
    if not compared.names:
        return None
    rows = compared.rows(
        lambda worked: [
            number(worked["calls"]), number(worked["hours"]), number(worked["busy_hours"]),
            shown(worked["occupancy"], percent),
        ]
    )  # fmt: skip
    plot = compared.plot("Occupancy: the share of hours on duty that agents were busy",
                         lambda worked: worked["occupancy"], share)  # fmt: skip
    columns = [Column(title) for title in ("Calls", "Hours on duty", "Hours busy", "Occupancy")]
    table = Table("Agents by group", "Group", columns, rows, compared.left_out, sided=True)
    return Figure([plot], table)


def ends(sides: Sides) -> Table:
    """How many calls ended in which way."""
    names = list(dict.fromkeys(end for _, found in sides for end in found["ends"]))
    rows = [
        Row(side.name, [number(found["ends"].get(name, 0)) for name in names], side)
        for side, found in sides
    ]
    return Table("How calls ended", "Side", [Column(cut(name)) for name in names], rows)
