"""Changes that people make to a number's record: each a value, and one pure function for all.

A change that makes no sense raises `RefusedError`, which says what to do instead. The store
keeps every change in the journal beside the record that it led to; corrections are new entries.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, TypeAlias

from ivr.callers import process
from ivr.callers.caller import Case, Grant, Mark, Record, Span
from ivr.callers.errors import RefusedError as RefusedError
from ivr.callers.months import FURTHEST

if TYPE_CHECKING:
    from ivr.callers.caller import Author, Instant


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
    GiveGrant
    | RevokeGrant
    | OpenCase
    | CloseCase
    | SetMark
    | RemoveMark
    | SetShared
    | Release
    | process.Step
)


def apply(record: Record, change: Change, author: Author) -> Record:
    """The record after the change. Raises `RefusedError`; the record given is never altered."""
    match change:
        case GiveGrant() | RevokeGrant():
            after = replace(record, grants=_grants(record.grants, change, author))
        case OpenCase() | CloseCase():
            after = replace(record, cases=_cases(record.cases, change, author))
        case SetMark() | RemoveMark():
            return replace(record, marks=_marks(record.marks, change, author))
        case SetShared(shared):
            if not shared and record.shared is None:
                raise RefusedError("the number is not marked shared: nothing to take back")
            return replace(record, shared=author if shared else None)
        case Release():
            return Record(generation=record.generation + 1)
        case _:
            return process.take(record, change, author)
    return replace(after, protected=(*_recent(record, author), *_ended(record, after, author)))


#: Seconds for which past protection is remembered: a month longer than the process looks back.
_REMEMBERED: Final = (FURTHEST + 1) * 31 * 86400


def _recent(record: Record, author: Author) -> tuple[Span, ...]:
    """Once people have taken a step, the process looks back to it, however long ago it was."""
    if record.process.since:
        return record.protected
    return tuple(span for span in record.protected if span.end > author.at - _REMEMBERED)


def _ended(before: Record, after: Record, author: Author) -> tuple[Span, ...]:
    """The spans of the grants and cases that the change took out of the record."""
    grants = (
        Span(grant.author.at, min(author.at, grant.until or author.at))
        for grant in before.grants
        if grant not in after.grants
    )
    cases = (Span(case.author.at, author.at) for case in before.cases if case not in after.cases)
    return (*grants, *cases)


def _grants(
    held: tuple[Grant, ...], change: GiveGrant | RevokeGrant, author: Author
) -> tuple[Grant, ...]:
    left = tuple(grant for grant in held if change.name not in (None, grant.name))
    if isinstance(change, GiveGrant):
        _later(change.until, author)
        return (*left, Grant(change.name, author, change.until))
    if left == held:
        names = ", ".join(grant.name for grant in held) or "none"
        raise RefusedError(f"no such grant to revoke; the number has: {names}")
    return left


def _cases(
    open_: tuple[Case, ...], change: OpenCase | CloseCase, author: Author
) -> tuple[Case, ...]:
    ids = [case.id for case in open_]
    if isinstance(change, OpenCase):
        if change.id in ids:
            raise RefusedError(f"case {change.id} is open already: close it first")
        return (*open_, Case(change.id, change.topic, change.complex, author))
    if change.id is None and len(ids) != 1:
        raise RefusedError(f"name the case to close; open are: {', '.join(ids) or 'none'}")
    gone = ids[0] if change.id is None else change.id
    if gone not in ids:
        raise RefusedError(f"case {gone} is not open; open are: {', '.join(ids) or 'none'}")
    return tuple(case for case in open_ if case.id != gone)


def _marks(
    carried: tuple[Mark, ...], change: SetMark | RemoveMark, author: Author
) -> tuple[Mark, ...]:
    left = tuple(mark for mark in carried if mark.kind != change.kind)
    if isinstance(change, SetMark):
        _later(change.until, author)
        return (*left, Mark(change.kind, author, change.until))
    if left == carried:
        raise RefusedError(f"the number carries no mark {change.kind!r}: nothing to take back")
    return left


def _later(until: Instant | None, author: Author) -> None:
    if until is not None and until <= author.at:
        raise RefusedError("'until' lies in the past: give a later moment, or leave it out")
