"""What the embedded store is asked: each function one question, within a read transaction."""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from ivr.callers.caller import Author, Caller, Record, Tally
from ivr.callers.contacts import Contact, Outcome
from ivr.engine.interfaces import Found, History, JournalEntry, OpenCall
from ivr.store.documents import record_from

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

#: A contact's fields; its `case` is called `about` in the table, where CASE is a word of SQL.
_FIELDS: Final = tuple(field.name for field in fields(Contact))
_COLUMNS: Final = ", ".join("about" if name == "case" else name for name in _FIELDS)


def lookup(
    connection: sqlite3.Connection, number: str | None, linked_id: str | None, since: date
) -> Found:
    """The open call, and the caller: the open call's own where there is one."""
    call = None if linked_id is None else _open_call(connection, linked_id)
    wanted = number if call is None else call.number
    return Found(None if wanted is None else caller(connection, wanted, since), call)


def caller(connection: sqlite3.Connection, number: str, since: date) -> Caller:
    """A caller with its tallies from local day `since` on: two small reads, however long known."""
    row = connection.execute(
        "SELECT generation, doc, last_agent FROM callers WHERE number = ?", (number,)
    ).fetchone()
    generation, doc, last_agent = row or (0, "", None)
    tallies = connection.execute(
        "SELECT day, about, ended, answered FROM tallies "
        "WHERE number = ? AND generation = ? AND day >= ? ORDER BY day, about",
        (number, generation, since.isoformat()),
    )
    return Caller(
        number,
        record_from(generation, doc),
        tuple(
            Tally(date.fromisoformat(day), about or None, ended, answered)
            for day, about, ended, answered in tallies
        ),
        last_agent,
    )


def record(connection: sqlite3.Connection, number: str) -> Record:
    """What people decided about a number."""
    row = connection.execute(
        "SELECT generation, doc FROM callers WHERE number = ?", (number,)
    ).fetchone()
    return record_from(*row) if row else Record()


def history(connection: sqlite3.Connection, number: str) -> History:
    """All that is known of a number."""
    return History(
        number,
        record(connection, number),
        _journal(connection, number),
        _contacts(connection, number),
    )


def ping(connection: sqlite3.Connection) -> None:
    """Read one row of what a lookup reads."""
    connection.execute("SELECT generation, doc FROM callers LIMIT 1").fetchone()


def _open_call(connection: sqlite3.Connection, linked_id: str) -> OpenCall | None:
    row = connection.execute(
        "SELECT linked_id, number, state, at FROM open_calls WHERE linked_id = ?", (linked_id,)
    ).fetchone()
    return OpenCall(*row) if row else None


def _journal(connection: sqlite3.Connection, number: str) -> Sequence[JournalEntry]:
    rows = connection.execute(
        "SELECT number, generation, kind, change, made_by, os_user, at, why FROM journal "
        "WHERE number = ? ORDER BY entry",
        (number,),
    )
    return tuple(
        JournalEntry(number, generation, kind, json.loads(change), Author(*author))
        for number, generation, kind, change, *author in rows
    )


def _contacts(connection: sqlite3.Connection, number: str) -> Sequence[Contact]:
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM contacts WHERE number = ? ORDER BY started, id",  # noqa: S608 # ours
        (number,),
    )
    return tuple(_contact(row) for row in rows)


def _contact(row: tuple[Any, ...]) -> Contact:
    values = dict(zip(_FIELDS, row, strict=True))
    values["day"] = date.fromisoformat(values["day"])
    values["outcome"] = Outcome(values["outcome"])
    return Contact(**values)
