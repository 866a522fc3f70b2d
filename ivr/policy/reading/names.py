"""Names that are declared in one place and used in another."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

from ivr.policy.reading.values import advice, listed, shown, text

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from ivr.policy.model import Place
    from ivr.policy.problems import Report
    from ivr.policy.reading.nodes import Node

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Names(Generic[T]):
    """What is declared under one section, with what each name stands for.

    A name whose own definition is broken is known and stands for None: its problem is reported
    where it is. `complete` is False where part of the policy could not be read at all: a name that
    is not here may be there, so that nothing is said about it. `places` are those of names that
    stand for nothing but themselves.
    """

    what: str
    section: str
    values: Mapping[str, T | None]
    complete: bool = True
    places: Mapping[str, Place] = field(default_factory=dict)

    def find(self, node: Node, report: Report) -> str | None:
        """The name written here, if it is declared."""
        found = text(node, self.what, report)
        if found is None or found in self.values:
            return found
        if self.complete:
            wrong = f"the {self.what} {shown(found)} is not declared"
            report.add(node.place, wrong, advice(found, self.values, self._declare()))
        return None

    def value(self, node: Node, report: Report) -> T | None:
        """What the name written here stands for."""
        found = self.find(node, report)
        return None if found is None else self.values.get(found)

    def find_all(self, node: Node, report: Report) -> frozenset[str] | None:
        """The names of a list, or a single one; None if any is not sound."""
        return all_of([self.find(item, report) for item in listed(node, self.what, report)])

    def _declare(self) -> str:
        return f"declare it under '{self.section}'"

    def sound(self) -> dict[str, T]:
        """What is declared and in order."""
        return {name: value for name, value in self.values.items() if value is not None}


def all_of(found: Collection[str | None]) -> frozenset[str] | None:
    """The values if each was sound and there is one at all."""
    sound = frozenset(each for each in found if each is not None)
    return None if None in found or not sound else sound
