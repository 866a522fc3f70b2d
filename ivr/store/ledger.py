"""The embedded store's contacts: kept once, annotated, and removed when they are old."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from ivr.callers.caller import Record
from ivr.callers.contacts import about
from ivr.callers.erasure import ERASE
from ivr.store import reading
from ivr.store.annotations import ANNOTATE, annotated, annotation_values, unknown
from ivr.store.counting import count, name_last, uncount
from ivr.store.documents import RELEASE
from ivr.store.writing import journal

if TYPE_CHECKING:
    import sqlite3
    from datetime import date

    from ivr.callers.caller import Author
    from ivr.callers.contacts import Contact
    from ivr.engine.interfaces import Annotation

_CONTACT: Final = (
    "INSERT INTO contacts(id, system, linked_id, decision, number, generation, started, ended, day,"
    " outcome, dialled, tier, topic, route, queue, agent, hold, talk, transfer, about, asked_for,"
    " note, disposition, marked_by)"
    " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT DO NOTHING"
)
_ANNOTATED: Final = (
    "UPDATE contacts SET note = ?, disposition = ?, marked_by = ?, about = ? WHERE id = ?"
)
#: Those that are old, but for the evidence of a process that people have taken a step in.
_OLD: Final = (
    "SELECT id FROM contacts WHERE day < :before AND NOT (day >= :keep_from AND EXISTS"
    " (SELECT 1 FROM callers WHERE in_process AND callers.number = contacts.number"
    " AND callers.generation = contacts.generation)) LIMIT :most"
)
#: Of a number: how many owners have come since a moment, and when it was erased.
_SINCE: Final = (
    "SELECT count(*) FILTER (WHERE at > ?), max(at) FILTER (WHERE kind = ?)"
    " FROM journal WHERE number = ? AND kind IN (?, ?)"
)
_RETIRED: Final = (
    "INSERT INTO retired(one, before) VALUES(1, ?)"
    " ON CONFLICT DO UPDATE SET before = max(before, excluded.before)"
)


def record(connection: sqlite3.Connection, contact: Contact) -> bool:
    """Keep a contact and count it, both or neither. False if it is known, or was and is no more."""
    known = Record() if contact.number is None else reading.record(connection, contact.number)
    generation = _owner(connection, contact, known.generation)
    if generation is None:
        return False
    owner = known if generation == known.generation else Record(generation)
    kept = replace(contact, case=contact.case or about(owner, contact.topic))
    if _is_retired(connection, contact.day):
        return False
    if not connection.execute(_CONTACT, _row(kept, generation)).rowcount:
        return False
    count(connection, kept, generation)
    if generation == known.generation:
        name_last(connection, kept, generation)
    return True


def annotate(
    connection: sqlite3.Connection, contact: str, annotation: Annotation, author: Author
) -> Contact:
    """Add an agent's word, journal it and count anew. Raises `RefusedError`."""
    found = reading.contact(connection, contact)
    if found is None:
        raise unknown(contact)
    before, generation = found
    after = annotated(before, annotation, author)
    changed = (after.note, after.disposition, after.marked_by, after.case, contact)
    connection.execute(_ANNOTATED, changed)
    uncount(connection, before, generation)
    count(connection, after, generation)
    if generation == reading.generation(connection, after.number):
        name_last(connection, after, generation)
    values = annotation_values(contact, annotation)
    journal(connection, after.number or "", generation, ANNOTATE, values, author)
    return after


def retire(connection: sqlite3.Connection, before: date, keep_from: date, most: int) -> int:
    """Remove at most so many old contacts; how many went. None of that age is taken any more."""
    connection.execute(_RETIRED, (before.isoformat(),))
    days = {"before": before.isoformat(), "keep_from": keep_from.isoformat(), "most": most}
    return connection.execute(f"DELETE FROM contacts WHERE id IN ({_OLD})", days).rowcount  # noqa: S608 # ours


def _is_retired(connection: sqlite3.Connection, day: date) -> bool:
    """Whether contacts of this day were removed: nobody could say any more whether it is known."""
    asked = connection.execute("SELECT 1 FROM retired WHERE before > ?", (day.isoformat(),))
    return asked.fetchone() is not None


def _owner(connection: sqlite3.Connection, contact: Contact, generation: int) -> int | None:
    """Whose contact it is: that of the owner at its start, however late it is told. None: it ended
    before the number was erased.
    """
    if not generation:
        return 0
    asked = (contact.started, ERASE, contact.number, RELEASE, ERASE)
    since, erased = connection.execute(_SINCE, asked).fetchone()
    return None if erased is not None and contact.ended <= erased else generation - int(since)


def _row(contact: Contact, generation: int) -> tuple[object, ...]:
    return (
        contact.id, contact.system, contact.linked_id, contact.decision, contact.number, generation,
        contact.started, contact.ended, contact.day.isoformat(), contact.outcome.value,
        contact.dialled, contact.tier, contact.topic, contact.route, contact.queue, contact.agent,
        contact.hold, contact.talk, contact.transfer, contact.case, contact.asked_for,
        contact.note, contact.disposition, contact.marked_by,
    )  # fmt: skip
