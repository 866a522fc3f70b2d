"""`ivr store copy` as an operator types it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner, Result

from ivr.callers.changes import GiveGrant
from ivr.store.copying import copy as copy_all
from ivr.tools import copy as copying
from ivr.tools.place import Place
from ivr.tools.stores import store
from tests.store.contract import caller
from tests.store.moved import fill
from tests.store.samples import DANA, author
from tests.store.servers import RedisServer, RedisWorld, redis_server
from tests.store.worlds import SqliteWorld

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ivr.store.copying import Copied
    from ivr.store.sides import Side, Target

HOLDS = "4 callers, 155 contacts (1 of withheld numbers), 14 entries of the journal, 4 consents"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    with redis_server(tmp_path) as server:
        yield server


@pytest.fixture
def here(tmp_path: Path) -> str:
    path = tmp_path / "ivr.db"
    world = SqliteWorld(path)
    world.run(fill(world.store))
    world.close()
    return str(path)


def typed(*words: str) -> Result:
    place = Place("/nowhere", "IL", ZoneInfo("Asia/Jerusalem"), (), ())
    return CliRunner().invoke(store, ("copy", *words), obj=place)


def test_it_says_what_it_did_and_what_is_to_do(here: str, server: RedisServer) -> None:
    told = typed(here, server.url)
    assert told.exit_code == 0, told.output
    assert told.output.splitlines() == [
        "7 callers, withheld contacts and open calls were written",
        f"FROM holds {HOLDS}",
        f"TO holds   {HOLDS}",
        f"{server.url} is whole: start the engines on it, and never again on FROM",
        f"nobody is sent to a paid line before you run `IVR_STORE='{server.url}' ivr store"
        " reconcile --by NAME --why WHY`",
    ]
    world = RedisWorld(server.url)
    assert world.run(caller(world.store)).record.grants
    world.close()


def test_a_copy_made_ahead_stays_closed(here: str, tmp_path: Path) -> None:
    to = tmp_path / "to.db"
    told = typed("--ahead", here, str(to))
    assert told.exit_code == 0
    assert f"{to} is not opened to engines yet: stop them all, and run this again" in told.output
    assert not to.exists()
    told = typed(here, str(to))
    assert told.exit_code == 0
    assert told.output.startswith("0 callers, withheld contacts and open calls were written\n")
    assert "reconcile" not in told.output
    assert to.stat().st_mode & 0o777 == 0o600
    assert sorted(each.name for each in tmp_path.glob("to.db*")) == ["to.db"]


def test_what_differs_at_the_end_keeps_it_closed(
    here: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    to = tmp_path / "to.db"
    engine = SqliteWorld(Path(here))

    async def write() -> None:
        await engine.store.change(DANA, GiveGrant("silver"), author(7000.0))

    def meanwhile(source: Side, target: Target, step: Callable[[int], object]) -> Copied:
        return copy_all(source, target, lambda pieces: (step(pieces), engine.run(write())))

    monkeypatch.setattr(copying, "copy_all", meanwhile)
    told = typed(here, str(to))
    engine.close()
    assert told.exit_code == 1
    assert "the two do not hold the same" in told.output
    assert "Stop the engines, and run the same command again" in told.output
    assert not to.exists()


def test_stopped_by_hand_it_says_how_to_go_on(
    here: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(source: Side, target: Target, step: Callable[[int], object]) -> Copied:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(copying, "copy_all", stopped)
        told = typed(here, str(tmp_path / "to.db"))
    assert told.exit_code == 1
    assert told.output.splitlines()[-1].startswith("Error: stopped: run the same command again")
    assert typed(here, str(tmp_path / "to.db")).exit_code == 0


def test_a_server_that_goes_away_is_one_line(
    here: str, server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(source: Side, target: Target, step: Callable[[int], object]) -> Copied:
        server.kill()
        return copy_all(source, target, step)

    monkeypatch.setattr(copying, "copy_all", gone)
    told = typed(here, server.url)
    assert told.exit_code == 1
    (line,) = told.output.splitlines()
    assert line.startswith(f"Error: the Redis at {server.url} cannot be reached")
    assert line.endswith("what is there by now is not written a second time")


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("nowhere.db", "to.db"), "there is no store at nowhere.db: nothing to copy"),
        (("{here}", "{here}"), "{here} and {here} are one store: name another to copy it to"),
        (
            ("{here}", "redis://:secret@127.0.0.1"),
            "a password in the URL of the store can be read by whoever sees the list of processes:"
            " write it into a file, and add ?password_file=PATH",
        ),
        (
            ("{here}", "redis:/127.0.0.1:6379"),
            "redis: without // is no store: write redis://HOST:PORT, or a path from / on",
        ),
    ],
)
def test_what_cannot_be_meant_is_one_line(words: tuple[str, str], line: str, here: str) -> None:
    told = typed(*(word.format(here=here) for word in words))
    assert told.exit_code == 1
    assert told.output == f"Error: {line.format(here=here)}\n"


def test_two_places_are_wanted(here: str) -> None:
    assert typed(here).exit_code == 2
