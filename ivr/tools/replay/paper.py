"""A replay on paper: tables for a terminal, made from its JSON alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ivr.tools.replay.against_paper import against_text
from ivr.tools.replay.tables import Column, more, percent, place, seconds, table
from ivr.tools.replay.wording import NO_WHOLE_MONTH, STAGES, assumptions
from ivr.tools.texts import count

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ivr.tools.replay.form import Form

_ROWS: Final = 30  # of a table: a policy of hundreds of routes is read in the JSON
_CALLERS: Final = 20
_HOURS: Final = 5


def replay_text(form: Form, *, traces: bool = False) -> Iterator[str]:
    """Line by line; `traces` adds to each group what both sides looked at in its example."""
    yield from _heading(form)
    yield from _volume(form["volume"])
    for part in form["policies"]:
        yield from _policy(part, form["assumed"])
    if form["against"] is not None:
        names = [part["name"] for part in form["policies"]]
        yield from against_text(form["against"], names, traces=traces)


# --- the log ---------------------------------------------------------------------------------


def _heading(form: Form) -> Iterator[str]:
    log, volume = form["log"], form["volume"]
    if not log["calls"]:
        yield "no call to replay: look at the mapping, and at --since and --until"
        return
    ends = ", ".join(f"{n} {name}" for name, n in volume["outcomes"].items())
    first, last = (log[end][:16].replace("T", " ") for end in ("from", "to"))
    yield (
        f"{count(log['calls'], 'call')} from {first} to {last} ({_days(log)}),"
        f" of {count(log['callers'], 'caller')};"
        f" as recorded: {ends}"
    )
    yield from _notes(form)


def _days(log: Mapping[str, Any]) -> str:
    silent = log["days_without_a_call"]
    return count(log["days"], "day") + (f", {silent} of them without a call" if silent else "")


def _notes(form: Form) -> Iterator[str]:
    log, assumed = form["log"], form["assumed"]
    if log["history"]:
        yield f"{count(log['history'], 'earlier call')}: known of the callers, and not counted"
    if log["withheld"]:
        calls = count(log["withheld"], "call")
        yield f"{calls} without a caller: nothing is known of them, as if withheld"
    if log["without_topic"]:
        yield f"{count(log['without_topic'], 'call')} without a topic: no key is pressed in a menu"
    for topic, number in log["topics_unknown"].items():
        calls = count(number, "call")
        yield f"{calls} about {topic!r}, a topic unknown to the policy: no key is pressed"
    yield "assumed: " + "; ".join(assumptions(assumed))


def _volume(volume: Mapping[str, Any]) -> Iterator[str]:
    if not volume["calls"]:
        return
    yield ""
    yield f"busiest hours    {_hours(volume['busiest'])}"
    yield f"quietest hours   {_hours(volume['quietest'])}"
    waits = volume["waits"]
    yield ""
    yield from _rows("waits as recorded", "", [{"name": "all calls", **volume}], waits["limit"])
    if volume["recorded_queues"]:
        yield ""
        yield from _rows("by recorded queue", "", volume["recorded_queues"], waits["limit"])


def _hours(hours: Sequence[Mapping[str, Any]]) -> str:
    return ", ".join(
        f"{each['weekday']} {each['hour']:02}h ({each['average']:g})" for each in hours[:_HOURS]
    )


# --- a policy --------------------------------------------------------------------------------


def _policy(part: Mapping[str, Any], assumed: Mapping[str, Any]) -> Iterator[str]:
    limit = assumed["wait_limit"]
    yield ""
    yield f"=== {part['name']} (policy {part['hash']})"
    if not part["tiers"]:
        return
    yield from _rows("tier", "", part["tiers"], limit)
    yield ""
    yield from _rows("route", "(let go)", part["routes"], limit)
    yield ""
    places = [{**row, "name": place(row["action"], row["name"])} for row in part["places"]]
    yield from _rows("first place", "", places, limit)
    yield from _facts(part)
    yield from _process(part["process"])


def _facts(part: Mapping[str, Any]) -> Iterator[str]:
    yield ""
    for line, calls in part["offered"].items():
        charged = part["charged"].get(line, 0)
        yield f"paid line {line}: offered to {count(calls, 'call')}, {charged} would be charged"
    if not part["offered"]:
        yield "no call is offered a paid line"
    bugs = part["degraded"].get("bug")
    if bugs:
        yield f"{count(bugs, 'call')} degraded to regular by a mistake in a rule: please report it"
    if part["unused_routes"]:
        named = ", ".join(part["unused_routes"][:_ROWS])
        yield f"routes that no call took: {named}{more(part['unused_routes'], _ROWS)}"


def _process(process: Mapping[str, Any] | None) -> Iterator[str]:
    if process is None:
        yield "the policy has no nuisance process"
        return
    rules = process["rules"]
    yield (
        f"nuisance process ({rules['contacts']} contacts and {rules['marks']} marks a month):"
        f" {len(process['callers'])} callers come into it"
    )
    if not process["whole_months"]:
        yield f"  {NO_WHOLE_MONTH}"
    for furthest in process["furthest"]:
        if furthest["callers"]:
            when = ", ".join(f"{n} on {month}-01" for month, n in furthest["reached"].items())
            yield f"  {furthest['callers']} {STAGES[furthest['stage']]}; reached by {when}"
    for caller in process["callers"][:_CALLERS]:
        months = ", ".join(f"{m['name']}: {m['contacts']}" for m in caller["months"][-6:])
        yield f"    {caller['number']}  {caller['stage']} since {caller['since']}  ({months})"
    if len(process["callers"]) > _CALLERS:
        yield f"   {more(process['callers'], _CALLERS)}"


def _rows(title: str, unnamed: str, rows: Sequence[Mapping[str, Any]], limit: int) -> Iterator[str]:
    columns = (
        Column(title, left=True), Column("calls"), Column("share"), Column("answered"),
        Column("abandoned"), Column("mean"), Column("median"), Column("p90"),
        Column(f"over {seconds(limit)}"),
    )  # fmt: skip
    yield from table(columns, [_cells(row, unnamed) for row in rows[:_ROWS]])
    if len(rows) > _ROWS:
        yield f"  {more(rows, _ROWS)}"


def _cells(row: Mapping[str, Any], unnamed: str) -> list[str]:
    waits, outcomes = row["waits"], row["outcomes"]
    return [
        row["name"] or unnamed, str(row["calls"]), percent(row["share"]),
        str(outcomes.get("answered", 0)), str(outcomes.get("abandoned", 0)),
        seconds(waits["mean"]), seconds(waits["median"]), seconds(waits["p90"]),
        str(waits["past_limit"]),
    ]  # fmt: skip
