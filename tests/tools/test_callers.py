"""`ivr caller` and `ivr store` as an operator types them, on a real store."""

from __future__ import annotations

import getpass
import io
import json
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner, Result
from twisted.internet.defer import fail

from ivr.callers.caller import Caller, Case, Grant, Mark, Record, Tally
from ivr.engine.desk import Desk, DeskError, author
from ivr.engine.interfaces import DoubtError, ManyError, StoreError
from ivr.store.memory import MemoryStore
from ivr.tools import caller_import
from ivr.tools.caller_import import Import
from ivr.tools.caller_paper import caller_text
from ivr.tools.callers import caller, os_user
from ivr.tools.moments import parse_until, shown_end
from ivr.tools.place import Place
from ivr.tools.stores import store
from tests.engine.test_desk import result
from tests.store.samples import DANA, contact
from tests.store.worlds import SqliteWorld
from tests.tools.pipes import piped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ZONE = ZoneInfo("Asia/Jerusalem")
WHO = ("--by", "Ronit", "--why", "twenty years a customer")


@dataclass
class Shell:
    """Types commands. The engine is running meanwhile: its store stays open."""

    place: Place
    engine: SqliteWorld

    def __call__(self, *words: str, group: Any = caller) -> Result:
        return CliRunner().invoke(group, words, obj=self.place)

    def done(self, *words: str, group: Any = caller) -> str:
        answer = self(*words, group=group)
        assert answer.exit_code == 0, answer.output
        return answer.output

    def told(self, *sequences: int, **values: Any) -> None:
        async def tell() -> None:
            for sequence in sequences:
                await self.engine.store.record(contact(sequence, **values))

        self.engine.run(tell())


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    path = tmp_path / "ivr.db"
    engine = SqliteWorld(path)
    place = Place(str(path), "IL", ZONE, ("fault", "billing"), ("golden-beam",))
    shell = Shell(place, engine)
    shell.told(1, number="+972500000000")
    yield shell
    engine.close()


def shown(shell: Shell, number: str = "0541111111") -> Any:
    return json.loads(shell.done("show", number, "--json"))


def test_a_grant_is_given_shown_and_taken_back(shell: Shell) -> None:
    said = shell.done("grant-vip", "054-1111111", *WHO, "--until", "2099-05-12")
    assert "golden-beam, until the end of 2099-05-12" in said
    assert "by Ronit" in said
    (grant,) = shown(shell)["grants"]
    assert (grant["name"], grant["in_force"]) == ("golden-beam", True)
    assert grant["until"] == "2099-05-13T00:00:00+03:00"
    assert grant["os_user"].startswith(getpass.getuser())
    shell.done("revoke-vip", DANA, *WHO)
    assert shown(shell)["grants"] == []


def test_a_case_is_opened_with_an_id_and_closed_by_it(shell: Shell) -> None:
    shell.done("open-case", DANA, "--topic", "fault", "--complex", *WHO)
    said = shell.done("open-case", DANA, *WHO)
    first, second = shown(shell)["cases"]
    assert (first["topic"], first["complex"]) == ("fault", True)
    assert (second["topic"], second["complex"]) == (None, False)
    assert second["id"] in said
    refused = shell("close-case", DANA, *WHO)
    assert refused.exit_code == 1
    assert first["id"] in refused.output
    shell.done("close-case", DANA, "--case", first["id"], *WHO)
    shell.done("close-case", DANA, *WHO)
    assert shown(shell)["cases"] == []


def test_a_mark_a_shared_number_and_a_new_owner(shell: Shell) -> None:
    assert "nuisance    observed" in shell.done("mark", DANA, "nuisance", *WHO)
    assert shown(shell)["nuisance"] == "observed"
    shell.done("unmark", DANA, "nuisance", *WHO)
    assert "by several people" in shell.done("shared", DANA, *WHO)
    shell.done("shared", DANA, "--no", *WHO)
    assert shown(shell)["shared"] is None
    assert shell("shared", DANA, "--no", *WHO).exit_code == 1
    assert "released 1 time" in shell.done("release", DANA, *WHO)
    assert shown(shell)["generation"] == 1


