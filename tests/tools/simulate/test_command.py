from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from ivr.cli import main
from tests.tools.simulate.worlds import MAIN, POLICY, TEN

if TYPE_CHECKING:
    from click.testing import Result

MAPPING = """
caller: who
started: {columns: [at], format: "epoch"}
outcome: {column: end, answered: [A], abandoned: [H]}
hold: {column: hold, unless: {hold: ["-"]}}
talk: talk
agent: {column: agent, unless: {agent: ["-"]}}
queue: {column: queue, unless: {queue: ["-"]}}
vip: {gold: ["1"]}
"""

STAFFING = """
agents:
  general: {queues: [main], shifts: [{count: 1}]}
wrap_up: 0s
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Calls of 100 s that came a minute apart to one agent; one more left before the queue."""
    (tmp_path / "policy.yaml").write_text(POLICY + MAIN)
    (tmp_path / "mapping.yaml").write_text(MAPPING)
    (tmp_path / "staffing.yaml").write_text(STAFFING)
    rows = ["at,who,end,hold,talk,agent,queue,gold"]
    rows += [
        f"{TEN + 60 * n:.0f},+97252000000{n},A,{40 * n},100,Ann,main,{int(n == 4)}"
        for n in range(5)
    ]
    rows.append(f"{TEN + 10:.0f},+972520000009,H,-,0,-,-,0")
    rows.append(f"{TEN + 70:.0f},+972520000008,H,30,0,-,main,0")
    (tmp_path / "calls.csv").write_text("\n".join(rows) + "\n")
    return tmp_path


def simulate(place: Path, *more: str, calls: str = "calls.csv") -> Result:
    words = [
        "simulate", str(place / calls), "--policy", str(place / "policy.yaml"),
        "--mapping", str(place / "mapping.yaml"), "--runs", "2", *more,
    ]  # fmt: skip
    found = CliRunner().invoke(main, words)
    assert found.exception is None or isinstance(found.exception, SystemExit), found.exception
    return found


def staffed(place: Path, *more: str) -> Result:
    return simulate(place, "--staffing", str(place / "staffing.yaml"), *more)


def figures(place: Path, *more: str) -> dict[str, Any]:
    found = staffed(place, "--json", "-", *more)
    assert found.exit_code == 0, found.output
    form: dict[str, Any] = json.loads(found.stdout)
    return form


def test_what_is_simulated_stands_beside_what_is_recorded(place: Path) -> None:
    form = figures(place)
    assert form["log"]["calls"] == 7
    assert form["log"]["left_before"] == 1
    assert form["recorded"]["all"]["mean"] == pytest.approx((40 + 80 + 120 + 160 + 30) / 6, 0.01)
    # As in the log but for the VIP, who came 240 s after the first and stands 90 s further on:
    # before the fourth (180 s), who has to wait for him.
    assert form["as_it_is"]["all"]["longest"] == 220
    assert form["as_it_is"]["all"]["abandoned"] == 1
    assert form["as_it_is"]["by_tier"]["vip"]["mean"] == 60
    assert form["as_it_is"]["agents"]["general"] == {
        "hours": 24.0, "busy_hours": 0.1, "occupancy": 0.0058, "calls": 5,
    }  # fmt: skip
    assert form["what_if"] is None


def test_the_tables_tell_both_and_what_if(place: Path) -> None:
    found = staffed(place, "--agents", "general=2", "--wait-limit", "1m")
    assert found.exit_code == 0, found.output
    lines = found.stdout.splitlines()
    row = next(at for at, line in enumerate(lines) if line.startswith("all callers"))
    assert "past 1:00" in lines[row - 1]
    assert [line[13:21].strip() for line in lines[row : row + 3]] == [
        "recorded", "as it is", "what if",
    ]  # fmt: skip
    assert "what if    " in found.stdout
    assert "+972" not in found.stdout


def test_more_agents_wait_less(place: Path) -> None:
    form = figures(place, "--agents", "general=+1")
    assert form["what_if"]["all"]["mean"] < form["as_it_is"]["all"]["mean"]
    assert form["what_if"]["agents"]["general"]["hours"] == 48


def test_another_policy_may_be_what_if(place: Path) -> None:
    plain = place / "other.yaml"
    plain.write_text(POLICY + "  - {name: all, queue: main}\n")
    form = figures(place, "--against", str(plain))
    assert form["as_it_is"]["by_tier"]["vip"]["mean"] == 60
    assert form["what_if"]["by_tier"]["vip"]["mean"] == 160


def test_the_same_seed_is_the_same_run(place: Path) -> None:
    plenty(place)
    one, again, other = (figures(place, "--seed", seed)["as_it_is"] for seed in ("1", "1", "2"))
    assert one == again
    assert one != other
    assert one["least"]["all"]["mean"] < one["most"]["all"]["mean"]


