"""A policy that is read by another process: whatever becomes of it, there is an answer."""

from __future__ import annotations

import gc
import subprocess
import sys
import weakref
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.error import ProcessDone, ProcessTerminated
from twisted.internet.task import Clock
from twisted.python.failure import Failure

from ivr.engine.apart import PATIENCE, PROGRAM, Reading, _program, let_go, load_apart
from ivr.engine.parcel import PIECE, Opening, pack
from ivr.engine.policies import load_checked
from ivr.policy.model import Policy
from ivr.policy.problems import Problems
from tests import ROOT

ROUTES = ROOT / "routes"


class Processes(Clock):
    """A reactor whose processes do what a test says."""

    def __init__(self, *, able: bool = True) -> None:
        super().__init__()
        self.able = able
        self.kills = 0
        self.reading: Reading | None = None
        self.command: list[str] = []
        self.env: dict[str, str] = {}

    def spawnProcess(  # noqa: N802 # Twisted's
        self, reading: Any, _program: str, command: list[str], env: dict[str, str]
    ) -> Any:
        if not self.able:
            raise OSError(11, "Resource temporarily unavailable")
        self.reading, self.command, self.env = reading, command, env
        return self

    def signalProcess(self, name: str) -> None:  # noqa: N802 # Twisted's
        assert name == "KILL"
        self.kills += 1
        self.end(ProcessTerminated(signal=9))

    def end(self, how: Exception) -> None:
        assert self.reading is not None
        self.reading.processEnded(Failure(how))


def asked(processes: Processes, path: Path = ROUTES) -> list[Policy | Problems]:
    found: list[Policy | Problems] = []
    Deferred.fromCoroutine(load_apart(path, processes)).addCallback(found.append)
    return found


def told(found: list[Policy | Problems]) -> str:
    [problems] = found
    assert isinstance(problems, Problems)
    return str(problems)


def test_a_policy_arrives_piece_by_piece() -> None:
    processes = Processes()
    found = asked(processes)
    parcel = PROGRAM + pack(load_checked(ROUTES))
    assert processes.reading is not None
    processes.reading.outReceived(parcel[:100])
    processes.reading.outReceived(parcel[100:])
    processes.end(ProcessDone(0))
    assert not found, "calls come between the pieces"
    processes.pump([0.0] * 10)
    assert found == [load_checked(ROUTES)]
    assert not processes.getDelayedCalls(), "nobody is killed later"


def test_a_process_that_fails_says_why() -> None:
    processes = Processes()
    found = asked(processes)
    assert processes.reading is not None
    processes.reading.errReceived(b"Traceback (most recent call last):\n  ...\nMemory")
    processes.reading.errReceived(b"Error\n")
    processes.end(ProcessTerminated(1))
    assert "the process that reads it failed: MemoryError: see that the machine" in told(found)


def test_a_process_that_is_killed_says_by_what() -> None:
    processes = Processes()
    found = asked(processes)
    processes.end(ProcessTerminated(signal=9))
    assert "signal 9" in told(found)


def test_a_process_that_hangs_is_killed() -> None:
    processes = Processes()
    found = asked(processes)
    processes.advance(PATIENCE - 1)
    assert processes.kills == 0
    processes.advance(1)
    assert "signal 9" in told(found)


def test_no_process_can_be_had() -> None:
    assert "Resource temporarily unavailable" in told(asked(Processes(able=False)))


def test_a_parcel_that_is_cut_short() -> None:
    processes = Processes()
    found = asked(processes)
    assert processes.reading is not None
    processes.reading.outReceived((PROGRAM + pack(load_checked(ROUTES)))[:-50])
    processes.end(ProcessDone(0))
    processes.pump([0.0] * 10)
    assert "did not arrive whole" in told(found)


def test_the_process_itself(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "ivr.engine.apart"]
    good = subprocess.run([*command, str(ROUTES)], capture_output=True, check=True)
    assert good.stdout.startswith(PROGRAM)
    opening = Opening(good.stdout[len(PROGRAM) :])
    list(opening)
    assert (opening.found, good.stderr) == (load_checked(ROUTES), b"")
    nowhere = str(tmp_path / "nowhere")
    bad = subprocess.run([*command, nowhere], capture_output=True, check=True)
    assert bad.stdout == PROGRAM + pack(load_checked(Path(nowhere)))


def test_a_process_of_another_program_is_not_believed() -> None:
    processes = Processes()
    found = asked(processes)
    assert processes.reading is not None
    processes.reading.outReceived(bytes(len(PROGRAM)) + pack(load_checked(ROUTES)))
    processes.end(ProcessDone(0))
    processes.pump([0.0] * 10)
    assert "program was exchanged since it started: restart it" in told(found)


@pytest.mark.parametrize("change", ["a field", "a file"])
def test_every_change_of_a_program_is_seen(tmp_path: Path, change: str) -> None:
    (tmp_path / "policy").mkdir()
    (tmp_path / "policy" / "model.py").write_text("name: str\n")
    before = _program(tmp_path)
    assert before == _program(tmp_path)
    where, what = {"a field": ("policy/model.py", "size: str\n"), "a file": ("more.py", "")}[change]
    (tmp_path / where).write_text(what)
    assert before != _program(tmp_path)


def test_nothing_is_taken_from_the_folder_that_the_engine_runs_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "yaml.py").write_text("raise SystemExit('taken from where it runs')\n")
    monkeypatch.chdir(tmp_path)
    processes = Processes()
    asked(processes)
    done = subprocess.run(processes.command, env=processes.env, capture_output=True, check=False)
    assert done.stderr == b""
    assert done.stdout.startswith(PROGRAM)


class Knot:
    """Something that only a collection frees."""

    def __init__(self) -> None:
        self.itself = self


class Knotted(Processes):
    """A reactor whose processes hold themselves, as Twisted's do."""

    child: weakref.ref[Knot]

    def spawnProcess(  # noqa: N802 # Twisted's
        self, reading: Any, program: str, command: list[str], env: dict[str, str]
    ) -> Any:
        super().spawnProcess(reading, program, command, env)
        child = Knot()
        self.child = weakref.ref(child)
        return child


def test_a_reload_sets_no_garbage_aside_for_good() -> None:
    processes = Knotted()
    found = asked(processes)
    assert processes.reading is not None
    processes.reading.outReceived(pack(load_checked(ROUTES)))
    gc.collect()
    garbage = weakref.ref(Knot())
    processes.end(ProcessDone(0))
    processes.pump([0.0] * 10)
    assert found
    gc.collect()
    assert garbage() is None
    assert processes.child() is None, "nor what is left of the process that read the policy"


def test_a_policy_that_goes_goes_in_pieces() -> None:
    loaded = load_checked(ROOT / "routes")
    assert isinstance(loaded, Policy)
    clock = Turns()
    let = let_go(replace(loaded, routes=loaded.routes[:1] * (3 * PIECE)), clock)
    gone = Deferred.fromCoroutine(let)
    clock.clock.advance(0)
    assert gone.called
    assert clock.turns >= 3


class Turns:
    """A clock that counts the turns that were asked for."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.turns = 0

    def callLater(self, *what: Any) -> Any:
        self.turns += 1
        return self.clock.callLater(*what)
