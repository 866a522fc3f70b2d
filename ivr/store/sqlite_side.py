"""The embedded store as a copy sees it. Blocking: for commands.

A copy grows in a file of its own beside the place that it is for, and gets its name when it is
whole: no engine can begin with half of the callers.
"""

from __future__ import annotations

import json
import os
from dataclasses import fields, replace
from pathlib import Path
from socket import gethostname
from typing import TYPE_CHECKING, Any, Final

from ivr.callers.caller import Author, Caller
from ivr.callers.contacts import Contact
from ivr.callers.nuisance import Process
from ivr.engine.interfaces import JournalEntry, StoreError
from ivr.store import reading, schema, sums, writing
from ivr.store.counting import count
from ivr.store.documents import record_doc
from ivr.store.errors import explaining
from ivr.store.files import COPYING
from ivr.store.part import File, Part
from ivr.store.sides import ALWAYS, Counts, Times, Whole, naming

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator, Sequence

    from ivr.engine.interfaces import OpenCall

#: Keys, or entries of the journal, that are read at once.
_PAGE: Final = 1000

#: Where a number can be.
_TABLES: Final = ("callers", "tallies", "months", "contacts", "journal", "consents")
_NUMBERS: Final = " UNION ".join(
    f"SELECT number FROM {table} WHERE number > :after"  # noqa: S608 # ours
    for table in _TABLES
)
#: Withheld numbers have none in `contacts`, and an empty one in the journal.
_CALLERS: Final = f"{_NUMBERS} ORDER BY 1 LIMIT :most"
_COUNTS: Final = (
    "SELECT count(*) FROM contacts",
    "SELECT count(*) FROM contacts WHERE number IS NULL",
    "SELECT count(*) FROM journal",
    "SELECT count(*) FROM consents",
)
_WITHHELD: Final = (
    "SELECT id FROM contacts WHERE number IS NULL AND id > :after ORDER BY 1 LIMIT :most"
)
_CALLS: Final = "SELECT linked_id FROM open_calls WHERE linked_id > :after ORDER BY 1 LIMIT :most"
_CALL: Final = "INSERT INTO open_calls(linked_id, number, state, at) VALUES(?, ?, ?, ?)"
_SAID: Final = (
    "SELECT entry, number, generation, kind, change, made_by, os_user, at, why FROM journal"
    " WHERE number = '' AND entry > ? ORDER BY entry LIMIT ?"
)

