"""`ivr nuisance …`: the process as supervisors use it, step by step."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import click

from ivr.callers.nuisance import Rules
from ivr.engine.desk import DeskError
from ivr.engine.process import NAMES, ProcessDesk
from ivr.tools.callers import author_of
from ivr.tools.nuisance_json import case_json
from ivr.tools.nuisance_paper import case_text, due_text, situation_text
from ivr.tools.nuisance_simulate.living import Simulation, log_of
from ivr.tools.nuisance_simulate.paper import fate_json, simulation_text
from ivr.tools.place import Place, RefusedExit, UsageExit, at_desk
from ivr.tools.recorded.options import calls_options, reading

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence
    from pathlib import Path
    from typing import Any, TypeVar

    from twisted.internet.defer import Deferred

    from ivr.callers.caller import Author, Record
    from ivr.engine.desk import Desk
    from ivr.engine.process import Case, Situation

    F = TypeVar("F", bound=Callable[..., object])
    Taking = Callable[[ProcessDesk, Author], Coroutine[Deferred[Any], Any, Record]]

#: The steps by what people call them.
_STEPS: Final = {name: stage for stage, name in NAMES.items()}


@click.group()
def nuisance() -> None:
    """The nuisance process: whose step is due, on what evidence, and who took it.

    The engine proposes; a person calls the customer and confirms. NUMBER is written as dialled
    (0541111111) or with + and country code. Exit codes: 0 done, 1 refused or failed, 2 wrong usage.
    """


_number = click.argument("number")
_by = click.option("--by", required=True, help="Who did it, by name.")
_why = click.option("--why", required=True, help="Why, in one line; it is kept.")
_how = click.option("--how", required=True, help="By what means: telephone, letter, …")
_note = click.option("--note", required=True, help="What was said, in one line; it is kept.")
_step = click.option(
    "--step",
    required=True,
    type=click.Choice(tuple(_STEPS)),
    help="'warned': the first call, that explains; 'noticed': the second, that announces it.",
)
_json = click.option("--json", "as_json", is_flag=True, help="For machines.")


@nuisance.command()
@_json
@click.pass_obj
def due(place: Place, as_json: bool) -> None:
    """List whose step is due now, with the evidence to be read out to the customer.

    \b
    Example:
      ivr nuisance due --json
    """
    rules, now = _rules(place), time.time()

    async def use(desk: Desk) -> Sequence[Case]:
        return await ProcessDesk(desk, rules, place.timezone, now).due()

    cases = at_desk(place, use)
    if as_json:
        _print_json([case_json(each, now, place.timezone) for each in cases])
    else:
        click.echo(due_text(cases, rules, place.timezone))


@nuisance.command()
@_number
@_step
@_by
@_how
@_note
@click.pass_obj
def confirm(place: Place, number: str, step: str, by: str, how: str, note: str) -> None:
    """Confirm that the customer was told, if that step is due now.

    'noticed' is confirmed by somebody other than 'warned' was. A call that did not reach the
    customer is no notice: say `ivr nuisance attempted`.

    \b
    Example:
      ivr nuisance confirm 0541111111 --step warned --by Ronit --how telephone \\
        --note "explained what the line is for; he understood"
    """
    stage = _STEPS[step]
    _take(place, number, by, note, lambda desk, who: desk.confirm(number, stage, how, who))


@nuisance.command()
@_number
@_step
@_by
@_how
@_note
@click.pass_obj
def attempted(place: Place, number: str, step: str, by: str, how: str, note: str) -> None:
    """Keep a try that did not reach the customer. It is no notice: the step stays due.

    \b
    Example:
      ivr nuisance attempted 0541111111 --step warned --by Ronit --how telephone \\
        --note "no answer, three times"
    """
    stage = _STEPS[step]
    _take(place, number, by, note, lambda desk, who: desk.attempted(number, stage, how, who))


@nuisance.command()
@_number
@_by
@_why
@click.pass_obj
def appeal(place: Place, number: str, by: str, why: str) -> None:
    """Take down that the customer objects. Everything stops until somebody decides.

    \b
    Example:
      ivr nuisance appeal 0541111111 --by Ronit --why "says the line was never repaired"
    """
    _take(place, number, by, why, lambda desk, who: desk.appeal(number, who))


@nuisance.command()
@_number
@click.option("--upheld", is_flag=True, help="The customer is right: the number is clear.")
@click.option("--rejected", is_flag=True, help="The process goes on where it was.")
@_by
@_why
@click.pass_obj
def decide(place: Place, number: str, upheld: bool, rejected: bool, by: str, why: str) -> None:
    """Decide the appeal that is open.

    \b
    Example:
      ivr nuisance decide 0541111111 --upheld --by Noam --why "three faults were open all the time"
    """
    if upheld is rejected:
        raise UsageExit("say --upheld or --rejected")
    _take(place, number, by, why, lambda desk, who: desk.decide(number, who, upheld=upheld))


@nuisance.command()
@_number
@_by
@_why
@click.pass_obj
def clear(place: Place, number: str, by: str, why: str) -> None:
    """Clear NUMBER, whatever stage it is at; months count anew from the next on.

    \b
    Example:
      ivr nuisance clear 0541111111 --by Noam --why "the warning was meant for another customer"
    """
    _take(place, number, by, why, lambda desk, who: desk.clear(number, who))


@nuisance.command()
@_number
@_json
@click.pass_obj
def show(place: Place, number: str, as_json: bool) -> None:
    """Show where NUMBER stands, and its whole history with the evidence as it then was.

    \b
    Example:
      ivr nuisance show 0522222222
    """
    rules, now = _rules(place), time.time()

    async def use(desk: Desk) -> Case:
        return await ProcessDesk(desk, rules, place.timezone, now).case(number)

    case = at_desk(place, use)
    if as_json:
        _print_json(case_json(case, now, place.timezone))
    else:
        click.echo(case_text(case, rules, place.timezone))


@nuisance.command()
@calls_options
@click.option(
    "--assume",
    type=click.Choice(["marked"]),
    help="Take every answered contact as marked: logs carry no marks.",
)
@click.option(
    "--repeat",
    type=(click.IntRange(1, 60), click.Choice(["month", "months"])),
    metavar="N months",
    help="Go on for so long as if each month were the log's.",
)
@click.option("--contacts", "least", type=click.IntRange(1), help="Instead of the policy's.")
@click.option("--marks", type=click.IntRange(0), help="Instead of the policy's.")
@click.option("--no-exemptions", is_flag=True, help="Pay no regard to the mapping's vip.")
@_json
@click.pass_obj
def simulate(
    place: Place,
    calls: Path,
    mapping: Path | None,
    utc: bool,
    assume: str | None,
    repeat: tuple[int, str] | None,
    least: int | None,
    marks: int | None,
    no_exemptions: bool,
    as_json: bool,
) -> None:
    """Run the process over CALLS, a recorded log, and print who would come how far, and why.

    CALLS is Asterisk's queue_log, its CDR (csv), or any table with --mapping.
    Nothing is kept, and nobody is called: whatever is due is taken as confirmed on its first day.

    \b
    Example:
      ivr nuisance simulate calls.tsv --mapping calls.yaml --assume marked --repeat 6 months
    """
    rules = _simulated(place.rules, least, marks)
    try:
        zone, region = place.timezone, place.region
        with reading(calls, zone=zone, region=region, mapping=mapping, utc=utc) as recording:
            log = log_of(recording, zone, marked=assume is not None)
        months = repeat[0] if repeat else 0
        simulation = Simulation(log, rules, place.timezone, months, not no_exemptions)
    except DeskError as error:
        raise UsageExit(str(error)) from error
    if as_json:
        _print_json([fate_json(fate, rules) for fate in simulation.fates()])
        return
    for text in simulation_text(simulation, assume is not None):
        click.echo(text)


def _simulated(rules: Rules | None, contacts: int | None, marks: int | None) -> Rules:
    """The policy's rules, with what was given in their place."""
    if rules is None and contacts is None:
        raise UsageExit("the policy has no `nuisance:`: give --contacts, and --marks")
    base = rules or Rules(contacts or 1, contacts or 1)
    least = contacts if contacts is not None else base.contacts
    return replace(base, contacts=least, marks=min(base.marks, least) if marks is None else marks)


def _take(place: Place, number: str, by: str, why: str, take: Taking) -> None:
    """Take a step and show where the number now stands."""
    rules, now = _rules(place), time.time()
    who = author_of(by, why, now)

    async def use(desk: Desk) -> Situation:
        process = ProcessDesk(desk, rules, place.timezone, now)
        await take(process, who)
        return await process.situation(number)

    click.echo(situation_text(at_desk(place, use), rules, place.timezone))


def _rules(place: Place) -> Rules:
    if place.rules is None:
        raise RefusedExit("the policy has no `nuisance:`: say there how many contacts and marks")
    return place.rules


def _print_json(value: object) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))
