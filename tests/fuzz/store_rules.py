"""What must hold whatever lies in a store: an answer or an error in words, and a call goes on."""

from __future__ import annotations

import json
import sqlite3
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import msgpack

from ivr.callers.caller import Caller
from ivr.engine.interfaces import Found
from ivr.policy.loader import open_policy
from ivr.policy.model import Policy
from ivr.routing.call import ARRIVING
from ivr.routing.step import step
from ivr.routing.steps import NewCall
from ivr.routing.ticket import BadTicketError, decode, encode
from ivr.store import reading, schema
from ivr.store.documents import KINDS, change_from, record_doc, record_from
from ivr.store.redis import form, operations

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .feed import Feed

T = TypeVar("T")

ROOT = Path(__file__).parents[2]
NUMBER = "+972521234567"
NOW = 1_795_000_000.0
SINCE = date(2026, 10, 1)


def check_document(text: str) -> bool:
    """A record is read, and then says the same again; or it is damaged. Whether it was read."""
    record = _read(lambda: record_from(0, text))
    if record is None:
        return False
    assert record_from(0, record_doc(record)) == record
    _decide(Caller(NUMBER, record))
    return True


def check_change(kind: int, text: str) -> None:
    """A change of the journal can be made again, or is damaged."""
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        return
    if isinstance(values, dict):
        _read(lambda: change_from([*KINDS.values(), "no-such"][kind % (len(KINDS) + 1)], values))


def check_rows(feed: Feed) -> bool:
    """Whatever a row of the embedded store has in its columns. Whether there was a caller."""
    connection = _database()
    connection.execute("BEGIN")
    try:
        for table in ("callers", "tallies", "months", "consents", "open_calls", "contacts"):
            _insert(connection, table, feed)
        found = _read(lambda: reading.lookup(connection, NUMBER, "1.1", SINCE))
        _read(lambda: reading.history(connection, NUMBER))
    finally:
        connection.execute("ROLLBACK")
    if found is None or found.caller is None:
        return False
    _decide(found.caller)
    return True


def check_reply(replies: Sequence[bytes | None], around: operations.Around) -> bool:
    """Whatever a shared store answers to a lookup. Whether there was a caller."""
    found = _read(lambda: _found(replies, around))
    if found is None or found.caller is None:
        return False
    _decide(found.caller)
    return True


def check_forms(data: bytes) -> None:
    """Whatever lies where a contact, an entry of the journal, a consent or a call should."""
    _read(lambda: form.kept_from(data[:40], data[40:], NUMBER))
    _read(lambda: form.entry_from(data))
    _read(lambda: form.consent_from(data))
    _read(lambda: form.open_call_from("1.1", data))


def check_ticket(text: str) -> None:
    """What a call carries is read and says the same again, or is none."""
    try:
        ticket = decode(text)
    except BadTicketError:
        return
    assert decode(encode(ticket)) == ticket


def _found(replies: Sequence[bytes | None], around: operations.Around) -> Found:
    left = list(replies)
    asking = operations.lookup(around, NUMBER, "1.1", SINCE)
    asked = next(asking)
    while True:
        try:
            asked = asking.send([_reply(left, each.words[0]) for each in asked])
        except StopIteration as end:
            found: Found = end.value
            return found


def _reply(left: list[bytes | None], asked: object) -> Any:
    reply = left.pop(0) if left else None
    return [reply] if asked == "ZRANGEBYSCORE" and reply is not None else reply


def _read(read: Callable[[], T]) -> T | None:
    """What was read, or None where the store says that it cannot do this (`store.errors`)."""
    try:
        return read()
    except (ValueError, TypeError, LookupError, ArithmeticError):
        return None


def _decide(caller: Caller) -> None:
    step(_policy(), ARRIVING, NewCall("d1", NUMBER, "+9721800123456", int(NOW), caller), NOW)


@cache
def _policy() -> Policy:
    policy = open_policy(ROOT / "routes" / "examples" / "paid-line")
    assert isinstance(policy, Policy), str(policy)
    return policy


@cache
def _database() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    schema.prepare(connection, ":memory:")
    return connection


def _insert(connection: sqlite3.Connection, table: str, feed: Feed) -> None:
    for _ in range(feed.choice(3)):
        columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
        cells = [_cell(name, feed) for name in columns]
        marks = ", ".join("?" * len(cells))
        try:
            connection.execute(f"INSERT INTO {table} VALUES ({marks})", cells)
        except (sqlite3.Error, OverflowError, UnicodeError):
            return


#: So that what is inserted is found, if the fuzzer does not say otherwise.
_USUAL = {
    "number": NUMBER, "linked_id": "1.1", "generation": 0, "doc": "", "day": "2026-11-22",
    "month": "2026-11", "at": 5.0, "state": "x", "outcome": "answered", "latest": 1,
}  # fmt: skip


def _cell(column: str, feed: Feed) -> object:
    match feed.choice(8):
        case 0 | 1 | 2:
            return _USUAL.get(column, 1)
        case 3:
            return None
        case 4:
            return feed.number(8) - (1 << 63)
        case 5:
            return float(feed.number(4)) * 10.0 ** (feed.number() - 128)
        case 6:
            return feed.take(feed.number())
        case _:
            return feed.text()


def packed(value: object) -> bytes:
    """For seeds."""
    made: bytes = msgpack.packb(value)
    return made
