"""A store with some of everything in it, and what is in stores, for tests that copy them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Final

from ivr.callers.changes import GiveGrant, OpenCase, Release, SetMark, SetShared
from ivr.callers.contacts import Outcome
from ivr.callers.erasure import Bounds
from ivr.callers.nuisance import Stage
from ivr.callers.process import Confirm, FileAppeal
from ivr.engine.interfaces import Annotation, OpenCall
from ivr.store.copying import copy, opened
from ivr.store.redis import keys
from ivr.store.redis.form import known_from
from tests.store.samples import DANA, DAY, NOAM, author, consent, contact

if TYPE_CHECKING:
    from redis import Redis

    from ivr.engine.interfaces import Store
    from ivr.store.copying import Copied

ELI: Final = "+972543333333"
TAL: Final = "+972544444444"
EVERYBODY: Final = (DANA, NOAM, ELI, TAL)
OLD: Final = date(2026, 1, 5)


def everything(source: str, target: str, *, finish: bool = True) -> Copied:
    """Copy, as the command does."""
    with opened(source, target) as (theirs, ours):
        copied = copy(theirs, ours, lambda _: None)
        if copied.whole and finish:
            ours.finish()
    return copied


async def fill(store: Store) -> None:
    """Some of all that a store keeps."""
    for day in range(1, 31):
        await store.attend(date(2026, 11, day))
    await people(store)
    for n in range(150):  # more days than a store keeps at hand
        await store.record(contact(1000 + n, day=DAY - timedelta(days=n), number=NOAM))
    await store.record(contact(1, topic="fault"))
    await store.record(contact(2, outcome=Outcome.ABANDONED, agent=None))
    await store.record(contact(3, number=None))
    await store.record(contact(4, number=None, day=OLD))
    await store.record(contact(5, number=ELI, day=OLD))
    await store.record(contact(6, number=ELI, started=60.0, ended=61.0))
    for n, said in enumerate(("why he rang", "", "שלום")):
        await store.annotate(contact(3).id, Annotation(note=said, marked=True), author(float(n)))
    await store.annotate(contact(1).id, Annotation("paid", "solved", True, ""), author())
    for n, (at, line) in enumerate([(5.0, "b"), (3.0, "b"), (1.0, "a")]):
        await store.consent(ELI, consent(n, at=at, line=line), lambda _: True, DAY)
    await store.change(ELI, Release(), author(9000.0))
    await store.consent(ELI, consent(9, line="b"), lambda _: True, DAY)
    await store.record(contact(7, number=ELI, started=9500.0, ended=9560.0))
    await store.remember(OpenCall("1700000000.9", DANA, "v1 fault", 1000.0))
    await store.remember(OpenCall("1700000000.8", None, "v1 שלום", 1000.5))
    await store.retire(date(2026, 2, 1), date(2026, 2, 1))
    await store.record(contact(8, number=TAL))
    await store.erase(TAL, Bounds(0.0, 9e9), author(5090.0, "asked"))


async def people(store: Store) -> None:
    """What people decide."""
    await store.change(DANA, GiveGrant("golden-beam", 9e9), author(1.0))
    await store.change(DANA, OpenCase("K7", None, complex=True), author(2.0))
    await store.change(DANA, SetMark("nuisance", 9e9), author(3.0, "מציק"))
    evidence = (("2026-07", 31, 9, ""), ("2026-08", 28, 8, "an open case"))
    step = Confirm(Stage.WARNED, "telephone", "2026-09", Stage.CLEAR, "", evidence)
    await store.change(NOAM, step, author(4.0))
    await store.change(NOAM, FileAppeal(), author(5.5))
    await store.change(ELI, SetShared(True), author(6.0))
    await store.change(ELI, Release(), author(50.0))
    await store.change(ELI, GiveGrant("silver"), author(51.0))


def rows(path: str) -> dict[str, list[Any]]:
    """All that a file holds, but for how entries of different numbers lie between each other, and
    sums of earlier owners, which nobody asks for.
    """
    with closing(sqlite3.connect(path)) as store:
        names = [name for (name,) in store.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY 1"
        )]  # fmt: skip
        found = {name: store.execute(f"SELECT * FROM {name}").fetchall() for name in names}
        owners = dict(store.execute("SELECT number, generation FROM callers"))
    for name in ("tallies", "months"):
        found[name] = [row for row in found[name] if row[1] == owners.get(row[0], 0)]
    found["journal"] = [row[1:] for row in sorted(found["journal"], key=lambda row: row[1])]
    return {name: found[name] if name == "journal" else sorted(found[name], key=repr)
            for name in names}  # fmt: skip


def values(client: Redis) -> dict[str, Any]:
    """All that a database holds, but for which servers are trusted, how often a caller was written,
    how many of the sums of days a caller itself tells, and which run a copy is of.
    """
    apart = (keys.RECONCILED, keys.RECONCILIATIONS, keys.DOUBTED)
    found = {key.decode(): _value(client, key) for key in client.scan_iter("*", 1000)}
    for key in tuple(found):
        if fnmatchcase(key, "ivr:{+*}"):
            found[key] = replace(known_from(found[key]), version=0, since=0, days=())
        elif key == keys.VERSION_KEY:
            found[key] = found[key].partition(b" ")[0]
        elif key in apart or key.endswith("}:t"):
            del found[key]
    return found


def _value(client: Redis, key: bytes) -> Any:
    kind = client.type(key)
    if kind == b"string":
        return client.get(key)
    if kind == b"hash":
        return client.hgetall(key)
    if kind == b"set":
        return client.smembers(key)
    if kind == b"zset":
        return client.zrange(key, 0, -1, withscores=True)
    return client.lrange(key, 0, -1)
