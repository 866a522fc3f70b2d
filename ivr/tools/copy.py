"""`ivr store copy`: everything that one store holds, into another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from ivr.engine.interfaces import StoreError
from ivr.store.copying import copy as copy_all
from ivr.store.copying import opened
from ivr.store.opening import shown
from ivr.store.redis.places import is_redis
from ivr.tools.place import RefusedExit
from ivr.tools.progress import bar_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from ivr.store.copying import Copied
    from ivr.store.sides import Counts

_AGAIN: Final = "run the same command again: what is there by now is not written a second time"
_AHEAD: Final = (
    "{to} is not opened to engines yet: stop them all, and run this again without --ahead, which "
    "brings what was written meanwhile"
)
_UNEQUAL: Final = (
    "the two do not hold the same, so {to} is not opened to engines: something writes to {source} "
    "meanwhile. Stop the engines, and " + _AGAIN
)
_UNSTEADY: Final = (
    "a server or file was replaced by another meanwhile, so {to} is not opened to engines: "
    + _AGAIN
)
_RECONCILE: Final = (
    "nobody is sent to a paid line before you run "
    "`IVR_STORE='{to}' ivr store reconcile --by NAME --why WHY`"
)


@click.command()
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
@click.option("--ahead", is_flag=True, help="Engines run on FROM: do not open TO to them yet.")
def copy(source: str, target: str, ahead: bool) -> None:
    """Copy everything from one store to another, each a file or the URL of a Redis.

    TO must hold nothing. Until the copy is whole, no engine can use TO. Stopped in any way, the
    same command goes on.

    What an engine writes to FROM behind the copy's back is not in TO. So stop the engines for the
    last run; for the long first one, with --ahead, they may go on.

    \b
    Example:
      ivr store copy --ahead /var/lib/ivr/ivr.sqlite3 redis://10.0.0.1    # engines run
      systemctl stop ivr
      ivr store copy /var/lib/ivr/ivr.sqlite3 redis://10.0.0.1            # brings the rest
    """
    try:
        copied = _copied(source, target, ahead=ahead)
    except StoreError as error:
        raise RefusedExit(str(error)) from error
    click.echo(_report(copied))
    names = {"source": shown(source), "to": shown(target)}
    if ahead:
        click.echo(_AHEAD.format(**names))
    elif not copied.whole:
        raise RefusedExit((_UNEQUAL if copied.steady else _UNSTEADY).format(**names))
    else:
        click.echo(f"{names['to']} is whole: start the engines on it, and never again on FROM")
        if is_redis(target):
            click.echo(_RECONCILE.format(to=target))


def _copied(source: str, target: str, *, ahead: bool) -> Copied:
    """The run. What is whole is opened, unless it was made ahead."""
    with opened(source, target) as (theirs, ours):
        there = theirs.counts()
        with bar_of(there.callers + there.withheld, "callers") as bar:
            copied = _again(lambda: copy_all(theirs, ours, bar.update))
        if copied.whole and not ahead:
            ours.finish()
    return copied


def _again(run: Callable[[], Copied]) -> Copied:
    """What it gives; when it is stopped on its way, how it goes on."""
    try:
        return run()
    except StoreError as error:
        raise RefusedExit(f"{error}. When that is mended, {_AGAIN}") from error
    except KeyboardInterrupt:
        raise RefusedExit(f"stopped: {_AGAIN}") from None


def _report(copied: Copied) -> str:
    """How much there is on both sides."""
    return "\n".join([
        f"{copied.written} callers, withheld contacts and open calls were written",
        f"FROM holds {_told(copied.source)}",
        f"TO holds   {_told(copied.target)}",
    ])  # fmt: skip


def _told(counts: Counts) -> str:
    return (
        f"{counts.callers} callers, {counts.contacts} contacts ({counts.withheld} of withheld "
        f"numbers), {counts.journal} entries of the journal, {counts.consents} consents"
    )
