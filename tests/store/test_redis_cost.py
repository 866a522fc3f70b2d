"""What callers cost a shared store: bytes on a real server, round trips, and scripts a request."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from ivr.callers.changes import GiveGrant
from ivr.callers.nuisance import Stage
from ivr.callers.process import Confirm
from ivr.engine.interfaces import OpenCall
from ivr.store.redis import ledger, operations
from ivr.store.redis.links import link
from ivr.store.redis.operations import Around
from ivr.store.redis.places import parse
from tests.store.samples import DANA, DAY, LONG_AGO, author, contact
from tests.store.servers import RedisServer, redis_server

if TYPE_CHECKING:
    from ivr.callers.contacts import Contact
    from ivr.store.redis.commands import Command, Link, Operation

AROUND = Around(reconciled=True)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with redis_server(tmp_path_factory.mktemp("redis")) as server:
        yield server


@dataclass
class Asked:
    """Does operations on a real server, and keeps what they asked, round by round."""

    link: Link
    server: RedisServer
    rounds: list[list[Command]] = field(default_factory=list)

    def do(self, operation: Operation[Any]) -> Any:
        self.rounds.clear()
        replies: Any = None
        while True:
            try:
                commands = operation.send(replies)
            except StopIteration as end:
                return end.value
            self.rounds.append(list(commands))
            replies = self.link.ask(commands)
            assert not any(isinstance(reply, Exception) for reply in replies)

    def names(self) -> list[list[Any]]:
        """The commands of each round."""
        return [[command.words[0] for command in commands] for commands in self.rounds]

    def bytes_of_the_caller(self) -> int:
        """What the keys take that were asked for just now, and are the caller's."""
        asked = {command.key for commands in self.rounds for command in commands}
        with self.server.client() as client:
            sizes = [client.memory_usage(key, samples=0) for key in asked if key and DANA in key]
        return sum(size or 0 for size in sizes)


@pytest.fixture
def asked(server: RedisServer) -> Iterator[Asked]:
    with server.client() as client:
        client.flushall()
    way = link(parse(server.url))
    yield Asked(way, server)
    way.close()


def as_real(sequence: int) -> Contact:
    """One whose moments and ids are as long as real ones."""
    started = 1795298400.123456 + sequence
    return contact(
        sequence, linked_id=f"1795298400.{123456 + sequence}", decision=f"{sequence:016x}",
        started=started, ended=started + 60, day=DAY - timedelta(days=sequence % 10),
        agent="PJSIP/1042",
    )  # fmt: skip


def test_a_lookup_reads_at_most_400_bytes_of_a_caller_with_ten_contacts(asked: Asked) -> None:
    for sequence in range(10):
        asked.do(ledger.record(as_real(sequence)))
    asked.do(operations.change(AROUND, DANA, GiveGrant("golden-beam"), author(1795298400.5)))
    found = asked.do(operations.lookup(AROUND, DANA, "1", LONG_AGO))
    assert (len(found.caller.tallies), len(found.caller.record.grants)) == (10, 1)
    assert asked.bytes_of_the_caller() <= 400


def test_it_reads_as_much_of_one_with_two_thousand(asked: Asked) -> None:
    for sequence in range(2000):
        asked.do(ledger.record(as_real(sequence)))
        if sequence == 9:
            asked.do(operations.lookup(AROUND, DANA, None, LONG_AGO))
            few = asked.bytes_of_the_caller()
    asked.do(operations.lookup(AROUND, DANA, None, LONG_AGO))
    assert asked.bytes_of_the_caller() - few <= 48  # counts of two and three digits


def test_a_process_and_a_consent_are_as_much_again(asked: Asked) -> None:
    for sequence in range(10):
        asked.do(ledger.record(as_real(sequence)))
    step = Confirm(Stage.WARNED, "telephone", "2026-09", Stage.CLEAR, "")
    asked.do(operations.change(AROUND, DANA, step, author(1795298400.5)))
    asked.do(operations.lookup(AROUND, DANA, "1", LONG_AGO))
    assert asked.bytes_of_the_caller() <= 400


def test_a_lookup_is_one_round_trip_without_a_script(asked: Asked) -> None:
    asked.do(ledger.record(contact(1)))
    asked.do(operations.remember([OpenCall("1", DANA, "state", 1.0)]))
    asked.do(operations.lookup(AROUND, DANA, "1", LONG_AGO))
    assert asked.names() == [["GET", "GET"]]


def test_a_contact_is_one_script(asked: Asked) -> None:
    asked.do(ledger.record(contact(1)))
    assert asked.names() == [["HSETNX", "HGET", "GET"], ["EVALSHA"]]
