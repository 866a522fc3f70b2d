"""What the embedded store is told: each function one change, within a transaction of others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ivr.callers.caller import Record
from ivr.callers.changes import RefusedError, apply
from ivr.callers.contacts import Outcome, about
from ivr.store import reading
from ivr.store.documents import KINDS, RELEASE, change_values, dumps, record_doc

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from ivr.callers.caller import Author, Instant
    from ivr.callers.changes import Change
    from ivr.callers.contacts import Contact
    from ivr.engine.interfaces import OpenCall

_CONTACT: Final = (
    "INSERT INTO contacts(id, system, linked_id, decision, number, generation, started, ended, day,"
    " outcome, dialled, tier, topic, route, queue, agent, hold, talk, transfer, about)"
    " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
)
_TALLY: Final = (
    "INSERT INTO tallies(number, generation, day, about, ended, answered) VALUES(?, ?, ?, ?, 1, ?)"
    " ON CONFLICT DO UPDATE SET ended = ended + 1, answered = answered + excluded.answered"
)
_LAST_AGENT: Final = (
    "INSERT INTO callers(number, generation, doc, last_agent, last_agent_at) VALUES(?, ?, '', ?, ?)"
    " ON CONFLICT DO UPDATE SET last_agent = excluded.last_agent,"
    " last_agent_at = excluded.last_agent_at WHERE last_agent_at IS NULL"
    " OR (last_agent_at, last_agent) < (excluded.last_agent_at, excluded.last_agent)"
)
_RECORD: Final = (
    "INSERT INTO callers(number, generation, doc) VALUES(?, ?, ?) ON CONFLICT DO UPDATE SET"
    " last_agent = CASE WHEN generation = excluded.generation THEN last_agent END,"
    " last_agent_at = CASE WHEN generation = excluded.generation THEN last_agent_at END,"
    " generation = excluded.generation, doc = excluded.doc"
)
_JOURNAL: Final = (
    "INSERT INTO journal(number, generation, kind, change, made_by, os_user, at, why)"
    " VALUES(?, ?, ?, ?, ?, ?, ?, ?)"
)


def remember(connection: sqlite3.Connection, call: OpenCall) -> None:
    """Keep what a call carries."""
    connection.execute(
        "INSERT OR REPLACE INTO open_calls(linked_id, number, state, at) VALUES(?, ?, ?, ?)",
        (call.linked_id, call.number, call.state, call.at),
    )


def forget(connection: sqlite3.Connection, linked_id: str, before: Instant) -> None:
    """Drop an open call, and all that are older than `before`."""
    connection.execute("DELETE FROM open_calls WHERE linked_id = ?", (linked_id,))
    connection.execute("DELETE FROM open_calls WHERE at < ?", (before,))


def record(connection: sqlite3.Connection, contact: Contact) -> bool:
    """Keep a contact and count it, both or neither. False if it is known."""
    known = Record() if contact.number is None else reading.record(connection, contact.number)
    generation = _owner(connection, contact, known.generation)
    owner = known if generation == known.generation else Record(generation)
    case = contact.case or about(owner, contact.topic)
    if not connection.execute(_CONTACT, _row(contact, generation, case)).rowcount:
        return False
    if contact.number is not None:
        _count(connection, contact, contact.number, generation, case)
        if generation == known.generation:
            _name_agent(connection, contact, generation)
    return True


def change(connection: sqlite3.Connection, number: str, wanted: Change, author: Author) -> Record:
    """Apply a change and journal it. Raises `RefusedError` before anything is written."""
    before = reading.record(connection, number)
    after = apply(before, wanted, author)
    connection.execute(_RECORD, (number, after.generation, record_doc(after)))
    connection.execute(
        _JOURNAL,
        (number, before.generation, KINDS[type(wanted)], dumps(change_values(wanted)),
         author.by, author.os_user, author.at, author.why),
    )  # fmt: skip
    return after


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


def _owner(connection: sqlite3.Connection, contact: Contact, generation: int) -> int:
    """Whose contact it is: that of the owner at its start, however late it is told."""
    if not generation:
        return 0
    (releases,) = connection.execute(
        "SELECT count(*) FROM journal WHERE number = ? AND kind = ? AND at <= ?",
        (contact.number, RELEASE, contact.started),
    ).fetchone()
    return int(releases)


def _row(contact: Contact, generation: int, case: str | None) -> tuple[object, ...]:
    return (
        contact.id, contact.system, contact.linked_id, contact.decision, contact.number, generation,
        contact.started, contact.ended, contact.day.isoformat(), contact.outcome.value,
        contact.dialled, contact.tier, contact.topic, contact.route, contact.queue, contact.agent,
        contact.hold, contact.talk, contact.transfer, case,
    )  # fmt: skip


def _count(
    connection: sqlite3.Connection, contact: Contact, number: str, generation: int, case: str | None
) -> None:
    answered = contact.outcome is Outcome.ANSWERED
    key = (number, generation, contact.day.isoformat(), case or "")
    connection.execute(_TALLY, (*key, int(answered)))


def _name_agent(connection: sqlite3.Connection, contact: Contact, generation: int) -> None:
    if contact.agent and contact.outcome is Outcome.ANSWERED:
        values = (contact.number, generation, contact.agent, contact.ended)
        connection.execute(_LAST_AGENT, values)
