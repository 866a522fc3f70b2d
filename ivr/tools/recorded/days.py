"""Local days and hours of a log's moments: reckoned once a quarter of an hour, not once a call."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final

from ivr.engine.windows import reach

if TYPE_CHECKING:
    from datetime import date
    from zoneinfo import ZoneInfo

    from ivr.callers.caller import Instant

#: Seconds. No zone's hours begin within one of them; where its clock jumps within one, both ends
#: of it differ, and every moment is reckoned by itself.
_QUARTER: Final = 900

#: Quarters that are remembered: a log goes forward, with some days of calls that end late.
_REMEMBERED: Final = 1000


@dataclass(frozen=True, slots=True)
class Local:
    """A local hour: its day, 0 to 23, and the first day that any window covers (`reach`).

    `weekday` counts from Monday, 0.
    """

    day: date
    hour: int
    weekday: int
    since: date


@dataclass(slots=True)
class Days:
    """The local hours of one zone."""

    zone: ZoneInfo
    _quarters: dict[int, Local | None] = field(default_factory=dict, init=False)

    def at(self, now: Instant) -> Local:
        """The local hour of a moment."""
        quarter = int(now // _QUARTER)
        try:
            found = self._quarters[quarter]
        except KeyError:
            found = self._quarter(quarter)
        return self._reckoned(now) if found is None else found

    def _quarter(self, quarter: int) -> Local | None:
        if len(self._quarters) >= _REMEMBERED:
            self._quarters.clear()
        first = self._reckoned(quarter * _QUARTER)
        same = first == self._reckoned((quarter + 1) * _QUARTER - 1)
        self._quarters[quarter] = first if same else None
        return self._quarters[quarter]

    def _reckoned(self, now: Instant) -> Local:
        local = datetime.fromtimestamp(now, self.zone)
        return Local(local.date(), local.hour, local.weekday(), reach(self.zone, now))
