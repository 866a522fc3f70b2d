"""What is wrong with a policy: every problem at once, each with its place and what to write."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ivr.policy.model import Place


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake: where it stands, what is wrong, and what to write instead."""

    place: Place
    wrong: str
    instead: str

    def __str__(self) -> str:
        return f"{self.place}: {self.wrong}: {self.instead}"


@dataclass(frozen=True, slots=True)
class Problems:
    """All that is wrong, in the order of the files and lines. Never empty."""

    problems: tuple[Problem, ...]

    def __iter__(self) -> Iterator[Problem]:
        return iter(self.problems)

    def __len__(self) -> int:
        return len(self.problems)

    def __str__(self) -> str:
        return "\n".join(map(str, self.problems))


class Report:
    """Collects problems while a policy is read."""

    def __init__(self) -> None:
        self._found: set[Problem] = set()

    def add(self, place: Place, wrong: str, instead: str) -> None:
        """Note one problem; the same one twice counts once."""
        self._found.add(Problem(place, wrong, instead))

    def __len__(self) -> int:
        return len(self._found)

    def problems(self) -> Problems:
        """What was found so far, sorted."""
        return Problems(tuple(sorted(self._found)))
