"""Fills a store with callers, so that what is measured is not an empty one.

The real store is told of a thousand callers, through its own methods: each tenth has ten contacts
on ten days, the others one; each fiftieth has a grant. The store's own engine copies their rows (or
keys) to as many callers as are wanted, a thousand at a time: +972500000000 and those that follow.
"""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Final

import click
from redis_bytes import contact, number
from twisted.internet.defer import gatherResults

from ivr.callers.caller import Author
from ivr.callers.changes import GiveGrant
from ivr.callers.contacts import Outcome
from ivr.store.opening import open_store
from ivr.store.pump import Pump
from ivr.store.redis import keys
from ivr.store.schema import number as integer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from redis import Redis

    from ivr.callers.contacts import Contact

#: Callers that the store itself is told of.
TOLD: Final = 1000
_AT_ONCE: Final = 500
_CACHE_KIB: Final = 4_000_000
#: A column that is not copied as it is; {block} numbers the copy.
_COPIED: Final = {
    "number": "'+9725' || printf('%05d', block.value) || substr(number, -3)",
    "decision": "decision || '-' || block.value",
    "id": "linked_id || '/' || decision || '-' || block.value || '/' || system",
    "entry": "NULL",
}
_TABLES: Final = ("callers", "tallies", "months", "contacts", "journal")
_KEYS: Final = (keys.caller, keys.ledger, keys.journal)
#: The keys of those told to a block, named by its number and the patterns of its keys.
_COPY: Final = """
for caller = 0, 999 do
    local old = string.format('+972500000%03d', caller)
    local new = string.format('+9725%05d%03d', ARGV[1], caller)
    for i = 2, #ARGV do
        redis.call('COPY', string.format(ARGV[i], old), string.format(ARGV[i], new))
    end
end
"""


def contacts(caller: int) -> int:
    """How many contacts a caller has."""
    return 1 if caller % 10 else 10


def lately(caller: int, sequence: int) -> Contact:
    """A contact of one of the last fifty days, on another one each time; the first is answered."""
    now = time.time()
    started = now - 86_400 * (1 + sequence % 50)
    day = datetime.fromtimestamp(started, UTC).date()
    like = contact(caller, sequence)
    return replace(
        like, linked_id=f"{started:.0f}.{caller * 31 + sequence * 1009}", started=started,
        ended=started + 183.654321, day=day,
        outcome=like.outcome if sequence else Outcome.ANSWERED,
    )  # fmt: skip


def tell(where: Path | str, callers: int = TOLD) -> None:
    """Tell a store of the callers that the others are copies of."""
    give(where, ((caller, contacts(caller)) for caller in range(callers)))


def give(where: Path | str, each: Iterator[tuple[int, int]]) -> None:
    """Tell a store of callers with so many contacts; each fiftieth has a grant."""
    pump = Pump()
    store = open_store(where, pump.deliver)
    author = Author("dana", "bench", time.time(), "a measurement")

    async def story() -> None:
        for caller, times in each:
            told = (lately(caller, sequence) for sequence in range(times))
            while some := list(islice(told, _AT_ONCE)):
                await gatherResults([store.record(one) for one in some])
            if caller % 50 == 1:
                await store.change(number(caller), GiveGrant("golden-beam"), author)
        await store.close()

    pump.run(story())


def fill_sqlite(path: Path, callers: int) -> None:
    """An SQLite file with so many callers, in whole thousands, as the store would have it."""
    tell(path, min(callers, TOLD))
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = OFF")  # as good as a new file if this fails
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        connection.execute("BEGIN")
        for table in _TABLES:
            _copy(connection, table, callers // TOLD)
        connection.execute("COMMIT")
        connection.execute("PRAGMA journal_mode = WAL")
        found = integer(connection, "SELECT count(*) FROM callers")
    _check(path, callers, found)


def _copy(connection: sqlite3.Connection, table: str, blocks: int) -> None:
    """Copy the rows of a table into all blocks but the first, in the order of its key.

    From a table of their own, so that nothing is sorted and set aside; indexes are made afterwards.
    """
    rows = connection.execute("SELECT name FROM pragma_table_info(?)", (table,)).fetchall()
    columns = [name for (name,) in rows]
    values = ", ".join(_COPIED.get(name, name) for name in columns)
    tables = "told CROSS JOIN block" if table == "contacts" else "block CROSS JOIN told"
    indexes = connection.execute(
        "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = ? AND sql <> ''",
        (table,),
    ).fetchall()
    for name, _ in indexes:
        connection.execute(f"DROP INDEX {name}")
    connection.execute(f"CREATE TEMP TABLE told AS SELECT * FROM {table}")  # noqa: S608 - ours
    connection.execute(
        f"WITH RECURSIVE block(value) AS (SELECT 1 WHERE {blocks} > 1 UNION ALL"  # noqa: S608
        f" SELECT value + 1 FROM block WHERE value < {blocks - 1})"
        f" INSERT INTO {table}({', '.join(columns)}) SELECT {values} FROM {tables}"
    )
    connection.execute("DROP TABLE temp.told")
    for _, sql in indexes:
        connection.execute(sql)


def fill_redis(client: Redis, url: str, callers: int) -> None:
    """A Redis with so many callers, in whole thousands; the index knows only those it was told."""
    tell(url, min(callers, TOLD))
    copy = client.register_script(_COPY)
    for block in range(1, callers // TOLD):
        copy(args=[block, *(key("%s") for key in _KEYS)])
    _check(url, callers, sum(1 for _ in client.scan_iter(keys.CALLERS, 10_000, "string")))


def _check(where: Path | str, callers: int, found: int) -> None:
    """Read some through the store: they have what they should have."""
    if found != callers:
        raise click.ClickException(f"{found} callers instead of {callers}")
    pump = Pump()
    store = open_store(where, pump.deliver, new=False)

    async def story() -> None:
        for caller in (0, 1, 10, callers // 2, callers // 2 + 1, callers - 10, callers - 1):
            read = await store.history(number(caller))
            due = contacts(caller), int(caller % 50 == 1)
            if (len(read.contacts), len(read.record.grants)) != due:
                raise click.ClickException(f"caller {caller} is not what it was made: {read}")
        await store.close()

    pump.run(story())
