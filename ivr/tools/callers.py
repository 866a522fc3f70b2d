"""`ivr caller …`: what people decide about a number, and what is known of it."""

from __future__ import annotations

import json
import os
import pwd
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from ivr.callers.changes import CloseCase, Release, RemoveMark, RevokeGrant, SetShared
from ivr.engine.desk import MARKS, Desk, DeskError, author
from ivr.engine.windows import reach
from ivr.tools.caller_import import Import
from ivr.tools.caller_json import caller_json, history_json
from ivr.tools.caller_paper import caller_text, record_text
from ivr.tools.moments import parse_until
from ivr.tools.place import Place, RefusedExit, UsageExit, at_desk
from ivr.tools.printing import name_skipped
from ivr.tools.progress import bar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ivr.callers.caller import Author, Instant
    from ivr.callers.changes import Change

F = TypeVar("F", bound="Callable[..., object]")

#: Seconds between two batches of an import: more than twice the engine's 2 ms between its tries.
_BREATH = 0.005


def os_user(uid: int, environ: Mapping[str, str]) -> str:
    """The account that runs the command, and who came to it by sudo."""
    try:
        name = pwd.getpwuid(uid).pw_name
    except KeyError:
        name = f"uid {uid}"
    behind = environ.get("SUDO_USER", "")
    return f"{name}, sudo by {behind}" if behind and behind != name else name


@click.group()
def caller() -> None:
    """Show and change what is known of a caller.

    NUMBER is written as dialled (0541111111) or with + and country code. Each change keeps who
    made it (--by), why (--why), when, and the account that ran the command. Exit codes: 0 done,
    1 refused or failed, 2 wrong usage.
    """


def author_options(command: F) -> F:
    """Who runs a command, and why."""
    why = click.option("--why", required=True, help="Why, in one line; it is kept.")(command)
    return click.option("--by", required=True, help="Who decides this, by name.")(why)


_number = click.argument("number")
_until = click.option(
    "--until",
    metavar="DATE",
    help="When it ends, in the policy's time zone: 2027-05-12 (that whole day still counts) "
    "or 2027-05-12T18:00. Without it: without end.",
)


def author_of(by: str, why: str, now: Instant) -> Author:
    """Who runs a command, and why. Raises `UsageExit`."""
    try:
        return author(by, why, os_user(os.getuid(), os.environ), now)
    except DeskError as error:
        raise UsageExit(str(error)) from error


def _change(place: Place, number: str, by: str, why: str, build: Callable[[Desk], Change]) -> None:
    """Make a change and show what is now known."""
    now = time.time()
    by_whom = author_of(by, why, now)

    async def use(desk: Desk) -> str:
        record = await desk.change(number, build(desk), by_whom)
        return record_text(desk.number(number), record, now, place.timezone)

    click.echo(at_desk(place, use))


def _end(place: Place, until: str | None) -> Instant | None:
    return None if until is None else parse_until(until, place.timezone)


@caller.command()
@_number
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@click.pass_obj
def show(place: Place, number: str, as_json: bool) -> None:
    """Show what a decision would know of NUMBER now.

    \b
    Example:
      ivr caller show 0541111111 --json
    """
    now = time.time()
    zone = place.timezone
    found = at_desk(place, lambda desk: desk.caller(number, reach(zone, now)))
    if as_json:
        _print_json(caller_json(found, now, zone, place.rules))
    else:
        click.echo(caller_text(found, now, zone, place.rules))


@caller.command("grant-vip")
@_number
@click.option("--grant", metavar="NAME", help="Which one, if the policy declares several.")
@author_options
@_until
@click.pass_obj
def grant_vip(
    place: Place, number: str, grant: str | None, by: str, why: str, until: str | None
) -> None:
    """Give NUMBER a grant, or renew it: the newest --until counts.

    \b
    Example:
      ivr caller grant-vip 0541111111 --by Ronit --why "20 years" --until 2027-05-12
    """
    _change(place, number, by, why, lambda desk: desk.give_grant(grant, _end(place, until)))


@caller.command("revoke-vip")
@_number
@click.option("--grant", metavar="NAME", help="Which one; without it, all that NUMBER has.")
@author_options
@click.pass_obj
def revoke_vip(place: Place, number: str, grant: str | None, by: str, why: str) -> None:
    """Take back a grant of NUMBER.

    \b
    Example:
      ivr caller revoke-vip 0541111111 --by Ronit --why "moved abroad"
    """
    _change(place, number, by, why, lambda _: RevokeGrant(grant))


