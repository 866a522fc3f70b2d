"""Changes that people make to a number's record: each a value, and one pure function for all.

A change that makes no sense raises `RefusedError`, which says what to do instead. The store
keeps every change in the journal beside the record that it led to; corrections are new entries.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from ivr.callers.caller import Case, Grant, Mark, Record

if TYPE_CHECKING:
    from ivr.callers.caller import Author, Instant


class RefusedError(Exception):
    """A change that makes no sense for this record; the message says what to do."""


@dataclass(frozen=True, slots=True)
class GiveGrant:
    """Give a standing, or renew it: the newest word on `until` counts."""

    name: str
    until: Instant | None = None


@dataclass(frozen=True, slots=True)
class RevokeGrant:
    """Take a standing back; None means whichever there is."""

    name: str | None = None


@dataclass(frozen=True, slots=True)
class OpenCase:
    """Open a case. `id` is given by the desk, unique for this number."""

    id: str
    topic: str | None
    complex: bool


@dataclass(frozen=True, slots=True)
class CloseCase:
    """Close a case; None means the only one that is open."""

    id: str | None = None


@dataclass(frozen=True, slots=True)
class SetMark:
    """Mark a number, or renew the mark."""

    kind: str
    until: Instant | None = None


@dataclass(frozen=True, slots=True)
class RemoveMark:
    """Take a mark back."""

    kind: str


@dataclass(frozen=True, slots=True)
class SetShared:
    """Say that several people call from this number, or that they no longer do."""

    shared: bool


@dataclass(frozen=True, slots=True)
class Release:
    """The number has a new owner: grants, cases and marks end, contacts start from nothing."""


Change: TypeAlias = (
    GiveGrant | RevokeGrant | OpenCase | CloseCase | SetMark | RemoveMark | SetShared | Release
)


def apply(record: Record, change: Change, author: Author) -> Record:
    """The record after the change. Raises `RefusedError`; the record given is never altered."""
    match change:
        case GiveGrant(name, until):
            _later(until, author)
            kept = tuple(grant for grant in record.grants if grant.name != name)
            return replace(record, grants=(*kept, Grant(name, author, until)))
        case RevokeGrant(name):
            return _revoke(record, name)
        case OpenCase(id, topic, complex):
            if any(case.id == id for case in record.cases):
                raise RefusedError(f"case {id} is open already: close it first")
            return replace(record, cases=(*record.cases, Case(id, topic, complex, author)))
        case CloseCase(id):
            return _close(record, id)
        case SetMark(kind, until):
            _later(until, author)
            others = tuple(mark for mark in record.marks if mark.kind != kind)
            return replace(record, marks=(*others, Mark(kind, author, until)))
        case RemoveMark(kind):
            left = tuple(mark for mark in record.marks if mark.kind != kind)
            if left == record.marks:
                raise RefusedError(f"the number carries no mark {kind!r}: nothing to take back")
            return replace(record, marks=left)
        case SetShared(shared):
            return replace(record, shared=author if shared else None)
        case Release():
            return Record(generation=record.generation + 1)


def _later(until: Instant | None, author: Author) -> None:
    if until is not None and until <= author.at:
        raise RefusedError("'until' lies in the past: give a later moment, or leave it out")


def _revoke(record: Record, name: str | None) -> Record:
    left = tuple(grant for grant in record.grants if name is not None and grant.name != name)
    if left == record.grants:
        held = ", ".join(grant.name for grant in record.grants) or "none"
        raise RefusedError(f"no such grant to revoke; the number has: {held}")
    return replace(record, grants=left)


def _close(record: Record, wanted: str | None) -> Record:
    ids = [case.id for case in record.cases]
    if wanted is None and len(ids) != 1:
        raise RefusedError(f"name the case to close; open are: {', '.join(ids) or 'none'}")
    gone = ids[0] if wanted is None else wanted
    if gone not in ids:
        raise RefusedError(f"case {gone} is not open; open are: {', '.join(ids) or 'none'}")
    return replace(record, cases=tuple(case for case in record.cases if case.id != gone))
