"""`ivr explain` as an operator types it."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ivr.callers.caller import Author
from ivr.callers.changes import Change, GiveGrant, SetMark
from ivr.cli import main
from ivr.logs.decisions import Bounds, Segments, as_json
from ivr.logs.decisions.lines import line_of
from ivr.store.pump import Pump
from ivr.store.sqlite import SqliteStore
from tests import ROOT
from tests.logs.decisions.samples import NOON, decided, policy

ROUTES = f"--routes={ROOT / 'routes'}"
NUMBER = "+972521234567"
AUTHOR = Author("dana", "dana", NOON - 86_400, "asked for")
CALL = ("--from", "0521234567", "--to", "1800123456", "--at", "2026-11-22 12:00")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine where no engine ever ran, and no settings are."""
    for variable in [name for name in os.environ if name.startswith("IVR_")]:
        monkeypatch.delenv(variable)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def explain(place: Path, *arguments: str) -> Result:
    return CliRunner().invoke(
        main, ["explain", f"--store={place / 'ivr.sqlite3'}", ROUTES, *arguments]
    )


def ids(result: Result) -> list[str]:
    assert result.exit_code == 0, result.output
    return [json.loads(line)["decision"] for line in result.stdout.splitlines()]


def keep(place: Path, *, mask: bool = True) -> None:
    """Six decisions, of two callers, one a second."""
    files = Segments(place / "decisions", Bounds(10**6, 1e9), lambda: "0a0b0c0d")
    callers = ("0521234567", "0547654321", "")
    for number, (ani, keys) in enumerate(
        (ani, keys) for ani in callers for keys in (("1",), ("0",))
    ):
        form = as_json(decided(keys, ani), NOON + number, policy().zone, mask=False)
        form |= {"decision": f"d{number}", "linkedid": f"pbx-{number}"}
        files.append([line_of(form, mask=mask)], NOON + number)
    files.close()


# --- kept ----------------------------------------------------------------------------------------


def test_the_last_are_shown_with_the_newest_at_the_end(place: Path) -> None:
    keep(place)
    assert ids(explain(place, "--json")) == ["d5"]
    assert ids(explain(place, "--json", "--last", "3")) == ["d3", "d4", "d5"]
    assert ids(explain(place, "--json", "--last", "99")) == ["d0", "d1", "d2", "d3", "d4", "d5"]
    shown = explain(place, "--last", "2").stdout
    assert [part.split(":")[0] for part in shown.split("\n\n")] == [
        "withheld to +9721800123456"
    ] * 2


@pytest.mark.parametrize("mask", [True, False])
def test_a_number_is_looked_for_as_it_was_kept(place: Path, mask: bool) -> None:
    keep(place, mask=mask)
    assert ids(explain(place, "--json", "--last", "9", "--from", "052-123-4567")) == ["d0", "d1"]
    assert ids(explain(place, "--json", "--from", "withheld")) == ["d5"]
    wanted = ("--from", "0521234567", "--route", "faults")
    assert ids(explain(place, "--json", "--last", "9", *wanted)) == ["d0"]


def test_an_id_is_a_decisions_or_asterisks(place: Path) -> None:
    keep(place)
    assert ids(explain(place, "--json", "d3")) == ["d3"]
    assert ids(explain(place, "--json", "pbx-4")) == ["d4"]
    result = explain(place, "d2")
    assert "+972******21 to +9721800123456: regular, queue faults by route faults" in result.stdout


def test_what_is_not_kept_is_said_with_what_to_do(place: Path) -> None:
    result = explain(place)
    assert (result.exit_code, "no engine with this setting" in result.output) == (1, True)
    assert "the setting decisions is off" in explain(place, "--decisions", "off").output
    (place / "decisions").mkdir()
    assert "no decision is kept in" in explain(place, "abc").output
    keep(place)
    result = explain(place, "abc")
    assert result.exit_code == 1
    assert "before the oldest that is (2026-11-22 12:00:00)" in result.output
    result = explain(place, "--from", "0531111111")
    assert (result.exit_code, "the oldest here was made 2026" in result.output) == (1, True)


def test_a_folder_that_cannot_be_read_is_said(place: Path) -> None:
    (place / "decisions").mkdir()
    (place / "decisions" / "1795341600000-1-0a0b0c0d.jsonl").mkdir()
    result = explain(place)
    assert (result.exit_code, "cannot be read" in result.output) == (2, True)


def test_a_decision_that_makes_no_sense_is_said(place: Path) -> None:
    (place / "decisions").mkdir()
    line = b'{"version":1,"at":1,"decision":"x","path_packed":"damaged"}\n'
    (place / "decisions" / "1795341600000-1-0a0b0c0d.jsonl").write_bytes(line)
    result = explain(place)
    assert (result.exit_code, "look at it with --json" in result.output) == (1, True)


def test_a_decision_that_makes_no_sense_hides_no_other(place: Path) -> None:
    keep(place)
    line = b'{"version":1,"at":1,"decision":"x","path_packed":"damaged"}\n'
    (place / "decisions" / "1795341600000-1-0f0b0c0d.jsonl").write_bytes(line)
    result = explain(place, "--last", "9")
    assert result.exit_code == 0
    assert result.stdout.count(", decision d") == 6
    assert "the decision x cannot be shown: look at it with --json" in result.stderr


