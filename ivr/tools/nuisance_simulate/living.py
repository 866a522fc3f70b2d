"""`ivr nuisance simulate`: the process over a recorded log, with a clock of its own.

The calls are read once, one by one; what is kept is each caller's months. What counts, what a
month is worth and how far a number comes is decided by the code that decides for real callers.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Final

from ivr.callers.caller import Author, Caller, Grant, MonthTally, Record
from ivr.callers.contacts import Contact, is_evidence
from ivr.callers.months import following, months
from ivr.callers.nuisance import Month, Stage, stage
from ivr.callers.process import STEPS, confirmation, take
from ivr.engine.desk import DeskError
from ivr.tools.recorded.days import Days

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from zoneinfo import ZoneInfo

    from ivr.callers.nuisance import Rules
    from ivr.tools.recorded.recording import Recording

#: The two who confirm what is due, at once: the second notice is somebody else's.
_PEOPLE: Final = {Stage.WARNED: "the first", Stage.PAID: "the second"}

_ASSUMED: Final = "assumed"


@dataclass(slots=True)
class Log:
    """What a log comes to: each caller's months, and the days that it covers."""

    rows: int = 0
    skipped: int = 0
    counted: int = 0
    callers: dict[str, dict[str, tuple[int, int]]] = field(default_factory=dict)
    vips: set[str] = field(default_factory=set)
    first: date = date.max
    last: date = date.min

    def covers(self, day: date) -> None:
        """A call came in on this day."""
        self.first, self.last = min(self.first, day), max(self.last, day)

    def add(self, contact: Contact, *, vip: bool) -> None:
        """Count one contact."""
        caller = contact.number
        if caller is None:
            return
        if vip:
            self.vips.add(caller)
        of_caller = self.callers.setdefault(caller, {})
        if is_evidence(contact):
            self.counted += 1
            name = f"{contact.day:%Y-%m}"
            contacts, marks = of_caller.get(name, (0, 0))
            of_caller[name] = contacts + 1, marks + (contact.marked_by is not None)


def log_of(recording: Recording, zone: ZoneInfo, *, marked: bool) -> Log:
    """The whole recording, call by call. `marked` takes each call as marked by an agent."""
    log, days = Log(), Days(zone)
    for call in recording:
        contact = Contact(
            "", str(call.line), "", call.number, call.started, call.ended,
            days.at(call.ended).day, call.outcome, marked_by=_ASSUMED if marked else None,
        )  # fmt: skip
        log.covers(days.at(call.started).day)
        log.add(contact, vip=call.vip)
    log.rows, log.skipped = recording.tally.rows, recording.tally.skipped
    return log


@dataclass(frozen=True, slots=True)
class Fate:
    """How far a caller would come: the furthest stage, and when it was reached ("": never)."""

    caller: str
    stage: Stage
    reached: str
    months: tuple[Month, ...]
    protected: bool


@dataclass(frozen=True, slots=True)
class Simulation:
    """A log, lived through under the rules. `repeat` is how many months it goes on (0: as is).

    Whatever is due is confirmed on the first day on which it is: the soonest that anybody can be.
    """

    log: Log
    rules: Rules
    zone: ZoneInfo
    repeat: int = 0
    exempt: bool = True

    def __post_init__(self) -> None:
        """Raises `DeskError` where there is nothing to live through."""
        if not self.log.callers:
            raise DeskError("the log has no contact of anybody: look at the mapping")
        if self.repeat and self.repeat < len(self.span):
            raise DeskError(f"the log alone covers {len(self.span)} months: repeat it for more")

    @property
    def span(self) -> Sequence[str]:
        """The calendar months that the log touches."""
        last = f"{self.log.last:%Y-%m}"
        names = []
        for name in following(f"{self.log.first:%Y-%m}"):
            names.append(name)
            if name >= last:
                break
        return names

    @property
    def calendar(self) -> Sequence[str]:
        """The months that are lived through."""
        return list(islice(following(self.span[0]), max(self.repeat, len(self.span))))

    @property
    def here(self) -> frozenset[str]:
        """The months that may count: the log has every day of them, or stands for a whole one."""
        if self.repeat:
            return frozenset(self.calendar)
        return frozenset(name for name in self.span if self._covers(name))

    def _covers(self, name: str) -> bool:
        first = date.fromisoformat(f"{name}-01")
        last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        return self.log.first <= first and last <= self.log.last

    def fates(self) -> Iterator[Fate]:
        """Every caller's, in order of their names."""
        span, calendar, here = self.span, self.calendar, self.here
        for caller in sorted(self.log.callers):
            of_log = self.log.callers[caller]
            tallies = tuple(
                MonthTally(name, *of_log[source])
                for n, name in enumerate(calendar)
                if (source := span[n % len(span)]) in of_log
            )
            protected = self.exempt and caller in self.log.vips
            known = Caller(caller, _record(protected), months=tallies, here=here)
            yield self._fate(known, calendar)

    def _fate(self, caller: Caller, calendar: Sequence[str]) -> Fate:
        """The life of one caller, looked at on the first of each month."""
        furthest, reached, living = Stage.CLEAR, "", caller
        for name in islice(following(calendar[0]), 1, len(calendar) + 1):
            now = self._first(name)
            over = months(living, self.zone, now)
            stands = stage(self.rules, living.record, over, now)
            if stands in STEPS:
                living = _confirmed(living, STEPS[stands], name, over, now)
                stands = STEPS[stands]
            if stands is not furthest and stands.reaches(furthest):
                furthest, reached = stands, name
        end = self._first(next(islice(following(calendar[-1]), 1, None)))
        whole = months(caller, self.zone, end)
        return Fate(caller.number, furthest, reached, whole, bool(caller.record.grants))

    def _first(self, name: str) -> float:
        return datetime.fromisoformat(f"{name}-01").replace(tzinfo=self.zone).timestamp()


def _record(protected: bool) -> Record:
    always = Author("the mapping", "", float("-inf"), "vip")
    return Record(grants=(Grant("vip", always),) if protected else ())


def _confirmed(caller: Caller, step: Stage, name: str, over: Sequence[Month], now: float) -> Caller:
    change = confirmation(caller.record, step, "telephone", name, over)
    author = Author(_PEOPLE[step], "", now, "simulated")
    return replace(caller, record=take(caller.record, change, author))
