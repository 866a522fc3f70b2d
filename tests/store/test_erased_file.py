"""What was erased cannot be read in the embedded store's files any more."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from random import Random
from typing import TYPE_CHECKING

import pytest

from ivr.callers.changes import GiveGrant
from ivr.engine.interfaces import Annotation, OpenCall, StoreError
from ivr.store.backup import backup
from ivr.store.compacting import compact
from tests.store.contract import caller, together
from tests.store.erasure import ASKED, BOUNDS
from tests.store.samples import DANA, LONG_AGO, author, contact
from tests.store.worlds import SqliteWorld

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ivr.callers.contacts import Contact

#: What nobody else has.
SECRETS = (b"a note of hers", b"golden-beam", b"Agent/4711", b"a state of hers")
OTHERS = [f"+97252{n:07}" for n in range(40)]
ROUNDS = 25


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[SqliteWorld]:
    world = SqliteWorld(tmp_path / "ivr.db")
    yield world
    world.close()


def told(world: SqliteWorld) -> None:
    """Hers, among those of many others, each written again and again."""

    async def tell() -> None:
        for turn in range(ROUNDS):
            asked = [world.store.record(contact(1000 * turn, agent="Agent/4711"))]
            asked += [
                world.store.record(contact(1000 * turn + place + 1, number=number))
                for place, number in enumerate(OTHERS)
            ]
            await together(asked)
            said = Annotation(f"a note of hers, number {turn}")
            await world.store.annotate(contact(1000 * turn).id, said, author())
            await world.store.change(DANA, GiveGrant("golden-beam"), author(float(turn)))
            grant = GiveGrant("silver", 9e9)
            who = author(float(turn), f"{turn} " * 40)
            await world.store.change_many([(number, grant) for number in OTHERS], who)
        await world.store.remember(OpenCall("1", DANA, "a state of hers", 1.0))

    world.run(tell())


def count(folder: Path, word: bytes) -> int:
    """How often it is in any of the store's files."""
    return sum(file.read_bytes().count(word) for file in folder.glob("ivr.db*"))


def test_nothing_that_was_erased_is_left_in_the_files(engine: SqliteWorld, tmp_path: Path) -> None:
    told(engine)
    assert all(count(tmp_path, word) for word in SECRETS)

    async def erase() -> None:
        await engine.store.lookup(DANA, None, LONG_AGO)  # readers have the file open, as in service
        await engine.store.history(DANA)
        await engine.store.erase(DANA, BOUNDS, ASKED)

    engine.run(erase())
    assert {word: count(tmp_path, word) for word in SECRETS} == dict.fromkeys(SECRETS, 0)
    backup(str(tmp_path / "ivr.db"), str(tmp_path / "whole"))
    compact = (tmp_path / "whole").read_bytes()
    assert compact.count(DANA.encode()) == 3, "who is known to be erased, and the journal's entry"
    assert count(tmp_path, DANA.encode()) == compact.count(DANA.encode())


@pytest.mark.parametrize("seed", range(2))
def test_copies_that_were_left_when_rows_moved_go_when_the_file_is_written_anew(
    engine: SqliteWorld, tmp_path: Path, seed: int
) -> None:
    """As years of calls leave a file: rows of any size come and go in any order."""
    random = Random(seed)

    async def live() -> None:
        for _ in range(30):
            told = [_any_contact(random) for _ in range(80)]
            await together(engine.store.record(each) for each in told)
            why = random.choice(("a note of hers", "other")) + "w" * random.randrange(300)
            number = DANA if why.startswith("a note") else OTHERS[0]
            await engine.store.change(number, GiveGrant("g"), author(1.0, why))
        await engine.store.erase(DANA, BOUNDS, ASKED)

    engine.run(live())
    before, after = compact(str(tmp_path / "ivr.db"))
    assert after < before
    assert count(tmp_path, b"a note of hers") == 0
    assert count(tmp_path, DANA.encode()) == 3
    engine.run(write(engine))


def _any_contact(random: Random) -> Contact:
    hers = random.random() < 0.1
    note = ("a note of hers " if hers else "another ") + "y" * random.randrange(1500)
    return contact(
        random.randrange(10**7), number=DANA if hers else random.choice(OTHERS), note=note,
        started=float(random.randrange(8000)), ended=8000.0,
    )  # fmt: skip


async def write(world: SqliteWorld) -> None:
    """The engine goes on with the file that was written anew beside it."""
    assert await world.store.record(contact(1, started=9500.0, ended=9600.0))


def test_an_erasure_while_somebody_reads_says_what_is_left_to_do(
    engine: SqliteWorld, tmp_path: Path
) -> None:
    told(engine)
    hasty = SqliteWorld(tmp_path / "ivr.db", patience=0.1)

    async def erase() -> None:
        await hasty.store.erase(DANA, BOUNDS, ASKED)

    with closing(sqlite3.connect(tmp_path / "ivr.db", isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM contacts").fetchone()
        with pytest.raises(StoreError, match="do this again"):
            hasty.run(erase())
    hasty.run(erase())
    hasty.close()
    assert count(tmp_path, b"a note of hers") == 0


def test_it_is_done_beside_calls(engine: SqliteWorld, tmp_path: Path) -> None:
    """Writes and lookups come in all the while: nobody is kept waiting for long, or refused."""
    told(engine)

    async def story() -> bool:
        erased = engine.store.erase(DANA, BOUNDS, ASKED)
        asked = [engine.store.record(contact(n, number=OTHERS[0])) for n in range(200, 400)]
        for _ in range(20):
            await caller(engine.store, OTHERS[1])
        new = await together(asked)
        await erased
        return all(new)

    assert engine.run(story())
    assert count(tmp_path, b"a note of hers") == 0
