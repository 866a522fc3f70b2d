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
from tests.store.samples import DANA, NOAM
from tests.store.worlds import SqliteWorld

ROUNDS = int(os.environ.get("IVR_KILL_ROUNDS", "12"))
REPOSITORY = Path(__file__).parents[2]


def killed_after(path: Path, first: int, lines: int) -> list[str]:
    """What a child had acknowledged when it was killed, some lines after its start."""
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.store.killed", str(path), str(first)],
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


def _compare(path: Path, acknowledged: list[str]) -> None:
    """Everything acknowledged is there, once; and the sums agree with what they sum up."""
    world = SqliteWorld(path)
    dana = world.run(caller(world.store, DANA))
    world.run(caller(world.store, NOAM))
    world.close()
    with sqlite3.connect(path) as store:
        ids = {row[0] for row in store.execute("SELECT id FROM contacts")}
        told = [int(line[2:]) for line in acknowledged if line.startswith("c")]
        assert not {numbered(sequence).id for sequence in told} - ids
        summed = store.execute("SELECT number, about, ended, answered FROM tallies ORDER BY 1, 2")
        counted = store.execute(
            "SELECT number, coalesce(about, ''), count(*), sum(outcome = 'answered') FROM contacts"
            " WHERE number IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2"
        )
        assert summed.fetchall() == counted.fetchall()
        cases = {case.id for case in dana.record.cases}
        journaled = store.execute("SELECT change ->> 'id' FROM journal")
        assert cases == {row[0] for row in journaled}
        assert not {f"K{line[2:]}" for line in acknowledged if line.startswith("g")} - cases
        assert store.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    store.close()
