"""What the engine does beside calls: say that the store is there, retire what is old, clear whom
quiet months have cleared.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from twisted.internet.defer import Deferred

from ivr.callers.caller import Author
from ivr.callers.months import FURTHEST, months
from ivr.callers.nuisance import Stage, standing
from ivr.callers.process import ClearProcess
from ivr.engine.interfaces import PassedOverError, StoreError
from ivr.engine.windows import local_day, reach

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from zoneinfo import ZoneInfo

    from twisted.python.failure import Failure

    from ivr.callers.caller import Instant
    from ivr.callers.nuisance import Month, Rules
    from ivr.engine.interfaces import Store
    from ivr.policy.model import Policy

#: Days for which evidence of a running process is kept: as far as the process looks back.
_EVIDENCE: Final = 31 * FURTHEST
_DAY: Final = timedelta(days=1)


def retirement(today: date, days: int) -> tuple[date, date]:
    """Before which local day contacts go that are kept for `days`, and evidence of a process."""
    before = today - timedelta(days=days)
    return before, min(before, today - timedelta(days=_EVIDENCE))


class UndoneError(StoreError):
    """The day's work failed; the message says why. It is tried again with the next round."""


@dataclass(slots=True)
class Housekeeping:
    """Does its rounds. Raises `StoreError` where the store does not take what it is told."""

    policy: Callable[[], Policy]
    store: Store
    now: Callable[[], Instant]
    _retired: date | None = field(default=None, init=False)
    _cleared: date | None = field(default=None, init=False)
    _seen: date | None = field(default=None, init=False)
    _steady: date = field(default=date.max, init=False)
    _is_at_work: bool = field(default=False, init=False)
    _undone: BaseException | None = field(default=None, init=False)

    async def round(self) -> None:
        """Attend the present local day; once a day, clear whom quiet months have cleared, and
        retire what the policy keeps no longer.

        The day's work is not waited for: of millions of callers it takes minutes. Raises
        `UndoneError` while the last that ended has failed.
        """
        policy = self.policy()
        today = local_day(policy.zone, self.now())
        await self.store.attend(today)
        self._watch_clock(today)
        # Of work that ended since the last round: what begins now may end well at once.
        undone = self._undone
        if not self._is_at_work:
            self._is_at_work = True
            Deferred.fromCoroutine(self._work(policy, today)).addBoth(self._ended)
        if undone := self._undone or undone:
            raise UndoneError(str(undone)) from undone

    def _ended(self, result: Failure | None) -> None:
        self._is_at_work = False
        self._undone = None if result is None else result.value

    async def _work(self, policy: Policy, today: date) -> None:
        """What is due today; whatever becomes of one part, the other is done."""
        troubles: list[StoreError] = []
        for part in (self._clear_today, self._retire_today):
            try:
                await part(policy, today)
            except StoreError as error:
                troubles.append(error)
        if troubles:
            raise troubles[0]

    async def _clear_today(self, policy: Policy, today: date) -> None:
        if policy.nuisance is not None and self._cleared != today:
            await self._clear_quiet(policy.nuisance, policy.zone)
            self._cleared = today

    async def _retire_today(self, policy: Policy, today: date) -> None:
        if policy.retention_days is not None and self._steady < today != self._retired:
            try:
                await self.store.retire(*retirement(today, policy.retention_days))
            except PassedOverError:
                self._retired = today  # no more can be done today: once more would come to the same
                raise
            self._retired = today

    def _watch_clock(self, today: date) -> None:
        """Days that follow each other are a clock's; a jump, or a start, has yet to prove itself.

        What is retired is gone: a clock that is wrong must not do it. So a midnight has to pass.
        """
        if self._seen is None or not today - _DAY <= self._seen <= today:
            self._steady = today
        self._seen = today

    async def _clear_quiet(self, rules: Rules, zone: ZoneInfo) -> None:
        """Keep that quiet months cleared a number, so that nothing said later takes it back.

        Else a threshold that is lowered, an import or a late mark would bring it to where it was,
        the paid line too, and nobody would have told the customer.
        """
        troubles: list[StoreError] = []
        for number in await self.store.candidates(rules.contacts, ()):
            try:
                await self._clear(number, rules, zone)
            except StoreError as error:
                troubles.append(error)
        if troubles:
            raise troubles[0]

    async def _clear(self, number: str, rules: Rules, zone: ZoneInfo) -> None:
        now = self.now()
        caller = (await self.store.lookup(number, None, reach(zone, now))).caller
        if caller is None or caller.record.process.reached is Stage.CLEAR:
            return
        over = months(caller, zone, now)
        stands = standing(rules, caller.record.process, over)
        if stands.stage is not Stage.CLEAR:
            return
        author = Author("the engine", "ivr", now, _quiet_months(over, stands.quiet))
        await self.store.change(number, ClearProcess(over[-1].name), author)


def _quiet_months(over: Sequence[Month], quiet: int) -> str:
    counted = [month for month in over if not month.void][-quiet:]
    evidence = (f"{each.name} ({each.contacts} contacts, {each.marks} marked)" for each in counted)
    return "quiet months in a row: " + ", ".join(evidence)
