"""The steps that people take in the nuisance process, as changes of a number's record. Pure.

The months are judged by `callers.nuisance`; here it is about people: who may take a step, and that
nothing is taken twice or over a caller who is protected. What was seen when a step was proposed
comes along (`seen`), so that a step that somebody else took meanwhile is refused, and the evidence
as it then was is kept in the journal with it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, TypeAlias
from unicodedata import normalize

from ivr.callers.caller import Span
from ivr.callers.errors import RefusedError
from ivr.callers.nuisance import Process, Stage, Told

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ivr.callers.caller import Author, Instant, Record
    from ivr.callers.nuisance import Month

#: What people confirm at a stage at which the engine proposes something.
STEPS: Final = {Stage.WARNING_DUE: Stage.WARNED, Stage.NOTICE_DUE: Stage.PAID}

#: A month of evidence as it was: name, contacts, marks, why it did not count ("": it did).
Evidence: TypeAlias = tuple[tuple[str, int, int, str], ...]


@dataclass(frozen=True, slots=True)
class Confirm:
    """A person told the customer: `step` is WARNED or NOTICED's stage (PAID), `how` the means.

    `month` is the month in which it was (`YYYY-MM`), `seen` how far people had come when the step
    was due. The author's `why` is what was said.
    """

    step: Stage
    how: str
    month: str
    seen: Stage
    seen_since: str
    evidence: Evidence = ()


@dataclass(frozen=True, slots=True)
class Attempt:
    """A try that did not reach the customer. It is kept, and is no notice."""

    step: Stage
    how: str


@dataclass(frozen=True, slots=True)
class FileAppeal:
    """The customer objects: everything stops until somebody decides."""


@dataclass(frozen=True, slots=True)
class DecideAppeal:
    """Somebody decided: upheld clears the number, else the process goes on where it was."""

    upheld: bool
    month: str


@dataclass(frozen=True, slots=True)
class ClearProcess:
    """Somebody clears the number. What was stays in the journal."""

    month: str


Step: TypeAlias = Confirm | Attempt | FileAppeal | DecideAppeal | ClearProcess


def confirmation(
    record: Record, step: Stage, how: str, month: str, months: Iterable[Month]
) -> Confirm:
    """The confirmation of a step that is due on these months, taken in `month` (`YYYY-MM`)."""
    before = record.process
    evidence = tuple((each.name, each.contacts, each.marks, each.void) for each in months)
    return Confirm(step, how, month, before.reached, before.since, evidence)


def take(record: Record, step: Step, author: Author) -> Record:
    """The record after a step. Raises `RefusedError`."""
    match step:
        case Confirm():
            return replace(record, process=_confirmed(record, step, author))
        case Attempt():
            return record
        case FileAppeal():
            if record.process.appeal is not None:
                raise RefusedError("an appeal is open already: decide it first")
            return replace(record, process=replace(record.process, appeal=author.at))
        case DecideAppeal(upheld, month):
            return _decided(record, author, month, upheld=upheld)
        case ClearProcess(month):
            cleared = Process(Stage.CLEAR, month, appeal=record.process.appeal)
            return replace(record, process=cleared)


def _confirmed(record: Record, step: Confirm, author: Author) -> Process:
    before = record.process
    hindered = hindrance(record, author.at)
    if hindered:
        raise RefusedError(hindered)
    if (before.reached, before.since) != (step.seen, step.seen_since):
        raise RefusedError("somebody took a step meanwhile: look at `ivr nuisance show` again")
    told = Told(author.by, step.how, author.at)
    if step.step is Stage.WARNED:
        return Process(Stage.WARNED, step.month, warned=told)
    if step.step is not Stage.PAID or before.reached is not Stage.WARNED or before.warned is None:
        raise RefusedError("the notice comes after a warning: confirm that first")
    if _same_person(before.warned.by, author.by):
        raise RefusedError(
            f"{before.warned.by} gave the warning: the notice is confirmed by somebody else"
        )
    return replace(before, reached=Stage.PAID, since=step.month, noticed=told)


def _decided(record: Record, author: Author, month: str, *, upheld: bool) -> Record:
    filed = record.process.appeal
    if filed is None:
        raise RefusedError("no appeal is open: nothing to decide")
    spans = (*record.protected, Span(filed, author.at))
    process = Process(Stage.CLEAR, month) if upheld else replace(record.process, appeal=None)
    return replace(record, process=process, protected=spans)


def hindrance(record: Record, now: Instant) -> str:
    """Why nobody may take a step with this number now, whatever is due ("": they may)."""
    if record.shared:
        return "the number is shared: it is not one person's doing"
    if record.process.appeal is not None:
        return "an appeal is open: decide it first"
    if record.cases:
        return "a case is open: a just complaint comes first"
    if any(grant.holds(now) for grant in record.grants):
        return "the caller has a grant: nothing is due"
    return ""


def _same_person(one: str, other: str) -> bool:
    return _letters(one) == _letters(other)


def _letters(name: str) -> str:
    """A name without what makes no other person of it: case, blanks, dots, forms of letters."""
    return "".join(each for each in normalize("NFKC", name).casefold() if each.isalnum())
