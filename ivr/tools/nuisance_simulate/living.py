"""`ivr nuisance simulate`: the process over a recorded log, with a clock of its own.

The log is read once, row by row; what is kept is each caller's months. What counts, what a month is
worth and how far a number comes is decided by the code that decides for real callers.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, BinaryIO, Final

from ivr.callers.caller import Author, Caller, Grant, MonthTally, Record
from ivr.callers.contacts import Contact, is_evidence
from ivr.callers.months import following, months
from ivr.callers.nuisance import Month, Stage, stage
from ivr.callers.process import STEPS, confirmation, take
from ivr.engine.desk import DeskError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from zoneinfo import ZoneInfo

    from ivr.callers.nuisance import Rules
    from ivr.tools.recorded.mapping import LogMapping

#: Rows between two looks at how far the file is read.
_PROGRESS: Final = 1000

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

    def add(self, contact: Contact, *, vip: bool) -> None:
        """Count one contact."""
        caller = contact.number
        self.first, self.last = min(self.first, contact.day), max(self.last, contact.day)
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


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads a log; `skip` hears of each row that cannot be read. `marked` assumes marks."""

    mapping: LogMapping
    zone: ZoneInfo
    marked: bool
    skip: Callable[[int, str], None]

    def read(self, file: BinaryIO, progress: Callable[[int], None]) -> Log:
        """The whole log. Raises `DeskError` for a file whose columns are others."""
        log = Log()
        text = io.TextIOWrapper(file, "utf-8-sig", errors="replace", newline="")
        reader = csv.DictReader(text, delimiter=self.mapping.separator, restval="")
        self._check(reader.fieldnames or ())
        for row in self._rows(reader, log):
            log.rows += 1
            self._take(row, reader.line_num, log)
            if not log.rows % _PROGRESS:
                progress(file.tell())
        text.detach()
        return log

    def _rows(self, reader: csv.DictReader[str], log: Log) -> Iterator[dict[str, str]]:
        while True:
            try:
                yield next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                self._skip(reader.line_num, str(error), log)

    def _take(self, row: dict[str, str], line: int, log: Log) -> None:
        if any(row[column].strip() in values for column, values in self.mapping.leave_out.items()):
            return
        try:
            contact = self._contact(row, line)
        except DeskError as error:
            self._skip(line, str(error), log)
            return
        vip = any(row[column].strip() in values for column, values in self.mapping.vip.items())
        log.add(contact, vip=vip)

    def _contact(self, row: dict[str, str], line: int) -> Contact:
        mapping = self.mapping
        started = self._moment(" ".join(row[column].strip() for column in mapping.started))
        outcome = mapping.outcomes.get(row[mapping.outcome].strip())
        if outcome is None:
            raise DeskError(f"outcome {row[mapping.outcome]!r} is not in the mapping")
        day = datetime.fromtimestamp(started, self.zone).date()
        contact = Contact("", str(line), "", row[mapping.caller].strip() or None, started, started,
                          day, outcome)  # fmt: skip
        return replace(contact, marked_by=_ASSUMED) if self.marked else contact

    def _moment(self, text: str) -> float:
        try:
            moment = datetime.strptime(text, self.mapping.moment).replace(tzinfo=self.zone)
            return moment.timestamp()
        except (ValueError, OverflowError):
            raise DeskError(f"{text!r} is not of the form {self.mapping.moment!r}") from None

    def _check(self, names: Sequence[str]) -> None:
        lacking = sorted(self.mapping.columns - set(names))
        if lacking:
            raise DeskError(
                f"the log has no column {', '.join(lacking)}; its first line says {','.join(names)}"
            )

    def _skip(self, line: int, why: str, log: Log) -> None:
        log.skipped += 1
        self.skip(line, why)


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
