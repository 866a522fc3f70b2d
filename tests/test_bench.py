"""The benches do not rot: in their smallest form they measure, and say what went wrong."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

BENCH = Path(__file__).parent.parent / "bench"


def measured(folder: Path, script: str, *options: str) -> str:
    command = [sys.executable, str(BENCH / script), *options]
    told = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    assert told.returncode == 0, told.stderr
    return told.stdout


def test_sessions_are_measured_by_turns_and_compared(tmp_path: Path) -> None:
    servers = ("Twisted, 1 command", "engine, embedded store")
    told = measured(
        tmp_path, "sessions.py", "--rounds=1", "--sessions=200", "--seconds=0.4",
        "--callers=2000", f"--keep={tmp_path}", *(f"--server={name}" for name in servers),
    )  # fmt: skip
    assert "all sessions were decided" in told
    assert "NOT AS IT SHOULD BE" not in told
    assert "ratio to Twisted, 1 command" in told
    assert "a call's end" in told
    (kept,) = tmp_path.glob("sessions-*.json")
    figures = json.loads(kept.read_text())
    runs = [(each["server"], run) for each in figures["runs"] for run in each["rounds"]]
    assert len(runs) == 2 * 5
    assert all(run["told"]["ok"] == run["sessions"] == 200 for _, run in runs)
    assert all(run["cost"] > 0 and not run["amiss"] for _, run in runs)
    ends = [run for each in figures["ends"] for run in each["rounds"]]
    assert [run["told"]["ok"] for run in ends] == [200, 200]


def test_calls_that_are_refused_are_shown(tmp_path: Path) -> None:
    told = measured(
        tmp_path, "sessions.py", "--rounds=1", "--sessions=50", "--seconds=0.1",
        "--callers=1000", f"--keep={tmp_path}", "--server=engine, embedded store",
        "--option=--max-connections-per-address=1",
        "--option=--max-connections=3",
    )  # fmt: skip
    assert "all sessions were decided" not in told
    assert "engine, embedded store, 64 at once: " in told.partition("NOT AS IT SHOULD BE")[2]
    assert "ivr_connections_refused_total" in told
