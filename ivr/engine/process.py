"""The nuisance process as people use it: whose step is due, and taking it. One place for all.

The months and the table decide (`callers.nuisance`); here a step is taken only if it is due at that
very moment, and the months on which it is due are kept with it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final

from ivr.callers.contacts import is_evidence
from ivr.callers.erasure import ERASE
from ivr.callers.errors import RefusedError
from ivr.callers.months import FURTHEST, before, month_of, months
from ivr.callers.nuisance import Month, Stage, Standing, stage, standing
from ivr.callers.process import (
    STEPS,
    Attempt,
    ClearProcess,
    DecideAppeal,
    FileAppeal,
    confirmation,
    hindrance,
)
from ivr.engine.desk import LONGEST_BY, told
from ivr.engine.windows import reach

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date
    from zoneinfo import ZoneInfo

    from ivr.callers.caller import Author, Caller, Instant, Record
    from ivr.callers.contacts import Contact
    from ivr.callers.nuisance import Rules
    from ivr.engine.desk import Desk
    from ivr.engine.interfaces import History

#: What the commands call the two steps that people confirm.
NAMES: Final = {Stage.WARNED: "warned", Stage.PAID: "noticed"}

#: What the journal calls a number's release to a new owner; a name that has shipped stays.
RELEASE: Final = "release"
#: What begins a record anew.
_ANEW: Final = (RELEASE, ERASE)


@dataclass(frozen=True, slots=True)
class Situation:
    """Where a number stands at this moment.

    `months` are those that are over, oldest first; `due` is the step that people may confirm (None:
    none), `hindered` why they may not do so now all the same ("": they may).
    """

    caller: Caller
    stage: Stage
    standing: Standing
    months: tuple[Month, ...]
    due: Stage | None
    hindered: str


@dataclass(frozen=True, slots=True)
class MonthSeen:
    """A month as a supervisor tells the customer of it.

    `days` are the local days with contacts that count, and how many; `marked_by` the agents who
    marked them as not to the point, and how many. What was removed by the policy's retention is in
    `month` only.
    """

    month: Month
    days: tuple[tuple[date, int], ...]
    marked_by: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Case:
    """A number with its evidence, and everything that was ever done about it."""

    situation: Situation
    evidence: tuple[MonthSeen, ...]
    history: History


@dataclass(frozen=True, slots=True)
class ProcessDesk:
    """The process under the policy's rules, at one moment.

    Its methods raise `DeskError`, `RefusedError` (which says what to do) and `StoreError`.
    """

    desk: Desk
    rules: Rules
    zone: ZoneInfo
    now: Instant

    async def due(self) -> Sequence[Case]:
        """Every number for which a step is due, with its evidence; those that are hindered too."""
        past = tuple(islice(before(month_of(self.zone, self.now)), FURTHEST))
        numbers = await self.desk.store.candidates(self.rules.contacts, past)
        return [
            await self.case(number)
            for number in numbers
            if (await self.situation(number)).due is not None
        ]

    async def situation(self, text: str) -> Situation:
        """Where a number stands now."""
        caller = await self.desk.caller(text, reach(self.zone, self.now))
        over = months(caller, self.zone, self.now)
        at = stage(self.rules, caller.record, over, self.now)
        stands = standing(self.rules, caller.record.process, over)
        hindered = hindrance(caller.record, self.now)
        return Situation(caller, at, stands, over, STEPS.get(at), hindered)

    async def case(self, text: str) -> Case:
        """A number with its evidence and its history."""
        situation = await self.situation(text)
        history = await self.desk.history(text)
        own = present_owners(history)
        return Case(situation, tuple(_seen(month, own) for month in situation.months), history)

    async def confirm(self, text: str, step: Stage, how: str, author: Author) -> Record:
        """Confirm that the customer was told, if that is due now; the author's `why` is what."""
        means = told("how", how, LONGEST_BY)
        found = await self._due(text, step)
        month = month_of(self.zone, self.now)
        change = confirmation(found.caller.record, step, means, month, found.months)
        return await self.desk.change(text, change, author)

    async def attempted(self, text: str, step: Stage, how: str, author: Author) -> Record:
        """Keep a try that did not reach the customer; it is no notice."""
        means = told("how", how, LONGEST_BY)
        await self._due(text, step)
        return await self.desk.change(text, Attempt(step, means), author)

    async def appeal(self, text: str, author: Author) -> Record:
        """The customer objects: everything stops until somebody decides."""
        return await self.desk.change(text, FileAppeal(), author)

    async def decide(self, text: str, author: Author, *, upheld: bool) -> Record:
        """Decide the appeal that is open."""
        return await self.desk.change(
            text, DecideAppeal(upheld, month_of(self.zone, self.now)), author
        )

    async def clear(self, text: str, author: Author) -> Record:
        """Clear a number that is somewhere in the process; months count anew from the next on."""
        found = await self.situation(text)
        if found.standing.stage is Stage.CLEAR and found.standing.watched == 0:
            raise RefusedError(
                f"{found.caller.number} is not in the process: nothing to clear"
                " (a mark is taken back with `ivr caller unmark`)"
            )
        return await self.desk.change(text, ClearProcess(month_of(self.zone, self.now)), author)

    async def _due(self, text: str, step: Stage) -> Situation:
        found = await self.situation(text)
        if found.hindered:
            raise RefusedError(found.hindered)
        if found.due is not step:
            raise RefusedError(_not_due(found, step))
        return found


def present_owners(history: History) -> Sequence[Contact]:
    """The contacts of the present owner: those that began since the number was last released, or
    erased.
    """
    begun = (entry.author.at for entry in history.journal if entry.kind in _ANEW)
    since = max(begun, default=float("-inf"))
    return [contact for contact in history.contacts if contact.started >= since]


def _seen(month: Month, contacts: Iterable[Contact]) -> MonthSeen:
    counted = [
        contact
        for contact in contacts
        if f"{contact.day:%Y-%m}" == month.name and is_evidence(contact)
    ]
    days = Counter(contact.day for contact in counted)
    agents = Counter(contact.marked_by for contact in counted if contact.marked_by is not None)
    return MonthSeen(
        month,
        tuple(sorted(days.items())),
        tuple(sorted(agents.items(), key=lambda each: (-each[1], each[0]))),
    )


def _not_due(found: Situation, step: Stage) -> str:
    """Why a step cannot be taken, and what can be done instead."""
    process, number = found.caller.record.process, found.caller.number
    if found.due is not None:
        return f"{NAMES[step]!r} is not due for {number}: {NAMES[found.due]!r} is"
    taken = process.warned if step is Stage.WARNED else process.noticed
    if found.stage.reaches(step) and taken is not None:
        return f"{taken.by} did so already ({taken.how}): no step is taken twice"
    return (
        f"no step is due for {number}: it is at '{found.stage}'. `ivr nuisance show {number}` says"
        " which months count, `ivr nuisance due` whose step is due"
    )
