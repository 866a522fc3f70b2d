"""`ivr store reconcile`: after a change of Redis' primary, look, and open the paid line again."""

from __future__ import annotations

import time
from datetime import datetime
from typing import TYPE_CHECKING

import click

from ivr.engine.interfaces import Reconcilable, Reconciliation
from ivr.tools.callers import author_of, author_options
from ivr.tools.place import Place, RefusedExit, at_desk

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from ivr.callers.caller import Instant
    from ivr.engine.desk import Desk


@click.command()
@author_options
@click.option("--accept", is_flag=True, help="Open the paid line in spite of what is found.")
@click.pass_obj
def reconcile(place: Place, by: str, why: str, accept: bool) -> None:
    """After a change of Redis' primary: look at all there is, and open the paid line again.

    Before, bring back what may be lost: contacts from queue_log (ivr contacts import), and what
    people decided in the last minutes before the change. Reads every caller; calls go on.

    \b
    Example:
      export IVR_STORE=redis+sentinel://10.0.0.1,10.0.0.2/ivr
      ivr store reconcile --by Ronit --why "failover"
    """
    by_whom = author_of(by, why, time.time())

    async def use(desk: Desk) -> Reconciliation:
        if not isinstance(desk.store, Reconcilable):
            raise RefusedExit("this store has no servers that can change: nothing to reconcile")
        return await desk.store.reconcile(by_whom, accept=accept)

    found = at_desk(place, use)
    for line in _report(found, place.timezone):
        click.echo(line)
    if not found.opened:
        raise RefusedExit(
            "the paid line stays closed: mend what is named above (`ivr caller show` tells what is "
            "known), or run this again with --accept"
        )


def _report(found: Reconciliation, zone: ZoneInfo) -> list[str]:
    """What was found, line by line."""
    since = "" if found.doubted is None else f"; seen {_moment(found.doubted, zone)}"
    lines = [
        f"{found.servers} of the servers are new since the last reconciliation{since}",
        f"{found.callers} callers, {found.stepped} of them in the nuisance process; "
        f"{found.contacts} contacts",
        f"the newest contact ended {_moment(found.newest_contact, zone)}, the newest change by "
        f"people was made {_moment(found.newest_change, zone)}: what came after is lost",
        f"{found.repaired} entries of indices were missing, and are there again",
        *found.problems,
    ]
    if found.more:
        lines.append(f"and {found.more} more")
    if found.opened:
        lines.append("these servers are trusted from now on; the paid line is open again")
    return lines


def _moment(at: Instant | None, zone: ZoneInfo) -> str:
    return "never" if at is None else f"{datetime.fromtimestamp(at, zone):%Y-%m-%d %H:%M:%S %Z}"
