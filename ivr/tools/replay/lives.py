"""The nuisance process through a replay: who comes how far, looked at on the first of each month.

What is due is taken as confirmed on that very day, the soonest that anybody can; a step that the
process itself would refuse (a grant, an open case) is not taken.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from ivr.callers.caller import Author
from ivr.callers.months import month_of, months
from ivr.callers.nuisance import Stage, stage
from ivr.callers.process import STEPS, confirmation, hindrance

if TYPE_CHECKING:
    from ivr.callers.caller import Caller, Instant, MonthTally
    from ivr.callers.nuisance import Month
    from ivr.policy.model import Policy
    from ivr.tools.recorded.ledger import Ledger

#: The two who confirm what is due: the second notice is somebody else's.
_PEOPLE: Final = {Stage.WARNED: "the first", Stage.PAID: "the second"}


class Fate(NamedTuple):
    """The furthest stage that a caller came to, and the month (`YYYY-MM`) on whose first day."""

    stage: Stage
    since: str


@dataclass(slots=True)
class Lives:
    """The process of one policy's callers. Without rules nobody comes anywhere.

    `reached` counts callers by stage and the month in which they first came so far.
    """

    policy: Policy
    ledger: Ledger
    confirms: bool = True
    fates: dict[str, Fate] = field(default_factory=dict, init=False)
    reached: Counter[tuple[Stage, str]] = field(default_factory=Counter, init=False)

    def month_begins(self, first: date) -> None:
        """Look at everybody who could be somewhere, on the first day of a month."""
        rules = self.policy.nuisance
        if rules is None:
            return
        now = datetime(first.year, first.month, 1, tzinfo=self.policy.zone).timestamp()
        for number in list(self.ledger.candidates(rules.contacts)):
            self._look(number, now)

    def tallied(self, number: str) -> tuple[MonthTally, ...]:
        """A caller's months with evidence, as far back as they are kept."""
        return self.ledger.months(number)

    def _look(self, number: str, now: Instant) -> None:
        rules, zone = self.policy.nuisance, self.policy.zone
        caller = self.ledger.caller(number, now)
        over = months(caller, zone, now)
        at = stage(rules, caller.record, over, now)
        self._reaches(number, at, now)
        step = STEPS.get(at)
        if step is not None and self.confirms and not hindrance(caller.record, now):
            self._confirm(caller, step, over, now)
            self._reaches(number, step, now)

    def _confirm(self, caller: Caller, step: Stage, over: tuple[Month, ...], now: Instant) -> None:
        name = month_of(self.policy.zone, now)
        change = confirmation(caller.record, step, "assumed", name, over)
        self.ledger.change(caller.number, change, Author(_PEOPLE[step], "", now, "a replay"))

    def _reaches(self, number: str, at: Stage, now: Instant) -> None:
        before = self.fates.get(number)
        if at is Stage.CLEAR or (before is not None and before.stage.reaches(at)):
            return
        since = month_of(self.policy.zone, now)
        self.fates[number] = Fate(at, since)
        self.reached[at, since] += 1
