"""The engine's rounds beside calls."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from twisted.internet.defer import Deferred, fail, succeed

from ivr.engine.housekeeping import Housekeeping
from ivr.engine.interfaces import StoreError
from ivr.store.memory import MemoryStore
from tests.routing.policies import policy

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


def test_once_a_day_what_is_old_is_retired_and_evidence_is_kept_longer() -> None:
    house = House(90)
    house.round()
    house.round()
    [(before, keep_from)] = house.store.retired
    assert before == date(2026, 8, 25)
    assert keep_from < date(2024, 1, 1), "as far as the process looks back"
    house.at = datetime(2026, 11, 24, 0, 0, tzinfo=ZONE)
    house.round()
    assert len(house.store.retired) == 2


def test_a_store_that_does_not_take_it_is_told() -> None:
    house = House(90)
    house.store.fails = True
    told: list[str] = []
    house.round().addErrback(lambda failure: told.append(failure.getErrorMessage()))
    assert told == ["no space is left"]
    assert house.store.retired == []
    house.store.fails = False
    house.round()
    assert len(house.store.retired) == 1


@pytest.mark.parametrize("days", [1, 5000])
def test_evidence_is_never_kept_shorter_than_the_rest(days: int) -> None:
    house = House(days)
    house.round()
    [(before, keep_from)] = house.store.retired
    assert keep_from <= before
