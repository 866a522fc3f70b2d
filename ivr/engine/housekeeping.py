"""What the engine does beside calls: say that the store is there, and retire what is old."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from ivr.callers.months import FURTHEST
from ivr.engine.windows import local_day

if TYPE_CHECKING:
    from collections.abc import Callable

    from ivr.callers.caller import Instant
    from ivr.engine.interfaces import Store
    from ivr.policy.model import Policy

#: Days for which evidence of a running process is kept: as far as the process looks back.
_EVIDENCE: Final = 31 * FURTHEST


def retirement(today: date, days: int) -> tuple[date, date]:
    """Before which local day contacts go that are kept for `days`, and evidence of a process."""
    before = today - timedelta(days=days)
    return before, min(before, today - timedelta(days=_EVIDENCE))


@dataclass(slots=True)
class Housekeeping:
    """Does its rounds. Raises `StoreError` where the store does not take what it is told."""

    policy: Callable[[], Policy]
    store: Store
    now: Callable[[], Instant]
    _retired: date | None = field(default=None, init=False)

    async def round(self) -> None:
        """Attend the present local day; once a day, retire what the policy keeps no longer."""
        policy = self.policy()
        today = local_day(policy.zone, self.now())
        await self.store.attend(today)
        if policy.retention_days is None or self._retired == today:
            return
        await self.store.retire(*retirement(today, policy.retention_days))
        self._retired = today
