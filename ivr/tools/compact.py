"""`ivr store compact`: write the embedded store's file anew."""

from __future__ import annotations

import click

from ivr.engine.interfaces import StoreError
from ivr.store.compacting import compact as written_anew
from ivr.store.redis.places import is_redis
from ivr.tools.place import Place, RefusedExit


@click.command()
@click.pass_obj
def compact(place: Place) -> None:
    """Write the store's file anew: it gets smaller, and has nothing left of what was removed.

    To be run after `ivr caller erase`, once for many of them, at a quiet hour: lookups go on, and
    writes wait until it is done. It takes as much room again meanwhile.

    \b
    Example:
      ivr store compact
    """
    if is_redis(place.store):
        raise RefusedExit("Redis writes its own files anew: `redis-cli BGREWRITEAOF`")
    try:
        before, after = written_anew(place.store)
    except StoreError as error:
        raise RefusedExit(str(error)) from error
    click.echo(f"{place.store} is written anew: {before / 1e6:.1f} MB, now {after / 1e6:.1f}")
