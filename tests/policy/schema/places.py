"""Paths within a document: of its values, and of the places that the loader's problems name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from ivr.policy.problems import Report
from ivr.policy.reading.nodes import Items, Node, Scalar, Table, parse

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Keys and indices, from the root.
Path: TypeAlias = tuple[str | int, ...]


def paths(data: Any, here: Path = ()) -> Iterator[Path]:
    """Every value of a document, the document itself first."""
    yield here
    if isinstance(data, dict):
        for key, value in data.items():
            yield from paths(value, (*here, key))
    if isinstance(data, list):
        for index, value in enumerate(data):
            yield from paths(value, (*here, index))


def at(data: Any, path: Path) -> Any:
    """The value at a path."""
    for step in path:
        data = data[step]
    return data


def nodes(node: Node | None, here: Path = ()) -> Iterator[tuple[Path, Node, Scalar | None]]:
    """The same of what the loader reads; each value with its key."""
    if here == () and node is not None:
        yield here, node, None
    children: list[tuple[str | int, Node, Scalar | None]] = []
    if isinstance(node, Table):
        children = [(key.text, value, key) for key, value in node.entries]
    if isinstance(node, Items):
        children = [(index, value, None) for index, value in enumerate(node.items)]
    for step, value, key in children:
        yield (*here, step), value, key
        yield from nodes(value, (*here, step))


def paths_at(text: str, line: int, column: int) -> set[Path]:
    """What stands at a place: a key, its value, or the first key of a mapping that begins there."""
    found: set[Path] = set()
    for path, node, key in nodes(parse("", text, Report())):
        for each in (node, key):
            if each is not None and (each.place.line, each.place.column) == (line, column):
                found.add(path)
    return found


def are_related(one: Path, other: Path) -> bool:
    """Whether one of them lies within the other; the whole document is related to its sections."""
    shared = min(len(one), len(other))
    return one[:shared] == other[:shared] and (shared > 0 or max(len(one), len(other)) < 2)
