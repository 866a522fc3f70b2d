"""The keys of one mapping: those that are known, those that are missing, those that are neither."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ivr.policy.reading.nodes import Table
from ivr.policy.reading.values import advice, closest, shown, wrong_type

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from ivr.policy.model import Place
    from ivr.policy.problems import Report
    from ivr.policy.reading.nodes import Node, Scalar


class Fields:
    """A mapping whose keys the format fixes. Says at once which keys it does not know.

    A key that is nearly one is read as that, so that nobody misses it a second time.
    `is_table` is False where something else than a mapping stands (and is reported).
    """

    def __init__(self, node: Node, what: str, known: Collection[str], report: Report) -> None:
        self.place: Place = node.place
        self._what = what
        self._report = report
        self.is_table = isinstance(node, Table)
        self._entries: dict[str, tuple[Scalar, Node]] = {}
        misspelt: dict[str, tuple[Scalar, Node]] = {}
        for key, value in entries(node, what, report):
            if key.text in known:
                self._entries[key.text] = (key, value)
            else:
                wrong = f"{what} has no key {shown(key.text)}"
                report.add(key.place, wrong, advice(key.text, known))
                meant = closest(key.text, known)
                if meant is not None:
                    misspelt[meant] = (key, value)
        self._entries = {**misspelt, **self._entries}

    def get(self, key: str) -> Node | None:
        """The value of a key that may be left out."""
        entry = self._entries.get(key)
        return entry[1] if entry else None

    def need(self, key: str, instead: str) -> Node | None:
        """The value of a key that must be there; `instead` says what to add."""
        if self.is_table and key not in self._entries:
            self._report.add(self.place, f"{self._what} has no '{key}'", instead)
        return self.get(key)

    def at(self, key: str) -> Place:
        """Where the key stands; the mapping's own place if it does not."""
        entry = self._entries.get(key)
        return entry[0].place if entry else self.place

    def present(self, keys: Collection[str]) -> list[str]:
        """Which of these keys are written, in the order they are."""
        return [key for key in self._entries if key in keys]


def entries(node: Node | None, what: str, report: Report) -> Iterator[tuple[Scalar, Node]]:
    """The keys and values of a mapping that the operator names; none if it is something else."""
    if isinstance(node, Table):
        yield from node.entries
    elif node is not None:
        wrong_type(node, what, "a mapping (key: value)", report)
