"""What another policy would do otherwise: the groups of calls, the callers, and both traces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from markupsafe import escape

from ivr.tools.explain.drawing import Pen
from ivr.tools.explain.tree import tree
from ivr.tools.replay.wording import differs, treatment
from ivr.tools.report.blocks import Example, Plot, Side, Trace
from ivr.tools.report.charts import Series, across
from ivr.tools.report.texts import counted, cut, listed, moment, number, percent, printable, seconds

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

#: In the page; the JSON has all.
GROUPS: Final = 20
CALLERS: Final = 20
_BARS: Final = 10
_PEN: Final = Pen(width=72)  # of two boxes side by side

#: Of a trace: a policy of hundreds of routes has long ones. What decides stands at the end.
_FIRST: Final = 2_500
_LAST: Final = 4_000
_WORDS: Final = 400  # of a treatment


@dataclass(frozen=True, slots=True)
class Change:
    """Calls that would be treated otherwise in one way."""

    place: int
    calls: str
    share: str
    callers: str
    differs: str
    before: str
    after: str
    example: Example


@dataclass(frozen=True, slots=True)
class Touched:
    """A caller, and the changes that he would meet."""

    number: str
    line: str
    calls: str
    groups: str
    example: Example | None


@dataclass(frozen=True, slots=True)
class Changes:
    """All that is shown of them."""

    calls: str
    share: str
    callers: str
    plot: Plot | None
    groups: Sequence[Change]
    more_groups: str
    touched: Sequence[Touched]
    more_touched: str


def changes(against: Mapping[str, Any], sides: Sequence[Side]) -> Changes:
    """The part of the page that is called `against`."""
    groups, callers = against["groups"], against["by_caller"]
    return Changes(
        counted(against["calls"], "call"),
        percent(against["share"]),
        counted(against["callers"], "caller"),
        _plot(groups, sides[1]) if groups else None,
        [_change(at, group, sides) for at, group in enumerate(groups[:GROUPS], 1)],
        _more(len(groups) - GROUPS),
        [_touched(caller, sides) for caller in callers[:CALLERS]],
        _more(len(callers) - CALLERS),
    )


def _more(left: int) -> str:
    return number(left) if left > 0 else ""


def _plot(groups: Sequence[Mapping[str, Any]], side: Side) -> Plot:
    shown = groups[:_BARS]
    first = sum(group["calls"] for group in groups[:3])
    every = sum(group["calls"] for group in groups)
    labels = [f"{at}. {_brief(group)}" for at, group in enumerate(shown, 1)]
    return Plot(
        "Calls by change",
        f"The first {min(3, len(groups))} of {len(groups)} make {percent(first / every)} of them.",
        across(labels, [Series(side, [group["calls"] for group in shown])], number, wide=True),
        wide=True,
    )


def _brief(group: Mapping[str, Any]) -> str:
    """Routes if they differ, else what does."""
    before, after = group["from"]["route"] or "none", group["to"]["route"] or "none"
    return f"{before} → {after}" if before != after else f"{before}: {differs(group['differs'])}"


def _change(at: int, group: Mapping[str, Any], sides: Sequence[Side]) -> Change:
    return Change(
        at,
        counted(group["calls"], "call"),
        percent(group["share"]),
        f"of {counted(group['callers'], 'caller')}" if group["callers"] else "of nobody known",
        differs(group["differs"]),
        cut(treatment(group["from"]), _WORDS),
        cut(treatment(group["to"]), _WORDS),
        _example(group["example"], sides),
    )


def _touched(caller: Mapping[str, Any], sides: Sequence[Side]) -> Touched:
    example = caller["example"]
    groups = caller["groups"]
    told = [f"{each['group'] + 1} ({number(each['calls'])})" for each in groups[:5]]
    rest = [f"{len(groups) - 5} more"] if len(groups) > 5 else []
    return Touched(
        cut(caller["number"]),
        str(caller["line"]),
        number(caller["calls"]),
        listed([*told, *rest]),
        _example(example, sides) if example else None,
    )


def _example(example: Mapping[str, Any], sides: Sequence[Side]) -> Example:
    topic = f" about {cut(example['topic'], 40)}" if example["topic"] else ""
    waited = "" if example["wait"] is None else f" after {seconds(example['wait'])}"
    return Example(
        f"line {example['line']}: {cut(example['number'])} on {moment(example['at'])}{topic},"
        f" {example['outcome']}{waited}",
        [
            Trace(side, _trace(example[key]))
            for key, side in zip(("from", "to"), sides, strict=True)
        ],
    )


def _trace(decision: Mapping[str, Any]) -> str:
    lines = printable(tree(dict(decision), _PEN)).splitlines()
    head = list(_within(lines, _FIRST))
    rest = lines[len(head) :]
    tail = list(_within(rest[::-1], _LAST))[::-1]
    left = len(rest) - len(tail)
    between = [f"… {left} lines are left out here: the JSON has all …"] if left else []
    return "\n".join([*head, *between, *tail])


def _within(lines: Sequence[str], room: int) -> Iterator[str]:
    """As many lines as take no more room than so many bytes of the page."""
    for line in lines:
        room -= len(escape(line).encode()) + 1
        if room < 0:
            return
        yield line