def test_show_reads_well() -> None:
    now = datetime(2026, 11, 22, 2, 0, tzinfo=ZONE)
    who = author("Ronit", "twenty years", "root", now.timestamp())
    over = Grant("silver", who, parse_until("2026-11-20", ZONE))
    case = Case("K7F3QX", "fault", True, who)
    tallies = (
        Tally(date(2026, 10, 3), None, 1, 1),
        Tally(date(2026, 11, 16), "K7F3QX", 2, 1),
        Tally(date(2026, 11, 22), None, 3, 2),
    )
    record = Record(1, (Grant("golden-beam", who), over), (case,), (Mark("nuisance", who),), who)
    text = caller_text(Caller(DANA, record, tallies, "Agent/8"), now.timestamp(), ZONE)
    assert (
        text
        == """\
+972541111111
  grants      golden-beam, without end
                2026-11-22 02:00 by Ronit (root): twenty years
              silver, OVER: until the end of 2026-11-20
                2026-11-22 02:00 by Ronit (root): twenty years
  open cases  K7F3QX: fault, complex
                2026-11-22 02:00 by Ronit (root): twenty years
  marks       nuisance, without end
                2026-11-22 02:00 by Ronit (root): twenty years
  nuisance    observed, in the nuisance process
  shared      by several people
                2026-11-22 02:00 by Ronit (root): twenty years
  owner       released 1 time: this is about the present owner only
  contacts    today 3 (2 answered)
              last 7 days 5 (3 answered)
              since 2026-10-03 6 (4 answered)
              about case K7F3QX 2 (1 answered)
  last agent  Agent/8"""
    )


def test_show_of_a_stranger(shell: Shell) -> None:
    said = shell.done("show", "0549999999")
    assert "contacts    none" in said
    assert shown(shell, "0549999999")["contacts"] == []


def test_export_tells_everything_over_all_owners(shell: Shell) -> None:
    shell.done("grant-vip", DANA, *WHO, "--until", "2099-05-12")
    shell.told(7)
    shell.done("release", DANA, "--by", "Noam", "--why", "מספר חדש")
    told = json.loads(shell.done("export", DANA))
    assert [entry["change"] for entry in told["journal"]] == ["give-grant", "release"]
    assert told["journal"][0]["until"] == "2099-05-13T00:00:00+03:00"
    assert told["journal"][1]["why"] == "מספר חדש"
    assert told["contacts"][0]["id"] == contact(7).id
    assert told["contacts"][0]["talk"] == 48
    assert told["record"]["generation"] == 1


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("show", "abc"), 2, "no telephone number"),
        (("grant-vip", DANA, "--by", "x"), 2, "--why"),
        (("grant-vip", DANA, "--by", " ", "--why", "x"), 2, "'by' is empty"),
        (("grant-vip", DANA, *WHO, "--grant", "gold"), 2, "golden-beam"),
        (("grant-vip", DANA, *WHO, "--until", "soon"), 2, "2027-05-12"),
        (("grant-vip", DANA, *WHO, "--until", "2020-01-01"), 1, "lies in the past"),
        (("open-case", DANA, *WHO, "--topic", "weather"), 2, "fault, billing"),
        (("close-case", DANA, *WHO), 1, "open are: none"),
        (("mark", DANA, "rude", *WHO), 2, "nuisance"),
        (("unmark", DANA, "nuisance", *WHO), 1, "nothing to take back"),
        (("revoke-vip", DANA, *WHO), 1, "the number has: none"),
    ],
)
def test_errors_say_what_to_do(
    shell: Shell, words: tuple[str, ...], code: int, message: str
) -> None:
    answer = shell(*words)
    assert (answer.exit_code, message in answer.output) == (code, True), answer.output
    assert "Traceback" not in answer.output
    assert shown(shell)["grants"] == []


def test_a_mistyped_store_is_not_made(shell: Shell, tmp_path: Path) -> None:
    shell.place = replace(shell.place, store=str(tmp_path / "typo.db"))
    for words in (("show", DANA), ("grant-vip", DANA, *WHO)):
        answer = shell(*words)
        assert answer.exit_code == 1
        assert "there is no store at" in answer.output
    assert not (tmp_path / "typo.db").exists()


# -- import


def _csv(tmp_path: Path, text: str, encoding: str = "utf-8") -> str:
    path = tmp_path / "callers.csv"
    path.write_bytes(text.encode(encoding))
    return str(path)


def test_an_import_makes_every_kind_of_change(shell: Shell, tmp_path: Path) -> None:
    file = _csv(
        tmp_path,
        "number,change,grant,topic,complex,case,mark,until\r\n"
        "0541111111,grant-vip,golden-beam,,,,,2099-05-12\r\n"
        "0541111111,open-case,,fault,yes,,,\r\n"
        "0541111111,mark,,,,,nuisance,2099-05-12T18:00\r\n"
        "0541111111,shared,,,,,,\r\n"
        "0542222222,grant-vip,,,,,,\r\n"
        "0542222222,revoke-vip,,,,,,\r\n"
        "0542222222,open-case,,,,,,\r\n"
        "0542222222,close-case,,,,,,\r\n"
        "0542222222,mark,,,,,nuisance,\r\n"
        "0542222222,unmark,,,,,nuisance,\r\n"
        "0542222222,shared,,,,,,\r\n"
        "0542222222,not-shared,,,,,,\r\n"
        "0542222222,release,,,,,,\r\n",
        "utf-8-sig",
    )
    assert shell.done("import", file, *WHO) == "13 changes made, 0 rows skipped\n"
    dana = shown(shell)
    assert dana["grants"][0]["until"] == "2099-05-13T00:00:00+03:00"
    assert (dana["cases"][0]["topic"], dana["cases"][0]["complex"]) == ("fault", True)
    assert dana["marks"][0]["until"] == "2099-05-12T18:00:00+03:00"
    assert dana["shared"]["why"] == "twenty years a customer"
    journal = json.loads(shell.done("export", "0542222222"))["journal"]
    assert len(journal) == 9
    assert shown(shell, "0542222222")["generation"] == 1


