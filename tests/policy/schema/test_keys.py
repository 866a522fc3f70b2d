"""The keys that the readers know and those of the schema are the same ones.

The readers are listened to while they read everything.yaml: what they ask of each mapping is
compared with what the schema allows there. A key that is new in a reader and not in the schema
fails, and so does one in the schema that everything.yaml does not use: in use, it is read, and
what its reader knows of the mapping below it is compared as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ivr.policy.loader import load
from ivr.policy.model import Policy
from ivr.policy.reading import conditions, document, menus
from ivr.policy.reading.fields import Fields, entries
from ivr.policy.reading.nodes import Node, Table, parse
from tests.policy.schema.corpus import EVERYTHING, whole
from tests.policy.schema.editor import SCHEMA, refusals, tables_of
from tests.policy.schema.mutations import Change, disagreements, known_keys, schemas_at
from tests.policy.schema.places import Path, nodes

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCUMENT = whole("everything")


class Listener:
    """What the readers know of each mapping."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.known: dict[Path, set[str]] = {(): set(document.SECTIONS)}
        self._roots: list[Node | None] = []
        self._asked: list[tuple[int, set[str]]] = []
        self._hear(monkeypatch)
        assert isinstance(policy := load({"x.yaml": EVERYTHING.read_text()}), Policy), str(policy)
        for path, node, _ in nodes(self._roots[0]):
            # A section's entries are given another place, and so are other nodes with the same
            # entries: nobody can tell two that are empty apart.
            if isinstance(node, Table) and node.entries:
                for asked, known in self._asked:
                    if asked == id(node.entries):
                        self.known[path] = known

    def _hear(self, monkeypatch: pytest.MonkeyPatch) -> None:
        made = Fields.__init__

        def fields(fields: Fields, node: Node, what: str, known: Any, report: Any) -> None:
            self._ask(node, known)
            made(fields, node, what, known, report)

        def parsed(*args: Any) -> Node | None:
            self._roots.append(parse(*args))
            return self._roots[-1]

        def keys(node: Node | None, what: str, report: Any) -> Iterator[Any]:
            self._ask(node, menus._PHONE)
            return entries(node, what, report)

        def condition(node: Node | None, what: str, report: Any) -> Iterator[Any]:
            self._ask(node, conditions._READERS)
            return entries(node, what, report)

        monkeypatch.setattr(Fields, "__init__", fields)
        monkeypatch.setattr("ivr.policy.reading.document.parse", parsed)
        monkeypatch.setattr("ivr.policy.reading.menus.entries", keys)
        monkeypatch.setattr("ivr.policy.reading.conditions.entries", condition)

    def _ask(self, node: Node | None, known: Any) -> None:
        if isinstance(node, Table):
            self._asked.append((id(node.entries), set(known)))


#: What a reader knows only to refuse it, or to know it by another name.
def refused_anyway(path: Path) -> set[str]:
    match path:
        case ("prompts", _) | ("prompts", _, "phonemes"):
            return set(DOCUMENT["languages"])  # any key may be one
        case ("routes", _, "then", *_):
            return {"paid_line"}  # is told that it cannot stand there
        case ("tiers", _, "when", *inner) if not {"open_case", "contacts"} & set(inner):
            return {"tier", "topic", "withheld"}  # likewise
        case _:
            return set()


def test_every_mapping_has_the_keys_that_its_reader_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    known = Listener(monkeypatch).known
    for path, parts in schemas_at(DOCUMENT, SCHEMA):
        if path in known:
            assert known_keys(parts) == known[path] - refused_anyway(path), path


def test_no_mapping_has_keys_that_nobody_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    known = Listener(monkeypatch).known
    tables = [path for path, parts in schemas_at(DOCUMENT, SCHEMA) if tables_of(parts)]
    written = [path for path in tables if isinstance(value := _at(path), dict) and value]
    assert set(written) <= set(known)


def test_every_key_of_the_schema_is_in_use() -> None:
    used = {
        (id(table["properties"]), key)
        for path, parts in schemas_at(DOCUMENT, SCHEMA)
        for table in tables_of(parts)
        for key in (_at(path) if isinstance(_at(path), dict) else ())
    }
    unused = [
        f"{where}/{key}"
        for where, table in _tables(SCHEMA, "")
        for key in table["properties"]
        if (id(table["properties"]), key) not in used
    ]
    assert unused == []


def test_every_key_has_a_description() -> None:
    bare = [
        f"{where}/{key}"
        for where, table in _tables(SCHEMA, "")
        for key, value in table["properties"].items()
        if not value.get("description")
    ]
    assert bare == []


@pytest.mark.parametrize(
    "path",
    [path for path, parts in schemas_at(DOCUMENT, SCHEMA) if tables_of(parts)],
    ids=lambda path: "/".join(map(str, path)) or "-",
)
def test_a_key_that_nobody_knows_is_refused_by_both(path: Path) -> None:
    if not isinstance(_at(path), dict) or path[:1] == ("prompts",):
        return  # any key of a prompt may be a language
    changed = Change((*path, "zzz"), "x").made(DOCUMENT)
    assert refusals(changed)
    assert disagreements(changed) == []


def _at(path: Path) -> Any:
    found: Any = DOCUMENT
    for step in path:
        found = found[step]
    return found


def _tables(part: Any, where: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every mapping of the schema whose keys it fixes, but not what `if` and `then` ask of it."""
    if isinstance(part, list):
        for index, each in enumerate(part):
            yield from _tables(each, f"{where}/{index}")
    if not isinstance(part, dict):
        return
    if part.get("type") == "object" and "properties" in part:
        yield where, part
    for key, value in part.items():
        if key not in ("if", "then", "not", "examples", "default"):
            yield from _tables(value, f"{where}/{key}")
