"""`ivr nuisance` as a supervisor types it, on a real store with a frozen clock."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner, Result

from ivr.callers.nuisance import Rules
from ivr.engine.interfaces import Annotation
from ivr.tools import callers
from ivr.tools import nuisance as commands
from ivr.tools.callers import caller
from ivr.tools.nuisance import nuisance
from ivr.tools.place import Place
from tests.store.samples import DANA, author, contact
from tests.store.worlds import SqliteWorld

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ZONE = ZoneInfo("Asia/Jerusalem")
RULES = Rules(contacts=3, marks=2)
BY = ("--by", "Ronit", "--why", "told by telephone")
TOLD = ("--by", "Ronit", "--how", "telephone", "--note", "explained what the line is for")


@dataclass
class Floor:
    """Types commands on a day that the tests choose, beside an engine whose store stays open."""

    place: Place
    engine: SqliteWorld
    today: date = date(2026, 1, 1)
    told: int = 0

    def time(self) -> float:
        day = self.today
        return datetime(day.year, day.month, day.day, 10, tzinfo=ZONE).timestamp()

    def __call__(self, *words: str, group: Any = nuisance) -> Result:
        return CliRunner().invoke(group, words, obj=self.place)

    def done(self, *words: str, group: Any = nuisance) -> str:
        answer = self(*words, group=group)
        assert answer.exit_code == 0, answer.output
        return answer.output

    def refused(self, *words: str) -> str:
        answer = self(*words)
        assert answer.exit_code == 1, answer.output
        assert "Traceback" not in answer.output
        return answer.output

    def months(self, *contacts: int) -> None:
        for count in contacts:
            self.engine.run(self._month(count))

    async def _month(self, contacts: int) -> None:
        store, first = self.engine.store, self.today
        for n in range(contacts):
            self.told += 1
            day = first + timedelta(days=n)
            at = datetime(day.year, day.month, day.day, 9, tzinfo=ZONE).timestamp()
            await store.record(contact(self.told, day=day, started=at, ended=at + 60))
            if n:
                agent = replace(author(at + 90), by="Dana Levi")
                await store.annotate(contact(self.told).id, Annotation(marked=True), agent)
        while self.today.month == first.month:
            await store.attend(self.today)
            self.today += timedelta(days=1)


@pytest.fixture
def floor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Floor]:
    path = tmp_path / "ivr.db"
    engine = SqliteWorld(path)
    floor = Floor(Place(str(path), "IL", ZONE, ("fault",), ("golden-beam",), RULES), engine)
    for module in (commands, callers):
        monkeypatch.setattr(module.time, "time", floor.time)
    floor.months(3, 3, 3)
    yield floor
    engine.close()


def test_what_is_due_can_be_read_out(floor: Floor) -> None:
    assert floor.done("due") == (
        "+972541111111: warning-due: the warning is due\n"
        "  in a row   3 watched; a watched month has 3 contacts and 2 marks or more\n"
        "  January 2026: 3 contacts, 2 of them marked as not to the point\n"
        "    marked by Dana Levi (2)\n"
        "    contacts on 1, 2, 3\n"
        "  February 2026: 3 contacts, 2 of them marked as not to the point\n"
        "    marked by Dana Levi (2)\n"
        "    contacts on 1, 2, 3\n"
        "  March 2026: 3 contacts, 2 of them marked as not to the point\n"
        "    marked by Dana Levi (2)\n"
        "    contacts on 1, 2, 3\n"
        "  to do      call the customer and explain, then\n"
        "             ivr nuisance confirm +972541111111 --step warned --by … --how … --note …\n"
    )
    (case,) = json.loads(floor.done("due", "--json"))
    assert (case["due"], case["waits"], case["watched_in_a_row"]) == ("warned", None, 3)
    assert case["months"][0]["days"] == {"2026-01-01": 1, "2026-01-02": 1, "2026-01-03": 1}
    assert case["months"][0]["marked_by"] == {"Dana Levi": 2}


def test_the_whole_way_to_the_last_stage_and_out_of_it(floor: Floor) -> None:
    said = floor.done("confirm", "054-1111111", "--step", "warned", *TOLD)
    assert "+972541111111: warned\n" in said
    assert "warned     2026-04-01 10:00 by Ronit, telephone" in said
    assert floor.done("due") == "no step is due\n"
    floor.months(0, 3, 3)
    assert "(not whoever gave the warning)" in floor.done("due")
    assert "by somebody else" in floor.refused("confirm", DANA, "--step", "noticed", *TOLD)
    said = floor.done("confirm", DANA, "--step", "noticed", "--by", "Noam", *TOLD[2:])
    assert "+972541111111: paid\n" in said
    shown = floor.done("show", DANA, group=caller)
    assert "nuisance    paid, in the nuisance process" in shown
    assert "noticed 2026-07-01 10:00 by Noam, telephone" in shown
    floor.months(0, 0, 0)
    assert "+972541111111: clear\n" in floor.done("show", DANA)


def test_show_tells_everything_with_the_evidence_as_it_was(floor: Floor) -> None:
    floor.done("attempted", DANA, "--step", "warned", *TOLD[:4], "--note", "no answer")
    assert "tried" in floor.done("due")
    floor.done("confirm", DANA, "--step", "warned", *TOLD)
    floor.done("appeal", DANA, "--by", "Ronit", "--why", "says it was never repaired")
    floor.done("decide", DANA, "--rejected", "--by", "Noam", "--why", "it was, on 3 March")
    floor.done("clear", DANA, "--by", "Noam", "--why", "meant for another customer")
    shown = floor.done("show", DANA)
    for words in (
        "'warned' tried, telephone, by Ronit",
        "no answer",
        "'warned' confirmed, telephone, by Ronit",
        "January 2026: 3 contacts, 2 marked",
        "appeal by Ronit",
        "appeal rejected by Noam",
        "cleared by Noam",
        "meant for another customer",
    ):
        assert words in shown, shown
    told = json.loads(floor.done("show", DANA, "--json"))
    assert [entry["change"] for entry in told["journal"] if entry["change"] != "annotate"] == [
        "attempt", "confirm", "file-appeal", "decide-appeal", "clear-process",
    ]  # fmt: skip


def test_an_appeal_stops_all(floor: Floor) -> None:
    assert "waits      an appeal is open" in floor.done("appeal", DANA, *BY)
    assert floor.done("due") == "no step is due\n"
    assert "decide it first" in floor.refused("confirm", DANA, "--step", "warned", *TOLD)
    assert "decide it first" in floor.refused("appeal", DANA, *BY)
    assert ": clear\n" in floor.done("decide", DANA, "--upheld", *BY)
    assert "nothing to decide" in floor.refused("decide", DANA, "--upheld", *BY)


def test_what_is_due_waits_for_an_open_case(floor: Floor) -> None:
    floor.done("open-case", DANA, *BY, group=caller)
    said = floor.done("due")
    assert "waits      a case is open: a just complaint comes first" in said
    assert "to do" not in said
    assert "a case is open" in floor.refused("confirm", DANA, "--step", "warned", *TOLD)


def test_steps_are_taken_in_their_order(floor: Floor) -> None:
    assert "'warned' is" in floor.refused("confirm", DANA, "--step", "noticed", *TOLD)
    floor.done("confirm", DANA, "--step", "warned", *TOLD)
    assert "no step is taken twice" in floor.refused("confirm", DANA, "--step", "warned", *TOLD)
    assert "no step is due" in floor.refused("attempted", DANA, "--step", "noticed", *TOLD)


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("show", "abc"), 2, "no telephone number"),
        (("confirm", DANA, "--step", "charged", *TOLD), 2, "warned"),
        (("confirm", DANA, "--step", "warned", *TOLD[2:]), 2, "--by"),
        (("confirm", DANA, "--step", "warned", *TOLD[:3], " ", *TOLD[4:]), 2, "'how' is empty"),
        (("confirm", DANA, "--step", "warned", *TOLD[:5], " "), 2, "'why' is empty"),
        (("decide", DANA, *BY), 2, "--upheld"),
        (("clear", "0549999999", *BY), 1, "nothing to clear"),
        (("attempted", "0549999999", "--step", "warned", *TOLD), 1, "no step is due"),
    ],
)
def test_errors_say_what_to_do(
    floor: Floor, words: tuple[str, ...], code: int, message: str
) -> None:
    answer = floor(*words)
    assert (answer.exit_code, message in answer.output) == (code, True), answer.output
    assert "Traceback" not in answer.output


def test_without_a_process_in_the_policy_there_is_none(floor: Floor) -> None:
    floor.place = replace(floor.place, rules=None)
    for words in (("due",), ("show", DANA), ("clear", DANA, *BY)):
        assert "the policy has no `nuisance:`" in floor.refused(*words)
