"""`ivr contact …` and `ivr contacts …`: what agents add to contacts, and the ledger's upkeep."""

from __future__ import annotations

import json
import sys
import time
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from ivr.engine.desk import DeskError, told
from ivr.engine.housekeeping import retirement
from ivr.engine.interfaces import Annotation
from ivr.engine.windows import local_day
from ivr.tools.caller_json import contact_json
from ivr.tools.callers import author_of, breathe
from ivr.tools.contacts_import import ContactsImport
from ivr.tools.moments import shown
from ivr.tools.place import Place, RefusedExit, UsageExit, at_desk
from ivr.tools.printing import name_skipped
from ivr.tools.progress import bar

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

    from ivr.callers.contacts import Contact
    from ivr.engine.desk import Desk

#: Characters of a note, and of a disposition (the operator's own short word for how it ended).
_LONGEST_NOTE: Final = 2000
_LONGEST_DISPOSITION: Final = 60
#: Days to look back: a hundred years, which is all there is.
_FURTHEST: Final = 36_500


@click.group()
def contact() -> None:
    """What agents say of a contact: a note, that it was not to the point, which case it was about.

    CONTACT is the id that `ivr contact list NUMBER` shows. Each word is kept with who said it and
    when. Exit codes: 0 done, 1 refused or failed, 2 wrong usage.
    """


@click.group()
def contacts() -> None:
    """Look after the ledger of contacts: fill what an outage left out, remove what is too old."""


_id = click.argument("id_", metavar="CONTACT")
_by = click.option("--by", required=True, help="The agent, by name.")
_why = click.option("--why", required=True, help="Why, in one line; it is kept.")
_json = click.option("--json", "as_json", is_flag=True, help="For machines.")


@contact.command("list")
@click.argument("number")
@click.option("--last", type=click.IntRange(1), default=10, show_default=True, help="How many.")
@_json
@click.pass_obj
def list_(place: Place, number: str, last: int, as_json: bool) -> None:
    """List the last contacts of NUMBER with their ids, the latest first.

    \b
    Example:
      ivr contact list 0541111111 --last 5
    """
    zone = place.timezone
    found = at_desk(place, lambda desk: desk.history(number)).contacts[: -last - 1 : -1]
    if as_json:
        click.echo(_json_text([contact_json(each, zone) for each in found]))
    else:
        click.echo("\n".join(contact_text(each, zone) for each in found) or "no contacts")


@contact.command()
@_id
@click.argument("text")
@_by
@click.option("--disposition", metavar="WORD", help="How it ended, in the words of your desk.")
@click.pass_obj
def note(place: Place, id_: str, text: str, by: str, disposition: str | None) -> None:
    """Leave the note TEXT on CONTACT; it takes the place of the note before.

    \b
    Example:
      ivr contact note 1700000000.17/Kd82mQ/pbx1 "router replaced, works" --by Dana
    """
    said = Annotation(
        note=_within("the note", text, _LONGEST_NOTE),
        disposition=None
        if disposition is None
        else _within("--disposition", disposition, _LONGEST_DISPOSITION),
    )
    _annotate(place, id_, said, by, "a note")


@contact.command()
@_id
@_by
@_why
@click.option("--undo", is_flag=True, help="Take the mark back.")
@click.pass_obj
def mark(place: Place, id_: str, by: str, why: str, undo: bool) -> None:
    """Mark CONTACT as not to the point. It can count in the nuisance process with such marks only.

    \b
    Example:
      ivr contact mark 1700000000.17/Kd82mQ/pbx1 --by Dana --why "asked what day it is"
    """
    _annotate(place, id_, Annotation(marked=not undo), by, why)


@contact.command()
@_id
@click.argument("case", required=False)
@click.option("--none", "about_none", is_flag=True, help="It was about no case.")
@_by
@_why
@click.pass_obj
def about(place: Place, id_: str, case: str | None, about_none: bool, by: str, why: str) -> None:
    """Say which CASE a contact was about: the agent's word against the ledger's guess.

    \b
    Example:
      ivr contact about 1700000000.17/Kd82mQ/pbx1 K7F3QX --by Dana --why "the same fault again"
    """
    if (case is None) is not about_none:
        raise UsageExit("say the case's id, or --none")
    _annotate(place, id_, Annotation(case=case or ""), by, why)


