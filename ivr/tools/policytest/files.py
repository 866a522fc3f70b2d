"""Which files are tests, and of which policy."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ivr.engine.policies import checked
from ivr.policy.loader import read, yaml_below
from ivr.policy.model import Place
from ivr.policy.problems import Problem, Problems
from ivr.tools.policytest.reading.suite import policy_of, read_suite

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ivr.policy.model import Policy
    from ivr.tools.policytest.model import Suite

FOLDER: Final = "tests"
#: Bytes; a test file is written by people.
_LONGEST: Final = 5_000_000


@dataclass(slots=True)
class Found:
    """What was read: sound suites, the policies and the texts of them, and all that is wrong."""

    suites: list[Suite] = field(default_factory=list)
    policies: dict[Path, Policy] = field(default_factory=dict)
    texts: dict[Path, dict[str, str]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def beside(routes: Path) -> Path:
    """The folder of a policy's tests."""
    return (routes.parent if routes.is_file() else routes) / FOLDER


def find(paths: Iterable[Path], policy: Path | None, routes: Path | None = None) -> Found:
    """Read all test files that the paths name, each with its policy.

    That is `policy`, whatever they say, where one is given; `routes` is the one in force.
    """
    found = Found()
    files: dict[Path, Path] = {}
    for path in paths:
        for file in _files(path, found):
            files.setdefault(Path(os.path.realpath(file)), file)
    loaded: dict[Path, Policy | Problems] = {}
    for file in sorted(files.values(), key=str):
        _read(file, policy, routes, loaded, found)
    found.policies = {path: each for path, each in loaded.items() if not isinstance(each, Problems)}
    return found


def _files(path: Path, found: Found) -> list[Path]:
    """A file as it is; of a folder, all YAML in folders called `tests`, be it in one itself."""
    try:
        if path.is_file():
            return [path]
        every = yaml_below(path) if path.is_dir() else []
        inside = [each for each in every if FOLDER in each.relative_to(path).parts[:-1]]
        listed = inside or (every if FOLDER in Path(os.path.realpath(path)).parts else [])
        wrong = "no tests here" if path.is_dir() else "there is no such file or folder"
    except OSError as error:
        listed, wrong = [], f"cannot be read ({error.strerror})"
    if not listed:
        instead = f"name a test file, or a folder that holds some in a folder called '{FOLDER}'"
        found.problems.append(Problem(Place(str(path), 1, 1), wrong, instead))
    return listed


def _read(
    file: Path,
    given: Path | None,
    routes: Path | None,
    loaded: dict[Path, Policy | Problems],
    found: Found,
) -> None:
    text = _text(file)
    if isinstance(text, Problem):
        found.problems.append(text)
        return
    path = given or _policy_of(file, text, routes)
    if path not in loaded:
        loaded[path] = _load(path, found)
    policy = loaded[path]
    if isinstance(policy, Problems):
        return
    suite = read_suite(text, file, policy)
    if isinstance(suite, Problems):
        found.problems += suite
    else:
        found.suites.append(suite)


def _load(path: Path, found: Found) -> Policy | Problems:
    files = read(path)
    policy = files if isinstance(files, Problems) else checked(files)
    found.problems += policy if isinstance(policy, Problems) else ()
    found.texts[path] = {} if isinstance(files, Problems) else files
    return policy


def _policy_of(file: Path, text: str, routes: Path | None) -> Path:
    """What the file names, else the folder above `tests`, else the file's own.

    Where the policy in force is a file of that folder, it is that one alone.
    """
    named = policy_of(text, file)
    if named:
        return Path(*_plain((file.parent / named).parts))
    above = [parent for parent in file.parents if parent.name == FOLDER]
    folder = above[0].parent if above else file.parent
    if routes is None or not routes.is_file():
        return folder
    return routes if folder.resolve() == routes.parent.resolve() else folder


def _plain(parts: tuple[str, ...]) -> tuple[str, ...]:
    """A path without `..`, as far as it can be without looking at the disk."""
    found: list[str] = []
    for part in parts:
        if part == ".." and found and found[-1] not in ("..", "/"):
            found.pop()
        else:
            found.append(part)
    return tuple(found) or (".",)


def _text(file: Path) -> str | Problem:
    place = Place(str(file), 1, 1)
    try:
        if file.stat().st_size > _LONGEST:
            return Problem(place, "longer than 5 MB", "name a test file, or split it")
        return file.read_bytes().decode()
    except OSError as error:
        return Problem(place, f"cannot be read ({error.strerror})", "look at its owner and mode")
    except UnicodeDecodeError:
        return Problem(place, "not UTF-8", "save the file in the encoding UTF-8")
