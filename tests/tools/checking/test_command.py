"""`ivr check`, as an operator sees it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from io import StringIO
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest
from click.testing import CliRunner, Result

from ivr.engine.policies import load_checked
from ivr.policy.model import Policy
from ivr.tools.checking import CLEAN, PROBLEMS, UNREAD, WARNINGS, check, command

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


# --- exit codes and forms ------------------------------------------------------------------------

SHIPPED = [ROUTES, *sorted(path.parent for path in (ROUTES / "examples").glob("*/policy.yaml"))]
FORMS = ["text", "json", "github", "junit"]


def run(*arguments: str) -> Result:
    return CliRunner().invoke(command, arguments)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_what_ships_has_no_warnings(path: Path) -> None:
    told = run(str(path), "--strict")
    assert (told.exit_code, told.output.count("\n")) == (CLEAN, 1)


def test_the_policy_in_the_docs_has_no_warnings(tmp_path: Path) -> None:
    docs = (ROUTES.parent / "docs" / "policy.md").read_text()
    example = re.search(r"```yaml\n(# A whole policy.*?)```", docs, re.DOTALL)
    assert example is not None
    (tmp_path / "docs.yaml").write_text(example[1])
    told = run(str(tmp_path), "--strict")
    assert (told.exit_code, told.output.count("\n")) == (CLEAN, 1), told.output


def test_warnings_let_it_pass_unless_it_is_strict(routes: Path) -> None:
    (routes / "more.yaml").write_text("queues: {lonely: {}}\n")
    warning = (
        f"{routes}/more.yaml:1:10: warning: nothing sends calls to the queue 'lonely': "
        "let a route or a fallback lead to it, or take it out"
    )
    loose, strict = run(str(routes)), run(str(routes), "--strict")
    assert (loose.exit_code, strict.exit_code) == (CLEAN, WARNINGS)
    first, last = loose.output.splitlines()
    assert first == warning
    assert last.startswith(f"{routes}: no problems, 1 warning in 7 files, 2 entrypoints")
    assert strict.output == loose.output
    assert isinstance(load_checked(routes), Policy)  # a reload takes it


def test_problems_come_before_warnings(routes: Path) -> None:
    (routes / "more.yaml").write_text("queues: {lonely: {}}\n")
    prompts = (routes / "prompts.yaml").read_text()
    (routes / "prompts.yaml").write_text(re.sub(r"  minute-55: .*\n", "", prompts))
    told = run(str(routes), "--strict")
    assert told.exit_code == PROBLEMS
    first, second, last = told.output.splitlines()
    assert "route 'closed' says 'opens'" in first
    assert ": warning: nothing sends calls" in second
    assert last.startswith(f"{routes}: 1 problem, 1 warning in 7 files")


def test_a_policy_that_cannot_be_loaded_gets_no_warnings(routes: Path) -> None:
    (routes / "more.yaml").write_text("queues: {lonely: {}, other: {fallback: nobody}}\n")
    told = run(str(routes))
    assert told.exit_code == PROBLEMS
    assert "warning" not in told.output
    assert told.output.splitlines()[-1] == f"{routes}: 1 problem in 7 files"


@pytest.mark.parametrize("form", FORMS)
def test_what_cannot_be_read(tmp_path: Path, form: str) -> None:
    empty, binary = tmp_path / "empty", tmp_path / "binary"
    empty.mkdir()
    binary.mkdir()
    (binary / "a.yaml").write_bytes(b"version: 1\n\xff\xfe\x00\x00")
    (binary / "b.yaml").write_text("queues: [wrong]\n")
    for path in (tmp_path / "nowhere", empty, binary, Path("/dev/null"), Path("x" * 5000)):
        told = run(str(path), "--output", form)
        assert told.exit_code == UNREAD, path
        assert told.exception is None or isinstance(told.exception, SystemExit)
        assert told.stderr == ""


def test_a_file_that_may_not_be_read(routes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    told = run(str(routes))
    assert told.exit_code == UNREAD
    assert "cannot be read (Permission denied): look at its owner and mode" in told.output


@pytest.mark.parametrize("text", ["", "\n", "[]", "\x00", "a: &a [*a, *a]", "{" * 5000, "- ?"])
@pytest.mark.parametrize("form", FORMS)
def test_whatever_a_file_holds(tmp_path: Path, form: str, text: str) -> None:
    file = tmp_path / "any.yaml"
    file.write_text(text)
    told = run(str(file), "--output", form)
    assert told.exit_code == PROBLEMS
    assert told.exception is None or isinstance(told.exception, SystemExit)


def test_machines_get_nothing_else(routes: Path) -> None:
    told = run(str(routes), "--output", "json")
    assert json.loads(told.stdout)["result"] == "clean"
    assert (run(str(routes), "--output", "github").stdout, told.stderr) == ("", "")
    document = Xml.fromstring(run(str(routes), "--output", "junit").stdout_bytes)
    assert document.get("tests") == "6"


def test_recordings_in_each_form(routes: Path, tmp_path: Path) -> None:
    told = json.loads(run(str(routes), "--prompts", str(tmp_path), "--output", "json").stdout)
    assert told["exit_code"] == PROBLEMS
    assert told["problems"][0]["wrong"] == "he/ivr/welcome: no recording of the prompt welcome"
    assert told["problems"][0]["file"] is None
    github = run(str(routes), "--prompts", str(tmp_path), "--output", "github").stdout
    assert github.startswith("::error::he/ivr/welcome: no recording of the prompt welcome: ")


@pytest.mark.parametrize("form", FORMS)
def test_names_that_no_policy_should_have(tmp_path: Path, form: str) -> None:
    """On a terminal that knows no Hebrew; XML and JSON are the same everywhere."""
    folder = os.fsencode(tmp_path) + b"/a\n::error::\x1b[31m%,\xff"
    os.makedirs(folder)
    name = folder + "/תפריט.yaml".encode()
    with open(name, "wb") as file:
        file.write(b'version: 2\nqueues: {"a\\nb": 1}\n')
    ivr = Path(sys.executable).with_name("ivr")
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    told = subprocess.run(
        [ivr, "check", folder, "--output", form], capture_output=True, env=environment, check=False
    )
    assert (told.returncode, told.stderr) == (PROBLEMS, b"")
    lines = told.stdout.decode().splitlines()
    if form == "json":
        assert json.loads(told.stdout)["problems"][0]["file"] == os.fsdecode(name)
    elif form == "junit":
        (case,) = Xml.fromstring(told.stdout).findall(".//testcase")
        assert str(case.get("name")).endswith("%,\\udcff/תפריט.yaml")
    elif form == "github":
        (line,) = lines
        assert line.startswith("::error file=")
        assert "/a%0A%3A%3Aerror%3A%3A\\x1b[31m%25%2C\\udcff/תפריט.yaml,line=1,col=" in line
    else:
        assert len(lines) == 2
        assert "/a\\n::error::\\x1b[31m%,\\udcff/" in lines[0]


def test_there_are_no_other_forms(routes: Path) -> None:
    told = run(str(routes), "--output", "yaml")
    assert told.exit_code == 2
    assert "'text', 'json', 'github', 'junit'" in told.stderr
