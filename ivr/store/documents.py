"""Records and changes as the compact JSON that a store keeps. Pure; any store may use it."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import TYPE_CHECKING, Any, Final

from ivr.callers import changes, process
from ivr.callers.caller import Author, Case, Grant, Mark, Record, Span
from ivr.callers.nuisance import Process, Stage, Told
from ivr.store.sound import DamagedError as DamagedError
from ivr.store.sound import month, sound

if TYPE_CHECKING:
    from collections.abc import Iterable

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
    process.Confirm: "confirm",
    process.Attempt: "attempt",
    process.FileAppeal: "file-appeal",
    process.DecideAppeal: "decide-appeal",
    process.ClearProcess: "clear-process",
}
_CHANGES: Final = {kind: change for change, kind in KINDS.items()}

RELEASE: Final = KINDS[changes.Release]

#: What a document that is not ours can fail with.
_NOT_OURS: Final = (ValueError, TypeError, AttributeError, LookupError, RecursionError)


def change_values(change: Change) -> dict[str, Any]:
    """A change's fields, as JSON has them: a step's evidence is in them as it then was."""
    return {field.name: _plain(getattr(change, field.name)) for field in fields(change)}


def change_from(kind: str, values: dict[str, Any]) -> Change:
    """The change of a journal entry, so that a journal can be played again."""
    try:
        return sound(_CHANGES[kind](**{name: _typed(name, each) for name, each in values.items()}))
    except _NOT_OURS as error:
        raise DamagedError(f"no such change: {kind} {values}") from error


def _plain(value: object) -> object:
    if isinstance(value, Stage):
        return value.value
    return [_plain(each) for each in value] if isinstance(value, tuple) else value


def _typed(name: str, value: Any) -> Any:
    """What `_plain` made of a field, made whole again."""
    if name in _STAGES:
        return Stage(value)
    return tuple(tuple(month) for month in value) if name == "evidence" else value


#: The fields of changes that hold a stage.
_STAGES: Final = ("step", "seen")


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
    if record.process != Process():
        doc["process"] = _process(record.process)
    if record.protected:
        doc["protected"] = [[span.start, span.end] for span in record.protected]
    return dumps(doc) if doc else ""


def record_from(generation: int, doc: str) -> Record:
    """The record of a document. Raises `DamagedError`."""
    if not doc:
        return Record(generation)
    try:
        return _record_from(generation, json.loads(doc))
    except _NOT_OURS as error:
        raise DamagedError(f"a caller's record cannot be read: {error}") from error


def _record_from(generation: int, read: Any) -> Record:
    shared = read.get("shared")
    return Record(
        generation,
        tuple(sound(Grant(name, _by(*by), until)) for name, by, until in read.get("grants", ())),
        tuple(
            sound(Case(i, topic, hard, _by(*by))) for i, topic, hard, by in read.get("cases", ())
        ),
        tuple(sound(Mark(kind, _by(*by), until)) for kind, by, until in read.get("marks", ())),
        None if shared is None else _by(*shared),
        _process_from(*read.get("process", ())),
        tuple(sound(Span(start, end)) for start, end in read.get("protected", ())),
    )


def _by(*values: Any) -> Author:
    return sound(Author(*values))


def _author(author: Author) -> list[object]:
    return [author.by, author.os_user, author.at, author.why]


def _process(process: Process) -> list[object]:
    told = (_told(each) for each in (process.warned, process.noticed))
    return [process.reached.value, process.since, *told, process.appeal]


def _process_from(
    reached: str = Stage.CLEAR.value,
    since: str = "",
    warned: Iterable[Any] | None = None,
    noticed: Iterable[Any] | None = None,
    appeal: float | None = None,
) -> Process:
    first, second = (None if each is None else sound(Told(*each)) for each in (warned, noticed))
    return sound(Process(Stage(reached), since and month(since), first, second, appeal))


def _told(told: Told | None) -> list[object] | None:
    return None if told is None else [told.by, told.how, told.at]
