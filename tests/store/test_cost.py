"""What a lookup costs: in steps of SQLite's machine and bytes read, which no clock disturbs."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from ivr.callers.nuisance import Stage
from ivr.callers.process import Confirm
from ivr.engine.interfaces import Annotation
from ivr.store import ledger, reading, schema, writing
from tests.store.samples import DANA, DAY, LONG_AGO, author, consent, contact

if TYPE_CHECKING:
    from collections.abc import Iterator

AGENTS = ("Agent/7", "Agent/8")


def store(contacts: int) -> sqlite3.Connection:
    """A caller with so many contacts on the last ten days, in process, who agreed as often."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    schema.prepare(connection, "memory")
    for sequence in range(contacts):
        told = contact(
            sequence,
            day=DAY - timedelta(days=sequence % 10),
            note=None if sequence % 2 else "why he rang, in a few words",
            marked_by=AGENTS[sequence % 2],
            agent=AGENTS[sequence % 2],
        )
        assert ledger.record(connection, told)
        writing.consent(connection, DANA, consent(sequence), lambda _: True, LONG_AGO)
        ledger.annotate(connection, told.id, Annotation(disposition="x"), author())
    step = Confirm(Stage.WARNED, "telephone", "2026-09", Stage.CLEAR, "")
    writing.change(connection, DANA, step, author())
    for day in _days(date(2026, 9, 1), DAY):
        writing.attend(connection, day)
    return connection


def _days(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += timedelta(days=1)


def steps(connection: sqlite3.Connection) -> int:
    """Instructions of SQLite's virtual machine that a lookup takes."""
    taken = 0

    def count() -> int:
        nonlocal taken
        taken += 1
        return 0

    connection.set_progress_handler(count, 1)
    reading.lookup(connection, DANA, "1", LONG_AGO)
    connection.set_progress_handler(None, 1)
    return taken


def read(connection: sqlite3.Connection) -> tuple[int, int]:
    """Rows and bytes that a lookup reads."""
    rows: list[int] = []

    def size(_cursor: sqlite3.Cursor, row: tuple[Any, ...]) -> tuple[Any, ...]:
        rows.append(
            sum(
                len(each.encode()) if isinstance(each, str) else 8
                for each in row
                if each is not None
            )
        )
        return row

    connection.row_factory = size
    reading.lookup(connection, DANA, "1", LONG_AGO)
    connection.row_factory = None
    return len(rows), sum(rows)


def test_a_lookup_costs_the_same_however_long_the_history() -> None:
    with closing(store(10)) as short, closing(store(2000)) as long:
        assert steps(long) == steps(short)
        (rows, size), (more_rows, more_size) = read(short), read(long)
        assert more_rows == rows
        assert more_size - size < 8  # a longer id of the last consent


def test_ten_contacts_are_a_few_hundred_bytes() -> None:
    with closing(store(10)) as connection:
        rows, size = read(connection)
        assert rows <= 16  # the caller, ten days, a month, presence of three, one consent
        assert size < 600
