"""The tables of the embedded store, and the way from each version of them to the next.

`PRAGMA user_version` counts the steps that were taken; `application_id` says that a file is ours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ivr.engine.interfaces import StoreError

if TYPE_CHECKING:
    import sqlite3

#: "ivrs": what file(1) and SQLite read at offset 68 of our files.
APPLICATION_ID: Final = 0x69767273

#: Step n leads from version n to n + 1. A step that has shipped is never edited.
STEPS: Final[tuple[tuple[str, ...], ...]] = (
    (
        # last_agent_at decides between contacts that are told out of order.
        """CREATE TABLE callers(
            number TEXT PRIMARY KEY,
            generation INTEGER NOT NULL,
            doc TEXT NOT NULL,
            last_agent TEXT,
            last_agent_at REAL
        ) WITHOUT ROWID""",
        # The sums that a lookup reads, so that its cost does not grow with a caller's history.
        # about: the case, '' for none (a key part cannot be NULL).
        """CREATE TABLE tallies(
            number TEXT NOT NULL,
            generation INTEGER NOT NULL,
            day TEXT NOT NULL,
            about TEXT NOT NULL,
            ended INTEGER NOT NULL,
            answered INTEGER NOT NULL,
            PRIMARY KEY (number, generation, day, about)
        ) WITHOUT ROWID""",
        # Ids begin with the call's linked id, which begins with the time: rows arrive in order.
        """CREATE TABLE contacts(
            id TEXT PRIMARY KEY,
            system TEXT NOT NULL,
            linked_id TEXT NOT NULL,
            decision TEXT NOT NULL,
            number TEXT,
            generation INTEGER NOT NULL,
            started REAL NOT NULL,
            ended REAL NOT NULL,
            day TEXT NOT NULL,
            outcome TEXT NOT NULL,
            dialled TEXT NOT NULL,
            tier TEXT NOT NULL,
            topic TEXT,
            route TEXT NOT NULL,
            queue TEXT,
            agent TEXT,
            hold INTEGER,
            talk INTEGER,
            transfer TEXT,
            about TEXT
        ) WITHOUT ROWID""",
        "CREATE INDEX contacts_of ON contacts(number, started) WHERE number IS NOT NULL",
        # Append only: no statement of the store updates a row of it; only an erasure deletes any.
        """CREATE TABLE journal(
            entry INTEGER PRIMARY KEY,
            number TEXT NOT NULL,
            generation INTEGER NOT NULL,
            kind TEXT NOT NULL,
            change TEXT NOT NULL,
            made_by TEXT NOT NULL,
            os_user TEXT NOT NULL,
            at REAL NOT NULL,
            why TEXT NOT NULL
        )""",
        "CREATE INDEX journal_of ON journal(number, entry)",
        """CREATE TABLE open_calls(
            linked_id TEXT PRIMARY KEY,
            number TEXT,
            state TEXT NOT NULL,
            at REAL NOT NULL
        ) WITHOUT ROWID""",
        "CREATE INDEX open_calls_by_age ON open_calls(at)",
    ),
    (
        "ALTER TABLE contacts ADD COLUMN asked_for INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE contacts ADD COLUMN note TEXT",
        "ALTER TABLE contacts ADD COLUMN disposition TEXT",
        "ALTER TABLE contacts ADD COLUMN marked_by TEXT",
        "CREATE INDEX contacts_by_day ON contacts(day)",
        # in_process: whether doc holds a process, so that those few are found without a scan.
        "ALTER TABLE callers ADD COLUMN in_process INTEGER NOT NULL DEFAULT 0",
        "CREATE INDEX callers_in_process ON callers(number) WHERE in_process",
        # The last answered contact: its id and end decide between those told out of order.
        "ALTER TABLE callers ADD COLUMN answered TEXT",
        "ALTER TABLE callers ADD COLUMN answered_at REAL",
        "ALTER TABLE callers ADD COLUMN undocumented INTEGER NOT NULL DEFAULT 0",
        """INSERT INTO callers(number, generation, doc, answered, answered_at, undocumented)
            SELECT number, coalesce(generation_now, 0), '', id, ended, 1 FROM (
                SELECT contacts.*, callers.generation AS generation_now, row_number() OVER (
                    PARTITION BY contacts.number ORDER BY ended DESC, id DESC) AS place
                FROM contacts LEFT JOIN callers ON callers.number = contacts.number
                WHERE contacts.number IS NOT NULL AND outcome = 'answered'
                AND contacts.generation = coalesce(callers.generation, 0))
            WHERE place = 1
            ON CONFLICT DO UPDATE SET answered = excluded.answered,
            answered_at = excluded.answered_at, undocumented = 1""",
        # Sums of evidence (callers.contacts.is_evidence), for the nuisance process.
        """CREATE TABLE months(
            number TEXT NOT NULL,
            generation INTEGER NOT NULL,
            month TEXT NOT NULL,
            contacts INTEGER NOT NULL,
            marks INTEGER NOT NULL,
            PRIMARY KEY (number, generation, month)
        ) WITHOUT ROWID""",
        """INSERT INTO months
            SELECT number, generation, substr(day, 1, 7), count(*), 0 FROM contacts
            WHERE number IS NOT NULL AND outcome = 'answered' AND about IS NULL
            GROUP BY 1, 2, 3""",
        # days: bit 0 is the first. Of the time before this table nothing is known: no month of it
        # counts against anybody.
        """CREATE TABLE presence(
            month TEXT PRIMARY KEY,
            days INTEGER NOT NULL
        ) WITHOUT ROWID""",
        # latest: of its number, owner and line. Nothing else of a row is ever changed.
        """CREATE TABLE consents(
            id TEXT PRIMARY KEY,
            number TEXT NOT NULL,
            generation INTEGER NOT NULL,
            line TEXT NOT NULL,
            prompt TEXT NOT NULL,
            version TEXT NOT NULL,
            key TEXT NOT NULL,
            at REAL NOT NULL,
            decision TEXT NOT NULL,
            topic TEXT NOT NULL,
            latest INTEGER NOT NULL
        ) WITHOUT ROWID""",
        "CREATE INDEX consents_of ON consents(number, at)",
        "CREATE INDEX consents_latest ON consents(number, generation, line) WHERE latest",
        # The day before which contacts were removed: one told later would be counted twice.
        "CREATE TABLE retired(one INTEGER PRIMARY KEY CHECK (one = 1), before TEXT NOT NULL)",
    ),
)

VERSION: Final = len(STEPS)

#: What a restore brings back. Open calls are about calls that are going on now: never restored.
KEPT: Final = (
    "callers", "tallies", "contacts", "journal", "months", "presence", "consents", "retired",
)  # fmt: skip


def prepare(connection: sqlite3.Connection, path: str) -> None:
    """Bring an open file to the present version. Raises `StoreError` for one that is not ours.

    Whoever opened the connection closes it if this raises, which takes back what was begun.

    A fresh file gets its tables before it is switched to WAL, so that its first page always tells
    whose it is.
    """
    connection.execute("BEGIN")  # one snapshot: another process may be making the tables just now
    version = _version(connection, path)
    connection.execute("COMMIT")
    if version < VERSION:
        _upgrade(connection, path)


def _version(connection: sqlite3.Connection, path: str) -> int:
    application = number(connection, "PRAGMA application_id")
    version = number(connection, "PRAGMA user_version")
    is_empty = not number(connection, "SELECT count(*) FROM sqlite_schema")
    if application != APPLICATION_ID and not (application == 0 and version == 0 and is_empty):
        raise foreign(path)
    if version > VERSION:
        raise StoreError(
            f"{path} was written by a newer ivr (schema {version}, this one knows {VERSION}): "
            f"install the newer ivr, or restore a backup made by this one"
        )
    return version


def _upgrade(connection: sqlite3.Connection, path: str) -> None:
    connection.execute("BEGIN IMMEDIATE")
    for step in STEPS[_version(connection, path) :]:
        for statement in step:
            connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {VERSION}")
    connection.execute("COMMIT")


def number(connection: sqlite3.Connection, query: str) -> int:
    """The one integer that a query gives."""
    (value,) = connection.execute(query).fetchone()
    return int(value)


def foreign(path: str) -> StoreError:
    """The refusal of a file that is somebody else's."""
    return StoreError(f"{path} is no store of ivr and was left as it is: give another path")