def test_kept_decisions_can_be_read_while_the_policy_is_being_mended(place: Path) -> None:
    keep(place)
    broken = place / "broken.yaml"
    broken.write_text("version: 1\n")
    assert explain(place, f"--routes={broken}").exit_code == 0
    found = explain(place, f"--routes={broken}", "--json", "--last", "9", "--from", NUMBER)
    assert ids(found) == ["d0", "d1"]


# --- made up -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("flags", "result"),
    [
        ((), "regular, queue faults by route faults"),
        (("--grant", "golden-beam"), "vip, queue senior by route golden-beam-faults"),
        (("--case", "complex"), "senior-required, queue senior by route second-call"),
        (("--case", "simple"), "regular, queue faults by route faults"),
        (("--case", "simple", "--contacts", "1"), "senior-required, queue senior"),
        (("--contacts", "9"), "regular, queue faults by route faults"),
        (("--stage", "observed"), "nuisance, queue patience by route heavy-callers"),
        (("--at", "2026-11-21 12:00"), "an announcement by route closed"),
        (("--at", "2026-11-22T23:00:00+00:00"), "an announcement by route closed"),
        (("--forwarded-by", "036123456"), "forwarded by +97236123456: regular"),
        (("--forwarded-by", "1800123456"), "fallback queue: a number of our own"),
    ],
)
def test_a_made_up_call_is_what_the_flags_say(
    place: Path, flags: tuple[str, ...], result: str
) -> None:
    shown = explain(place, *CALL, "--keys", "1", "--blank", *flags)
    assert shown.exit_code == 0, shown.output
    assert result in " ".join(" ".join(shown.stdout.splitlines()[:2]).split())


def test_a_withheld_number_and_what_comes_after_the_queue(place: Path) -> None:
    flags = (
        "--withheld",
        *CALL[2:],
        "--keys",
        "0",
        "--next",
        "timeout",
        "--next",
        "FULL",
        "--json",
    )
    result = explain(place, *flags, "--next", "FULL", "--next", "FULL", "--next", "FULL")
    forms = [json.loads(line) for line in result.stdout.splitlines()]
    assert [form["path"][-1]["step"].get("queue") for form in forms] == [
        "main", "senior", "faults", "main", None,
    ]  # fmt: skip
    assert [form["time"][11:16] for form in forms] == ["12:00", "12:03", "12:03", "12:03", "12:03"]


VIP = (*CALL, "--blank", "--keys", "1", "--grant", "golden-beam")


def test_a_queue_refuses_at_once_and_gives_up_when_its_time_is_over(place: Path) -> None:
    over = explain(place, *VIP, "--next", "TIMEOUT").stdout.split("\n\n")[1]
    assert "gave up: TIMEOUT after 30 s" in over
    refused = explain(place, *VIP, "--next", "joinempty").stdout.split("\n\n")[1]
    assert "gave up: JOINEMPTY after 0 s" in refused
    assert "queue faults" in refused
    assert "for at most 30 s" in refused, "all of the time is left for the queue that follows"


def test_a_call_that_is_over_is_not_given_back(place: Path) -> None:
    shown = explain(place, *CALL, "--at", "2026-11-21 12:00", "--blank", "--next", "TIMEOUT")
    assert shown.exit_code == 0
    assert "again" not in shown.stdout


def test_stages_beyond_observation_need_a_process(place: Path) -> None:
    result = explain(place, *CALL, "--blank", "--stage", "paid")
    assert (result.exit_code, "no nuisance process" in result.output) == (2, True)
    paid = f"--routes={ROOT / 'routes/examples/paid-line'}"
    shown = explain(place, *CALL, paid, "--blank", "--stage", "paid", "--keys", "4")
    assert "▶ guard air-time: yes" in shown.stdout
    warned = explain(place, *CALL, paid, "--blank", "--stage", "warned", "--keys", "4")
    assert "nuisance: paid? no, saw warned" in warned.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--keys", "1"), "--keys is for a made-up call"),
        (("--contacts", "0"), "--contacts is for a made-up call"),
        (("d1", "--last", "2"), "give an ID, or --last"),
        (("d1", *CALL), "leave ID, --last and --route out"),
        (CALL[2:], "--from NUMBER or --withheld"),
        ((*CALL, "--withheld"), "--from NUMBER or --withheld"),
        (("--withheld", *CALL[2:], "--contacts", "3"), "leave --withheld out"),
        ((*CALL, "--blank", "--grant", "gold"), "declared are golden-beam"),
        ((*CALL[2:4], "--from", "x", "--blank"), "'x' is no telephone number"),
        ((*CALL, "--at", "noon"), "write --at"),
        ((*CALL, "--at", "2026-11-27"), "write --at"),
        ((*CALL, "--at", "9999-12-31 23:59"), "write --at"),
        ((*CALL, "--blank", "--next", "TIMOUT"), "'TIMOUT' is no status: write TIMEOUT"),
        ((*CALL, "--blank", "--keys", "12"), "'12' is no key: write --keys 1,2"),
        (("--from", "x"), "'x' is no telephone number"),
        (("--last", "0"), "1<=x"),
    ],
)
def test_what_cannot_be_meant_is_said_in_a_line(
    place: Path, arguments: tuple[str, ...], said: str
) -> None:
    result = explain(place, *arguments)
    assert result.exit_code == 2
    assert said in result.output


