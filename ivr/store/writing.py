"""What the embedded store is told: each function one change, within a transaction of others."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any, Final

from ivr.callers.changes import RefusedError, apply
from ivr.callers.nuisance import Process
from ivr.store import reading
from ivr.store.documents import KINDS, change_values, dumps, record_doc

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Sequence
    from datetime import date

    from ivr.callers.caller import Author, Caller, Consent, Instant, Record
    from ivr.callers.changes import Change
    from ivr.engine.interfaces import OpenCall

_RECORD: Final = (
    "INSERT INTO callers(number, generation, doc, in_process) VALUES(?, ?, ?, ?)"
    " ON CONFLICT DO UPDATE SET doc = excluded.doc, in_process = excluded.in_process"
)
_NEW_OWNER: Final = (
    "UPDATE callers SET generation = ?, last_agent = NULL, last_agent_at = NULL,"
    " answered = NULL, answered_at = NULL, undocumented = 0 WHERE number = ? AND generation <> ?"
)
_PRESENT: Final = (
    "INSERT INTO presence(month, days) VALUES(?, ?)"
    " ON CONFLICT DO UPDATE SET days = days | excluded.days"
)
_CONSENT: Final = (
    "INSERT INTO consents(number, generation, latest, id, line, prompt, version, key, at, decision,"
    " topic) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_NEWER: Final = (
    "SELECT 1 FROM consents WHERE number = ? AND generation = ? AND line = ? AND latest"
    " AND (at, id) > (?, ?)"
)
_NO_LONGER: Final = (
    "UPDATE consents SET latest = 0 WHERE number = ? AND generation = ? AND line = ? AND latest"
)
_JOURNAL: Final = (
    "INSERT INTO journal(number, generation, kind, change, made_by, os_user, at, why)"
    " VALUES(?, ?, ?, ?, ?, ?, ?, ?)"
)


def remember(connection: sqlite3.Connection, calls: Sequence[OpenCall]) -> None:
    """Keep what calls carry."""
    connection.executemany(
        "INSERT OR REPLACE INTO open_calls(linked_id, number, state, at) VALUES(?, ?, ?, ?)",
        [(call.linked_id, call.number, call.state, call.at) for call in calls],
    )


def forget(connection: sqlite3.Connection, linked_id: str, before: Instant) -> None:
    """Drop an open call, and all that are older than `before`."""
    connection.execute("DELETE FROM open_calls WHERE linked_id = ?", (linked_id,))
    connection.execute("DELETE FROM open_calls WHERE at < ?", (before,))


def change(connection: sqlite3.Connection, number: str, wanted: Change, author: Author) -> Record:
    """Apply a change and journal it. Raises `RefusedError` before anything is written."""
    before = reading.record(connection, number)
    after = apply(before, wanted, author)
    stepped = after.process != Process()
    connection.execute(_RECORD, (number, after.generation, record_doc(after), stepped))
    connection.execute(_NEW_OWNER, (after.generation, number, after.generation))
    kind, values = KINDS[type(wanted)], change_values(wanted)
    journal(connection, number, before.generation, kind, values, author)
    return after


def journal(
    connection: sqlite3.Connection,
    number: str,
    generation: int,
    kind: str,
    values: dict[str, Any],
    author: Author,
) -> None:
    """Add an entry to the journal."""
    made = (author.by, author.os_user, author.at, author.why)
    connection.execute(_JOURNAL, (number, generation, kind, dumps(values), *made))


def change_many(
    connection: sqlite3.Connection, changes: Sequence[tuple[str, Change]], author: Author
) -> Sequence[str | None]:
    """Apply many; for each why it was refused, or None."""
    return [_refusal(connection, number, wanted, author) for number, wanted in changes]


def _refusal(
    connection: sqlite3.Connection, number: str, wanted: Change, author: Author
) -> str | None:
    try:
        change(connection, number, wanted, author)
    except RefusedError as refused:
        return str(refused)
    return None


def attend(connection: sqlite3.Connection, day: date) -> None:
    """Say that the store was there on a day."""
    connection.execute(_PRESENT, (day.isoformat()[:7], 1 << (day.day - 1)))


def consent(
    connection: sqlite3.Connection,
    number: str,
    given: Consent,
    allowed: Callable[[Caller], bool],
    since: date,
) -> bool:
    """Keep a consent if a fresh read allows it. Told again, it is kept once."""
    caller = reading.caller(connection, number, since)
    if not allowed(caller):
        return False
    known = reading.consent(connection, given.id)
    if known is not None:
        return known == (number, given)
    owner = (number, caller.record.generation, given.line)
    newer = connection.execute(_NEWER, (*owner, given.at, given.id)).fetchone()
    if newer is None:
        connection.execute(_NO_LONGER, owner)
    values = tuple(getattr(given, field.name) for field in fields(given))
    connection.execute(_CONSENT, (number, caller.record.generation, newer is None, *values))
    return True
