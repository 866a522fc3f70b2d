"""The ledger of a log knows what a store would know, through whatever order of events."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from twisted.internet.defer import Deferred

from ivr.callers.caller import Author, Caller
from ivr.callers.changes import CloseCase, GiveGrant, OpenCase, RefusedError, RevokeGrant
from ivr.callers.contacts import Contact, Outcome
from ivr.callers.months import month_of
from ivr.callers.nuisance import Stage
from ivr.callers.process import Confirm
from ivr.engine.windows import local_day, reach
from ivr.store.memory import MemoryStore
from ivr.tools.recorded.ledger import Ledger
from tests.policy.samples import ZONE, at
from tests.store.samples import DANA, NOAM, consent, contact

if TYPE_CHECKING:
    from ivr.callers.changes import Change

START = at("2026-10-01 00:00")
DAY = 86400.0
CHANGES: st.SearchStrategy[Change] = st.one_of(
    st.builds(GiveGrant, st.sampled_from(["golden-beam", "silver"])),
    st.builds(RevokeGrant),
    st.builds(OpenCase, st.sampled_from(["K1", "K2"]), st.sampled_from(["fault", None]),
              st.booleans()),
    st.builds(CloseCase, st.sampled_from(["K1", "K2"])),
)  # fmt: skip
NUMBERS = st.sampled_from([DANA, NOAM])


def answer(waiting: Any) -> Any:
    results: list[Any] = []
    waiting.addBoth(results.append)
    [found] = results
    if hasattr(found, "raiseException"):
        found.raiseException()
    return found


class SideBySide(RuleBasedStateMachine):
    """A store in memory, and the ledger, told the same."""

    def __init__(self) -> None:
        super().__init__()
        self.store, self.ledger = MemoryStore(), Ledger(ZONE)
        self.now, self.told = START, 0

    @initialize(back=st.integers(0, 200))
    def was_there_before(self, back: int) -> None:
        for days in range(back, -1, -1):
            self.attend(local_day(ZONE, START) - timedelta(days=days))

    def attend(self, day: date) -> None:
        answer(self.store.attend(day))
        self.ledger.attend(day)

    @rule(days=st.sampled_from([0.001, 0.3, 1, 2, 20, 40, 70, 500, 1200]), there=st.booleans())
    def time_passes(self, days: float, there: bool) -> None:
        before = local_day(ZONE, self.now)
        self.now += days * DAY
        if there:
            for day in range(1, (local_day(ZONE, self.now) - before).days + 1):
                self.attend(before + timedelta(days=day))

    @rule(
        number=NUMBERS | st.none(), outcome=st.sampled_from(Outcome),
        agent=st.sampled_from(["noa", "avi", None]), case=st.sampled_from(["K1", None, None]),
        topic=st.sampled_from(["fault", "billing", None]), asked_for=st.booleans(),
        note=st.sampled_from([None, "noted"]), marked_by=st.sampled_from([None, "noa"]),
        late=st.sampled_from([0, 0, 0, 1, 3, 40]),
    )  # fmt: skip
    def a_contact_ends(self, late: int, **values: Any) -> None:
        self.told += 1
        ended = self.now - late * DAY
        told: Contact = replace(
            contact(self.told), started=ended - 60, ended=ended, day=local_day(ZONE, ended),
            **values,
        )  # fmt: skip
        answer(self.store.record(told))
        self.ledger.ended(told)

    @rule(number=NUMBERS, change=CHANGES)
    def people_decide(self, number: str, change: Change) -> None:
        author = Author("ruth", "ruth", self.now, "asked for")
        assert self.refused(self.store.change, number, change, author) == self.refused(
            self.ledger.change, number, change, author
        )

    @rule(number=NUMBERS)
    def people_warn(self, number: str) -> None:
        before = self.ledger.record(number).process
        step = Stage.PAID if before.reached is Stage.WARNED else Stage.WARNED
        change = Confirm(step, "letter", month_of(ZONE, self.now), before.reached, before.since)
        self.people_decide(number, change)

    @rule(number=NUMBERS, line=st.sampled_from(["one", "two"]))
    def a_price_is_agreed_to(self, number: str, line: str) -> None:
        self.told += 1
        yes = consent(self.told, line=line, at=self.now)
        since = reach(ZONE, self.now)
        answer(self.store.consent(number, yes, lambda _: True, since))
        self.ledger.agreed(number, yes)

    @staticmethod
    def refused(change: Any, *args: Any) -> str:
        try:
            found = change(*args)
            if isinstance(found, Deferred):
                answer(found)
        except RefusedError as error:
            return str(error)
        return ""

    @invariant()
    def they_know_the_same(self) -> None:
        for number in (DANA, NOAM):
            found = answer(self.store.lookup(number, None, reach(ZONE, self.now)))
            assert self.ledger.caller(number, self.now) == found.caller


SideBySide.TestCase.settings = settings(max_examples=150, stateful_step_count=30, deadline=None)
test_side_by_side = SideBySide.TestCase


def test_a_grant_of_the_log_is_given_once() -> None:
    ledger = Ledger(ZONE)
    ledger.grant(DANA, "golden-beam", START)
    ledger.grant(DANA, "golden-beam", START + DAY)
    [grant] = ledger.caller(DANA, START + DAY).record.grants
    assert (grant.name, grant.author.at, grant.until) == ("golden-beam", START, None)


def test_of_a_stranger_nothing_is_known_or_kept() -> None:
    ledger = Ledger(ZONE)
    assert ledger.caller(DANA, START) == Caller(DANA)
    assert len(ledger) == 0
    assert DANA not in ledger


def lived(callers: int, days: int) -> Ledger:
    """So many callers, each of whom calls daily."""
    ledger = Ledger(ZONE)
    for day in range(days):
        now = START + day * DAY
        for each in range(callers):
            number = f"+97252{each:07}"
            ledger.caller(number, now)
            told = contact(0, number=number, ended=now, day=local_day(ZONE, now))
            ledger.ended(told)
    return ledger


def test_a_caller_takes_a_few_hundred_bytes() -> None:
    tracemalloc.start()
    ledger = lived(3000, 1)
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert held < 3000 * 600
    assert len(ledger) == 3000


def test_what_no_lookup_brings_is_dropped() -> None:
    [known] = lived(1, 1500)._known.values()
    assert len(known.tallies) <= 62
    assert len(known.months) <= 38
