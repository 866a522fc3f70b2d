"""What a replay read, and what is seen first of it: from its JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from ivr.tools.report.blocks import Side, Tile
from ivr.tools.report.compared import past
from ivr.tools.report.texts import NONE, counted, cut, listed, moment, number, percent, seconds

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_TOPICS: Final = 20
_UNUSED: Final = 60
_READ: Final = {
    "rows": "read",
    "left_out": "left out by the mapping",
    "skipped": "skipped as unreadable",
}


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy as it was read, and what it did besides placing calls."""

    side: Side
    hash: str
    dialled: str
    grant: str
    degraded: Sequence[str]
    unused: str


def tiles(form: Mapping[str, Any]) -> Iterator[Tile]:
    """What is seen first."""
    log, volume, against = form["log"], form["volume"], form["against"]
    waits = volume["waits"]
    if against is not None:
        callers = f"of {counted(against['callers'], 'caller')}"
        yield Tile(
            f"{number(against['calls'])}", "calls treated otherwise",
            f"{percent(against['share'])}, {callers}", loud=bool(against["calls"]),
        )  # fmt: skip
    yield Tile(number(log["calls"]), "calls", f"of {counted(log['callers'], 'caller')}")
    abandoned = volume["outcomes"].get("abandoned", 0)
    yield Tile(percent(abandoned / log["calls"]), "abandoned", f"{number(abandoned)} as recorded")
    yield Tile(
        seconds(waits["p90"]), "nine in ten waited no longer", f"median {seconds(waits['median'])}"
    )
    late = past(waits)
    yield Tile(
        number(waits["past_limit"]), f"waited longer than {seconds(waits['limit'])}",
        NONE if late is None else f"{percent(late)} of those who came to a queue",
    )  # fmt: skip


def facts(log: Mapping[str, Any], assumed: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What there was in the log."""
    yield "File", cut(log["file"])
    yield "Form", cut(log.get("form", NONE))
    yield "Rows", _rows(log)
    silent = log["days_without_a_call"]
    quiet = f", {number(silent)} of them without a call" if silent else ""
    yield (
        "Span",
        f"{moment(log['from'])} to {moment(log['to'])}; {counted(log['days'], 'day')}{quiet}",
    )
    yield "Calls", number(log["calls"])
    if log["history"]:
        yield "History", f"{number(log['history'])} earlier calls: known, and not counted"
    yield "Callers", number(log["callers"])
    yield "Without a caller", f"{number(log['withheld'])} calls: nothing is known of them"
    yield "Calls of VIPs", number(log["vip_calls"])
    yield "Without a topic", f"{number(log['without_topic'])} calls: no key is pressed in a menu"
    topics = log["topics_unknown"]
    if topics:
        yield "Topics unknown to the policy", _topics(topics)
    yield "Wait limit", seconds(assumed["wait_limit"])


def _rows(log: Mapping[str, Any]) -> str:
    told = [f"{number(log[key])} {what}" for key, what in _READ.items() if key in log]
    return ", ".join(told) or NONE


def _topics(topics: Mapping[str, int]) -> str:
    told = [f"{cut(topic, 40)} {number(n)}" for topic, n in list(topics.items())[:_TOPICS]]
    more = len(topics) - _TOPICS
    return ", ".join([*told, f"{number(more)} more topics"] if more > 0 else told)


def policy(side: Side, part: Mapping[str, Any]) -> Policy:
    """A policy as the page names it."""
    unused = [cut(name, 40) for name in part["unused_routes"]]
    more = len(unused) - _UNUSED
    shown = [*unused[:_UNUSED], f"{number(more)} more"] if more > 0 else unused
    return Policy(
        side,
        cut(part["hash"]),
        cut(part["dialled"] or "as the log tells"),
        cut(part["vip_grant"] or NONE),
        [f"{cut(why, 40)}: {number(n)}" for why, n in part["degraded"].items()][:_TOPICS],
        listed(shown) if shown else "",
    )
