"""`ivr check`, as an operator sees it."""

from __future__ import annotations

import shutil
from io import StringIO
from pathlib import Path

import pytest
from click.testing import CliRunner

from ivr.tools.checking import UNREAD, check, command

ROUTES = Path(__file__).parents[3] / "routes"


@pytest.fixture
def routes(tmp_path: Path) -> Path:
    """A copy of the policy that ships, to be broken."""
    return shutil.copytree(ROUTES, tmp_path / "routes")


def checked(path: Path, prompts: Path | None = None) -> tuple[int, list[str]]:
    out = StringIO()
    code = check(path, out, prompts)
    return code, out.getvalue().splitlines()


def test_a_clean_policy_is_one_line(routes: Path) -> None:
    code, lines = checked(routes)
    assert code == 0
    assert len(lines) == 1
    assert lines[0].startswith(f"{routes}: no problems in 6 files, 2 entrypoints, 1 menu, 7 routes")


def test_every_problem_is_a_line_that_an_editor_can_follow(routes: Path) -> None:
    queues = routes / "queues.yaml"
    queues.write_text("queues:\n  main: {astersk: main}\n  extra: {fallback: mian}\n")
    code, lines = checked(routes)
    assert code == 1
    assert (
        f"{queues}:2:10: the queue 'main' has no key 'astersk': did you mean 'asterisk'?" in lines
    )
    assert (
        f"{queues}:3:21: the queue 'mian' is not declared: did you mean 'main'? "
        "If not, declare it under 'queues'"
    ) in lines
    unknown = [line for line in lines if "routes.yaml" in line]
    assert len(unknown) == 8
    assert all("is not declared: write one of: main, extra; or declare" in line for line in unknown)


def test_a_policy_that_cannot_be_read(tmp_path: Path) -> None:
    code, lines = checked(tmp_path / "nowhere")
    assert code == UNREAD
    assert lines == [
        f"{tmp_path}/nowhere:1:1: there is no such file or folder: "
        "copy the sample policy there, or name the folder that holds yours",
        f"{tmp_path}/nowhere: could not be read, so nothing was checked",
    ]


def test_recordings_that_are_not_there(routes: Path, tmp_path: Path) -> None:
    code, lines = checked(routes, tmp_path)
    assert code == 1
    assert any("welcome" in line for line in lines)


def test_the_command(routes: Path) -> None:
    good = CliRunner().invoke(command, [str(routes)])
    assert (good.exit_code, good.output.count("\n")) == (0, 1)
    (routes / "queues.yaml").unlink()
    bad = CliRunner().invoke(command, [str(routes)])
    assert bad.exit_code == 1
    assert "no 'queues'" in bad.output
    assert CliRunner().invoke(command, ["--help"]).exit_code == 0
