"""A simulation on paper: tables for a terminal, made from its JSON alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ivr.tools.replay.tables import Column, percent, seconds, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

#: What the sides are called on paper.
TITLES: Final = {"recorded": "recorded", "as_it_is": "as it is", "what_if": "what if"}

_ROWS: Final = 40  # of a table: more is read in the JSON

#: How callers leave a queue, on paper, and what Asterisk calls it.
LEFT: Final = {
    "answered": ("ANSWERED",),
    "gave up": ("ABANDONED",),
    "time up": ("TIMEOUT",),
    "refused": ("JOINEMPTY", "FULL"),
    "sent on": ("LEAVEEMPTY",),
}


def simulation_text(form: Mapping[str, Any]) -> Iterator[str]:
    """Line by line."""
    sides = {key: form[key] for key in TITLES if form[key] is not None}
    yield from _heading(form)
    yield ""
    yield from _waits("", {"all callers": _each(sides, "all")}, form)
    for title, part in (("queue", "by_queue"), ("tier", "by_tier")):
        yield ""
        yield from _waits(title, _by_name(sides, part), form)
    if len(_by_name(sides, "by_queue")) > 1 < len(_by_name(sides, "by_tier")):
        yield ""
        yield from _waits("queue, tier", _by_queue_and_tier(sides), form)
    yield from _in_queue(sides)
    yield from _agents(sides)
    yield from _ends(sides)
    yield from _spread(sides, form["runs"])


def _heading(form: Mapping[str, Any]) -> Iterator[str]:
    log, learned = form["log"], form["learned"]
    yield (
        f"{log['calls']} calls from {log['from'][:16].replace('T', ' ')} to"
        f" {log['to'][:16].replace('T', ' ')}; {log['left_before']} of them left before a queue"
    )
    yield f"as it is   {form['policies'][0]}, agents: {form['staffing']}"
    if form["what_if"] is not None:
        changes = ", ".join(form["changes"])
        yield f"what if    {form['policies'][-1]}{', agents: ' if changes else ''}{changes}"
    yield f"patience   {'; '.join(_patience(learned['patience']))}"
    yield f"talk       mean {seconds(learned['talk']['all']['mean'])}"
    gap = learned["gap"]
    if gap is None:
        yield f"between    {seconds(form['wrap_up'] or 0)} after each call"
    else:
        yield f"between    median {_median(gap)} to the next call while callers wait, as in the log"
    yield f"runs       {form['runs']}, seed {form['seed']}"


def _patience(patience: Mapping[str, Any]) -> Iterator[str]:
    for name, found in patience.items():
        yield f"{name}: half of them wait {_median(found)} ({found['events']} gave up)"


def _median(found: Mapping[str, Any]) -> str:
    return "for ever" if found["median"] is None else seconds(found["median"])


def _each(sides: Mapping[str, Any], part: str) -> dict[str, Any]:
    return {key: side[part] for key, side in sides.items()}


def _by_name(sides: Mapping[str, Any], part: str) -> dict[str, dict[str, Any]]:
    names = dict.fromkeys(name for side in sides.values() for name in side[part])
    return {
        name: {key: side[part][name] for key, side in sides.items() if name in side[part]}
        for name in names
    }


def _by_queue_and_tier(sides: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for key, side in sides.items():
        for queue, tiers in side["by_queue_and_tier"].items():
            for tier, waits in tiers.items():
                found.setdefault(f"{queue}, {tier}", {})[key] = waits
    return found


def _waits(
    title: str, rows: Mapping[str, Mapping[str, Any]], form: Mapping[str, Any]
) -> Iterator[str]:
    past = f"past {seconds(form['wait_limit'])}"
    titles = ("calls", "mean", "median", "p90", "longest", "gave up", past)
    columns = [Column(title, left=True), Column("", left=True), *map(Column, titles)]
    cells = []
    for name, sides in list(rows.items())[:_ROWS]:
        for number, (key, waits) in enumerate(sides.items()):
            cells.append(["" if number else name, TITLES[key], *_figures(waits)])
    yield from table(columns, cells)
    if len(rows) > _ROWS:
        yield f"… and {len(rows) - _ROWS} more: --json has them all"


def _figures(waits: Mapping[str, Any]) -> Sequence[str]:
    calls = waits["calls"]
    times = [seconds(waits[each]) for each in ("mean", "median", "p90", "longest")]
    shares = [_share(waits[each], calls) for each in ("abandoned", "past_limit")]
    return (f"{calls:.0f}", *times, *shares)


def _share(part: float, whole: float) -> str:
    return percent(part / whole) if whole else "-"


def _in_queue(sides: Mapping[str, Any]) -> Iterator[str]:
    """What each queue did with those who came to it."""
    found = _by_name({key: side for key, side in sides.items() if side["in_queue"]}, "in_queue")
    if not found:
        return
    yield ""
    columns = [Column("in the queue", left=True), Column("", left=True), Column("came")]
    cells = []
    for queue, visits in list(found.items())[:_ROWS]:
        for number, (key, each) in enumerate(visits.items()):
            left = [f"{sum(each['left'].get(one, 0) for one in how):.0f}" for how in LEFT.values()]
            row = ["" if number else queue, TITLES[key], f"{each['calls']:.0f}"]
            cells.append([*row, seconds(each["mean"]), *left])
    yield from table([*columns, *map(Column, ("mean", *LEFT))], cells)


def _agents(sides: Mapping[str, Any]) -> Iterator[str]:
    names = {key: side for key, side in sides.items() if side["agents"]}
    yield ""
    columns = [Column("agents", left=True), Column("", left=True)]
    columns += list(map(Column, ("hours", "calls", "occupancy")))
    cells = []
    for group, found in list(_by_name(names, "agents").items())[:_ROWS]:
        for number, (key, worked) in enumerate(found.items()):
            busy = "-" if worked["occupancy"] is None else percent(worked["occupancy"])
            cells.append(["" if number else group, TITLES[key], f"{worked['hours']:.1f}",
                          f"{worked['calls']:.0f}", busy])  # fmt: skip
    yield from table(columns, cells)


def _ends(sides: Mapping[str, Any]) -> Iterator[str]:
    yield ""
    for key, side in sides.items():
        told = ", ".join(f"{n:.0f} {end}" for end, n in side["ends"].items())
        yield f"{TITLES[key]:<9}  {told}"


def _spread(sides: Mapping[str, Any], runs: int) -> Iterator[str]:
    for key, side in sides.items():
        if "least" in side and side["all"]["calls"]:
            low, high = side["least"]["all"], side["most"]["all"]
            yield (
                f"{TITLES[key]}: over {runs} runs mean {seconds(low['mean'])} to"
                f" {seconds(high['mean'])}, p90 {seconds(low['p90'])} to {seconds(high['p90'])},"
                f" {low['abandoned']:.0f} to {high['abandoned']:.0f} gave up"
            )
