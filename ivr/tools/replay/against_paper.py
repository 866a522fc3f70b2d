"""What two policies do otherwise, on paper: a part of `ivr.tools.replay.paper`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ivr.logs.masking import WITHHELD
from ivr.tools.explain.tree import path
from ivr.tools.replay.tables import Column, more, percent, table
from ivr.tools.replay.wording import differs, treatment
from ivr.tools.texts import count

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_CALLERS: Final = 20
_GROUPS: Final = 20


def against_text(
    against: Mapping[str, Any], names: Sequence[str], *, traces: bool
) -> Iterator[str]:
    """Line by line: groups, then callers; `names` are what the policies are called."""
    yield ""
    yield f"=== {names[0]} against {names[1]}"
    if not against["calls"]:
        yield "every call is treated alike"
        return
    yield (
        f"{count(against['calls'], 'call')} ({percent(against['share'])}) of"
        f" {count(against['callers'], 'caller')} would be treated otherwise"
    )
    for number, group in enumerate(against["groups"][:_GROUPS], 1):
        yield ""
        yield from _group(number, group)
        if traces:
            yield from _traces(group["example"], names)
    if len(against["groups"]) > _GROUPS:
        yield f"{more(against['groups'], _GROUPS)}: --json has all"
    yield ""
    yield from _callers(against["by_caller"])


def _group(number: int, group: Mapping[str, Any]) -> Iterator[str]:
    example = group["example"]
    yield (
        f"{number}. {count(group['calls'], 'call')} ({percent(group['share'])}),"
        f" {count(group['callers'], 'caller')}:"
        f" differs in {differs(group['differs'])}"
    )
    yield f"  from  {treatment(group['from'])}"
    yield f"  to    {treatment(group['to'])}"
    yield f"  such as line {example['line']}: {example['number']} at {example['at'][:16]}"


def _traces(example: Mapping[str, Any], names: Sequence[str]) -> Iterator[str]:
    for side, name in zip(("from", "to"), names, strict=True):
        yield f"  {name}:"
        yield from (f"  {line}" for line in path(example[side]))


def _callers(callers: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    columns = (
        Column("caller", left=True), Column("calls"), Column("first at line"),
        Column("group: calls", left=True),
    )  # fmt: skip
    rows = [
        [
            caller["number"] or WITHHELD, str(caller["calls"]), str(caller["line"]),
            ", ".join(f"{each['group'] + 1}: {each['calls']}" for each in caller["groups"][:5]),
        ]
        for caller in callers[:_CALLERS]
    ]  # fmt: skip
    yield from table(columns, rows)
    if len(callers) > _CALLERS:
        yield f"{more(callers, _CALLERS)}: --json has all"