def test_a_bad_row_is_named_and_skipped(shell: Shell, tmp_path: Path) -> None:
    file = _csv(
        tmp_path,
        "number,change,complex,until\n"
        "0541111111,grant-vip,,\n"
        "abc,grant-vip,,\n"
        "0541111111,promote,,\n"
        "0541111111,grant-vip,,soon\n"
        "0541111111,open-case,perhaps,\n"
        "0541111111,close-case,,\n"
        "0541111111,grant-vip,,2020-01-01\n"
        "0541111111,grant-vip,,,,,\n"
        "0541111111\n"
        "0542222222,grant-vip,,\n",
    )
    answer = shell("import", file, *WHO)
    assert answer.exit_code == 1
    assert "2 changes made, 8 rows skipped" in answer.output
    for line, words in (
        (3, "no telephone number"),
        (4, "'promote' is no change"),
        (5, "no date"),
        (6, "write yes or no"),
        (7, "open are: none"),
        (8, "lies in the past"),
        (9, "more fields"),
        (10, "'' is no change"),
    ):
        assert any(
            f"{file}:{line}: skipped" in said and words in said
            for said in answer.output.splitlines()
        ), answer.output
    assert shown(shell, "0542222222")["grants"]


def test_a_quote_that_is_never_closed_costs_its_own_row_only(shell: Shell, tmp_path: Path) -> None:
    file = _csv(
        tmp_path, 'number,change\n"0541111111,grant-vip\n\n0542222222,"grant-vip"\n"0543","\n'
    )
    answer = shell("import", file, *WHO)
    assert answer.exit_code == 1
    assert "1 changes made, 2 rows skipped" in answer.output
    assert f"{file}:2: skipped: is no row of CSV" in answer.output
    assert f"{file}:5: skipped: is no row of CSV" in answer.output
    assert shown(shell, "0542222222")["grants"]


def test_a_row_in_another_encoding_is_skipped(shell: Shell, tmp_path: Path) -> None:
    file = _csv(tmp_path, "number,change,topic\n054,open-case,תקלה\n", "cp1255")
    answer = shell("import", file, *WHO)
    assert answer.exit_code == 1
    assert ":2: skipped: is not UTF-8" in answer.output


@pytest.mark.parametrize(
    "text", ["", "number;change\n", "0541111111,grant-vip\n", "number,change,why\n", "number\n"]
)
def test_a_file_with_other_columns_is_refused(shell: Shell, tmp_path: Path, text: str) -> None:
    answer = shell("import", _csv(tmp_path, text), *WHO)
    assert answer.exit_code == 2
    assert "the first line must name columns" in answer.output


def importing(store: Any, breathe: Callable[[], None] = lambda: None) -> Import:
    here = Desk(store, "IL", ("fault",), ("golden-beam",), lambda: "K7")
    return Import(here, ZONE, lambda line, why: None, breathe)


def rows(count: int) -> io.BytesIO:
    lines = "".join(f"05{n:08},grant-vip\n" for n in range(40_000_000, 40_000_000 + count))
    return io.BytesIO(f"number,change\n{lines}".encode())


def test_an_import_lets_others_write_between_batches() -> None:
    breaths: list[int] = []
    steps: list[int] = []
    work = importing(MemoryStore(), lambda: breaths.append(work.made))
    file = rows(caller_import.ROWS * 2 + 1)
    size = len(file.getvalue())
    result(work.run(file, author("a", "b", "c", 1.0), steps.append))
    assert breaths == [caller_import.ROWS, caller_import.ROWS * 2, caller_import.ROWS * 2 + 1]
    assert steps[-1] == size


def test_an_import_from_a_pipe_is_made_to_its_end(shell: Shell) -> None:
    with piped(rows(caller_import.ROWS + 1).getvalue().decode()) as file:
        assert shell.done("import", file, *WHO) == "251 changes made, 0 rows skipped\n"


