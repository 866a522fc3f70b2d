"""The set-up of the live tests: what it reads, what it says, and that it can be run again."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.live import install

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("sources", "mirror"),
    [
        ("deb http://mirror.invalid/debian bookworm main\n", "http://mirror.invalid/debian"),
        (
            "# deb http://x.invalid/debian x\ndeb [signed-by=/k] https://a.invalid/debian/ b main",
            "https://a.invalid/debian",
        ),
        (
            "Types: deb\nURIs: http://b.invalid/debian\nSuites: bookworm\n",
            "http://b.invalid/debian",
        ),
        ("deb http://c.invalid/debian-security bookworm main\n", ""),
        ("deb http://d.invalid/ubuntu noble main\n", ""),
        ("", ""),
    ],
)
def test_the_mirror_is_the_machines_own(sources: str, mirror: str) -> None:
    assert install.mirror_in(sources) == mirror


def test_a_half_finished_folder_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IVR_LIVE_DIR", str(tmp_path))
    (tmp_path / "asterisk.half/usr/sbin").mkdir(parents=True)
    (tmp_path / "asterisk.half/usr/sbin/asterisk").touch()
    assert any("Asterisk 22" in part for part in install.missing())


def test_a_redis_is_brought_without_its_service(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IVR_LIVE_DIR", str(tmp_path))
    install._redis()
    assert install.redis() == [str(tmp_path / "bin/redis-server")]
    command = [*install.redis(), "--version"]
    told = subprocess.run(command, capture_output=True, text=True, check=True)
    assert told.stdout.startswith("Redis server v=")


def test_nothing_is_done_where_all_is_there(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(install, "missing", list)
    install.install()
    assert not capsys.readouterr().out


@pytest.mark.parametrize(("ci", "code"), [("true", 1), ("", 0)])
def test_a_machine_that_cannot_says_why_in_one_line(
    ci: str, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CI", ci)
    monkeypatch.setattr(install, "missing", lambda: ["everything"])
    monkeypatch.setattr(install, "why_not", lambda: "it is a toaster")
    assert install.main() == code
    assert capsys.readouterr().err == "live tests cannot run here: it is a toaster\n"
