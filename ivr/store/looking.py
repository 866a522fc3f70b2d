"""One look into a store that changes nothing, not even a file beside an embedded one.

For commands that ask "what if": an engine may be using the store meanwhile, or not.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from ivr.callers.caller import Caller
from ivr.engine.interfaces import StoreError
from ivr.store import reading, schema
from ivr.store.errors import explaining
from ivr.store.files import refuse_half
from ivr.store.opening import open_store
from ivr.store.pump import Pump
from ivr.store.redis.places import is_redis

if TYPE_CHECKING:
    from datetime import date


def look(path: str, number: str, since: date) -> Caller:
    """What the store at `path` (or URL) knows of a number; tallies from local day `since` on.

    Raises `StoreError`, also for a file of another version: only the engine brings one up to date.
    """
    if is_redis(path):
        return _ask(path, number, since)
    refuse_half(path)
    with explaining(path):
        with open(path, "rb") as file:
            head = file.read(100)
        if int.from_bytes(head[68:72], "big") != schema.APPLICATION_ID:
            raise schema.foreign(path)
        with closing(sqlite3.connect(_uri(path), uri=True)) as connection:
            connection.execute("PRAGMA query_only = ON")
            connection.execute("PRAGMA trusted_schema = OFF")
            connection.execute("BEGIN")
            _refuse_other_versions(connection, path)
            return reading.caller(connection, number, since)


def _ask(url: str, number: str, since: date) -> Caller:
    pump = Pump()
    store = open_store(url, pump.deliver, new=False)

    async def asked() -> Caller:
        try:
            found = await store.lookup(number, None, since)
        finally:
            await store.close()
        return found.caller or Caller(number)

    return pump.run(asked())


def _uri(path: str) -> str:
    """Where nobody has the store open, SQLite would make files beside it and leave them there."""
    log = Path(f"{path}-wal")
    in_use = log.exists() and log.stat().st_size > 0
    return f"{Path(path).absolute().as_uri()}?mode=ro{'' if in_use else '&immutable=1'}"


def _refuse_other_versions(connection: sqlite3.Connection, path: str) -> None:
    version = schema.number(connection, "PRAGMA user_version")
    if version != schema.VERSION:
        raise StoreError(
            f"{path} is of schema {version}, this ivr knows {schema.VERSION}: start the engine of "
            "this version once, or use the ivr that runs"
        )
