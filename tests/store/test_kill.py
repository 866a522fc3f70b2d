"""kill -9 at any moment loses nothing that was acknowledged. Real processes, really killed.

This proves that an acknowledged contact survives the death of the process, however sudden, since
it is in the operating system's hands by then. It does not prove that it survives a power cut: that
is what `synchronous=FULL` is for (docs/store.md). IVR_KILL_ROUNDS asks for more rounds.
"""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import IO

from tests.store.contract import caller
from tests.store.killed import numbered
from tests.store.samples import DANA, NOAM, consent
from tests.store.worlds import SqliteWorld

ROUNDS = int(os.environ.get("IVR_KILL_ROUNDS", "12"))
REPOSITORY = Path(__file__).parents[2]


def killed_after(store: Path | str, first: int, lines: int) -> list[str]:
    """What a child had acknowledged when it was killed, some lines after its start."""
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.store.killed", str(store), str(first)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=REPOSITORY,
    )
    assert child.stdout is not None
    heard = [child.stdout.readline() for _ in range(lines)]
    child.kill()
    heard += list(_rest(child.stdout))
    child.wait()
    assert all(heard), "the child ended by itself"
    return [line.strip() for line in heard if line != "ready\n"]


def _rest(pipe: IO[str]) -> list[str]:
    with pipe:
        return pipe.readlines()


def test_nothing_that_was_acknowledged_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "ivr.db"
    chance = random.Random(2)
    acknowledged: list[str] = []
    for turn in range(ROUNDS):
        # A new file now and then: killed while it is made, too.
        lines = chance.choice([1, chance.randint(2, 30), chance.randint(30, 1500)])
        acknowledged += killed_after(path, 1_000_000 * turn, lines)
        _compare(path, acknowledged)
    assert len(acknowledged) > 100


def test_a_file_that_was_being_made_is_finished(tmp_path: Path) -> None:
    for turn in range(ROUNDS // 3):
        path = tmp_path / f"{turn}.db"
        heard = killed_after(path, 0, lines=1)
        _compare(path, heard)


def told(acknowledged: list[str], what: str) -> list[int]:
    return [int(line[2:]) for line in acknowledged if line.startswith(what)]


def _values(store: sqlite3.Connection, query: str) -> set[str]:
    return {row[0] for row in store.execute(query)}


def _compare(path: Path, acknowledged: list[str]) -> None:
    """Everything acknowledged is there, once; and the sums agree with what they sum up."""
    world = SqliteWorld(path)
    dana = world.run(caller(world.store, DANA))
    world.run(caller(world.store, NOAM))
    world.close()
    with sqlite3.connect(path) as store:
        ids = _values(store, "SELECT id FROM contacts")
        assert not {numbered(sequence).id for sequence in told(acknowledged, "c")} - ids
        marked = _values(store, "SELECT id FROM contacts WHERE marked_by IS NOT NULL")
        assert not {numbered(sequence).id for sequence in told(acknowledged, "m")} - marked
        agreed = _values(store, "SELECT id FROM consents")
        assert not {consent(sequence).id for sequence in told(acknowledged, "a")} - agreed
        summed = store.execute("SELECT number, about, ended, answered FROM tallies ORDER BY 1, 2")
        counted = store.execute(
            "SELECT number, coalesce(about, ''), count(*), sum(outcome = 'answered') FROM contacts"
            " WHERE number IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2"
        )
        assert summed.fetchall() == counted.fetchall()
        months = store.execute("SELECT number, month, contacts, marks FROM months ORDER BY 1, 2")
        evidence = store.execute(
            "SELECT number, substr(day, 1, 7), count(*), count(marked_by) FROM contacts"
            " WHERE number IS NOT NULL AND about IS NULL GROUP BY 1, 2 ORDER BY 1, 2"
        )
        assert months.fetchall() == evidence.fetchall()
        assert len(_values(store, "SELECT id FROM consents WHERE latest")) == bool(agreed)
        cases = {case.id for case in dana.record.cases}
        opened = "SELECT change ->> 'id' FROM journal WHERE kind = 'open-case'"
        assert cases == _values(store, opened)
        assert not {f"K{sequence}" for sequence in told(acknowledged, "g")} - cases
        said = "SELECT change ->> 'contact' FROM journal WHERE kind = 'annotate'"
        assert marked == _values(store, said)
        assert store.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    store.close()
