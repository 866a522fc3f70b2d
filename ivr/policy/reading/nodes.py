"""YAML as nodes that know their place: the text, before anything is made of it.

Read from the parser's events rather than from `yaml.compose`: an alias keeps its own place there
(`*611` without quotes is one), depth is bounded before anything recurses, and nothing that hostile
text repeats is ever multiplied. Aliases, anchors, merge keys and tags are refused: who reads a
policy at two in the morning should find each value where it counts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final, TypeAlias, TypeGuard

import yaml

from ivr.policy.model import Place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ivr.policy.problems import Report

_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

#: Deeper than any policy needs; shallow enough for functions that call themselves.
DEEPEST: Final = 40

#: What YAML does not allow in its text (YAML 1.1, "Character Set"), lone surrogates among it.
_NOT_YAML: Final = re.compile(
    "[^\x09\x0a\x0d\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
)


class Kind(Enum):
    """What YAML takes a scalar for; anything but text must be quoted where text is meant."""

    TEXT = "text"
    NUMBER = "a number"
    BOOLEAN = "true or false"
    NOTHING = "nothing"
    DATE = "a date"
    OTHER = "something else"


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value, as it was written."""

    text: str
    kind: Kind
    place: Place


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    items: tuple[Node, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Table:
    """A mapping; each key once."""

    entries: tuple[tuple[Scalar, Node], ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Hole:
    """Something whose problem is reported already: nobody complains about it again."""

    place: Place


Node: TypeAlias = Scalar | Items | Table | Hole

_KINDS: Final = {
    "str": Kind.TEXT,
    "int": Kind.NUMBER,
    "float": Kind.NUMBER,
    "bool": Kind.BOOLEAN,
    "null": Kind.NOTHING,
    "timestamp": Kind.DATE,
}
_RESOLVER: Final = yaml.resolver.Resolver()


class _TooDeepError(Exception):
    def __init__(self, place: Place) -> None:
        self.place = place


def parse(file: str, text: str, report: Report) -> Node | None:
    """The root node of a file, None if it holds nothing, a `Hole` if it is not YAML."""
    start = Place(file, 1, 1)
    if foreign := _NOT_YAML.search(text):
        place = _place_at(file, text, foreign.start())
        report.add(place, f"the character U+{ord(foreign[0]):04X} is not allowed", "remove it")
        return Hole(place)
    try:
        return _Parser(file, text, report).document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(file, mark.line + 1, mark.column + 1) if mark else start
        report.add(place, f"not YAML ({error.problem})", _advice(error))
        return Hole(place)
    except _TooDeepError as error:
        report.add(error.place, f"nested deeper than {DEEPEST} levels", "write it flatter")
        return Hole(error.place)


def _place_at(file: str, text: str, index: int) -> Place:
    before = text[:index]
    return Place(file, before.count("\n") + 1, index - before.rfind("\n"))


def _advice(error: yaml.MarkedYAMLError) -> str:
    problem = error.problem or ""
    if "cannot start any token" in problem:
        return 'indent with spaces, never tabs, and quote what begins with a sign: "..."'
    if "undefined alias" in problem or "alphabetic or numeric" in problem:
        return 'quote what begins with * or &: "*611"'
    return "look at indentation, quotes and brackets here and in the line before"


class _Parser:
    """One file's events, read from left to right."""

    def __init__(self, file: str, text: str, report: Report) -> None:
        self._file = file
        self._start = Place(file, 1, 1)
        self._report = report
        self._events: Iterator[yaml.Event] = iter(yaml.parse(text, Loader=_LOADER))

    def document(self) -> Node | None:
        next(self._events)  # the stream's start
        if isinstance(next(self._events), yaml.StreamEndEvent):
            return None
        root = self._node(next(self._events), 0)
        next(self._events)  # the document's end
        after = next(self._events)
        if not isinstance(after, yaml.StreamEndEvent):
            self._report.add(
                self._place(after), "a second document in this file", "put it into its own file"
            )
            for _ in self._events:  # so that what is not YAML in it shows as well
                pass
        return root

    def _node(self, event: yaml.Event, depth: int) -> Node:
        place = self._place(event)
        if depth > DEEPEST:
            raise _TooDeepError(place)
        if isinstance(event, yaml.AliasEvent):
            self._refuse_alias(event, place)
            return Hole(place)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._untagged(event, Items(tuple(self._items(depth)), place))
        if isinstance(event, yaml.MappingStartEvent):
            return self._untagged(event, Table(tuple(self._entries(depth)), place))
        if isinstance(event, yaml.ScalarEvent):
            return self._untagged(event, _scalar(event, place))
        raise AssertionError(f"no event of a well-formed document: {event!r}")

    def _items(self, depth: int) -> Iterator[Node]:
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            yield self._node(event, depth + 1)

    def _entries(self, depth: int) -> Iterator[tuple[Scalar, Node]]:
        seen: dict[str, Place] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._node(event, depth + 1)
            value = self._node(next(self._events), depth + 1)
            if self._is_key(key, seen):
                yield key, value

    def _is_key(self, key: Node, seen: dict[str, Place]) -> TypeGuard[Scalar]:
        if isinstance(key, Hole):
            return False
        if not isinstance(key, Scalar):
            self._report.add(key.place, "a key that is a list or a mapping", "write a name")
            return False
        if key.text == "<<":
            self._report.add(key.place, "merge keys (<<) are not read", "write the values out")
            return False
        if key.text in seen:
            line = seen[key.text].line
            wrong = f"'{key.text}' stands here twice, first in line {line}"
            self._report.add(key.place, wrong, "keep one of them")
            return False
        seen[key.text] = key.place
        return True

    def _refuse_alias(self, event: yaml.AliasEvent, place: Place) -> None:
        name = str(event.anchor)
        if name.isdecimal():
            self._report.add(place, f"*{name} without quotes", f'write "*{name}"')
        else:
            self._report.add(place, f"aliases (*{name}) are not read", "write the value out")

    def _untagged(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent, node: Node) -> Node:
        if event.anchor is not None:
            self._report.add(node.place, f"anchors (&{event.anchor}) are not read", "remove it")
        if event.tag is None:
            return node
        self._report.add(node.place, f"tags ({event.tag}) are not read", "remove it")
        return Hole(node.place)

    def _place(self, event: yaml.Event) -> Place:
        mark = event.start_mark
        return Place(self._file, mark.line + 1, mark.column + 1) if mark else self._start


def _scalar(event: yaml.ScalarEvent, place: Place) -> Scalar:
    if event.style:
        return Scalar(event.value, Kind.TEXT, place)
    tag = _RESOLVER.resolve(  # type: ignore[no-untyped-call] # the stubs leave it untyped
        yaml.ScalarNode, event.value, (True, False)
    )
    return Scalar(event.value, _KINDS.get(tag.rpartition(":")[2], Kind.OTHER), place)
