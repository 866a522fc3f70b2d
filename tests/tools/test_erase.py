"""`ivr caller erase` as an operator types it, on a real store."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner

from ivr.callers.caller import Author
from ivr.callers.changes import GiveGrant, OpenCase
from ivr.callers.erasure import ERASE, books_from, books_until
from ivr.callers.nuisance import NUISANCE, Rules, Stage
from ivr.callers.process import Confirm
from ivr.engine.endings import FORGOTTEN
from ivr.engine.interfaces import OpenCall
from ivr.tools import erase as module
from ivr.tools.erase import erase
from ivr.tools.nuisance import nuisance
from ivr.tools.place import Place
from tests.store.ledger import yes
from tests.store.samples import DANA, LONG_AGO, author, consent, contact
from tests.store.servers import RedisWorld, redis_server
from tests.store.worlds import SqliteWorld

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from click.testing import Result

ZONE = ZoneInfo("Asia/Jerusalem")
WHO = ("--by", "Ronit", "--why", "asked for it in writing")


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[SqliteWorld]:
    """It runs meanwhile: its store stays open."""
    world = SqliteWorld(tmp_path / "ivr.db")
    world.run(ping(world))
    yield world
    world.close()


async def ping(world: Any) -> None:
    await world.store.ping()


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(str(tmp_path / "ivr.db"), "IL", ZONE, ("fault",), ("golden-beam",))


def typed(place: Place, *words: str, **settings: Any) -> Result:
    return CliRunner().invoke(erase, [*words, *WHO], obj=place, **settings)


def charged(engine: SqliteWorld, now: float) -> None:
    """A caller who was charged, and told of it before by two persons."""

    async def story() -> None:
        steps = (
            Confirm(Stage.WARNED, "telephone", "2026-08", Stage.CLEAR, ""),
            Confirm(Stage.PAID, "letter", "2026-10", Stage.WARNED, "2026-08"),
        )
        for step, by in zip(steps, ("Ronit", "Noam"), strict=True):
            await engine.store.change(DANA, step, Author(by, by, now - 100, "told"))
        await engine.store.record(contact(1))
        await engine.store.consent(DANA, consent(1, at=now - 50), yes, LONG_AGO)
        await engine.store.change(DANA, GiveGrant("golden-beam"), author(now - 10))

    engine.run(story())


def history(engine: SqliteWorld) -> Any:
    async def asked() -> Any:
        return await engine.store.history(DANA)

    return engine.run(asked())


def test_it_says_what_went_what_stays_and_where_else_to_look(
    engine: SqliteWorld, place: Place
) -> None:
    now = time.time()
    charged(engine, now)
    answer = typed(place, "054-1111111")
    assert answer.exit_code == 0
    year = datetime.fromtimestamp(now, ZONE).year + 7
    told = answer.output
    assert told.splitlines()[0] == "+972541111111: erased"
    for part in (
        "1 grant, the nuisance process (people left it at 'paid')",
        "1 contact with their notes",
        "1 entry of the journal",
        f"1 consent to a price, until {year}-12-31",
        "2 steps of the nuisance process, the ground of the charge",
        "queue_log and CDR",
        "ivr store compact",
        "backups: a restore brings it back",
    ):
        assert part in told
    assert "Redis" not in told
    found = history(engine)
    assert [entry.kind for entry in found.journal] == ["confirm", "confirm", ERASE]
    assert found.journal[-1].author.why == "asked for it in writing"
    assert (found.consents, found.contacts) == ((consent(1, at=now - 50),), ())


def test_once_more_says_that_there_is_nothing(engine: SqliteWorld, place: Place) -> None:
    charged(engine, time.time())
    typed(place, DANA)
    told = typed(place, DANA).output
    assert told.startswith("+972541111111: nothing to erase\n")
    assert "kept" in told
    assert "removed" not in told


def test_the_law_may_have_books_kept_longer(engine: SqliteWorld, place: Place) -> None:
    now = datetime.now(ZONE)
    charged(engine, now.replace(year=now.year - 9, day=1).timestamp())
    assert f"until {now.year + 1}-12-31" in typed(place, DANA, "--keep-consents", "10").output
    told = typed(place, DANA).output
    assert "1 consent to a price that no book needs any more" in told
    assert history(engine).consents == ()


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ((2019, 1, 1, 0, 0), True),
        ((2018, 12, 31, 23, 59), False),
        ((2026, 11, 1, 0, 0), True),
    ],
)
def test_books_are_kept_for_seven_years_after_their_own(
    given: tuple[int, int, int, int, int], kept: bool
) -> None:
    at = datetime(*given, tzinfo=ZONE).timestamp()
    for day in ((2026, 1, 1), (2026, 12, 31)):
        now = datetime(*day, 12, tzinfo=ZONE)
        assert (at >= books_from(now.timestamp(), ZONE)) is kept
        assert (books_until(at, ZONE) >= now.date()) is kept


def test_what_we_owe_is_named_with_what_to_do(engine: SqliteWorld, place: Place) -> None:
    async def story() -> None:
        await engine.store.change(DANA, OpenCase("K7", None, complex=False), author())

    engine.run(story())
    answer = typed(place, DANA)
    assert answer.exit_code == 1
    assert "K7" in answer.output
    assert "ivr caller close-case" in answer.output


@pytest.mark.parametrize(("age", "exit_code"), [(60.0, 1), (FORGOTTEN + 60.0, 0)])
def test_a_call_is_under_way_for_a_day_at_most(
    engine: SqliteWorld, place: Place, age: float, exit_code: int
) -> None:
    async def story() -> None:
        await engine.store.remember(OpenCall("1", DANA, "x", time.time() - age))

    engine.run(story())
    assert typed(place, DANA).exit_code == exit_code


@pytest.mark.parametrize(
    ("keys", "words", "erased"),
    [("n\n", (), False), ("\n", (), False), ("y\n", (), True), ("", ("--yes",), True)],
)
def test_a_person_at_a_terminal_is_asked_once_more(
    engine: SqliteWorld, place: Place, monkeypatch: pytest.MonkeyPatch,
    keys: str, words: tuple[str, ...], erased: bool,
) -> None:  # fmt: skip
    charged(engine, time.time())
    monkeypatch.setattr(module, "_is_terminal", lambda: True)
    answer = typed(place, DANA, *words, input=keys)
    assert answer.exit_code == (0 if erased else 1)
    assert bool(history(engine).contacts) is not erased


def test_what_is_no_number_is_told(engine: SqliteWorld, place: Place) -> None:
    answer = typed(place, "*611")
    assert answer.exit_code == 2
    assert "no telephone number" in answer.output


def test_a_shared_store_has_files_of_its_own(tmp_path: Path) -> None:
    with redis_server(tmp_path) as server:
        world = RedisWorld(server.url)
        world.run(ping(world))
        place = Place(server.url, "IL", ZONE, ("fault",), ("golden-beam",))
        told = typed(place, DANA).output
        world.close()
    assert told.startswith(f"{DANA}: nothing to erase")
    assert "BGREWRITEAOF" in told
    assert NUISANCE not in told


def test_the_nuisance_process_tells_of_it(engine: SqliteWorld, place: Place) -> None:
    """What stays is shown as what it is; the present owner has no part in it."""
    charged(engine, time.time())
    typed(place, DANA)
    ruled = replace(place, rules=Rules(contacts=30, marks=5))
    told = CliRunner().invoke(nuisance, ["show", DANA], obj=ruled).output
    assert "+972541111111: clear" in told
    assert "erased by Ronit" in told
    assert "'noticed' confirmed, letter, by Noam" in told
