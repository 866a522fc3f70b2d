"""What is known of a caller in a made-up call: the store's word, and what the flags add to it.

The store here answers one caller's lookup and keeps nothing: no call in it leaves a trace.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from twisted.internet.defer import Deferred, succeed

from ivr.callers.caller import Author, Caller, Case, Grant, Mark, Record, Tally
from ivr.callers.months import month_of
from ivr.callers.nuisance import NUISANCE, Process, Stage, Told
from ivr.engine.interfaces import Found
from ivr.engine.windows import local_day
from ivr.store.memory import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date
    from zoneinfo import ZoneInfo

    from ivr.callers.caller import Consent, Instant
    from ivr.callers.changes import Change

_DAY: Final = 86_400.0
_BY: Final = "ivr explain"


@dataclass(frozen=True, slots=True)
class Supposed:
    """What the flags say of a caller, beside what is known.

    `grants` are declared by the policy; `case` is "complex" or "simple" ("": none). `contacts` are
    answered ones of today, about that case where there is one. `stage` is where people brought the
    process (None: nothing is supposed).
    """

    grants: tuple[str, ...] = ()
    case: str = ""
    contacts: int = 0
    stage: Stage | None = None


def supposing(caller: Caller, supposed: Supposed, zone: ZoneInfo, now: Instant) -> Caller:
    """The caller as he would be at `now`."""
    author = Author(_BY, _BY, now, "made up")
    record = caller.record
    cases = [Case(_BY, None, supposed.case == "complex", author)] if supposed.case else []
    record = replace(
        record,
        grants=(*record.grants, *(Grant(name, author) for name in supposed.grants)),
        cases=(*record.cases, *cases),
    )
    if supposed.stage is not None:
        record = _at_stage(record, supposed.stage, zone, now)
    return replace(caller, record=record, tallies=_tallies(caller, supposed, zone, now))


def _tallies(caller: Caller, supposed: Supposed, zone: ZoneInfo, now: Instant) -> tuple[Tally, ...]:
    if not supposed.contacts:
        return caller.tallies
    case = _BY if supposed.case else None
    made_up = Tally(local_day(zone, now), case, supposed.contacts, supposed.contacts)
    return (*caller.tallies, made_up)


def _at_stage(record: Record, stage: Stage, zone: ZoneInfo, now: Instant) -> Record:
    """A mark opens observation; beyond it people took steps, with who told it, how and when."""
    if stage is Stage.OBSERVED:
        mark = Mark(NUISANCE, Author(_BY, _BY, now, "made up"))
        return replace(record, marks=(*record.marks, mark))
    warned = Told(_BY, "made up", now - 2 * _DAY)
    noticed = Told(_BY, "made up", now - _DAY) if stage is Stage.PAID else None
    return replace(record, process=Process(stage, month_of(zone, now), warned, noticed))


class Pinned(MemoryStore):
    """A `Store` that knows one caller, and stays as it is whatever it is told.

    A consent is asked for as in production, and then not kept.
    """

    def __init__(self, caller: Caller | None) -> None:
        super().__init__()
        self._pinned = caller

    def lookup(self, number: str | None, linked_id: str | None, since: date) -> Deferred[Found]:
        """See `Store.lookup`."""
        return succeed(Found(None if number is None else self._known(number), None))

    def attend(self, day: date) -> Deferred[None]:
        """See `Store.attend`."""
        return succeed(None)

    def change(self, number: str, change: Change, author: Author) -> Deferred[Record]:
        """See `Store.change`."""
        return succeed(self._known(number).record)

    def consent(
        self, number: str, consent: Consent, allowed: Callable[[Caller], bool], since: date
    ) -> Deferred[bool]:
        """See `Store.consent`."""
        return succeed(allowed(self._known(number)))

    def _known(self, number: str) -> Caller:
        if self._pinned is not None and self._pinned.number == number:
            return self._pinned
        return Caller(number)
