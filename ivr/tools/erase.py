"""`ivr caller erase`: forget what is known of a number, and say what is left, and where."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Final

import click

from ivr.callers.erasure import BOOKS_YEARS, books_from, books_until
from ivr.callers.nuisance import Process
from ivr.store.redis.places import is_redis
from ivr.tools.callers import author_of, author_options
from ivr.tools.place import Place, RefusedExit, at_desk

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from ivr.callers.caller import Record
    from ivr.engine.desk import Desk
    from ivr.engine.interfaces import Erased

_LABEL: Final = 10
#: Longer than any law has books kept.
_MOST_YEARS: Final = 50

#: Where the number may still stand, which no store can reach.
_ELSEWHERE: Final = (
    "Asterisk's queue_log and CDR: remove it there (an import of them brings nothing back)",
    "kept decisions and logs, masked or by an alias unless `mask_numbers` is off: they go when"
    " `decisions_for` and your logs' own retention are over",
    "backups: a restore brings it back, so erase it again after one",
)
_FILE: Final = (
    "bytes of the store's file that no row uses: they go when it is written anew, with `ivr store"
    " compact`, at a quiet hour"
)
_SERVERS: Final = (
    "Redis' own files, and those of replicas, until each server writes them anew: `redis-cli"
    " BGREWRITEAOF`, and `redis-cli BGSAVE` where there are snapshots"
)


@click.command()
@click.argument("number")
@author_options
@click.option(
    "--keep-consents",
    "years",
    type=click.IntRange(0, _MOST_YEARS),
    default=BOOKS_YEARS,
    show_default=True,
    metavar="YEARS",
    help="Whole years, after its own, for which a consent to a price stays.",
)
@click.option("--yes", is_flag=True, help="Do not ask once more. Only a terminal is asked.")
@click.pass_obj
def erase(place: Place, number: str, by: str, why: str, years: int, yes: bool) -> None:
    """Erase what is known of NUMBER, over all its owners: what a caller may ask for by law.

    Contacts with their notes, grants, marks, the process and the journal go. A consent to a price
    stays as long as books are kept, with the two notices before it; and one entry stays that says
    that the number was erased. It is clear and regular from then on.

    An open appeal or case, a shared number, and a call under way are settled first. It cannot be
    undone: `ivr caller export` shows beforehand what will go. --why is kept: name nobody in it.

    \b
    Example:
      ivr caller erase 0541111111 --by Ronit --why "asked for it in writing, request 118"
    """
    now = time.time()
    by_whom = author_of(by, why, now)
    since = books_from(now, place.timezone, years)

    async def use(desk: Desk) -> tuple[str, Erased]:
        wanted = desk.number(number)
        if not yes and _is_terminal():
            _ask(wanted)
        return wanted, await desk.erase(wanted, since, by_whom)

    wanted, erased = at_desk(place, use)
    until = [books_until(consent.at, place.timezone, years) for consent in erased.kept]
    click.echo("\n".join(_text(wanted, erased, until, place)))


def _is_terminal() -> bool:
    return sys.stdin.isatty()


def _ask(number: str) -> None:
    """Raises `RefusedExit` unless a person says yes."""
    if not click.confirm(f"Erase all that is known of {number}? It cannot be undone."):
        raise RefusedExit("nothing was erased")


def _text(number: str, erased: Erased, until: Sequence[date], place: Place) -> Iterator[str]:
    """What was done, what stays and until when, and where else to look."""
    yield f"{number}: {'erased' if erased.found else 'nothing to erase'}"
    if erased.found:
        yield from _block("removed", [*_removed(erased)])
    if erased.kept:
        yield from _block("kept", [*_kept(erased, until)])
    own = _SERVERS if is_redis(place.store) else _FILE
    yield from _block("elsewhere", [own, *_ELSEWHERE])


def _removed(erased: Erased) -> Iterator[str]:
    decided = ", ".join(_decided(erased.record))
    if decided:
        yield decided
    yield f"{_count(erased.contacts, 'contact')} with their notes, and all that contacts add up to"
    yield f"{_count(erased.entries, 'entry', 'entries')} of the journal"
    if erased.consents:
        yield f"{_count(erased.consents, 'consent')} to a price that no book needs any more"


def _decided(record: Record) -> Iterator[str]:
    if record.grants:
        yield _count(len(record.grants), "grant")
    if record.marks:
        yield _count(len(record.marks), "mark")
    if record.process != Process():
        yield f"the nuisance process (people left it at '{record.process.reached}')"


def _kept(erased: Erased, until: Sequence[date]) -> Iterator[str]:
    yield (
        f"{_count(len(erased.kept), 'consent')} to a price, until {max(until)}: the proof of a"
        " charge, which the books need; erase the number again after that day"
    )
    if erased.steps:
        yield f"{_count(erased.steps, 'step')} of the nuisance process, the ground of the charge"


def _count(many: int, one: str, more: str = "") -> str:
    return f"{many} {one if many == 1 else more or one + 's'}"


def _block(label: str, lines: Sequence[str]) -> Iterator[str]:
    for index, line in enumerate(lines):
        yield f"  {label if index == 0 else '':{_LABEL}}{line}"