@contact.command()
@click.option(
    "--days",
    type=click.IntRange(1, _FURTHEST),
    default=30,
    show_default=True,
    help="How far back.",
)
@_json
@click.pass_obj
def undocumented(place: Place, days: int, as_json: bool) -> None:
    """Count answered contacts without a note, by queue: the group of agents that took them.

    \b
    Example:
      ivr contact undocumented --days 7
    """
    since = local_day(place.timezone, time.time()) - timedelta(days=days - 1)

    async def use(desk: Desk) -> Sequence[tuple[str, int, int]]:
        return await desk.store.undocumented(since)

    found = at_desk(place, use)
    if as_json:
        rows = [{"queue": q or None, "answered": n, "without_note": bare} for q, n, bare in found]
        click.echo(_json_text(rows))
    else:
        click.echo(undocumented_text(found, f"since {since}"))


@contacts.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--system", required=True, help="systemname of the Asterisk that wrote FILE.")
@click.option("--dry-run", is_flag=True, help="Only tell what would be kept.")
@click.pass_obj
def import_(place: Place, file: Path, system: str, dry_run: bool) -> None:
    """Fill what is missing after an outage from FILE, Asterisk's queue_log.

    What the ledger knows is not told twice: import a whole file, as often as you like, beside a
    running engine. A damaged line is named and skipped; then the exit code is 1.

    \b
    Example:
      ivr contacts import /var/log/asterisk/queue_log --system pbx1 --dry-run
    """

    async def use(desk: Desk) -> ContactsImport:
        work = ContactsImport(
            desk.store,
            place.timezone,
            place.rules,
            system,
            partial(name_skipped, file),
            breathe,
            dry_run,
        )
        with file.open("rb") as source, bar(file) as seen:
            await work.run(source, lambda at: seen.update(at - seen.pos))
        return work

    work = at_desk(place, use)
    verb = "would be kept" if dry_run else "kept"
    click.echo(
        f"{work.new} contacts {verb} ({work.withheld} without a number), {work.known} known"
        f" already, {work.skipped} lines skipped"
    )
    if work.skipped:
        sys.exit(RefusedExit.exit_code)


@contacts.command()
@click.pass_obj
def retire(place: Place) -> None:
    """Remove contacts older than the policy's retention; what they add up to stays.

    Contacts of a number in whose nuisance process people have taken a step are evidence: they stay
    for three years.

    \b
    Example:
      ivr contacts retire
    """
    if place.retention_days is None:
        raise RefusedExit("the policy has no retention: say there how many days contacts are kept")
    today = local_day(place.timezone, time.time())
    since, keep = retirement(today, place.retention_days)

    async def use(desk: Desk) -> int:
        return await desk.store.retire(since, keep)

    click.echo(f"{at_desk(place, use)} contacts from before {since} removed")


def _annotate(place: Place, id_: str, said: Annotation, by: str, why: str) -> None:
    who = author_of(by, why, time.time())

    async def use(desk: Desk) -> Contact:
        return await desk.store.annotate(id_, said, who)

    click.echo(contact_text(at_desk(place, use), place.timezone))


def contact_text(contact: Contact, zone: ZoneInfo) -> str:
    """A contact on paper: its id, what it was, and what agents said of it."""
    where = ", ".join(part for part in (contact.queue, contact.agent, contact.topic) if part)
    lines = [
        contact.id,
        f"  {shown(contact.started, zone)} {contact.outcome.value}{f' ({where})' if where else ''}",
    ]
    lines += [f"  about case {contact.case}"] if contact.case else []
    lines += [f"  not to the point, says {contact.marked_by}"] if contact.marked_by else []
    said = ": ".join(part for part in (contact.disposition, contact.note) if part)
    return "\n".join([*lines, *([f"  note: {said}"] if said else [])])


def undocumented_text(found: Sequence[tuple[str, int, int]], since: str) -> str:
    """By queue, on paper."""
    if not found:
        return f"no answered contacts {since}"
    return "\n".join(
        f"{queue or 'no queue'}: {bare} of {answered} answered contacts {since} without a note"
        for queue, answered, bare in found
    )


def _within(what: str, text: str, longest: int) -> str:
    try:
        return told(what, text, longest)
    except DeskError as error:
        raise UsageExit(str(error)) from error


def _json_text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)
