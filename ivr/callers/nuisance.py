"""The nuisance process: a table about evidence, people and time. Pure.

A number comes as far as evidence, month by month, and people, step by step, take it:

    clear ──▶ observed ──▶ warning-due ──▶ warned ──▶ notice-due ──▶ paid ──▶ clear
          evidence    three months     a person    two months     another
          or a mark   in a row         tells it    in a row       person tells it

- Frequency alone proves nothing: a month is watched if it has enough answered contacts that count
  (`callers.contacts.is_evidence`) *and* enough of them that agents marked as not to the point.
- A month counts only whole: one on a day of which the caller had a grant, an open case or an
  appeal, or during which the store was not there, neither counts nor clears. A quiet one starts
  the count again; `Rules.quiet` of them in a row clear the number, from the paid line too.
- The engine proposes ("due"); a person tells the customer and confirms. Nothing is skipped, taken
  twice or taken early. A shared number never goes past observation. An appeal stops all.

Source: design, "The nuisance process": a mobile carrier's way, made fair.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ivr.callers.caller import Instant, Record

NUISANCE: Final = "nuisance"


class Stage(StrEnum):
    """How far the process has come for a number; later stages include the earlier ones."""

    CLEAR = "clear"
    OBSERVED = "observed"
    WARNING_DUE = "warning-due"
    WARNED = "warned"
    NOTICE_DUE = "notice-due"
    PAID = "paid"

    def reaches(self, other: Stage) -> bool:
        """Whether this stage is `other` or a later one."""
        order = list(Stage)
        return order.index(self) >= order.index(other)


class Sort(StrEnum):
    """What a past month was, once it is over."""

    WATCHED = "watched"
    QUIET = "quiet"
    VOID = "void"


@dataclass(frozen=True, slots=True)
class Rules:
    """The policy's numbers. `contacts` and `marks` are how many a month must have at least.

    `before_warning`, `before_notice` and `quiet` are whole months in a row. A conversation that the
    agent's side ended within `broken_off` seconds broke off on our side: no evidence.
    """

    contacts: int
    marks: int
    before_warning: int = 3
    before_notice: int = 2
    quiet: int = 2
    broken_off: int = 5


@dataclass(frozen=True, slots=True)
class Month:
    """One calendar month that is over: its evidence, and whether it may count (`Sort.VOID`: not).

    `name` is `YYYY-MM` in the policy's zone. `void` says why it may not: "" if it may.
    """

    name: str
    contacts: int
    marks: int
    void: str = ""

    def sort(self, rules: Rules) -> Sort:
        """What the month is under the rules."""
        if self.void:
            return Sort.VOID
        enough = self.contacts >= rules.contacts and self.marks >= rules.marks
        return Sort.WATCHED if enough else Sort.QUIET


@dataclass(frozen=True, slots=True)
class Told:
    """A step that a person took with the customer: who, how (telephone, letter), and when."""

    by: str
    how: str
    at: Instant


@dataclass(frozen=True, slots=True)
class Process:
    """What people did, as the number's record keeps it; the months since say the rest.

    `reached` is where they left it: CLEAR, WARNED or PAID; `since` the month (`YYYY-MM`) in which
    they did, after which months count again ("": from the first). `appeal` is when one was made
    that nobody has decided.
    """

    reached: Stage = Stage.CLEAR
    since: str = ""
    warned: Told | None = None
    noticed: Told | None = None
    appeal: Instant | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a number stands. `watched` and `quiet` count months in a row up to now."""

    stage: Stage
    watched: int = 0
    quiet: int = 0


# What a month does to a stage: (stage, sort) → stage, once the count in `_COUNTS` is reached.
# A void month is in no row: it changes nothing.
_TABLE: Final[dict[tuple[Stage, Sort], Stage]] = {
    (Stage.CLEAR, Sort.WATCHED): Stage.OBSERVED,
    (Stage.OBSERVED, Sort.WATCHED): Stage.WARNING_DUE,
    (Stage.WARNING_DUE, Sort.WATCHED): Stage.WARNING_DUE,
    (Stage.WARNED, Sort.WATCHED): Stage.NOTICE_DUE,
    (Stage.NOTICE_DUE, Sort.WATCHED): Stage.NOTICE_DUE,
    (Stage.PAID, Sort.WATCHED): Stage.PAID,
    # One quiet month: what was due is due no more. Enough of them: clear.
    (Stage.CLEAR, Sort.QUIET): Stage.CLEAR,
    (Stage.OBSERVED, Sort.QUIET): Stage.OBSERVED,
    (Stage.WARNING_DUE, Sort.QUIET): Stage.OBSERVED,
    (Stage.WARNED, Sort.QUIET): Stage.WARNED,
    (Stage.NOTICE_DUE, Sort.QUIET): Stage.WARNED,
    (Stage.PAID, Sort.QUIET): Stage.PAID,
}


def standing(rules: Rules, process: Process, months: Iterable[Month]) -> Standing:
    """Where months, oldest first and each once, have brought a number since people's last step."""
    now = Standing(process.reached)
    for month in months:
        if month.name > process.since:
            now = _after(rules, now, month.sort(rules))
    return now


def is_cleared(rules: Rules, latest: Iterable[Month]) -> bool:
    """Whether enough quiet months in a row stand at the end: then a number is clear, whatever was.

    The months are those after people's last step, the latest first.
    """
    quiet = 0
    for month in latest:
        sort = month.sort(rules)
        if sort is Sort.WATCHED:
            return False
        if sort is Sort.QUIET:
            quiet += 1
            if quiet >= rules.quiet:
                return True
    return False


def _after(rules: Rules, now: Standing, sort: Sort) -> Standing:
    if sort is Sort.VOID:
        return now
    if sort is Sort.QUIET:
        quiet = now.quiet + 1
        if quiet >= rules.quiet:
            return Standing(Stage.CLEAR, 0, quiet)
        return Standing(_TABLE[now.stage, sort], 0, quiet)
    after = replace(now, watched=now.watched + 1, quiet=0)
    while after.watched >= _needed(rules, after.stage):  # one month may do
        reached = _TABLE[after.stage, sort]
        if reached is after.stage:
            break
        after = replace(after, stage=reached)
    return after


def _needed(rules: Rules, stage: Stage) -> int:
    """How many watched months in a row lead on from a stage."""
    if stage is Stage.WARNED:
        return rules.before_notice
    return rules.before_warning if stage is Stage.OBSERVED else 1


def stage(rules: Rules | None, record: Record, months: Iterable[Month], now: Instant) -> Stage:
    """The stage of a number now, as conditions and the charge guard see it.

    Without rules there is only an operator's mark, which opens observation and no more. A shared
    number, and one whose appeal nobody has decided, is not past observation.
    """
    marked = any(mark.kind == NUISANCE and mark.holds(now) for mark in record.marks)
    least = Stage.OBSERVED if marked else Stage.CLEAR
    if rules is None:
        return least
    reached = standing(rules, record.process, months).stage
    if (record.shared or record.process.appeal is not None) and reached.reaches(Stage.OBSERVED):
        return Stage.OBSERVED
    return reached if reached.reaches(least) else least
