"""`ivr contact` and `ivr contacts` as they are typed, on a real store."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner, Result

from ivr.callers.contacts import Outcome
from ivr.callers.erasure import Bounds
from ivr.callers.nuisance import Rules
from ivr.engine.endings import contacts as judged
from ivr.engine.interfaces import OpenCall
from ivr.engine.reports import Ending
from ivr.engine.windows import local_day
from ivr.routing.ticket import Hop, Kind, Post, Ticket, encode
from ivr.tools.contacts import contact as contact_group
from ivr.tools.contacts import contacts as contacts_group
from ivr.tools.contacts_import import BATCH
from ivr.tools.place import Place
from tests.store.samples import DANA, author, contact
from tests.store.worlds import SqliteWorld
from tests.tools.pipes import piped

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from ivr.callers.contacts import Contact

ZONE = ZoneInfo("Asia/Jerusalem")
AT = 1_800_000_100
ONE = contact(1)


@dataclass
class Shell:
    place: Place
    engine: SqliteWorld

    def __call__(self, *words: str, group: Any = contact_group) -> Result:
        return CliRunner().invoke(group, words, obj=self.place)

    def done(self, *words: str, group: Any = contact_group) -> str:
        answer = self(*words, group=group)
        assert answer.exit_code == 0, answer.output
        return answer.output

    def told(self, *told: Contact) -> list[bool]:
        async def tell() -> list[bool]:
            return [await self.engine.store.record(each) for each in told]

        return self.engine.run(tell())

    def kept(self, number: str = DANA) -> Sequence[Contact]:
        async def ask() -> Sequence[Contact]:
            return (await self.engine.store.history(number)).contacts

        return self.engine.run(ask())


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    path = tmp_path / "ivr.db"
    engine = SqliteWorld(path)
    shell = Shell(Place(str(path), "IL", ZONE, ("fault",), ("golden-beam",)), engine)
    shell.told(contact(99, number="+972500000000", day=date(2026, 1, 1)))
    yield shell
    engine.close()


# -- what agents say


def test_a_note_is_left_and_replaced(shell: Shell) -> None:
    shell.told(ONE)
    said = shell.done("note", ONE.id, "router  replaced", "--by", "Dana", "--disposition", "solved")
    assert "note: solved: router replaced" in said
    shell.done("note", ONE.id, "תוקן", "--by", "Dana")
    (kept,) = shell.kept()
    assert (kept.note, kept.disposition, kept.marked_by) == ("תוקן", "solved", None)


def test_a_mark_has_its_agent_and_is_taken_back(shell: Shell) -> None:
    shell.told(ONE)
    why = ("--by", "Dana", "--why", "asked what day it is")
    assert "not to the point, says Dana" in shell.done("mark", ONE.id, *why)
    assert shell.kept()[0].marked_by == "Dana"
    assert "not to the point" not in shell.done("mark", ONE.id, *why, "--undo")
    assert shell.kept()[0].marked_by is None


def test_which_case_it_was_about(shell: Shell) -> None:
    shell.told(ONE)
    why = ("--by", "Dana", "--why", "the same fault")
    assert "about case K7F3QX" in shell.done("about", ONE.id, "K7F3QX", *why)
    assert shell.kept()[0].case == "K7F3QX"
    shell.done("about", ONE.id, "--none", *why)
    assert shell.kept()[0].case is None


def test_the_last_contacts_are_listed_with_their_ids(shell: Shell) -> None:
    shell.told(ONE, contact(2), contact(3))
    lines = shell.done("list", "0541111111", "--last", "2").splitlines()
    assert [line for line in lines if not line.startswith(" ")] == [contact(3).id, contact(2).id]
    assert "answered (main, Agent/7, fault)" in lines[1]
    first, *_ = json.loads(shell.done("list", DANA, "--json"))
    assert first["id"] == contact(3).id
    assert shell.done("list", "0549999999") == "no contacts\n"


def test_contacts_without_a_note_are_counted_by_queue(shell: Shell) -> None:
    now = datetime.now(UTC).timestamp()
    today = datetime.now(ZONE).date()
    old = contact(4, day=today - timedelta(days=40))
    told = [contact(n, day=today, started=now, ended=now, queue=queue)
            for n, queue in enumerate(["main", "main", "faults"])]  # fmt: skip
    shell.told(*told, contact(9, day=today, outcome=Outcome.ABANDONED), old)
    shell.done("note", contact(0).id, "x", "--by", "Dana")
    assert [line.split(" answered")[0] for line in shell.done("undocumented").splitlines()] == [
        "faults: 1 of 1", "main: 1 of 2",
    ]  # fmt: skip
    rows = json.loads(shell.done("undocumented", "--days", "90", "--json"))
    assert {row["queue"]: row["without_note"] for row in rows}["main"] >= 2


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("mark", "1/2/3", "--by", "Dana", "--why", "x"), 1, "no contact 1/2/3"),
        (("note", ONE.id, " ", "--by", "Dana"), 2, "'the note' is empty"),
        (("note", ONE.id, "x" * 2001, "--by", "Dana"), 2, "shorten it to 2000"),
        (("note", ONE.id, "x"), 2, "--by"),
        (("about", ONE.id, "--by", "Dana", "--why", "x"), 2, "--none"),
        (("about", ONE.id, "K7", "--none", "--by", "Dana", "--why", "x"), 2, "--none"),
        (("undocumented", "--days", "1000000"), 2, "range 1<=x<=36500"),
    ],
)
def test_errors_say_what_to_do(
    shell: Shell, words: tuple[str, ...], code: int, message: str
) -> None:
    shell.told(ONE)
    answer = shell(*words)
    assert (answer.exit_code, message in answer.output) == (code, True), answer.output
    assert shell.kept()[0] == ONE


# -- import


def state(decision: str = "d1", number: str | None = DANA) -> str:
    hops = (Hop(Kind.QUEUE, 180, (Post("faults"), Post("main"))),)
    return encode(
        Ticket(decision, "abcd", AT - 100, number, "+9721800123456", topic="fault", hops=hops)
    )


def line(n: int = 1, number: str | None = DANA, **fields: str) -> str:
    given = {
        "at": str(AT), "uniqueid": f"17.{n}", "queue": "faults", "agent": "Dana Levi",
        "event": "IVRENDED", "decision": f"d{n}", "linkedid": f"17.{n}", "hold": "12", "talk": "48",
        "abandoned": "", "transfer": "", "by": "caller", "peer": "", "talk2": "",
        "first": str(AT - 100), "dialled": "1800123456", "fallback": "", "interface": "",
        "state": state(f"d{n}", number),
    }  # fmt: skip
    return "|".join({**given, **fields}.values()) + "\n"


def ending(n: int = 1, **values: Any) -> Ending:
    """What /ended is told of the same call."""
    given = Ending(
        linked_id=f"17.{n}", unique_id=f"17.{n}", system="pbx1", state=state(f"d{n}"),
        first=AT - 100, dialled="1800123456", queue="faults", agent="Dana Levi", hold=12, talk=48,
        by="caller",
    )  # fmt: skip
    return replace(given, **values)


def imported(shell: Shell, tmp_path: Path, text: str, *words: str, system: str = "pbx1") -> Result:
    file = tmp_path / "queue_log"
    file.write_text(text)
    return shell("import", str(file), "--system", system, *words, group=contacts_group)


NOISE = (
    "1800000000|NONE|NONE|NONE|QUEUESTART|\n"
    "1800000001|17.1|faults|NONE|IVRDECISION|d1|17.1|regular|faults|queue|-5\n"
    "1800000002|17.1|faults|NONE|ENTERQUEUE||0541111111|1\n"
)


def test_an_outage_is_filled_with_what_ended_would_have_told(shell: Shell, tmp_path: Path) -> None:
    said = imported(shell, tmp_path, NOISE + line(1) + line(2))
    assert said.exit_code == 0, said.output
    assert "2 contacts kept (0 without a number), 0 known already, 0 lines skipped" in said.output
    (expected,) = judged(ending(), ZONE, None, AT)
    assert shell.kept()[0] == expected
    assert expected.number == DANA


def test_an_import_from_a_pipe_is_made_to_its_end(shell: Shell) -> None:
    text = "".join(line(n) for n in range(BATCH + 1))
    with piped(text) as file:
        said = shell.done("import", file, "--system", "pbx1", group=contacts_group)
    assert f"{BATCH + 1} contacts kept" in said


def test_what_is_known_is_not_told_twice(shell: Shell, tmp_path: Path) -> None:
    shell.told(*judged(ending(1), ZONE, None, AT + 1))
    for _ in range(2):
        imported(shell, tmp_path, line(1) + line(2) + line(2))
    assert [each.id for each in shell.kept()] == ["17.1/d1/pbx1", "17.2/d2/pbx1"]
    assert "0 contacts kept" in imported(shell, tmp_path, line(1) + line(2)).output
    assert shell.told(*judged(ending(2), ZONE, None, AT + 5)) == [False]


def test_a_transfer_is_two_contacts_with_the_ids_of_ended(shell: Shell, tmp_path: Path) -> None:
    moved = ending(1, transfer="attended", peer="PJSIP/100", peer_talk=30)
    imported(shell, tmp_path, line(1, transfer="attended", peer="PJSIP%2F100", talk2="30"))
    assert sorted(shell.kept(), key=lambda each: each.id) == sorted(
        judged(moved, ZONE, None, AT), key=lambda each: each.id
    )
    assert {each.decision for each in shell.kept()} == {"d1", "d1.2"}
    assert shell.told(*judged(moved, ZONE, None, AT)) == [False, False]


def test_withheld_numbers_stay_withheld(shell: Shell, tmp_path: Path) -> None:
    said = imported(shell, tmp_path, line(1, number=None))
    assert "1 contacts kept (1 without a number)" in said.output
    assert shell.kept() == ()


def test_a_dry_run_keeps_nothing(shell: Shell, tmp_path: Path) -> None:
    shell.told(*judged(ending(1), ZONE, None, AT))
    said = imported(shell, tmp_path, line(1) + line(2) + line(2), "--dry-run")
    assert "1 contacts would be kept" in said.output
    assert "2 known already" in said.output
    assert len(shell.kept()) == 1


@pytest.mark.parametrize("what", ["retired", "erased"])
def test_a_dry_run_promises_nothing_of_what_was_removed(
    shell: Shell, tmp_path: Path, what: str
) -> None:
    after = AT + 86_400

    async def remove() -> None:
        if what == "retired":
            await shell.engine.store.retire(local_day(ZONE, after), date.min)
        else:
            await shell.engine.store.erase(DANA, Bounds(0, after), author(after))

    shell.told(ONE)
    shell.engine.run(remove())
    text = line(1) + line(2)
    promised = imported(shell, tmp_path, text, "--dry-run").output
    assert "0 contacts would be kept (0 without a number), 2 known" in promised
    assert "0 contacts kept (0 without a number), 2 known" in imported(shell, tmp_path, text).output


def test_a_damaged_line_is_named_and_skipped(shell: Shell, tmp_path: Path) -> None:
    text = (
        line(1) + "1800000100|17.9|faults|Dana|IVRENDED|d9\n" + line(3, state="1~x") + line(2)[:-1]
    )
    said = imported(shell, tmp_path, text)
    assert said.exit_code == 1
    assert "queue_log:2: skipped: has 1 fields" in said.output
    assert "queue_log:3: skipped: has a state that cannot be read" in said.output
    assert "queue_log:4: skipped: is cut short" in said.output
    assert [each.decision for each in shell.kept()] == ["d1"]


def test_another_asterisk_s_name_is_refused_before_it_doubles_anything(
    shell: Shell, tmp_path: Path
) -> None:
    shell.told(*judged(ending(1), ZONE, None, AT))
    said = imported(shell, tmp_path, line(1) + line(2), system="pbx2")
    assert said.exit_code == 2
    assert "of system 'pbx1', not 'pbx2'" in said.output
    assert len(shell.kept()) == 1


def older(n: int = 1) -> str:
    return "|".join(line(n).split("|")[:14]) + "\n"


def test_a_line_without_its_state_is_whose_the_engine_knows(shell: Shell, tmp_path: Path) -> None:
    shell.engine.run(_remember(shell, OpenCall("17.1", DANA, state("d1"), AT - 100)))
    shell.engine.run(_remember(shell, OpenCall("17.2", DANA, state("another"), AT - 100)))
    said = imported(shell, tmp_path, older(1) + older(2))
    assert "2 contacts kept (1 without a number)" in said.output
    assert [each.id for each in shell.kept()] == ["17.1/d1/pbx1"]


async def _remember(shell: Shell, call: OpenCall) -> None:
    await shell.engine.store.remember(call)


# -- retention


def test_what_is_older_than_the_policy_keeps_goes(shell: Shell) -> None:
    today = datetime.now(ZONE).date()
    shell.told(contact(1, day=today - timedelta(days=401)), contact(2, day=today))
    assert "retention" in shell("retire", group=contacts_group).output
    shell.place = replace(shell.place, retention_days=400)
    said = shell.done("retire", group=contacts_group)
    assert "1 contacts from before" in said or "2 contacts from before" in said
    assert [each.id for each in shell.kept()] == [contact(2).id]
    assert shell.told(contact(1, day=date(2020, 1, 1))) == [False]


def test_what_broke_off_on_our_side_is_judged_by_the_policy_s_rules(
    shell: Shell, tmp_path: Path
) -> None:
    rules = Rules(contacts=30, marks=10)
    shell.place = replace(shell.place, rules=rules)
    imported(shell, tmp_path, line(1, by="agent", talk="2"))
    (kept,) = shell.kept()
    assert kept.outcome is Outcome.BROKEN
    assert (kept,) == judged(ending(1, by="agent", talk=2), ZONE, rules, AT)
