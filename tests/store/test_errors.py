"""Errors of the disk in words that an operator can act on."""

from __future__ import annotations

import sqlite3

import pytest

from ivr.engine.interfaces import StoreError
from ivr.store.errors import explained


@pytest.mark.parametrize(
    ("error", "advice"),
    [
        ("SQLITE_FULL", "no space is left for /var/ivr.db"),
        ("SQLITE_BUSY_SNAPSHOT", "keeps /var/ivr.db locked"),
        ("SQLITE_CORRUPT_INDEX", "ivr store restore"),
        ("SQLITE_NOTADB", "ivr store restore"),
        ("SQLITE_READONLY_DBMOVED", "check its owner"),
        ("SQLITE_CANTOPEN", "cannot be opened"),
        ("SQLITE_IOERR_FSYNC", "see dmesg"),
        ("SQLITE_SOMETHING", "fails: as SQLite says"),
    ],
)
def test_sqlite_s_own_words_get_advice(error: str, advice: str) -> None:
    given = sqlite3.OperationalError("as SQLite says")
    given.sqlite_errorname = error
    told = explained(given, "/var/ivr.db")
    assert advice in str(told)
    assert "as SQLite says" in str(told)
    assert told.__cause__ is given


def test_the_system_s_words_get_advice() -> None:
    denied = explained(PermissionError(13, "Permission denied"), "/var/ivr.db")
    assert "the user who runs the engine" in str(denied)
    assert "/var/ivr.db" in str(explained(OSError(5, "Input/output error"), "/var/ivr.db"))


def test_what_has_advice_stays_as_it_is() -> None:
    given = StoreError("do this")
    assert explained(given, "/var/ivr.db") is given
