"""Records and changes as the compact JSON that a store keeps. Pure; any store may use it."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import TYPE_CHECKING, Any, Final

from ivr.callers import changes
from ivr.callers.caller import Author, Case, Grant, Mark, Record

if TYPE_CHECKING:
    from ivr.callers.changes import Change

#: The names of changes in the journal. A name that has shipped stays.
KINDS: Final[dict[type[Change], str]] = {
    changes.GiveGrant: "give-grant",
    changes.RevokeGrant: "revoke-grant",
    changes.OpenCase: "open-case",
    changes.CloseCase: "close-case",
    changes.SetMark: "set-mark",
    changes.RemoveMark: "remove-mark",
    changes.SetShared: "set-shared",
    changes.Release: "release",
}
_CHANGES: Final = {kind: change for change, kind in KINDS.items()}

RELEASE: Final = KINDS[changes.Release]


class DamagedError(ValueError):
    """What was kept cannot be read."""


def change_values(change: Change) -> dict[str, Any]:
    """A change's fields."""
    return {field.name: getattr(change, field.name) for field in fields(change)}


def change_from(kind: str, values: dict[str, Any]) -> Change:
    """The change of a journal entry, so that a journal can be played again."""
    try:
        return _CHANGES[kind](**values)
    except (KeyError, TypeError) as error:
        raise DamagedError(f"no such change: {kind} {values}") from error


def dumps(value: object) -> str:
    """JSON as short as it gets, with Hebrew as it is."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def record_doc(record: Record) -> str:
    """The record but for its generation, which has a column of its own; '' if nothing is known."""
    doc: dict[str, object] = {}
    if record.grants:
        doc["grants"] = [[g.name, _author(g.author), g.until] for g in record.grants]
    if record.cases:
        doc["cases"] = [[c.id, c.topic, c.complex, _author(c.author)] for c in record.cases]
    if record.marks:
        doc["marks"] = [[m.kind, _author(m.author), m.until] for m in record.marks]
    if record.shared:
        doc["shared"] = _author(record.shared)
    return dumps(doc) if doc else ""


def record_from(generation: int, doc: str) -> Record:
    """The record of a document. Raises `DamagedError`."""
    if not doc:
        return Record(generation)
    try:
        read = json.loads(doc)
        shared = read.get("shared")
        return Record(
            generation,
            tuple(Grant(name, Author(*by), until) for name, by, until in read.get("grants", ())),
            tuple(
                Case(i, topic, hard, Author(*by)) for i, topic, hard, by in read.get("cases", ())
            ),
            tuple(Mark(kind, Author(*by), until) for kind, by, until in read.get("marks", ())),
            None if shared is None else Author(*shared),
        )
    except (ValueError, TypeError, AttributeError) as error:
        raise DamagedError(f"a caller's record cannot be read: {error}") from error


def _author(author: Author) -> list[object]:
    return [author.by, author.os_user, author.at, author.why]
