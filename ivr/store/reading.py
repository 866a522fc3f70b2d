"""What the embedded store is asked: each function one question, within a read transaction."""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from ivr.callers.caller import Author, Caller, Consent, MonthTally, Record, Tally
from ivr.callers.contacts import Contact, Outcome
from ivr.callers.months import earliest, first_needed, is_whole
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
    """A caller with its tallies from local day `since` on: a few rows, however long known."""
    row = connection.execute(
        "SELECT generation, doc, last_agent, undocumented FROM callers WHERE number = ?", (number,)
    ).fetchone()
    generation, doc, last_agent, undocumented = row or (0, "", None, 0)
    record, owner = record_from(generation, doc), (number, generation)
    months = _months(connection, owner, earliest(record.process, since))
    return Caller(
        number,
        record,
        _tallies(connection, owner, since),
        last_agent,
        months,
        _here(connection, first_needed(record.process, months)),
        bool(undocumented),
        _latest_consents(connection, owner),
    )


def generation(connection: sqlite3.Connection, number: str | None) -> int:
    """How often a number was released."""
    row = connection.execute("SELECT generation FROM callers WHERE number = ?", (number,))
    return int((row.fetchone() or (0,))[0])


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
        _consents(connection, "number = ? ORDER BY at, id", (number,)),
    )


def contact(connection: sqlite3.Connection, id_: str) -> tuple[Contact, int] | None:
    """A contact and the owner whose it is, if there is one of this id."""
    row = connection.execute(
        f"SELECT generation, {_COLUMNS} FROM contacts WHERE id = ?",  # noqa: S608 # ours
        (id_,),
    ).fetchone()
    return row and (_contact(row[1:]), row[0])


def consent(connection: sqlite3.Connection, id_: str) -> tuple[str, Consent] | None:
    """Whose consent it is, and the consent, if there is one of this id."""
    found = _consents(connection, "id = ?", (id_,))
    if not found:
        return None
    row = connection.execute("SELECT number FROM consents WHERE id = ?", (id_,)).fetchone()
    return row[0], found[0]


def candidates(connection: sqlite3.Connection, least: int, months: Sequence[str]) -> Sequence[str]:
    """The present owners with so much evidence in one of the months, or in a process."""
    rows = connection.execute(
        "SELECT months.number FROM months LEFT JOIN callers USING (number)"
        " WHERE month IN (SELECT value FROM json_each(?)) AND contacts >= ?"
        " AND months.generation = coalesce(callers.generation, 0)"
        " UNION SELECT number FROM callers WHERE in_process ORDER BY 1",
        (json.dumps(list(months)), least),
    )
    return tuple(number for (number,) in rows)


def undocumented(connection: sqlite3.Connection, since: date) -> Sequence[tuple[str, int, int]]:
    """By queue: answered contacts, and those without a note."""
    rows = connection.execute(
        "SELECT coalesce(queue, ''), count(*), sum(note IS NULL) FROM contacts"
        " WHERE outcome = 'answered' AND day >= ? GROUP BY 1 ORDER BY 1",
        (since.isoformat(),),
    )
    return tuple(rows)


def ping(connection: sqlite3.Connection) -> None:
    """Read one row of what a lookup reads."""
    connection.execute("SELECT generation, doc FROM callers LIMIT 1").fetchone()


def _open_call(connection: sqlite3.Connection, linked_id: str) -> OpenCall | None:
    row = connection.execute(
        "SELECT linked_id, number, state, at FROM open_calls WHERE linked_id = ?", (linked_id,)
    ).fetchone()
    return OpenCall(*row) if row else None


def _tallies(
    connection: sqlite3.Connection, owner: tuple[str, int], since: date
) -> tuple[Tally, ...]:
    rows = connection.execute(
        "SELECT day, about, ended, answered FROM tallies "
        "WHERE number = ? AND generation = ? AND day >= ? ORDER BY day, about",
        (*owner, since.isoformat()),
    )
    return tuple(
        Tally(date.fromisoformat(day), about or None, ended, answered)
        for day, about, ended, answered in rows
    )


def _months(
    connection: sqlite3.Connection, owner: tuple[str, int], first: str
) -> tuple[MonthTally, ...]:
    rows = connection.execute(
        "SELECT month, contacts, marks FROM months "
        "WHERE number = ? AND generation = ? AND month >= ? ORDER BY month",
        (*owner, first),
    )
    return tuple(MonthTally(*row) for row in rows)


def _here(connection: sqlite3.Connection, first: str | None) -> frozenset[str]:
    if first is None:
        return frozenset()
    rows = connection.execute("SELECT month, days FROM presence WHERE month >= ?", (first,))
    return frozenset(month for month, days in rows if is_whole(month, days))


def _latest_consents(connection: sqlite3.Connection, owner: tuple[str, int]) -> tuple[Consent, ...]:
    return _consents(connection, "number = ? AND generation = ? AND latest ORDER BY line", owner)


def _consents(
    connection: sqlite3.Connection, which: str, values: tuple[object, ...]
) -> tuple[Consent, ...]:
    columns = "id, line, prompt, version, key, at, decision, topic"
    rows = connection.execute(f"SELECT {columns} FROM consents WHERE {which}", values)  # noqa: S608 # ours
    return tuple(Consent(*row) for row in rows)


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
    values["asked_for"] = bool(values["asked_for"])
    return Contact(**values)
