"""What the embedded store is asked: each function one question, within a read transaction."""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from ivr.callers.caller import Author, Caller, Consent, MonthTally, Record, Tally
from ivr.callers.contacts import Contact, Outcome
from ivr.callers.months import earliest, first_needed, is_whole
from ivr.callers.nuisance import Process
from ivr.engine.interfaces import Found, History, JournalEntry, OpenCall
from ivr.store.documents import record_from
from ivr.store.sound import month, sound

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator, Sequence

#: A contact's fields; its `case` is called `about` in the table, where CASE is a word of SQL.
_FIELDS: Final = tuple(field.name for field in fields(Contact))
_COLUMNS: Final = ", ".join("about" if name == "case" else name for name in _FIELDS)

#: What the rows of `_KNOWN` after its first are about.
_DAY, _MONTH = 1, 2
_OWNED: Final = (
    "number = ?1 AND generation = coalesce((SELECT generation FROM callers WHERE number = ?1), 0)"
)
#: A caller and whether he has consents (always one row), his days from ?2 and months from ?3 on: in
#: one statement, since the way to SQLite and back costs more than what it does there.
_KNOWN: Final = f"""
    SELECT 0, generation, doc, last_agent, undocumented,
        EXISTS (SELECT 1 FROM consents WHERE {_OWNED} AND latest)
    FROM (SELECT 1) LEFT JOIN callers ON number = ?1
    UNION ALL
    SELECT 1, day, about, CAST(ended AS INTEGER), CAST(answered AS INTEGER), NULL
    FROM tallies WHERE {_OWNED} AND day >= ?2
    UNION ALL
    SELECT 2, month, CAST(contacts AS INTEGER), CAST(marks AS INTEGER), NULL, NULL
    FROM months WHERE {_OWNED} AND month >= ?3
"""  # noqa: S608 # ours


def lookup(
    connection: sqlite3.Connection, number: str | None, linked_id: str | None, since: date
) -> Found:
    """The open call, and the caller: the open call's own where there is one."""
    call = None if linked_id is None else _open_call(connection, linked_id)
    wanted = number if call is None else call.number
    return Found(None if wanted is None else caller(connection, wanted, since), call)


def caller(connection: sqlite3.Connection, number: str, since: date) -> Caller:
    """A caller with its tallies from local day `since` on: a few rows, however long known."""
    furthest = earliest(Process(), since)
    rows = connection.execute(_KNOWN, (number, since.isoformat(), furthest)).fetchall()
    rows.sort()
    _, generation, doc, last_agent, undocumented, has_consents = rows[0]
    record = record_from(generation or 0, doc or "")
    owner = (number, record.generation)
    months = tuple(_months(row[1:4] for row in rows if row[0] == _MONTH))
    if (first := earliest(record.process, since)) < furthest:
        months = _months_from(connection, owner, first)
    return Caller(
        number,
        record,
        tuple(
            Tally(_date(day), about or None, ended, answered)
            for part, day, about, ended, answered, _ in rows
            if part == _DAY
        ),
        last_agent,
        months,
        _here(connection, first_needed(record.process, months)),
        bool(undocumented),
        _latest_consents(connection, owner) if has_consents else (),
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
        tuple(journal(connection, number).values()),
        _contacts(connection, number),
        consents(connection, number),
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


def journal(connection: sqlite3.Connection, number: str) -> dict[int, JournalEntry]:
    """Every change of a number, in order, by its place in the table."""
    rows = connection.execute(
        "SELECT entry, number, generation, kind, change, made_by, os_user, at, why FROM journal "
        "WHERE number = ? ORDER BY entry",
        (number,),
    )
    return {
        entry: JournalEntry(number, generation, kind, json.loads(change), Author(*author))
        for entry, number, generation, kind, change, *author in rows
    }


def consents(connection: sqlite3.Connection, number: str) -> Sequence[Consent]:
    """Every consent of a number, in order."""
    return _consents(connection, "number = ? ORDER BY at, id", (number,))


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


def retired_before(connection: sqlite3.Connection) -> date | None:
    """The day before which contacts were removed, if any were."""
    row = connection.execute("SELECT before FROM retired").fetchone()
    return row and _date(row[0])


def ping(connection: sqlite3.Connection) -> None:
    """Read one row of what a lookup reads."""
    connection.execute("SELECT generation, doc FROM callers LIMIT 1").fetchone()


def _open_call(connection: sqlite3.Connection, linked_id: str) -> OpenCall | None:
    row = connection.execute(
        "SELECT linked_id, number, state, at FROM open_calls WHERE linked_id = ?", (linked_id,)
    ).fetchone()
    return sound(OpenCall(*row)) if row else None


@lru_cache(maxsize=1024)
def _date(text: str) -> date:
    """A day; callers' days are mostly the same few."""
    return date.fromisoformat(text)


def _months(rows: Iterable[Sequence[Any]]) -> Iterator[MonthTally]:
    return (MonthTally(month(name), contacts, marks) for name, contacts, marks in rows)


def _months_from(
    connection: sqlite3.Connection, owner: tuple[str, int], first: str
) -> tuple[MonthTally, ...]:
    rows = connection.execute(
        "SELECT month, CAST(contacts AS INTEGER), CAST(marks AS INTEGER) FROM months "
        "WHERE number = ? AND generation = ? AND month >= ? ORDER BY month",
        (*owner, first),
    )
    return tuple(_months(rows))


def _here(connection: sqlite3.Connection, first: str | None) -> frozenset[str]:
    if first is None:
        return frozenset()
    rows = connection.execute("SELECT month, days FROM presence WHERE month >= ?", (first,))
    return frozenset(name for name, days in rows if is_whole(name, days))


def _latest_consents(connection: sqlite3.Connection, owner: tuple[str, int]) -> tuple[Consent, ...]:
    return _consents(connection, "number = ? AND generation = ? AND latest ORDER BY line", owner)


def _consents(
    connection: sqlite3.Connection, which: str, values: tuple[object, ...]
) -> tuple[Consent, ...]:
    columns = "id, line, prompt, version, key, at, decision, topic"
    rows = connection.execute(f"SELECT {columns} FROM consents WHERE {which}", values)  # noqa: S608 # ours
    return tuple(sound(Consent(*row)) for row in rows)


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
    return sound(Contact(**values))
