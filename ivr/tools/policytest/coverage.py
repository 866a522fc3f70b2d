"""How much of a policy tests reach, and what they do not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ivr.tools.policytest.covered import KINDS, Item, items
from ivr.tools.policytest.reached import reached

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from ivr.policy.model import Policy
    from ivr.tools.policytest.runner import Ran


@dataclass(frozen=True, slots=True)
class Coverage:
    """All that there is in the policy at a path, and what no test reached, by place."""

    path: Path
    all: tuple[Item, ...]
    missed: tuple[Item, ...]

    @property
    def percent(self) -> float:
        """Of everything, the part that was reached."""
        return 100 * (len(self.all) - len(self.missed)) / len(self.all)

    def is_under(self, threshold: float) -> bool:
        """Whether less than so many percent were reached."""
        return (len(self.all) - len(self.missed)) * 100 < threshold * len(self.all)


def covered(path: Path, files: Mapping[str, str], policy: Policy, ran: Iterable[Ran]) -> Coverage:
    """What these tests reached of a policy, which was loaded from these texts."""
    every = items(files, policy)
    found = reached(policy, (trip for each in ran for trip in each.trips))
    missed = sorted(
        (item for item in every if (item.kind, item.key) not in found),
        key=lambda item: (item.place, KINDS.index(item.kind), item.key),
    )
    return Coverage(path, tuple(every), tuple(missed))


def summary(coverage: Coverage) -> str:
    """One line."""
    hit = len(coverage.all) - len(coverage.missed)
    return f"{coverage.path}: {hit} of {len(coverage.all)} reached by a test, {_shown(coverage)}"


def table(coverage: Coverage) -> Iterator[str]:
    """How much of each kind, and all that was missed."""
    for kind in KINDS:
        every = sum(item.kind == kind for item in coverage.all)
        missed = sum(item.kind == kind for item in coverage.missed)
        if every:
            percent = 100 * (every - missed) // every
            yield f"  {kind:<14}{every - missed:>4} of {every:<4}{percent:>4}%"
    for item in coverage.missed:
        yield f"  {item.place.file}:{item.place.line}: no test reaches {item.name}"


def _shown(coverage: Coverage) -> str:
    """Percent with one digit, rounded down: 100 means all of it."""
    hit, every = len(coverage.all) - len(coverage.missed), len(coverage.all)
    tenths = 1000 * hit // every
    return f"{tenths // 10}%" if tenths % 10 == 0 else f"{tenths // 10}.{tenths % 10}%"
