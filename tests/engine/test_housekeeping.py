"""The engine's rounds beside calls."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from twisted.internet.defer import Deferred, fail, succeed

from ivr.callers.nuisance import Rules, Stage
from ivr.callers.process import Confirm
from ivr.engine.housekeeping import Housekeeping, UndoneError
from ivr.engine.interfaces import Annotation, Found, PassedOverError, StoreError
from ivr.store.memory import MemoryStore
from tests.routing.policies import policy
from tests.store.samples import DANA, NOAM, author, contact

if TYPE_CHECKING:
    from ivr.callers.caller import Record

ZONE = ZoneInfo("Asia/Jerusalem")


class Notes(MemoryStore):
    """Writes down what it is told to attend and to retire."""

    def __init__(self) -> None:
        super().__init__()
        self.attended: list[date] = []
        self.retired: list[tuple[date, date]] = []
        self.fails = False

    def attend(self, day: date) -> Deferred[None]:
        self.attended.append(day)
        return fail(StoreError("no space is left")) if self.fails else succeed(None)

    def retire(self, before: date, keep_from: date) -> Deferred[int]:
        self.retired.append((before, keep_from))
        return succeed(0)


class House:
    def __init__(self, retention: int | None) -> None:
        self.store = Notes()
        self.at = datetime(2026, 11, 23, 23, 59, tzinfo=ZONE)
        kept = replace(policy(), retention_days=retention)
        self.keeping = Housekeeping(lambda: kept, self.store, lambda: self.at.timestamp())

    def round(self) -> Deferred[None]:
        return Deferred.fromCoroutine(self.keeping.round())


def test_each_round_says_that_the_store_is_there_today() -> None:
    house = House(None)
    house.round()
    house.at = datetime(2026, 11, 24, 0, 0, tzinfo=ZONE)
    house.round()
    assert house.store.attended == [date(2026, 11, 23), date(2026, 11, 24)]
    assert house.store.retired == [], "what the policy does not say is kept"


def after_midnight(retention: int) -> House:
    """A house whose clock has been seen to pass a midnight."""
    house = House(retention)
    house.round()
    house.at = datetime(2026, 11, 24, 0, 0, tzinfo=ZONE)
    return house


def test_once_a_day_what_is_old_is_retired_and_evidence_is_kept_longer() -> None:
    house = after_midnight(90)
    house.round()
    house.round()
    [(before, keep_from)] = house.store.retired
    assert before == date(2026, 8, 26)
    assert keep_from < date(2024, 1, 1), "as far as the process looks back"
    house.at = datetime(2026, 11, 25, 0, 0, tzinfo=ZONE)
    house.round()
    assert len(house.store.retired) == 2


def test_a_clock_that_jumps_retires_nothing_until_a_midnight_has_passed() -> None:
    house = after_midnight(90)
    house.round()
    for jumped in (datetime(2027, 11, 24, tzinfo=ZONE), datetime(2026, 11, 24, tzinfo=ZONE)):
        house.at = jumped
        house.round()
        house.round()
    assert len(house.store.retired) == 1, "what is retired is gone, and the clock was wrong"


def test_an_engine_that_has_just_started_retires_nothing_by_a_clock_it_does_not_know() -> None:
    house = House(90)
    house.round()
    house.round()
    assert house.store.retired == []


def test_a_store_that_does_not_take_it_is_told() -> None:
    house = after_midnight(90)
    house.store.fails = True
    told: list[str] = []
    house.round().addErrback(lambda failure: told.append(failure.getErrorMessage()))
    assert told == ["no space is left"]
    assert house.store.retired == []
    house.store.fails = False
    house.round()
    assert len(house.store.retired) == 1


class Slow(Notes):
    """Takes its time to retire, and may fail at it."""

    def __init__(self) -> None:
        super().__init__()
        self.retiring: list[Deferred[int]] = []

    def retire(self, before: date, keep_from: date) -> Deferred[int]:
        self.retiring.append(Deferred())
        return self.retiring[-1]


def test_a_long_day_s_work_holds_no_round_up_and_is_begun_once() -> None:
    house = after_midnight(90)
    store = house.keeping.store = Slow()
    for _ in range(5):
        assert house.round().called, "whoever waits for it would end it"
    assert len(store.attended) == 5
    assert len(store.retiring) == 1
    store.retiring[0].callback(7)
    house.round()
    assert len(store.retiring) == 1, "it is done for today"


def test_a_day_s_work_that_failed_is_told_and_tried_again() -> None:
    house = after_midnight(90)
    store = house.keeping.store = Slow()
    told: list[object] = []

    def round_told() -> object:
        house.round().addCallbacks(told.append, lambda failure: told.append(failure.value))
        return told.pop()

    assert round_told() is None
    store.retiring[0].errback(StoreError("a page cannot be read"))
    undone = round_told()
    assert isinstance(undone, UndoneError)
    assert str(undone) == "a page cannot be read"
    assert len(store.retiring) == 2
    assert isinstance(round_told(), UndoneError), "until one has ended well"
    store.retiring[1].callback(7)
    assert round_told() is None


def test_what_is_done_but_for_the_unreadable_is_told_and_is_done_for_today() -> None:
    house = after_midnight(90)
    store = house.keeping.store = Slow()
    house.round()
    store.retiring[0].errback(PassedOverError("not those of callers that cannot be read: 1"))
    told: list[str] = []
    house.round().addErrback(lambda failure: told.append(failure.getErrorMessage()))
    assert told == ["not those of callers that cannot be read: 1"]
    assert len(store.retiring) == 1
    assert house.round().result is None


def test_who_cannot_be_cleared_keeps_nothing_from_being_retired() -> None:
    life = Quiet()
    life.store.broken = DANA
    life.retention = 90
    assert life.until(date(2026, 11, 2))
    assert life.store.retired > 60


@pytest.mark.parametrize("days", [1, 5000])
def test_evidence_is_never_kept_shorter_than_the_rest(days: int) -> None:
    house = after_midnight(days)
    house.round()
    [(before, keep_from)] = house.store.retired
    assert keep_from <= before


# -- what clears by itself is cleared for good


class Months(MemoryStore):
    """A store whose lookups of some numbers fail."""

    broken: str | None = None
    retired = 0

    def retire(self, before: date, keep_from: date) -> Deferred[int]:
        self.retired += 1
        return succeed(0)

    def lookup(self, number: str | None, linked_id: str | None, since: date) -> Deferred[Found]:
        if number is not None and number == self.broken:
            return fail(StoreError("a caller's record cannot be read"))
        return super().lookup(number, linked_id, since)


class Quiet:
    """Callers who were warned in May and noticed in August 2026, and the months since."""

    def __init__(self, *numbers: str) -> None:
        self.store, self.today = Months(), date(2026, 8, 20)
        self.rules: Rules | None = Rules(contacts=3, marks=1)
        self.retention: int | None = None
        self.keeping = Housekeeping(
            lambda: replace(policy(), nuisance=self.rules, retention_days=self.retention),
            self.store, self.now,
        )  # fmt: skip
        for number in numbers or (DANA,):
            warned = Confirm(Stage.WARNED, "telephone", "2026-05", Stage.CLEAR, "")
            noticed = Confirm(Stage.PAID, "telephone", "2026-08", Stage.WARNED, "2026-05")
            self.store.change(number, warned, replace(author(1.0), by="Ronit"))
            self.store.change(number, noticed, replace(author(2.0), by="Noam"))

    def now(self) -> float:
        day = self.today
        return datetime(day.year, day.month, day.day, 0, 1, tzinfo=ZONE).timestamp()

    def until(self, last: date, out: date | None = None) -> list[str]:
        """Days pass, each with its round but one; what the rounds complained of."""
        told: list[str] = []
        while self.today < last:
            self.today += timedelta(days=1)
            if self.today != out:
                rounds = Deferred.fromCoroutine(self.keeping.round())
                rounds.addErrback(lambda failure: told.append(failure.getErrorMessage()))
        return told

    def record(self, number: str = DANA) -> Record:
        found: list[Found] = []
        MemoryStore.lookup(self.store, number, None, self.today).addCallback(found.append)
        assert found[0].caller is not None
        return found[0].caller.record

    def contact(self, n: int, day: date) -> None:
        at = datetime(day.year, day.month, day.day, 9, tzinfo=ZONE).timestamp()
        told = contact(n, day=day, started=at, ended=at + 60)
        self.store.record(told)
        self.store.annotate(told.id, Annotation(marked=True), author(at + 90))


def test_quiet_months_clear_for_good_whatever_is_said_of_them_later() -> None:
    life = Quiet()
    life.until(date(2026, 10, 31))
    assert life.record().process.reached is Stage.PAID, "October is not over"
    life.until(date(2026, 11, 1))
    process = life.record().process
    assert (process.reached, process.since, process.noticed) == (Stage.CLEAR, "2026-10", None)
    for n in range(6):
        life.contact(n, date(2026, 9 + n % 2, 5 + n))  # an import, or marks, told late
    life.rules = Rules(contacts=1, marks=0, quiet=5)
    life.until(date(2026, 11, 5))
    assert life.record().process.reached is Stage.CLEAR


def test_what_cleared_says_who_when_and_why() -> None:
    life = Quiet()
    life.contact(1, date(2026, 10, 3))
    life.until(date(2026, 11, 2))
    told: list[str] = []
    life.store.history(DANA).addCallback(
        lambda history: told.extend(
            f"{entry.kind} {entry.author.by}: {entry.author.why}" for entry in history.journal[-1:]
        )
    )
    assert told == [
        "clear-process the engine: quiet months in a row:"
        " 2026-09 (0 contacts, 0 marked), 2026-10 (1 contacts, 1 marked)"
    ]


def test_an_interrupted_month_clears_nobody() -> None:
    life = Quiet()
    life.until(date(2026, 11, 20), out=date(2026, 10, 7))
    assert life.record().process.reached is Stage.PAID


def test_a_policy_without_a_process_clears_nobody() -> None:
    life = Quiet()
    life.rules = None
    life.until(date(2026, 11, 5))
    assert life.record().process.reached is Stage.PAID


def test_one_record_that_cannot_be_read_keeps_no_other_from_being_cleared() -> None:
    life = Quiet(DANA, NOAM)
    life.store.broken = min(DANA, NOAM)
    told = life.until(date(2026, 11, 1))
    assert set(told) == {"a caller's record cannot be read"}
    assert life.record(max(DANA, NOAM)).process.reached is Stage.CLEAR
