"""`ivr simulate`: recorded calls through a policy's queues, with so many agents."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import click

from ivr.engine.desk import DeskError
from ivr.tools.place import UsageExit
from ivr.tools.progress import bar_of
from ivr.tools.recorded.common import (
    POLICY,
    deciding_options,
    json_option,
    policy_option,
    read_policy,
    read_time,
    tell,
    write_json,
)
from ivr.tools.recorded.options import calls_options, reading
from ivr.tools.replay.replay import Assumed
from ivr.tools.report.options import html_option, write_html
from ivr.tools.simulate.arrivals import Deciding
from ivr.tools.simulate.crews import crews
from ivr.tools.simulate.given import (
    FROM_LOG,
    read_changes,
    written_staffing,
)
from ivr.tools.simulate.learned import Learner
from ivr.tools.simulate.paper import simulation_text
from ivr.tools.simulate.simulation import Side, Simulation
from ivr.tools.simulate.staffing import QueueRules, Staffing

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ivr.policy.model import Policy
    from ivr.tools.simulate.arrivals import Arrival

_VERSION: Final = 1
_MOST_DAYS: Final = 3_660  # ten years: a wrong time among them is likelier than a longer log


@click.command("simulate")
@calls_options
@policy_option
@click.option("--against", type=POLICY, metavar="PATH", help="What if this were the policy?")
@click.option(
    "--staffing",
    default=FROM_LOG,
    show_default=True,
    metavar="FILE",
    help="Who is on duty when, as YAML (docs/simulate.md); from-log: whom the log shows at work.",
)
@click.option(
    "--agents",
    "changes",
    multiple=True,
    metavar="GROUP=N",
    help="What if there were so many whenever somebody is on duty, or so many more: senior=+2?",
)
@click.option(
    "--wrap-up",
    metavar="TIME",
    help="Pause of an agent after each call [default: the staffing file's, else as in the log]",
)
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed, the same run.")
@click.option(
    "--runs", type=click.IntRange(1, 1000), default=5, show_default=True, help="How many runs."
)
@deciding_options
@json_option
@html_option
def command(
    calls: Path, mapping: Path | None, utc: bool, policy: Path, against: Path | None,
    to_json: Path | None, html: Path | None, **options: Any,
) -> None:  # fmt: skip
    """Send recorded calls through a policy's queues with so many agents, and tell who waits.

    CALLS is Asterisk's queue_log or CDR (csv), or any table with --mapping. Calls come when they
    came; how long they last and how long callers wait before they give up is learned from the log.
    Beside what is recorded and "as it is" stands "what if": another policy, or other agents. Exits
    with 1 if the policy or the staffing file has problems, with 2 if something cannot be read.

    \b
    Examples:
      ivr simulate /var/log/asterisk/queue_log --staffing staffing.yaml --agents senior=8
      ivr simulate calls.csv --mapping columns.yaml --against /tmp/new-routes --runs 20
    """
    policies = (read_policy(policy), *(() if against is None else (read_policy(against),)))
    given = (policy, *(() if against is None else (against,)))
    names = tuple(map(click.format_filename, given))
    written = written_staffing(options["staffing"], policies)
    learner, arrivals, log = _read(calls, mapping, utc=utc, policies=policies, options=options)
    staffing = _staffing(written, learner, policies, options)
    simulation = _simulation(policies, staffing, learner, arrivals, options)
    form = _form(simulation, log, names, options)
    if to_json is None or str(to_json) != "-":
        tell(simulation_text(form))
    if to_json is not None:
        write_json(to_json, json.dumps(form, indent=1, ensure_ascii=False), private=False)
    write_html(html, lambda: form)


def _read(
    calls: Path,
    mapping: Path | None,
    *,
    utc: bool,
    policies: tuple[Policy, ...],
    options: dict[str, Any],
) -> tuple[Learner, list[Arrival], str]:
    """The log, learned from and decided: the calls in order."""
    learner, zone, region = Learner(), policies[0].zone, policies[0].region
    assumed = Assumed(number=options["dialled"] or "", grant=options["vip_grant"])
    try:
        deciding = Deciding(policies, assumed)
        with reading(calls, zone=zone, region=region, mapping=mapping, utc=utc) as recording:
            arrivals = list(deciding.arrivals(learner.hear(recording)))
    except DeskError as error:
        raise UsageExit(str(error)) from error
    if not arrivals:
        raise UsageExit(f"{calls} has no call: look at the mapping")
    days = (arrivals[-1].at - arrivals[0].at) // 86_400
    if days > _MOST_DAYS:
        raise UsageExit(f"{calls} covers {days:.0f} days: look at the times, or give a part of it")
    return learner, arrivals, click.format_filename(calls.name)


def _staffing(
    written: Staffing | None, learner: Learner, policies: Sequence[Policy], options: dict[str, Any]
) -> Staffing:
    staffing = written or _seen(learner, policies)
    if options["wrap_up"] is not None:
        staffing = replace(staffing, wrap_up=read_time(options["wrap_up"]))
    served = {serves.queue for group in staffing.groups for serves in group.serves}
    lacking = {q.asterisk for p in policies for q in p.queues.values()} - served
    for queue in sorted(lacking):
        click.echo(f"no agent serves the queue {queue}: it refuses whoever comes", err=True)
    return staffing


def _seen(learner: Learner, policies: Sequence[Policy]) -> Staffing:
    groups = crews(learner.work.agents, policies)
    if not groups:
        raise UsageExit("the log names no agents: give a staffing file (docs/simulate.md)")
    served = {serves.queue for group in groups for serves in group.serves}
    always = QueueRules(joinempty=True, leavewhenempty=False)
    return Staffing(groups, dict.fromkeys(served, always))


def _simulation(
    policies: Sequence[Policy],
    staffing: Staffing,
    learner: Learner,
    arrivals: Sequence[Arrival],
    options: dict[str, Any],
) -> Simulation:
    changes = read_changes(options["changes"], [group.name for group in staffing.groups])
    sides = [Side("as_it_is", policies[0], 0)]
    if changes or len(policies) > 1:
        sides.append(Side("what_if", policies[-1], len(policies) - 1, changes))
    try:
        learned = learner.learned(gaps=staffing.wrap_up is None)
    except ValueError as error:
        raise UsageExit("no call of the log tells how long it lasted: look at 'talk'") from error
    return Simulation(
        arrivals, learned, staffing, sides, policies[0].zone, options["seed"], options["runs"],
        read_time(options["wait_limit"]),
    )  # fmt: skip


# --- what comes of it ------------------------------------------------------------------------


def _form(
    simulation: Simulation, log: str, names: Sequence[str], options: dict[str, Any]
) -> dict[str, Any]:
    """Every figure, as JSON has it."""
    runs, sides = simulation.runs, simulation.sides
    figures: dict[str, Any] = {"recorded": simulation.recorded(), "what_if": None}
    calls = len(simulation.arrivals) - simulation.left_before()
    with bar_of(calls * runs * len(sides), "simulating") as shown:
        for side in sides:
            figures[side.name] = simulation.simulated(side, shown.update)
    return {
        "version": _VERSION,
        "log": {"file": log, **_log(simulation)},
        "policies": list(names),
        "staffing": options["staffing"],
        "changes": list(options["changes"]),
        "wait_limit": simulation.limit,
        "wrap_up": simulation.staffing.wrap_up,
        "seed": simulation.seed,
        "runs": runs,
        "learned": simulation.learned.as_json(),
        **figures,
    }


def _log(simulation: Simulation) -> dict[str, Any]:
    first, last = simulation.arrivals[0].at, simulation.arrivals[-1].at
    return {
        "calls": len(simulation.arrivals),
        "left_before": simulation.left_before(),
        "from": datetime.fromtimestamp(first, simulation.zone).isoformat(),
        "to": datetime.fromtimestamp(last, simulation.zone).isoformat(),
    }
