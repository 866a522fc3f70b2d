"""The process at the desk, over a store: what is due, what may be taken, and five months of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from ivr.callers.changes import GiveGrant, OpenCase, RefusedError, Release, SetShared
from ivr.callers.nuisance import Rules, Stage
from ivr.callers.process import Confirm
from ivr.engine.desk import Desk, DeskError, author
from ivr.engine.interfaces import Annotation
from ivr.engine.process import ProcessDesk
from ivr.store.memory import MemoryStore
from tests.engine.test_desk import result
from tests.store.samples import DANA, NOAM, contact

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ivr.callers.caller import Author
    from ivr.engine.process import Case, Situation

ZONE = ZoneInfo("Asia/Jerusalem")
RULES = Rules(contacts=10, marks=5)


@dataclass
class Company:
    """A store, and a calendar that months are torn off."""

    store: Any = field(default_factory=MemoryStore)
    today: date = date(2026, 1, 1)
    told: int = 0

    @property
    def now(self) -> float:
        return datetime(
            self.today.year, self.today.month, self.today.day, 10, tzinfo=ZONE
        ).timestamp()

    @property
    def desk(self) -> ProcessDesk:
        here = Desk(self.store, "IL", ("fault",), ("golden-beam",), lambda: "K7")
        return ProcessDesk(here, RULES, ZONE, self.now)

    def who(self, by: str = "Ronit", why: str = "told him") -> Author:
        return author(by, why, "root", self.now)

    def month(self, contacts: int = 10, marks: int = 5, number: str = DANA, **gaps: Any) -> None:
        """A month passes, with so many contacts of a number, so many of them marked."""
        first = self.today
        for n in range(contacts):
            self._contact(first + timedelta(days=n % 28), number, marked=n < marks)
        while self.today.month == first.month:
            if self.today.day != gaps.get("outage"):
                result(self._asked(self.store.attend(self.today)))
            self.today += timedelta(days=1)

    def _contact(self, day: date, number: str, *, marked: bool) -> None:
        self.told += 1
        at = datetime(day.year, day.month, day.day, 9, tzinfo=ZONE).timestamp()
        told = contact(self.told, number=number, day=day, started=at, ended=at + 60)
        result(self._asked(self.store.record(told)))
        if marked:
            agent = author(("Dana", "Noam")[self.told % 2], "nothing to the point", "root", at + 90)
            result(self._asked(self.store.annotate(told.id, Annotation(marked=True), agent)))

    async def _asked(self, answer: Any) -> Any:
        return await answer

    def change(self, change: Any) -> None:
        result(self.desk.desk.change(DANA, change, self.who()))

    @property
    def at(self) -> Situation:
        found: Situation = result(self.desk.situation(DANA))
        return found

    def stage(self) -> Stage:
        return self.at.stage

    def due(self) -> Sequence[Case]:
        found: Sequence[Case] = result(self.desk.due())
        return found

    def confirm(self, step: Stage, by: str = "Ronit") -> None:
        result(self.desk.confirm(DANA, step, "telephone", self.who(by)))


def company(months: int = 0) -> Company:
    here = Company()
    for _ in range(months):
        here.month()
    return here


def test_five_months_of_a_caller_s_life() -> None:
    here = company()
    for passed in range(3):
        assert here.due() == []
        assert here.stage() is (Stage.OBSERVED if passed else Stage.CLEAR)
        here.month()
    (case,) = here.due()
    assert case.situation.due is Stage.WARNED
    here.confirm(Stage.WARNED)
    assert here.due() == []
    here.month()  # the month of the warning
    here.month()
    assert here.stage() is Stage.WARNED
    here.month()
    (case,) = here.due()
    assert case.situation.due is Stage.PAID
    with pytest.raises(RefusedError, match="Ronit gave the warning"):
        here.confirm(Stage.PAID)
    here.confirm(Stage.PAID, "Noam")
    assert here.stage() is Stage.PAID
    here.month(contacts=3, marks=3)
    assert here.stage() is Stage.PAID
    here.month(contacts=0)
    here.month(contacts=0)
    assert here.stage() is Stage.CLEAR


def test_the_evidence_can_be_read_out() -> None:
    (case,) = company(3).due()
    first, *_ = case.evidence
    assert (first.month.name, first.month.contacts, first.month.marks) == ("2026-01", 10, 5)
    assert first.days[0] == (date(2026, 1, 1), 1)
    assert len(first.days) == 10
    assert first.marked_by == (("Noam", 3), ("Dana", 2))


def test_the_evidence_is_kept_with_the_step_as_it_was() -> None:
    here = company(3)
    here.confirm(Stage.WARNED)
    taken = contact(1).id
    undo = here.store.annotate(taken, Annotation(marked=False), here.who())
    result(here._asked(undo))
    history = result(here.desk.case(DANA)).history
    (entry,) = (e for e in history.journal if e.kind == "confirm")
    assert [list(month) for month in entry.values["evidence"]] == [
        ["2026-01", 10, 5, ""], ["2026-02", 10, 5, ""], ["2026-03", 10, 5, ""],
    ]  # fmt: skip
    assert entry.author.why == "told him"


def test_a_mark_that_is_taken_back_takes_the_month_with_it() -> None:
    here = company(3)
    assert len(here.due()) == 1
    result(here._asked(here.store.annotate(contact(1).id, Annotation(marked=False), here.who())))
    assert here.due() == []


@pytest.mark.parametrize("months", range(3))
def test_nothing_is_taken_early(months: int) -> None:
    here = company(months)
    for step in (Stage.WARNED, Stage.PAID):
        with pytest.raises(RefusedError, match="no step is due"):
            here.confirm(step)
        with pytest.raises(RefusedError, match="no step is due"):
            result(here.desk.attempted(DANA, step, "telephone", here.who()))


def test_nothing_is_skipped() -> None:
    here = company(3)
    with pytest.raises(RefusedError, match=r"'noticed' is not due .* 'warned' is"):
        here.confirm(Stage.PAID)


def test_nothing_is_taken_twice() -> None:
    here = company(3)
    here.confirm(Stage.WARNED)
    with pytest.raises(
        RefusedError, match=r"Ronit did so already \(telephone\): no step is taken tw"
    ):
        here.confirm(Stage.WARNED, "Noam")


def test_two_supervisors_at_once_take_one_step() -> None:
    """Both read that the warning is due; the second one's confirmation comes too late."""
    here = company(3)
    stale = here.at
    here.confirm(Stage.WARNED)
    late = Confirm(
        Stage.WARNED, "telephone", "2026-04", stale.caller.record.process.reached,
        stale.caller.record.process.since,
    )  # fmt: skip
    with pytest.raises(RefusedError, match="meanwhile"):
        here.change(late)


