"""The commands as they are put together: each has its help, its store and its policy."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from ivr.cli import main
from ivr.store.pump import Pump
from ivr.store.sqlite import SqliteStore
from tests import ROOT


def commands(group: click.Group, *path: str) -> Iterator[tuple[str, ...]]:
    for name, command in group.commands.items():
        yield (*path, name)
        if isinstance(command, click.Group):
            yield from commands(command, *path, name)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, env={"IVR_ROUTES": str(ROOT / "routes")})


def in_shell(
    redirected: str, *arguments: str, unbuffered: str = ""
) -> subprocess.CompletedProcess[str]:
    """The command as a shell starts it; "1" takes Python's own buffer for what it prints away."""
    return subprocess.run(
        ["sh", "-c", f'exec "$@" {redirected}', "sh", sys.executable, "-m", "ivr", *arguments],
        env={**os.environ, "PYTHONUNBUFFERED": unbuffered}, capture_output=True, text=True,
        cwd=ROOT, check=False,
    )  # fmt: skip


@pytest.fixture
def store(tmp_path: Path) -> str:
    """An empty store, as the engine makes it."""
    path, pump = str(tmp_path / "ivr.sqlite3"), Pump()
    made = SqliteStore(path, pump.deliver)

    async def make() -> None:
        await made.ping()
        await made.close()

    pump.run(make())
    return path


@pytest.mark.parametrize("path", list(commands(main)), ids=" ".join)
def test_every_command_says_what_it_does(path: tuple[str, ...]) -> None:
    answer = run(*path, "--help")
    assert answer.exit_code == 0
    assert "Usage: main " + " ".join(path) in answer.output
    assert (main.get_command(click.Context(main), path[0]) or main).help


def test_a_caller_is_changed_in_the_store_that_was_named(store: str) -> None:
    at = ("caller", "--store", store)
    who = ("--by", "Ronit", "--why", "a customer of 20 years")
    assert run(*at, "grant-vip", "0541234567", *who).exit_code == 0
    shown = run(*at, "show", "0541234567")
    assert "golden-beam" in shown.output
    assert "Ronit" in shown.output
    refused = run(*at, "open-case", "0541234567", "--topic", "falt", *who)
    assert refused.exit_code == 2
    assert "fault" in refused.output


def test_a_caller_is_not_changed_under_a_policy_with_problems(store: str, tmp_path: Path) -> None:
    (tmp_path / "routes.yaml").write_text("version: 1\n")
    answer = run("caller", "--store", store, "--routes", str(tmp_path / "routes.yaml"), "show", "1")
    assert answer.exit_code == 1
    assert "routes.yaml:1:1" in answer.output


def test_a_backup_needs_no_policy(store: str, tmp_path: Path) -> None:
    file = tmp_path / "backup.sqlite3"
    answer = CliRunner().invoke(
        main, ["store", "--store", store, "backup", str(file)], env={"IVR_ROUTES": "/nowhere"}
    )
    assert answer.exit_code == 0, answer.output
    with sqlite3.connect(file) as copy:
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    copy.close()


def test_an_engine_that_is_no_address_is_a_usage_error() -> None:
    assert run("call", "--from", "1", "--to", "2", "--engine", "nowhere").exit_code == 2


@pytest.mark.parametrize("unbuffered", ["", "1"], ids=["buffered", "unbuffered"])
@pytest.mark.parametrize(
    "command",
    ["check", "schema", "graph --format mermaid", "test -q", "--help", "check --help", "--version"],
)
def test_a_full_disk_behind_the_output_is_said_in_one_line(command: str, unbuffered: str) -> None:
    done = in_shell(">/dev/full", *command.split(), unbuffered=unbuffered)
    assert done.returncode == 1
    assert "No space left on device: what was printed is cut short" in done.stderr
    assert done.stderr.count("\n") == 1, done.stderr


def test_a_change_whose_word_met_a_full_disk_may_be_made_and_says_so(store: str) -> None:
    at = ("caller", f"--store={store}")
    asked = ("open-case", "0541234567", "--by=Ronit", "--why=third visit")
    done = in_shell(">/dev/full", *at, *asked)
    assert done.returncode == 1
    assert "look whether what you asked for is done before you ask again" in done.stderr
    assert "third visit" in run(*at, "show", "0541234567").output


@pytest.mark.parametrize("redirected", ["2>/dev/full", "2>&1 | head -1", "2>&-"])
def test_an_import_makes_what_it_can_whoever_hears_of_the_rest(
    store: str, tmp_path: Path, redirected: str
) -> None:
    rows = "".join(f"{n},promote\n" for n in range(2000)) + "0541234567,grant-vip\n"
    file = tmp_path / "half.csv"
    file.write_text("number,change\n" + rows)
    at = ("caller", f"--store={store}")
    done = in_shell(redirected, *at, "import", str(file), "--by=Ronit", "--why=20 years")
    assert "Traceback" not in done.stderr + done.stdout
    assert "golden-beam" in run(*at, "show", "0541234567").output
    if "|" not in redirected:
        assert (done.returncode, done.stdout) == (1, "1 changes made, 2000 rows skipped\n")


def test_an_error_that_nobody_can_hear_is_an_exit_code(store: str) -> None:
    asked = ("close-case", "0541234567", "--by=Ronit", "--why=moved")
    done = in_shell("2>/dev/full", "caller", f"--store={store}", *asked)
    assert (done.returncode, done.stdout) == (1, "")


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_command_does_what_is_asked_whatever_is_closed(store: str, closed: str) -> None:
    asked = ("grant-vip", "0541234567", "--by=Ronit", "--why=20 years")
    done = in_shell(closed, "caller", f"--store={store}", *asked)
    assert (done.returncode, done.stderr) == (0, "")
    assert "golden-beam" in run("caller", "--store", store, "show", "0541234567").output


def test_what_the_terminal_has_no_letter_for_is_escaped(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "a.yaml").write_text(
        "start: 2026-11-22 12:00\n"
        "tests: [{name: שלום, steps: [{call: {from: withheld, to: '1800123456'},"
        " expect: {tier: regular}}]}]\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "ivr", "test", tmp_path, "--policy", "routes"],
        env={**os.environ, "PYTHONIOENCODING": "latin-1"}, capture_output=True, cwd=ROOT,
        check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, b"")
    assert rb"a.yaml:2  \u05e9\u05dc\u05d5\u05dd" in done.stdout