@caller.command("open-case")
@_number
@click.option("--topic", metavar="TOPIC", help="A topic of the policy; without it, any.")
@click.option("--complex", "is_complex", is_flag=True, help="Ordinary agents will not solve it.")
@author_options
@click.pass_obj
def open_case(
    place: Place, number: str, topic: str | None, is_complex: bool, by: str, why: str
) -> None:
    """Open a case for NUMBER; its id is shown.

    \b
    Example:
      ivr caller open-case 0541111111 --topic fault --complex --by Ronit --why "third visit"
    """
    _change(place, number, by, why, lambda desk: desk.open_case(topic, complex_=is_complex))


@caller.command("close-case")
@_number
@click.option("--case", metavar="ID", help="Which one, if NUMBER has several.")
@author_options
@click.pass_obj
def close_case(place: Place, number: str, case: str | None, by: str, why: str) -> None:
    """Close a case of NUMBER.

    \b
    Example:
      ivr caller close-case 0541111111 --case 7KQ2MD --by Ronit --why "line was changed"
    """
    _change(place, number, by, why, lambda _: CloseCase(case))


@caller.command()
@_number
@click.argument("kind", type=click.Choice(MARKS))
@author_options
@_until
@click.pass_obj
def mark(place: Place, number: str, kind: str, by: str, why: str, until: str | None) -> None:
    """Mark NUMBER. A nuisance mark opens observation, and no more.

    \b
    Example:
      ivr caller mark 0522222222 nuisance --by Ronit --why "said by two agents"
    """
    _change(place, number, by, why, lambda desk: desk.set_mark(kind, _end(place, until)))


@caller.command()
@_number
@click.argument("kind", type=click.Choice(MARKS))
@author_options
@click.pass_obj
def unmark(place: Place, number: str, kind: str, by: str, why: str) -> None:
    """Take back a mark of NUMBER.

    \b
    Example:
      ivr caller unmark 0522222222 nuisance --by Ronit --why "was another caller"
    """
    _change(place, number, by, why, lambda _: RemoveMark(kind))


@caller.command()
@_number
@click.option("--no", "no_longer", is_flag=True, help="It is no longer shared.")
@author_options
@click.pass_obj
def shared(place: Place, number: str, no_longer: bool, by: str, why: str) -> None:
    """Say that several people call from NUMBER (a switchboard, a family).

    \b
    Example:
      ivr caller shared 031234567 --by Ronit --why "a clinic"
    """
    _change(place, number, by, why, lambda _: SetShared(not no_longer))


@caller.command()
@_number
@author_options
@click.pass_obj
def release(place: Place, number: str, by: str, why: str) -> None:
    """Say that NUMBER has a new owner: grants, cases and marks end, contacts start from nothing.

    What was known of the owner before is kept apart, and `export` shows it.

    \b
    Example:
      ivr caller release 0522222222 --by Ronit --why "given to a new customer"
    """
    _change(place, number, by, why, lambda _: Release())


@caller.command()
@_number
@click.pass_obj
def export(place: Place, number: str) -> None:
    """Print all that is known of NUMBER as JSON, over all its owners.

    \b
    Example:
      ivr caller export 0541111111 > request-of-access.json
    """
    history = at_desk(place, lambda desk: desk.history(number))
    _print_json(history_json(history, time.time(), place.timezone))


@caller.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@author_options
@click.pass_obj
def import_(place: Place, file: Path, by: str, why: str) -> None:
    """Make many changes from FILE, a CSV file in UTF-8 whose first line names its columns.

    \b
    number   as dialled, or with + and country code (needed)
    change   grant-vip, revoke-vip, open-case, close-case, mark, unmark,
             shared, not-shared or release (needed)
    grant    for grant-vip and revoke-vip, as --grant
    topic    for open-case, as --topic
    complex  for open-case: yes or no
    case     for close-case, as --case
    mark     for mark and unmark: nuisance
    until    for grant-vip and mark, as --until
    \b
    A bad row is named and skipped; then the exit code is 1.
    \b
    Example:
      ivr caller import callers.csv --by Ronit --why "from the old system"
    """
    by_whom = author_of(by, why, time.time())

    async def use(desk: Desk) -> Import:
        work = Import(desk, place.timezone, partial(name_skipped, file), breathe)
        with file.open("rb") as source, bar(file) as shown_bar:
            await work.run(source, by_whom, lambda at: shown_bar.update(at - shown_bar.pos))
        return work

    work = at_desk(place, use)
    click.echo(f"{work.made} changes made, {work.skipped} rows skipped")
    if work.skipped:
        sys.exit(RefusedExit.exit_code)


def breathe() -> None:
    """Let others write to the store."""
    time.sleep(_BREATH)


def _print_json(value: object) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))
