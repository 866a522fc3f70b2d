"""What must hold for any text of a policy."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from ivr.engine.parcel import Opening, pack
from ivr.policy.loader import load, read
from ivr.policy.model import Policy
from ivr.policy.problems import Problems
from ivr.routing.call import ARRIVING
from ivr.routing.step import step
from ivr.routing.steps import Ask, Go, KeyPressed, NewCall

ROOT = Path(__file__).parents[2]
NOW = 1_795_000_000.0
#: Of a call, before it must have been told where to go.
_TURNS = 20


def check_alone(text: str) -> None:
    """A file by itself: a sound policy or problems in words, and nothing is raised."""
    _check({"policy.yaml": text})


def check_beside(text: str) -> None:
    """The same beside a sound policy, so that what is named in it can be there."""
    _check({"policy.yaml": text, **_sound()})


def check_merged(text: str, where: int) -> None:
    """A sound policy with this text put into one of its lines."""
    name, whole = next(iter(_sound().items()))
    lines = whole.splitlines(keepends=True)
    place = where % (len(lines) + 1)
    _check({name: "".join([*lines[:place], text, *lines[place:]])})


@cache
def _sound() -> dict[str, str]:
    files = read(ROOT / "tests" / "policy" / "base.yaml")
    assert isinstance(files, dict)
    return files


def _check(files: dict[str, str]) -> None:
    loaded = load(files)
    assert load(files) == loaded
    if isinstance(loaded, Problems):
        assert len(loaded)
        for problem in loaded:
            assert problem.wrong
            assert problem.instead
            assert problem.place.file in files
            assert problem.place.line >= 1
            assert "\n" not in str(problem), "a problem is one line of a report"
    else:
        _check_sound(loaded)


def _check_sound(policy: Policy) -> None:
    """It comes through to another process as it is, and takes a call to its end."""
    opening = Opening(pack(policy))
    for _ in opening:
        pass
    assert opening.found == policy
    for door in policy.entrypoints.values():
        for dialled in door.dialled:
            _call(policy, dialled)


def _call(policy: Policy, dialled: str) -> None:
    event = NewCall("d1", "+972521234567", dialled, int(NOW))
    outcome = step(policy, ARRIVING, event, NOW)
    for turn in range(_TURNS):
        if not isinstance(outcome.step, Ask):
            assert isinstance(outcome.step, Go), outcome.step
            return
        outcome = step(policy, outcome.state, KeyPressed(str((turn + 1) % 10)), NOW)
    raise AssertionError("a caller who presses one key after another is never let out of a menu")