def test_a_try_is_kept_and_is_no_notice() -> None:
    here = company(3)
    result(here.desk.attempted(DANA, Stage.WARNED, "telephone", here.who(why="no answer")))
    (case,) = here.due()
    assert case.situation.stage is Stage.WARNING_DUE
    assert case.history.journal[-1].kind == "attempt"
    assert case.history.journal[-1].author.why == "no answer"


@pytest.mark.parametrize(
    ("change", "words"),
    [(GiveGrant("golden-beam"), "has a grant"), (OpenCase("K7", None, complex=False), "a case is")],
)
def test_what_hinders_a_step_is_told(change: Any, words: str) -> None:
    here = company(3)
    here.change(change)
    (case,) = here.due()
    assert words in case.situation.hindered
    with pytest.raises(RefusedError, match=words):
        here.confirm(Stage.WARNED)


def test_a_shared_number_is_never_due() -> None:
    here = company(3)
    here.change(SetShared(True))
    assert here.due() == []
    assert here.stage() is Stage.OBSERVED
    with pytest.raises(RefusedError, match="shared"):
        here.confirm(Stage.WARNED)


def test_an_appeal_stops_all_until_it_is_decided() -> None:
    here = company(3)
    result(here.desk.appeal(DANA, here.who(why="never repaired")))
    assert here.due() == []
    with pytest.raises(RefusedError, match="an appeal is open"):
        here.confirm(Stage.WARNED)
    result(here.desk.decide(DANA, here.who("Noam"), upheld=False))
    assert len(here.due()) == 1
    with pytest.raises(RefusedError, match="nothing to decide"):
        result(here.desk.decide(DANA, here.who(), upheld=True))


def test_an_appeal_that_is_upheld_clears() -> None:
    here = company(3)
    result(here.desk.appeal(DANA, here.who()))
    result(here.desk.decide(DANA, here.who(), upheld=True))
    assert here.stage() is Stage.CLEAR
    here.month()  # the month in which it was decided does not count
    assert here.stage() is Stage.CLEAR
    here.month()
    assert here.stage() is Stage.OBSERVED


def test_clearing_says_when_there_is_nothing_to_clear() -> None:
    here = company(1)
    result(here.desk.clear(DANA, here.who()))
    assert here.stage() is Stage.CLEAR
    with pytest.raises(RefusedError, match="not in the process"):
        result(here.desk.clear(DANA, here.who()))


def test_a_day_without_the_store_voids_its_month() -> None:
    here = company(2)
    here.month(outage=17)
    assert here.due() == []
    here.month()
    (case,) = here.due()
    assert [bool(seen.month.void) for seen in case.evidence] == [False, False, True, False]


def test_frequency_alone_proves_nothing() -> None:
    here = company()
    for _ in range(4):
        here.month(contacts=28, marks=4)
    assert here.due() == []
    assert here.stage() is Stage.CLEAR


def test_a_new_owner_answers_for_nothing() -> None:
    here = company(3)
    here.today += timedelta(days=1)
    here.change(Release())
    assert here.due() == []
    here.month()
    (seen,) = result(here.desk.case(DANA)).evidence
    assert seen.month.name == "2026-04"
    assert len(seen.days) == 9  # the first was the owner's before


def test_everybody_who_is_due_is_listed() -> None:
    here = company()
    for _ in range(3):
        first = here.today
        here.month()
        last, here.today = here.today, first
        here.month(number=NOAM)
        here.today = last
    assert [case.situation.caller.number for case in here.due()] == [DANA, NOAM]


@pytest.mark.parametrize(("number", "how"), [("abc", "x"), (DANA, " "), (DANA, "x" * 81)])
def test_what_cannot_be_meant_is_refused(number: str, how: str) -> None:
    here = company(3)
    with pytest.raises(DeskError):
        result(here.desk.confirm(number, Stage.WARNED, how, here.who()))
    assert here.stage() is Stage.WARNING_DUE


def test_rules_that_change_judge_the_same_months_anew() -> None:
    here = company(3)
    strict = replace(here.desk, rules=replace(RULES, marks=6))
    assert result(strict.due()) == []
