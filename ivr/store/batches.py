"""A thread's connection, and how a batch of jobs becomes one transaction on it.

A connection that is in doubt is dropped; the next batch opens a new one, so that the store answers
again as soon as its disk does.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, TypeAlias

from twisted.python.failure import Failure

from ivr.callers.changes import RefusedError
from ivr.engine.interfaces import StoreError
from ivr.store.errors import explained, is_about_the_file

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from ivr.store.files import Files
    from ivr.store.threads import Job, Outcome

Asked: TypeAlias = "Job[sqlite3.Connection]"
Answered: TypeAlias = "Outcome[sqlite3.Connection]"


class Session:
    """One connection, opened when it is needed; its methods run in one thread only."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._connection: sqlite3.Connection | None = None
        self._identity: tuple[int, int] | None = None

    def read(self, jobs: Sequence[Asked]) -> Sequence[Answered]:
        """Answer all of them from one snapshot; nobody waits for what was given up."""
        jobs = [job for job in jobs if not job.given_up]
        try:
            connection = self._open()
            connection.execute("BEGIN")
            outcomes = [(job, self._answer(connection, job)) for job in jobs]
            connection.execute("COMMIT")
        except Exception as error:  # whatever it is, those who wait must hear of it
            return self._failed(jobs, error)
        return outcomes

    def write(self, jobs: Sequence[Asked]) -> Sequence[Answered]:
        """Do all of them in one transaction; the results are true only once it is on the disk.

        A job that fails takes back its own writes and no others.
        """
        try:
            connection = self._open()
            self._files.begin_writing(connection)
            outcomes = [(job, self._write_one(connection, job)) for job in jobs]
            connection.execute("COMMIT")
            self._same_file()  # what went into a deleted file is not kept
        except Exception as error:  # whatever it is, those who wait must hear of it
            return self._failed(jobs, error)
        return outcomes

    def use(self, jobs: Sequence[Asked]) -> Sequence[Answered]:
        """Do all of them outside of any transaction."""
        try:
            connection = self._open()
            return [(job, self._answer(connection, job)) for job in jobs]
        except Exception as error:  # whatever it is, those who wait must hear of it
            return self._failed(jobs, error)

    def close(self) -> None:
        """Let go of the file."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(Exception):  # it may be in doubt already; nothing was promised on it
                self._files.close(connection)

    def _open(self) -> sqlite3.Connection:
        if self._connection is not None and self._files.identity() != self._identity:
            self.close()  # another file has taken its place
        if self._connection is None:
            self._connection, self._identity = self._files.open()
        return self._connection

    def _same_file(self) -> None:
        if self._files.identity() != self._identity:
            raise StoreError(f"{self._files.path} was replaced by another file: try again")

    def _answer(self, connection: sqlite3.Connection, job: Asked) -> object:
        try:
            answer: object = job.work(connection)
        except Exception as error:
            if is_about_the_file(error):
                raise
            return self._failure(error)
        return answer

    def _write_one(self, connection: sqlite3.Connection, job: Asked) -> object:
        connection.execute("SAVEPOINT one")
        try:
            result: object = job.work(connection)
        except Exception as error:
            if is_about_the_file(error):
                raise  # SQLite may have rolled back the whole transaction already
            connection.execute("ROLLBACK TO one")
            result = self._failure(error)
        connection.execute("RELEASE one")
        return result

    def _failed(self, jobs: Sequence[Asked], error: Exception) -> Sequence[Answered]:
        self.close()
        return [(job, self._failure(error)) for job in jobs]

    def _failure(self, error: Exception) -> Failure:
        if isinstance(error, RefusedError):
            return Failure(error)
        return Failure(explained(error, self._files.path))
