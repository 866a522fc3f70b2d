"""How the embedded store erases a number, and what is left of it beside its rows.

What is deleted is written over (`PRAGMA secure_delete`, in `files`). What the log beside the file
still has of before goes when the log is brought home and cut to nothing. Copies that SQLite left
behind when it moved rows go when the file is written anew (`compacting`): that takes long, so it is
done when people say so, and not here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ivr.engine.interfaces import Erased, StoreError
from ivr.store import erasing, reading
from ivr.store.writing import journal

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from ivr.callers.caller import Author
    from ivr.callers.erasure import Bounds

_GONE: Final = (
    "DELETE FROM contacts WHERE number = ?",
    "DELETE FROM tallies WHERE number = ?",
    "DELETE FROM months WHERE number = ?",
    "DELETE FROM open_calls WHERE number = ?",
)
_NEW: Final = "INSERT OR REPLACE INTO callers(number, generation, doc) VALUES(?, ?, '')"
_COUNTED: Final = "SELECT 1 FROM tallies WHERE number = ? AND generation = ?"


def erase(connection: sqlite3.Connection, number: str, bounds: Bounds, author: Author) -> Erased:
    """Erase a number. Raises `RefusedError` before anything is written."""
    held, entries = _held(connection, number)
    plan = erasing.plan(number, held, bounds, author)
    if plan is None:
        return Erased(False, held.record, 0, 0, 0)
    for statement in _GONE:
        connection.execute(statement, (number,))
    connection.executemany("DELETE FROM consents WHERE id = ?", [(each,) for each in plan.gone])
    gone = [(entry,) for place, entry in enumerate(entries) if place not in plan.stay]
    connection.executemany("DELETE FROM journal WHERE entry = ?", gone)
    connection.execute(_NEW, (number, plan.generation))
    journal(connection, number, plan.entry.generation, plan.entry.kind, {}, author)
    return plan.erased


def bring_home(connection: sqlite3.Connection) -> None:
    """Empty the log beside the file, outside of any transaction. Raises `StoreError`."""
    busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy:
        raise StoreError(
            "the log beside the store still has what was there before, since somebody reads the"
            " store without a pause (a backup, a long report): do this again when that is over"
        )


def _held(connection: sqlite3.Connection, number: str) -> tuple[erasing.Held, Sequence[int]]:
    """What is there, and where each entry of the journal is in its table."""
    record = reading.record(connection, number)
    entries = reading.journal(connection, number)

    def asked(query: str, *values: Any) -> list[Any]:
        return connection.execute(query, (number, *values)).fetchall()

    (contacts,) = asked("SELECT count(*) FROM contacts WHERE number = ?")[0]
    owners = dict(asked("SELECT id, generation FROM consents WHERE number = ?"))
    return erasing.Held(
        record,
        bool(asked(f"{_COUNTED} LIMIT 1", record.generation)),
        contacts,
        tuple(entries.values()),
        [(owners[each.id], each) for each in reading.consents(connection, number)],
        [at for (at,) in asked("SELECT at FROM open_calls WHERE number = ?")],
    ), tuple(entries)