def test_a_policy_with_problems_explains_nothing(place: Path) -> None:
    (place / "broken.yaml").write_text("version: 1\n")
    result = explain(place, *CALL, f"--routes={place / 'broken.yaml'}")
    assert (result.exit_code, "mend them" in result.output) == (1, True)


# --- what is really known ------------------------------------------------------------------------


def tell(place: Path, *changes: Change) -> None:
    """An engine that was here, and told the store something."""
    for change in changes:
        with_store(place, lambda store, change=change: store.change(NUMBER, change, AUTHOR))


def with_store(place: Path, use: object) -> None:
    pump = Pump()
    store = SqliteStore(str(place / "ivr.sqlite3"), pump.deliver)

    async def session() -> None:
        await use(store)  # type: ignore[operator] # a test's shorthand
        await store.close()

    pump.run(session())


def everything(place: Path) -> dict[str, bytes]:
    return {str(file): file.read_bytes() for file in sorted(place.rglob("*")) if file.is_file()}


@pytest.fixture
def in_use(place: Path) -> Iterator[None]:
    """Somebody has the store open, and what was written last is only in its log."""
    tell(place, SetMark("nuisance"))
    connection = sqlite3.connect(place / "ivr.sqlite3")
    connection.execute("SELECT * FROM callers").fetchall()
    tell(place, GiveGrant("golden-beam"))
    assert (place / "ivr.sqlite3-wal").stat().st_size > 0
    yield
    connection.close()


def test_what_is_known_of_this_very_caller_decides_and_nothing_is_written(place: Path) -> None:
    tell(place, GiveGrant("golden-beam"))
    before = everything(place)
    shown = explain(place, *CALL, "--keys", "1")
    assert "vip, queue senior by route golden-beam-faults" in shown.stdout
    other = explain(place, "--from", "0539999999", *CALL[2:], "--keys", "1")
    assert "regular, queue faults" in other.stdout
    blank = explain(place, *CALL, "--keys", "1", "--blank")
    assert "regular, queue faults" in blank.stdout
    assert everything(place) == before


@pytest.mark.usefixtures("in_use")
def test_a_store_that_an_engine_uses_is_read_as_it_is_now(place: Path) -> None:
    files = {file: data for file, data in everything(place).items() if not file.endswith("-shm")}
    shown = explain(place, *CALL, "--keys", "1")
    assert "vip, queue senior by route golden-beam-faults" in shown.stdout
    after = {file: data for file, data in everything(place).items() if not file.endswith("-shm")}
    assert after == files


def test_an_appeal_or_consent_of_a_made_up_call_is_not_kept(place: Path) -> None:
    tell(place, SetMark("nuisance"))
    before = everything(place)
    paid = f"--routes={ROOT / 'routes/examples/paid-line'}"
    shown = explain(place, *CALL, paid, "--stage", "paid", "--keys", "4,9")
    assert "an appeal is to be kept" in shown.stdout
    assert everything(place) == before


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda file: None, "ivr.sqlite3"),
        (lambda file: file.write_bytes(b"SQLite format 3\0" + b"x" * 200), "no store of ivr"),
        (lambda file: file.write_bytes(b""), "no store of ivr"),
        (lambda file: file.mkdir(), "cannot be used"),
    ],
)
def test_a_store_that_cannot_be_read_is_said(place: Path, make: object, said: str) -> None:
    make(place / "ivr.sqlite3")  # type: ignore[operator] # a test's shorthand
    result = explain(place, *CALL)
    assert result.exit_code == 1
    assert said in result.output
    assert "--blank" in result.output


def test_a_store_of_another_version_is_left_as_it_is(place: Path) -> None:
    tell(place, SetMark("nuisance"))
    with sqlite3.connect(place / "ivr.sqlite3") as connection:
        connection.execute("PRAGMA user_version = 1")
    connection.close()
    result = explain(place, *CALL)
    assert (result.exit_code, "start the engine of this version once" in result.output) == (1, True)


def test_a_pipe_gets_no_colours_and_a_poor_terminal_plain_lines(place: Path) -> None:
    command = [sys.executable, "-m", "ivr", "explain", ROUTES, *CALL, "--blank", "--keys", "1"]
    for encoding, line in (("utf-8", "├─ ▶ tier regular"), ("ascii", "|- => tier regular")):
        environment = {**os.environ, "PYTHONIOENCODING": encoding}
        ran = subprocess.run(command, capture_output=True, env=environment, check=True, cwd=place)
        assert line in ran.stdout.decode(encoding)
        assert b"\x1b" not in ran.stdout
