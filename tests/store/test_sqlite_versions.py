"""Files of earlier versions are brought up to date with nothing lost; newer ones are refused."""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from ivr.callers.caller import Author, Caller, Grant, MonthTally, Record, Tally
from ivr.callers.changes import GiveGrant
from ivr.callers.contacts import Contact, Outcome
from ivr.engine.interfaces import Annotation, StoreError
from ivr.store import backup, schema
from tests.store.contract import caller
from tests.store.samples import DANA, DAY, NOAM, author, contact
from tests.store.worlds import SqliteWorld

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ELI = "+972543333333"

CONTACTS = (
    contact(1),
    contact(2, case="K7"),
    contact(3, day=DAY.replace(month=10)),
    contact(4, outcome=Outcome.ABANDONED, agent=None),
    contact(5, number=None),
    contact(6, number=NOAM),
    contact(7, number=ELI, agent=None),
    contact(8, number=ELI, agent=None),
)
NOTED = Annotation("why he rang", marked=True)
GRANTED = Author("Ronit", "ronit", 1.0, "twenty years")


def _version_1(path: Path) -> None:
    """A file as the first version made it: Dana has a grant, Noam's number was released."""
    with closing(sqlite3.connect(path)) as file, file:
        for statement in schema.STEPS[0]:
            file.execute(statement)
        file.executemany(
            "INSERT INTO callers VALUES(?, ?, ?, ?, ?)",
            [
                (DANA, 0, '{"grants":[["golden-beam",["Ronit","ronit",1.0,"twenty years"],null]]}',
                 "Agent/7", 5063.0),
                (NOAM, 1, "", None, None),
            ],
        )  # fmt: skip
        file.execute(
            "INSERT INTO journal VALUES(1, ?, 0, 'release', '{}', 'Ronit', 'ronit', 7000.0, 'new')",
            (NOAM,),
        )
        for told in CONTACTS:
            file.execute(
                "INSERT INTO contacts VALUES(?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"
                " ?, ?)",
                (told.id, told.system, told.linked_id, told.decision, told.number, told.started,
                 told.ended, told.day.isoformat(), told.outcome, told.dialled, told.tier,
                 told.topic, told.route, told.queue, told.agent, told.hold, told.talk,
                 told.transfer, told.case),
            )  # fmt: skip
        file.execute(
            "INSERT INTO tallies SELECT number, generation, day, coalesce(about, ''), count(*),"
            " sum(outcome = 'answered') FROM contacts WHERE number IS NOT NULL GROUP BY 1, 2, 3, 4"
        )
        file.execute("INSERT INTO open_calls VALUES('1', ?, 'state', 1.0)", (DANA,))
        file.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
        file.execute("PRAGMA user_version = 1")


@pytest.fixture
def old(tmp_path: Path) -> Path:
    path = tmp_path / "ivr.db"
    _version_1(path)
    path.chmod(0o600)
    return path


@pytest.fixture
def world(old: Path) -> Iterator[SqliteWorld]:
    world = SqliteWorld(old)
    yield world
    world.close()


def test_the_first_step_is_as_it_shipped() -> None:
    text = "\n".join(" ".join(statement.split()) for statement in schema.STEPS[0])
    assert hashlib.sha256(text.encode()).hexdigest() == (
        "0463b9f7d567b56394ffae196bd7449f220f322757799ed1a7e859369c2e968f"
    )


def test_nothing_is_lost(world: SqliteWorld) -> None:
    async def story() -> Any:
        found = [await caller(world.store, number) for number in (DANA, NOAM, ELI)]
        histories = [await world.store.history(number) for number in (DANA, NOAM, ELI)]
        return found, histories, await world.store.lookup(None, "1", DAY)

    (dana, noam, eli), histories, open_call = world.run(story())
    october = DAY.replace(month=10)
    assert dana == Caller(
        DANA,
        Record(grants=(Grant("golden-beam", GRANTED),)),
        (Tally(october, None, 1, 1), Tally(DAY, None, 2, 1), Tally(DAY, "K7", 1, 1)),
        "Agent/7",
        (MonthTally("2026-10", 1, 0), MonthTally("2026-11", 1, 0)),
        undocumented=True,
    )
    assert noam == Caller(NOAM, Record(generation=1))
    assert eli == Caller(
        ELI, Record(), (Tally(DAY, None, 2, 2),), None, (MonthTally("2026-11", 2, 0),),
        undocumented=True,
    )  # fmt: skip
    kept = [told for history in histories for told in history.contacts]
    assert kept == [told for told in CONTACTS if told.number]
    assert [entry.kind for entry in histories[1].journal] == ["release"]
    assert open_call.open_call.state == "state"


def test_it_goes_on_from_there(world: SqliteWorld) -> None:
    async def story() -> tuple[bool, bool, Contact, Caller]:
        again = await world.store.record(contact(1))
        late = await world.store.record(contact(9, number=NOAM, started=6999.0))
        after = await world.store.annotate(contact(8).id, NOTED, author())
        return again, late, after, await caller(world.store, ELI)

    again, late, after, eli = world.run(story())
    assert (again, late) == (False, True)
    assert after == replace(CONTACTS[7], note="why he rang", marked_by=author().by)
    assert eli.months == (MonthTally("2026-11", 2, 1),)
    assert not eli.undocumented


def test_an_old_backup_is_restored(old: Path, tmp_path: Path) -> None:
    now = tmp_path / "now.db"
    world = SqliteWorld(now)

    async def story() -> None:
        await world.store.change(DANA, GiveGrant("silver"), author())
        await world.store.attend(DAY)

    world.run(story())
    restored = backup.restore(str(now), str(old), str(tmp_path / "safe.db"))
    assert restored.contacts == len(CONTACTS)
    dana = world.run(caller(world.store, DANA))
    world.close()
    assert [month.name for month in dana.months] == ["2026-10", "2026-11"]
    assert [grant.name for grant in dana.record.grants] == ["golden-beam"]


def test_a_newer_file_is_refused(old: Path) -> None:
    with closing(sqlite3.connect(old)) as newer:
        newer.execute("PRAGMA user_version = 3")
    world = SqliteWorld(old)
    with pytest.raises(StoreError, match="newer ivr"):
        world.run(caller(world.store, DANA))
    world.close()
    with closing(sqlite3.connect(old)) as left:
        assert left.execute("PRAGMA user_version").fetchone() == (3,)