def test_agents_may_be_those_of_the_log(place: Path) -> None:
    found = simulate(place, "--json", "-")
    form = json.loads(found.stdout)
    assert form["as_it_is"]["agents"]["agents"]["calls"] == 5
    assert form["staffing"] == "from-log"
    assert "no agent serves the queue senior" in found.stderr


def test_no_number_of_a_caller_is_written(place: Path) -> None:
    written = place / "out.json", place / "out.html"
    found = staffed(place, "--json", str(written[0]), "--html", str(written[1]))
    assert found.exit_code == 0, found.output
    assert all("52000" not in file.read_text() for file in written)


def test_progress_is_silent_in_a_pipe(place: Path) -> None:
    assert "simulating" not in staffed(place).output


@pytest.mark.parametrize(
    ("words", "code", "wanted"),
    [
        (("--agents", "general"), 2, "write GROUP=8"),
        (("--agents", "general=eight"), 2, "write GROUP=8"),
        (("--agents", "genral=8"), 2, "did you mean 'general'?"),
        (("--wait-limit", "long"), 2, "'long' is no time"),
        (("--wrap-up", "-1s"), 2, "'-1s' is no time"),
        (("--staffing", "/no/such"), 2, "cannot be read"),
        (("--staffing", "."), 2, "cannot be read"),
        (("--staffing", "a\0b"), 2, "cannot be read"),
        (("--runs", "0"), 2, "--runs"),
        (("--vip-grant", "silver"), 2, "silver"),
        (("--json", "/no/such/file"), 2, "cannot be written"),
    ],
)
def test_what_cannot_be_meant_is_told_in_a_line(
    place: Path, words: tuple[str, ...], code: int, wanted: str
) -> None:
    found = staffed(place, *words)
    assert found.exit_code == code, found.output
    assert wanted in found.stderr
    assert "Traceback" not in found.output


def test_a_staffing_file_with_mistakes_is_refused(place: Path) -> None:
    (place / "staffing.yaml").write_text("agents: {a: {queues: [mian], shifts: [{count: 1}]}}\n")
    found = staffed(place)
    assert found.exit_code == 1
    assert "staffing.yaml:1:23: the queue 'mian' is not declared" in found.stderr


@pytest.mark.parametrize("raw", [b"\xff\xfe\x00", b"\x80abc", b"x" * 1_000_001])
def test_a_staffing_file_that_is_none_is_told(place: Path, raw: bytes) -> None:
    (place / "staffing.yaml").write_bytes(raw)
    found = staffed(place)
    assert found.exit_code == 2
    assert "no staffing file" in found.stderr


def test_a_policy_with_mistakes_is_refused(place: Path) -> None:
    (place / "policy.yaml").write_text("version: 1\n")
    assert staffed(place).exit_code == 1


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("at,who,end,hold,talk,agent,queue,gold\n", "has no call"),
        (f"at,who,end,hold,talk,agent,queue,gold\n{TEN},x,H,5,0,-,-,0\n", "how long it lasted"),
    ],
)
def test_a_log_of_which_nothing_can_be_learned_is_told(place: Path, text: str, wanted: str) -> None:
    (place / "calls.csv").write_text(text)
    found = staffed(place)
    assert found.exit_code == 2
    assert wanted in found.stderr


def test_a_log_with_a_wrong_time_is_told(place: Path) -> None:
    with (place / "calls.csv").open("a") as file:
        file.write("86400,x,A,1,1,Ann,main,0\n")
    found = staffed(place)
    assert found.exit_code == 2
    assert "covers 2087" in found.stderr


def test_a_talk_without_end_is_a_day_at_the_most(place: Path) -> None:
    with (place / "calls.csv").open("a") as file:
        file.write(f"{TEN},x,A,1,99999999,Ann,main,0\n")
    assert simulate(place).exit_code == 0


def test_a_log_that_names_no_agent_needs_a_staffing_file(place: Path) -> None:
    calls = place / "calls.csv"
    calls.write_text(calls.read_text().replace("Ann", "-"))
    found = simulate(place)
    assert found.exit_code == 2
    assert "give a staffing file" in found.stderr
    assert staffed(place).exit_code == 0


def plenty(place: Path) -> None:
    """A day whose callers wait, and some of whom give up: there is something to draw."""
    rows = ["at,who,end,hold,talk,agent,queue,gold"]
    for n in range(200):
        end = "H" if n % 7 == 0 else "A"
        rows.append(f"{TEN + 50 * n:.0f},-,{end},{n * 13 % 90},{60 + n * 37 % 90},Ann,main,0")
    (place / "calls.csv").write_text("\n".join(rows) + "\n")


def test_moments_are_local(place: Path) -> None:
    assert datetime.fromisoformat(figures(place)["log"]["from"]).hour == 10
