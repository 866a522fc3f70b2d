"""The nuisance process in a replay: how many callers came how far, when, and who."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from ivr.tools.replay.wording import NO_WHOLE_MONTH, STAGES
from ivr.tools.report.blocks import Column, Figure, Plot, Row, Side, Table
from ivr.tools.report.charts import Series, across
from ivr.tools.report.texts import counted, cut, listed, number

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CALLERS: Final = 20
_MONTHS: Final = 24  # columns would be too many: months are told in a cell
_EVIDENCE: Final = 6
_GRANTS: Final = 5


@dataclass(frozen=True, slots=True)
class Process:
    """One policy's."""

    side: Side
    rules: str
    figure: Figure | None
    callers: Table | None
    total: str


def process(side: Side, found: Mapping[str, Any] | None) -> Process | None:
    """None where the policy has none."""
    if found is None:
        return None
    furthest = found["furthest"]
    return Process(
        side,
        _rules(found["rules"]),
        _figure(side, furthest) if found["callers"] else None,
        _callers(found["callers"]) if found["callers"] else None,
        _come(len(found["callers"]), found["whole_months"]),
    )


def _come(callers: int, whole: Sequence[str]) -> str:
    come = f"{counted(callers, 'caller')} {'comes' if callers == 1 else 'come'} into it"
    return f"{come}." if whole else f"{come}: {NO_WHOLE_MONTH}."


def _rules(rules: Mapping[str, Any]) -> str:
    return (
        f"{counted(rules['contacts'], 'contact')} and {counted(rules['marks'], 'mark')}"
        " make a month;"
        f" {rules['before_warning']} such months before the warning,"
        f" {rules['before_notice']} more before the notice, {rules['quiet']} quiet ones clear it."
    )


def _figure(side: Side, furthest: Sequence[Mapping[str, Any]]) -> Figure:
    labels = [_stage(each) for each in furthest]
    values = [stage["callers"] for stage in furthest]
    said = [f"{number(s['callers'])} {STAGES[s['stage']]}" for s in furthest if s["callers"]]
    plot = Plot(
        "How far callers came",
        f"{'; '.join(said)}.",
        across(labels, [Series(side, values)], number),
    )
    rows = [
        Row(_stage(s), [number(s["callers"]), _reached(s["reached"])]) for s in furthest
    ]  # fmt: skip
    columns = [Column("So far, no further"), Column("First came so far on", left=True)]
    return Figure([plot], Table("Stages, the last first", "Stage", columns, rows))


def _stage(found: Mapping[str, Any]) -> str:
    return str(found["stage"]).replace("-", " ")


def _reached(reached: Mapping[str, int]) -> str:
    told = [f"{month}-01: {number(callers)}" for month, callers in list(reached.items())[-_MONTHS:]]
    more = len(reached) - _MONTHS
    return ", ".join([f"{more} earlier months", *told] if more > 0 else told)


def _callers(callers: Sequence[Mapping[str, Any]]) -> Table:
    rows = [
        Row(cut(c["number"]), [_stage(c), str(c["since"]), _months(c["months"]),
                               _granted(c["grants"])])
        for c in callers[:CALLERS]
    ]  # fmt: skip
    columns = [
        Column("Stage", left=True), Column("Since", left=True),
        Column("Contacts (marks) by month", left=True), Column("Grants", left=True),
    ]  # fmt: skip
    more = len(callers) - CALLERS
    note = f"{number(more)} more callers: the JSON has all." if more > 0 else ""
    return Table("Callers in the process, the furthest first", "Caller", columns, rows, note)


def _months(months: Sequence[Mapping[str, Any]]) -> str:
    told = [f"{m['name']}: {m['contacts']} ({m['marks']})" for m in months[-_EVIDENCE:]]
    return ", ".join(["…", *told] if len(months) > _EVIDENCE else told)


def _granted(grants: Sequence[str]) -> str:
    return cut(listed(grants[:_GRANTS])) if grants else ""