_FIELDS: Final = tuple(field.name for field in fields(Contact))
_COLUMNS: Final = ("id", "generation", *("about" if f == "case" else f for f in _FIELDS))
_CONTACT: Final = (
    f"INSERT INTO contacts({', '.join(_COLUMNS)}) VALUES({', '.join('?' * len(_COLUMNS))})"
)
_CALLER: Final = (
    "INSERT INTO callers(number, generation, doc, last_agent, last_agent_at, in_process, answered,"
    " answered_at, undocumented) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_LAST: Final = (
    "SELECT coalesce(last_agent_at, 0), coalesce(answered, ''), coalesce(answered_at, 0)"
    " FROM callers WHERE number = ?"
)
_TALLY: Final = "INSERT INTO tallies VALUES(?, ?, ?, ?, ?, ?)"
_MONTH: Final = "INSERT INTO months VALUES(?, ?, ?, ?, ?)"
_CONSENT: Final = (
    "INSERT INTO consents(number, generation, latest, id, line, prompt, version, key, at, decision,"
    " topic) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


class SqliteSide:
    """A `Side` (ivr.store.sides) in the file at `path`, which an engine may be using."""

    def __init__(self, path: str) -> None:
        with explaining(path):
            if not Path(path).is_file():
                raise StoreError(f"there is no store at {path}: nothing to copy")
        self._use(File(path), path)
        with self._file.reading() as connection:
            begun = _begun_from(connection)
        if begun is not None:
            self.close()
            raise StoreError(
                f"{path} is a copy that is not whole: finish it, or name what it was begun from "
                f"({begun})"
            )

    def _use(self, file: File, path: str) -> None:
        self._file = file
        self.name = f"{gethostname()}:{Path(path).resolve()}"
        self.callers = _Callers(file, self.name)
        self.withheld = _Withheld(file, self.name)
        self.calls = _Calls(file, self.name)

    def who(self) -> frozenset[object]:
        """See `Side.who`."""
        return _identities(self._file.path)

    def times(self) -> Times:
        """See `Side.times`."""
        with self._file.reading() as connection:
            present = dict(connection.execute("SELECT month, days FROM presence"))
            retired = connection.execute("SELECT before FROM retired").fetchone()
        return Times(present, retired[0] if retired else "")

    def said(self) -> Iterator[Sequence[JournalEntry]]:
        """See `Side.said`."""
        after = -1
        while True:
            with self._file.reading() as connection:
                rows = connection.execute(_SAID, (after, _PAGE)).fetchall()
            if not rows:
                return
            after = rows[-1][0]
            with naming("the journal", self.name):
                yield [_entry(*row[1:]) for row in rows]

    def counts(self) -> Counts:
        """See `Side.counts`."""
        with self._file.reading() as connection:
            (callers,) = connection.execute(
                f"SELECT count(*) FROM ({_NUMBERS})",  # noqa: S608 # ours
                {"after": ""},
            ).fetchone()
            others = (schema.number(connection, query) for query in _COUNTS)
            return Counts(callers, *others)

    def close(self) -> None:
        """See `Side.close`."""
        self._file.close()


class SqliteTarget(SqliteSide):
    """A `Target` (ivr.store.sides) at `path`, where nothing may be yet."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._part = f"{path}{COPYING}"
        self._is_open = False

    def who(self) -> frozenset[object]:
        """See `Side.who`."""
        return _identities(self._path) | _identities(self._part)

    def begin(self, source: str) -> None:
        """See `Target.begin`."""
        self._refuse_taken()
        self._growing = Part(self._part)
        self._use(self._growing, self._path)
        self._is_open = True
        self._refuse_taken()  # what was opened may have got its name from another run since
        with self._file.writing() as connection:
            begun = _begun_from(connection)
            if begun is None:
                connection.execute("CREATE TABLE copying(source TEXT NOT NULL)")
                connection.execute("INSERT INTO copying VALUES(?)", (source,))
        if begun not in (None, source):
            raise StoreError(
                f"{self._part} is a copy that was begun from {begun}: go on with that one, or "
                f"delete it to begin with another"
            )

    def _refuse_taken(self) -> None:
        if Path(self._path).exists():
            raise StoreError(
                f"there is something at {self._path} already, and it was left as it is: a copy "
                f"goes where nothing is"
            )

    def keep_times(self, times: Times) -> None:
        """See `Target.keep_times`."""
        with self._file.writing() as connection:
            connection.execute("DELETE FROM presence")
            connection.executemany("INSERT INTO presence VALUES(?, ?)", times.present.items())
            connection.execute("DELETE FROM retired")
            if times.retired:
                connection.execute("INSERT INTO retired VALUES(1, ?)", (times.retired,))

    def say_anew(self, said: Iterable[Sequence[JournalEntry]]) -> None:
        """See `Target.say_anew`."""
        with self._file.writing() as connection:
            connection.execute("DELETE FROM journal WHERE number = ''")
            for page in said:
                _write(connection, page)

    def finish(self) -> None:
        """See `Target.finish`. Its name comes in one step that survives a power cut, and before
        anybody else is let in.
        """
        self._growing.bring_home()
        with self._growing.writing() as connection:
            connection.execute("DROP TABLE copying")
        with explaining(self._path):
            os.link(self._part, self._path)
            Path(self._part).unlink()
            _synced(str(Path(self._path).absolute().parent))
        self.close()

    def close(self) -> None:
        """See `Side.close`."""
        if self._is_open:
            self._is_open = False
            self._file.close()


class _Keyed:
    """Keys, page by page, in their order."""

    _query = ""

    def __init__(self, file: File, name: str) -> None:
        self._file = file
        self._name = name

    def pages(self) -> Iterator[Sequence[str]]:
        """See `Pieces.pages`."""
        after = ""
        while True:
            asked = {"after": after, "most": _PAGE}
            with self._file.reading() as connection:
                keys = [key for (key,) in connection.execute(self._query, asked)]
            if not keys:
                return
            yield keys
            after = keys[-1]


class _Callers(_Keyed):
    """All that is known of numbers."""

    _query = _CALLERS

    def read(self, keys: Sequence[str]) -> Sequence[Whole | None]:
        """See `Pieces.read`."""
        with self._file.reading() as connection:
            return [self._whole(connection, number) for number in keys]

    def replace(self, old: Sequence[Whole], new: Sequence[Whole]) -> None:
        """See `Pieces.replace`."""
        with self._file.writing() as connection:
            for each in old:
                for table in _TABLES:
                    connection.execute(f"DELETE FROM {table} WHERE number = ?", (each.number,))  # noqa: S608 # ours
            for each in new:
                _write_whole(connection, each)

    def _whole(self, connection: sqlite3.Connection, number: str) -> Whole | None:
        with naming(number, self._name):
            row = connection.execute(_LAST, (number,)).fetchone()
            agent_at, answered, answered_at = row or (0, "", 0)
            known = reading.caller(connection, number, ALWAYS)
            history = reading.history(connection, number)
            whole = Whole(
                replace(known, here=frozenset()), agent_at, answered, answered_at,
                tuple(history.journal),
                _owned(connection, "contacts", "started, id", number, history.contacts),
                _owned(connection, "consents", "at, id", number, history.consents),
            )  # fmt: skip
        return None if row is None and whole == Whole(Caller(number)) else whole


class _Withheld(_Keyed):
    """Contacts that are nobody's."""

    _query = _WITHHELD

    def read(self, keys: Sequence[str]) -> Sequence[Contact | None]:
        """See `Pieces.read`."""
        with self._file.reading() as connection:
            return [self._contact(connection, id_) for id_ in keys]

    def replace(self, old: Sequence[Contact], new: Sequence[Contact]) -> None:
        """See `Pieces.replace`."""
        with self._file.writing() as connection:
            connection.executemany("DELETE FROM contacts WHERE id = ?", [(c.id,) for c in old])
            connection.executemany(_CONTACT, [_row(contact, 0) for contact in new])

    def _contact(self, connection: sqlite3.Connection, id_: str) -> Contact | None:
        with naming(id_, self._name):
            found = reading.contact(connection, id_)
        return found[0] if found and found[0].number is None else None


class _Calls(_Keyed):
    """What calls carry."""

    _query = _CALLS

    def read(self, keys: Sequence[str]) -> Sequence[OpenCall | None]:
        """See `Pieces.read`."""
        with self._file.reading() as connection:
            return [reading.lookup(connection, None, key, ALWAYS).open_call for key in keys]

    def replace(self, old: Sequence[OpenCall], new: Sequence[OpenCall]) -> None:
        """See `Pieces.replace`."""
        with self._file.writing() as connection:
            gone = [(call.linked_id,) for call in old]
            connection.executemany("DELETE FROM open_calls WHERE linked_id = ?", gone)
            connection.executemany(_CALL, [(c.linked_id, c.number, c.state, c.at) for c in new])


def _begun_from(connection: sqlite3.Connection) -> str | None:
    """The name of the store that this is a copy of, while it is not whole."""
    asked = connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'copying'")
    if asked.fetchone() is None:
        return None
    row = connection.execute("SELECT source FROM copying").fetchone()
    return str(row[0])


def _owned(
    connection: sqlite3.Connection, table: str, order: str, number: str, pieces: Sequence[Any]
) -> tuple[tuple[int, Any], ...]:
    """Each with its owner; they are in this order."""
    rows = connection.execute(
        f"SELECT generation FROM {table} WHERE number = ? ORDER BY {order}",  # noqa: S608 # ours
        (number,),
    )
    return tuple((owner, piece) for (owner,), piece in zip(rows, pieces, strict=True))


def _write_whole(connection: sqlite3.Connection, whole: Whole) -> None:
    known, number = whole.caller, whole.number
    record, owner = known.record, (number, known.record.generation)
    agent = (known.last_agent, whole.agent_at) if known.last_agent else (None, None)
    answered = (whole.answered, whole.answered_at) if whole.answered else (None, None)
    connection.execute(
        _CALLER,
        (
            *owner, record_doc(record), *agent, record.process != Process(), *answered,
            known.undocumented,
        ),
    )  # fmt: skip
    connection.executemany(
        _TALLY,
        [(*owner, t.day.isoformat(), t.case or "", t.ended, t.answered) for t in known.tallies],
    )
    connection.executemany(
        _MONTH, [(*owner, month.name, month.contacts, month.marks) for month in known.months]
    )
    _write(connection, whole.journal)
    connection.executemany(_CONTACT, [_row(each, whose) for whose, each in whole.contacts])
    for whose, contact in whole.contacts:
        if whose != record.generation:  # nobody asks for these sums; an agent's word alters them
            count(connection, contact, whose)
    _write_consents(connection, whole)


def _write_consents(connection: sqlite3.Connection, whole: Whole) -> None:
    latest = {
        consent.id
        for owner in {owner for owner, _ in whole.consents}
        for consent in sums.latest(each for whose, each in whole.consents if whose == owner)
    }
    for owner, consent in whole.consents:
        values = [getattr(consent, field.name) for field in fields(consent)]
        connection.execute(_CONSENT, (whole.number, owner, consent.id in latest, *values))


def _write(connection: sqlite3.Connection, entries: Iterable[JournalEntry]) -> None:
    for each in entries:
        values = dict(each.values)
        writing.journal(connection, each.number, each.generation, each.kind, values, each.author)


def _row(contact: Contact, owner: int) -> tuple[object, ...]:
    values = {name: getattr(contact, name) for name in _FIELDS}
    values["day"], values["outcome"] = contact.day.isoformat(), contact.outcome.value
    return (contact.id, owner, *values.values())


def _entry(number: str, generation: int, kind: str, change: str, *by: Any) -> JournalEntry:
    return JournalEntry(number, generation, kind, json.loads(change), Author(*by))


def _identities(path: str) -> frozenset[object]:
    """Which file is there, if any."""
    with explaining(path):
        try:
            found = os.stat(path)
        except FileNotFoundError:
            return frozenset()
    return frozenset({(found.st_dev, found.st_ino)})


def _synced(path: str) -> None:
    """Returns when it is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
