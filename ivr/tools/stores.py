"""`ivr store …`: what is done with a store as a whole, while the engine runs."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

import click

from ivr.engine.interfaces import StoreError
from ivr.store import backup as backups
from ivr.store.redis.places import is_redis
from ivr.tools.copy import copy
from ivr.tools.place import Place, RefusedExit
from ivr.tools.reconcile import reconcile

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

#: A grant, an appeal or a clearing that is lost may leave somebody on a worse line by mistake.
_SINCE: Final = (
    "what people decided since the backup was made is not in it (grants, cases, appeals, shared"
    " and released numbers, steps of the nuisance process): enter it again"
)


@click.group()
def store() -> None:
    """Back up, restore, copy and reconcile what is known of callers. Engines may run meanwhile."""


store.add_command(copy)
store.add_command(reconcile)


@store.command()
@click.argument("file")
@click.option("--force", is_flag=True, help="Replace FILE if it exists.")
@click.pass_obj
def backup(place: Place, file: str, force: bool) -> None:
    """Write a checked copy of the store to FILE, readable by its owner only.

    \b
    Example:
      ivr store backup /var/backups/ivr-$(date +%F).db
    """
    _refuse_servers(place.store)
    try:
        size = backups.backup(place.store, file, force=force)
    except StoreError as error:
        raise RefusedExit(str(error)) from error
    click.echo(f"{place.store} is backed up to {file} ({size / 1e6:.1f} MB, checked)")


@store.command()
@click.argument("file")
@click.pass_obj
def restore(place: Place, file: str) -> None:
    """Make the store hold what the backup FILE holds.

    The store as it is now is kept beside it first. Calls go on: lookups are answered all the while,
    writes wait until the restore is over.

    \b
    Example:
      ivr store restore /var/backups/ivr-2026-11-22.db
    """
    _refuse_servers(place.store)
    try:
        done = backups.restore(place.store, file, _safety(place.store, place.timezone))
    except StoreError as error:
        raise RefusedExit(str(error)) from error
    click.echo(f"restored from {file}: callers {done.callers}, contacts {done.contacts}")
    if done.safety is not None:
        click.echo(f"what was there before is in {done.safety}: delete it when all is well")
    click.echo(_SINCE)


def _refuse_servers(store: str) -> None:
    if is_redis(store):
        raise RefusedExit(
            "a backup is of an SQLite file: Redis keeps its own (see its `appendonly` and `save`), "
            "and `ivr store copy` takes all from one store to another"
        )


def _safety(path: str, zone: ZoneInfo) -> str:
    return f"{path}.before-restore-{datetime.now(zone):%Y%m%d-%H%M%S}"