def test_an_import_that_is_stopped_says_where() -> None:
    closing = MemoryStore()

    def close() -> None:
        closing.close()

    work = importing(closing, close)
    with pytest.raises(StoreError, match=rf"before line {caller_import.ROWS + 2} with 250 changes"):
        result(work.run(rows(600), author("a", "b", "c", 1.0), lambda at: None))


UNSEEN = DoubtError("the change is made, but 0 of 1 replicas have it")
BROKEN = StoreError("no memory left")


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (BROKEN, "stopped before line 2 with 0 changes made: no memory left"),
        (ManyError([BROKEN] * 6), "stopped before line 2 with 0 changes made: no memory left"),
        (
            DoubtError("cannot be reached"),
            "stopped after line 7 with 0 changes made; lines 2-7 were made or may have been: look "
            "before importing them again (cannot be reached)",
        ),
        (
            ManyError([None, UNSEEN, UNSEEN, "no such case", BROKEN, UNSEEN]),
            "stopped after line 7 with 1 changes made; lines 3-4, 7 were made or may have been: "
            "look before importing them again (the change is made, but 0 of 1 replicas have it); "
            "lines 6 were not made (no memory left)",
        ),
    ],
)
def test_an_import_that_fails_says_which_lines_may_have_been_made(
    error: StoreError, told: str
) -> None:
    skipped: list[tuple[int, str]] = []

    class Failing(MemoryStore):
        def change_many(self, changes: Any, author: Any) -> Any:
            return fail(error)

    work = importing(Failing())
    work.skip = lambda line, why: skipped.append((line, why))
    with pytest.raises(StoreError) as raised:
        result(work.run(rows(6), author("a", "b", "c", 1.0), lambda at: None))
    assert str(raised.value) == told
    assert skipped == ([(5, "no such case")] if "3-4" in told else [])


# -- backup and restore


def test_backup_and_restore(shell: Shell, tmp_path: Path) -> None:
    shell.done("grant-vip", DANA, *WHO)
    copy = str(tmp_path / "copy.db")
    assert "checked" in shell.done("backup", copy, group=store)
    assert shell("backup", copy, group=store).exit_code == 1
    shell.done("backup", copy, "--force", group=store)
    shell.done("revoke-vip", DANA, *WHO)
    said = shell.done("restore", copy, group=store)
    assert "appeals" in said, "what was decided since is lost, and may cost somebody money"
    (safety,) = tmp_path.glob("ivr.db.before-restore-*")
    assert str(safety) in said
    assert "callers 2, contacts 1" in said
    assert shown(shell)["grants"]


def test_a_restore_of_nothing_is_refused(shell: Shell, tmp_path: Path) -> None:
    answer = shell("restore", str(tmp_path / "none.db"), group=store)
    assert answer.exit_code == 1
    assert "no file" in answer.output


# -- who, and until when


@pytest.mark.parametrize(
    ("environ", "expected"),
    [({}, "root"), ({"SUDO_USER": "dana"}, "root, sudo by dana"), ({"SUDO_USER": "root"}, "root")],
)
def test_the_account_and_who_is_behind_it(environ: dict[str, str], expected: str) -> None:
    assert os_user(0, environ) == expected


def test_an_account_without_a_name() -> None:
    assert os_user(3_999_999, {}) == "uid 3999999"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2027-05-12", "2027-05-13T00:00:00+03:00"),
        ("2027-03-26", "2027-03-27T00:00:00+03:00"),  # the night the clock goes forward
        ("2027-10-30", "2027-10-31T00:00:00+03:00"),
        ("2027-10-31", "2027-11-01T00:00:00+02:00"),  # 25 hours long
        ("2027-05-12T18:00", "2027-05-12T18:00:00+03:00"),
        ("2027-05-12 18:00", "2027-05-12T18:00:00+03:00"),
        ("2027-05-12T18:00+00:00", "2027-05-12T21:00:00+03:00"),
    ],
)
def test_an_end_is_read_in_the_policy_s_zone(text: str, expected: str) -> None:
    at = datetime.fromtimestamp(parse_until(text, ZONE), ZONE)
    assert at.isoformat() == expected


@pytest.mark.parametrize(
    "text", ["", "tomorrow", "12/05/2027", "2027-13-01", "9999-12-31", "0001-01-01"]
)
def test_an_end_that_is_no_date_is_told(text: str) -> None:
    with pytest.raises(DeskError):
        parse_until(text, ZONE)


def test_an_end_is_shown_as_it_was_given() -> None:
    assert shown_end(None, ZONE) == "without end"
    assert shown_end(parse_until("2027-05-12", ZONE), ZONE) == "until the end of 2027-05-12"
    at = parse_until("2027-05-12T18:00", ZONE)
    assert shown_end(at, ZONE) == "until 2027-05-12 18:00"
