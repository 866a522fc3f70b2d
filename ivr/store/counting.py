"""The sums that a lookup reads, kept with each contact in its transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ivr.callers.contacts import Outcome, is_evidence

if TYPE_CHECKING:
    import sqlite3

    from ivr.callers.contacts import Contact

_TALLY: Final = (
    "INSERT INTO tallies(number, generation, day, about, ended, answered) VALUES(?, ?, ?, ?, ?, ?)"
    " ON CONFLICT DO UPDATE SET ended = ended + excluded.ended,"
    " answered = answered + excluded.answered"
)
_NO_TALLY: Final = (
    "DELETE FROM tallies WHERE number = ? AND generation = ? AND day = ? AND about = ?"
    " AND ended = 0"
)
_MONTH: Final = (
    "INSERT INTO months(number, generation, month, contacts, marks) VALUES(?, ?, ?, ?, ?)"
    " ON CONFLICT DO UPDATE SET contacts = contacts + excluded.contacts,"
    " marks = marks + excluded.marks"
)
_NO_MONTH: Final = (
    "DELETE FROM months WHERE number = ? AND generation = ? AND month = ? AND contacts = 0"
)
_LAST_AGENT: Final = (
    "INSERT INTO callers(number, generation, doc, last_agent, last_agent_at) VALUES(?, ?, '', ?, ?)"
    " ON CONFLICT DO UPDATE SET last_agent = excluded.last_agent,"
    " last_agent_at = excluded.last_agent_at WHERE last_agent_at IS NULL"
    " OR (last_agent_at, last_agent) < (excluded.last_agent_at, excluded.last_agent)"
)
_ANSWERED: Final = (
    "INSERT INTO callers(number, generation, doc, answered, answered_at, undocumented)"
    " VALUES(?, ?, '', ?, ?, ?) ON CONFLICT DO UPDATE SET answered = excluded.answered,"
    " answered_at = excluded.answered_at, undocumented = excluded.undocumented"
    " WHERE answered_at IS NULL OR (answered_at, answered) <="
    " (excluded.answered_at, excluded.answered)"
)


def count(connection: sqlite3.Connection, contact: Contact, generation: int) -> None:
    """Count a contact. One of a withheld number counts for nobody."""
    if contact.number is not None:
        _add(connection, contact, contact.number, generation, 1)


def uncount(connection: sqlite3.Connection, contact: Contact, generation: int) -> None:
    """Take a contact out of the sums, so that it can be counted as it is now."""
    if contact.number is None:
        return
    _add(connection, contact, contact.number, generation, -1)
    owner = (contact.number, generation)
    connection.execute(_NO_TALLY, (*owner, contact.day.isoformat(), contact.case or ""))
    connection.execute(_NO_MONTH, (*owner, _month(contact)))


def name_last(connection: sqlite3.Connection, contact: Contact, generation: int) -> None:
    """Note who answered the present owner last, and whether that was documented."""
    if contact.number is None or contact.outcome is not Outcome.ANSWERED:
        return
    owner = (contact.number, generation)
    if contact.agent:
        connection.execute(_LAST_AGENT, (*owner, contact.agent, contact.ended))
    connection.execute(_ANSWERED, (*owner, contact.id, contact.ended, contact.note is None))


def _add(
    connection: sqlite3.Connection, contact: Contact, number: str, generation: int, by: int
) -> None:
    answered = by if contact.outcome is Outcome.ANSWERED else 0
    key = (number, generation, contact.day.isoformat(), contact.case or "")
    connection.execute(_TALLY, (*key, by, answered))
    if is_evidence(contact):
        marks = 0 if contact.marked_by is None else by
        connection.execute(_MONTH, (number, generation, _month(contact), by, marks))


def _month(contact: Contact) -> str:
    return contact.day.isoformat()[:7]
