"""What the audits find, and that one that could not be done is told from one that found nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests import ROOT, audit

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SOUND = {"name": "click", "version": "8.5", "vulns": []}
OURS = {"name": "ivr-engine", "skip_reason": "distribution marked as editable"}
UNKNOWN = {"name": "redis", "skip_reason": "Dependency not found on PyPI"}
BAD = {
    "name": "pyyaml", "version": "5.3",
    "vulns": [{"id": "PYSEC-2021-142", "aliases": ["CVE-2020-14343"], "fix_versions": ["5.4"]}],
}  # fmt: skip
TRACEBACK = (
    "Traceback (most recent call last):\n  ...\nrequests.exceptions.ConnectionError: no such host\n"
)


def stand_in(folder: Path, answers: dict[str, tuple[object, str, int]]) -> Sequence[str]:
    """A command that ends as pip-audit did when it was tried: JSON, complaint, exit code."""
    script = folder / "pip_audit.py"
    script.write_text(
        "import json, sys\n"
        f"answers = json.loads({json.dumps(answers)!r})\n"
        "out, err, code = answers[sys.argv[-1].partition('=')[2]]\n"
        "print(json.dumps(out) if out is not None else '', end='')\n"
        "print(err, end='', file=sys.stderr)\n"
        "sys.exit(code)\n"
    )
    return (sys.executable, str(script))


def told(*packages: object) -> object:
    return {"dependencies": [*packages], "fixes": []}


GONE = (None, TRACEBACK, 1)


@pytest.mark.parametrize(
    ("pypi", "osv", "code", "said"),
    [
        ((told(SOUND, OURS), "", 0), GONE, 0, "none of 1 packages"),
        ((told(SOUND, BAD, OURS), "Found 1", 1), GONE, 1, "pyyaml 5.3: PYSEC-2021-142, mended in"),
        ((told(BAD, UNKNOWN), "Found 1", 1), GONE, 1, "PYSEC-2021-142"),
        (GONE, (told(SOUND, BAD), "Found 1", 1), 1, "by osv"),
        (GONE, (told(SOUND), "", 0), 0, "(osv)"),
        (GONE, GONE, 3, "no such host"),
        ((told(UNKNOWN, OURS), "", 0), GONE, 3, "it knows nothing of 1 packages, redis"),
        ((told(SOUND, UNKNOWN), "", 0), GONE, 3, "NOT DONE"),
        ((told(OURS), "", 0), GONE, 3, "NOT DONE"),
        (([], "", 0), ({"dependencies": None}, "odd", 0), 3, "NOT DONE"),
    ],
)
def test_no_answer_is_told_from_a_finding(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], pypi: Any, osv: Any, code: int, said: str
) -> None:
    command = stand_in(tmp_path, {"pypi": pypi, "osv": osv})
    assert audit.main((), command) == code
    out, err = capfd.readouterr()
    assert said in out + err
    assert ("NOT DONE" in err) is (code == 3)
    assert audit.main(("--where-it-can",), command) == (0 if code == 3 else code)


def test_a_command_that_is_not_there_is_not_done(capfd: pytest.CaptureFixture[str]) -> None:
    assert audit.main((), ("/nowhere/pip-audit",)) == 3
    assert "cannot be started" in capfd.readouterr().err


def test_one_that_hangs_is_not_done(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(audit, "PATIENCE", 0.2)
    assert audit.main((), (sys.executable, "-c", "import time; time.sleep(600)")) == 3
    assert "no answer within" in capfd.readouterr().err


def test_what_is_accepted_is_no_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "ACCEPTED", {"CVE-2020-14343": "we read no YAML with it"})
    assert audit.read(json.dumps(told(BAD)), "").found == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('LEVEL = "user\u202e \u2066# only for admins\u2069 \u2066"\n', "B613"),
        ("import yaml\n\nyaml.load('a')\n", "B506"),
        ("import telnetlib\n", "B401"),
    ],
)
def test_bandit_looks_at_what_it_is_there_for(tmp_path: Path, text: str, name: str) -> None:
    """With the project's own exclusions: they leave out what ruff asks already, and no more."""
    (tmp_path / "odd.py").write_text(text)
    command = [
        sys.executable,
        "-m",
        "bandit",
        "-q",
        "-c",
        "pyproject.toml",
        str(tmp_path / "odd.py"),
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert name in done.stdout
