"""What every store promises of contacts, evidence and consents. See tests/store/contract.py."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from ivr.callers.caller import Caller, MonthTally, Record, Tally
from ivr.callers.changes import GiveGrant, OpenCase, RefusedError, Release
from ivr.callers.contacts import Contact, Outcome
from ivr.callers.nuisance import Stage
from ivr.callers.process import ClearProcess, Confirm, FileAppeal
from ivr.engine.interfaces import Annotation, StoreError
from ivr.store.annotations import annotation_from
from tests.store.contract import caller, together
from tests.store.samples import DANA, DAY, LONG_AGO, NOAM, author, consent, contact

if TYPE_CHECKING:
    from tests.store.contract import World

MARKED = Annotation(marked=True)
WARNED = Confirm(Stage.WARNED, "telephone", "2026-10", Stage.CLEAR, "")


def yes(_caller: Caller) -> bool:
    return True


class LedgerContract:
    """The tests. Each is a coroutine's worth of one store's life."""

    # -- months of evidence

    @pytest.mark.parametrize(
        "values",
        [
            *({"outcome": outcome} for outcome in Outcome if outcome is not Outcome.ANSWERED),
            {"case": "K7"},
            {"asked_for": True},
            {"number": None},
            {"number": NOAM},
        ],
    )
    def test_what_is_no_evidence_is_in_no_month(self, world: World, values: dict[str, Any]) -> None:
        async def story() -> Caller:
            told = contact(1, marked_by="Agent/7", **values)
            assert await world.store.record(told)
            return await caller(world.store)

        assert world.run(story()).months == ()

    def test_months_hold_evidence_by_local_day(self, world: World) -> None:
        days = (date(2026, 10, 31), date(2026, 11, 1), date(2026, 11, 30), date(2026, 12, 1))

        async def story() -> Caller:
            for sequence, day in enumerate(days):
                marked = "Agent/7" if day.month == 11 else None
                await world.store.record(contact(sequence, day=day, marked_by=marked))
            return await caller(world.store)

        assert world.run(story()).months == (
            MonthTally("2026-10", 1, 0),
            MonthTally("2026-11", 2, 2),
            MonthTally("2026-12", 1, 0),
        )

    def test_a_contact_told_twice_is_evidence_once(self, world: World) -> None:
        async def story() -> Caller:
            await together(world.store.record(contact(1)) for _ in range(9))
            return await caller(world.store)

        assert world.run(story()).months == (MonthTally("2026-11", 1, 0),)

    def test_a_contact_told_late_is_evidence_against_the_owner_at_its_start(
        self, world: World
    ) -> None:
        async def story() -> Caller:
            await world.store.change(DANA, Release(), author(7000.0))
            await world.store.record(contact(1, marked_by="Agent/7"))
            await world.store.record(contact(2, started=8000.0, ended=8060.0))
            return await caller(world.store)

        assert world.run(story()).months == (MonthTally("2026-11", 1, 0),)

    def test_months_reach_back_as_far_as_the_process_can_need(self, world: World) -> None:
        old, older = date(2023, 10, 5), date(2023, 9, 5)

        async def story() -> tuple[Caller, Caller]:
            await world.store.record(contact(1, day=old))
            await world.store.record(contact(2, day=older))
            before = await caller(world.store)
            step = replace(WARNED, month="2023-09")
            await world.store.change(DANA, step, author())
            return before, await caller(world.store)

        before, after = world.run(story())
        assert [month.name for month in before.months] == ["2023-10"]
        assert [month.name for month in after.months] == ["2023-09", "2023-10"]

    # -- presence

    def test_a_month_is_here_when_each_of_its_days_is(self, world: World) -> None:
        first, last = date(2026, 10, 1), date(2026, 10, 31)

        async def story() -> tuple[Caller, Caller]:
            await world.store.record(contact(1, day=first))
            for number in range(1, 31):
                await world.store.attend(first.replace(day=number))
                await world.store.attend(first.replace(day=number))
            before = await caller(world.store)
            await world.store.attend(last)
            return before, await caller(world.store)

        before, after = world.run(story())
        assert not before.here
        assert after.here == {"2026-10"}

    @pytest.mark.parametrize(("year", "days"), [(2026, 28), (2028, 29)])
    def test_february_has_its_own_length(self, world: World, year: int, days: int) -> None:
        async def story() -> list[frozenset[str]]:
            await world.store.record(contact(1, day=date(year, 1, 5)))
            found = []
            for number in range(1, days + 1):
                await world.store.attend(date(year, 2, number))
                found.append((await caller(world.store)).here)
            return found

        assert world.run(story()) == [frozenset()] * (days - 1) + [{f"{year}-02"}]

    def test_only_months_that_matter_are_here(self, world: World) -> None:
        async def story() -> list[frozenset[str]]:
            day = date(2026, 8, 1)
            while day < date(2026, 11, 1):
                await world.store.attend(day)
                day += timedelta(days=1)
            found = [(await caller(world.store)).here]
            await world.store.record(contact(1, day=date(2026, 9, 30)))
            found.append((await caller(world.store)).here)
            await world.store.change(DANA, WARNED, author())
            found.append((await caller(world.store)).here)
            return found

        assert world.run(story()) == [frozenset(), {"2026-09", "2026-10"}, {"2026-10"}]

    # -- agents' words

    def test_an_agent_s_word_is_kept_with_who_and_when(self, world: World) -> None:
        said = Annotation("called to chat: ש'ל;ם", "no-issue", True)

        async def story() -> tuple[Contact, Any]:
            await world.store.record(contact(1))
            after = await world.store.annotate(contact(1).id, said, author(9.0, "by telephone"))
            return after, await world.store.history(DANA)

        after, history = world.run(story())
        assert after == contact(1, note=said.note, disposition="no-issue", marked_by=author().by)
        assert history.contacts == (after,)
        (entry,) = history.journal
        assert (entry.kind, entry.number, entry.generation) == ("annotate", DANA, 0)
        assert entry.author == author(9.0, "by telephone")
        assert annotation_from(dict(entry.values)) == (contact(1).id, said)

    def test_what_is_not_said_stays(self, world: World) -> None:
        async def story() -> Contact:
            await world.store.record(contact(1, case="K7"))
            for said in (Annotation("a"), Annotation(disposition="b"), MARKED, Annotation()):
                after = await world.store.annotate(contact(1).id, said, author())
            return after

        assert world.run(story()) == contact(
            1, case="K7", note="a", disposition="b", marked_by=author().by
        )

    def test_what_was_said_can_be_taken_back(self, world: World) -> None:
        async def story() -> tuple[Contact, Caller]:
            await world.store.record(contact(1))
            await world.store.annotate(contact(1).id, Annotation("a", "b", True), author())
            back = Annotation("", "", False)
            after = await world.store.annotate(contact(1).id, back, author())
            return after, await caller(world.store)

        after, found = world.run(story())
        assert after == contact(1)
        assert found.months == (MonthTally("2026-11", 1, 0),)
        assert found.undocumented

    def test_a_mark_counts_once(self, world: World) -> None:
        async def story() -> Caller:
            await world.store.record(contact(1))
            for _ in range(3):
                await world.store.annotate(contact(1).id, MARKED, author())
            return await caller(world.store)

        assert world.run(story()).months == (MonthTally("2026-11", 1, 1),)

    def test_a_mark_counts_only_on_evidence(self, world: World) -> None:
        async def story() -> Caller:
            for told in (
                contact(1, outcome=Outcome.BROKEN),
                contact(2, case="K7"),
                contact(3, asked_for=True),
            ):
                await world.store.record(told)
                await world.store.annotate(told.id, MARKED, author())
            return await caller(world.store)

        assert world.run(story()).months == ()

    def test_a_contact_about_a_case_is_no_evidence_and_back(self, world: World) -> None:
        async def story() -> list[Caller]:
            await world.store.record(contact(1, marked_by="Agent/7"))
            found = [await caller(world.store)]
            for case in ("K7", "K8", ""):
                await world.store.annotate(contact(1).id, Annotation(case=case), author())
                found.append(await caller(world.store))
            return found

        found = world.run(story())
        assert [one.tallies for one in found] == [
            (Tally(DAY, case, 1, 1),) for case in (None, "K7", "K8", None)
        ]
        marked = (MonthTally("2026-11", 1, 1),)
        assert [one.months for one in found] == [marked, (), (), marked]

    def test_the_agent_s_word_wins_over_the_store_s_guess(self, world: World) -> None:
        async def story() -> tuple[Contact, Caller]:
            await world.store.change(DANA, OpenCase("K7", None, complex=False), author())
            await world.store.record(contact(1))
            after = await world.store.annotate(contact(1).id, Annotation(case=""), author())
            return after, await caller(world.store)

        after, found = world.run(story())
        assert after.case is None
        assert found.months == (MonthTally("2026-11", 1, 0),)

    def test_an_earlier_owner_s_contact_stays_his(self, world: World) -> None:
        async def story() -> tuple[Caller, Any]:
            await world.store.record(contact(1))
            await world.store.change(DANA, Release(), author(7000.0))
            await world.store.annotate(contact(1).id, MARKED, author(8000.0))
            return await caller(world.store), await world.store.history(DANA)

        found, history = world.run(story())
        assert found == Caller(DANA, Record(generation=1))
        assert [(entry.kind, entry.generation) for entry in history.journal] == [
            ("release", 0),
            ("annotate", 0),
        ]

    def test_a_withheld_caller_s_contact_can_be_annotated(self, world: World) -> None:
        async def story() -> Contact:
            await world.store.record(contact(1, number=None))
            return await world.store.annotate(contact(1).id, Annotation("a"), author())

        assert world.run(story()) == contact(1, number=None, note="a")

    def test_a_contact_that_is_not_there_is_refused(self, world: World) -> None:
        async def story() -> Any:
            await world.store.record(contact(1))
            with pytest.raises(RefusedError, match="there is no contact x/y/z"):
                await world.store.annotate("x/y/z", MARKED, author())
            return await world.store.history(DANA)

        assert world.run(story()).journal == ()

    # -- what nobody documented

    def test_the_last_answered_contact_says_whether_it_was_documented(self, world: World) -> None:
        async def story() -> list[bool]:
            found = [await caller(world.store)]
            await world.store.record(contact(5))
            found.append(await caller(world.store))
            await world.store.annotate(contact(5).id, Annotation("why he rang"), author())
            found.append(await caller(world.store))
            await world.store.record(contact(6, outcome=Outcome.ABANDONED, agent=None))
            await world.store.record(contact(4))
            found.append(await caller(world.store))
            await world.store.record(contact(7, agent=None))
            found.append(await caller(world.store))
            return [one.undocumented for one in found]

        assert world.run(story()) == [False, True, False, False, True]

    def test_queues_tell_how_many_contacts_nobody_documented(self, world: World) -> None:
        told = (
            contact(1),
            contact(2, note="why he rang"),
            contact(3, queue="billing", number=None),
            contact(4, queue=None),
            contact(5, outcome=Outcome.ABANDONED),
            contact(6, day=DAY - timedelta(days=2)),
            contact(7, day=DAY - timedelta(days=1), number=NOAM),
        )

        async def story() -> Any:
            for one in told:
                await world.store.record(one)
            return await world.store.undocumented(DAY - timedelta(days=1))

        assert list(world.run(story())) == [("", 1, 1), ("billing", 1, 1), ("main", 3, 2)]

    # -- consents

    def test_a_consent_that_is_allowed_is_kept_whole(self, world: World) -> None:
        given = consent(1, topic="ש'ל;ם")

        async def story() -> tuple[bool, Caller, Any]:
            kept = await world.store.consent(DANA, given, yes, LONG_AGO)
            return kept, await caller(world.store), await world.store.history(DANA)

        kept, found, history = world.run(story())
        assert kept is True
        assert found.consents == (given,)
        assert history.consents == (given,)

    def test_a_consent_that_is_not_allowed_is_not_kept(self, world: World) -> None:
        async def story() -> tuple[bool, Caller]:
            kept = await world.store.consent(DANA, consent(1), lambda _: False, LONG_AGO)
            return kept, await caller(world.store)

        assert world.run(story()) == (False, Caller(DANA))

    def test_who_allows_sees_what_a_lookup_sees_now(self, world: World) -> None:
        seen: list[Caller] = []

        def look(found: Caller) -> bool:
            seen.append(found)
            return True

        async def story() -> Caller:
            await world.store.record(contact(1, marked_by="Agent/7"))
            await world.store.change(DANA, FileAppeal(), author())
            expected = await caller(world.store)
            await world.store.consent(DANA, consent(1), look, LONG_AGO)
            return expected

        assert [world.run(story())] == seen

    def test_a_change_that_was_acknowledged_is_seen_by_who_allows(self, world: World) -> None:
        def free(found: Caller) -> bool:
            return not found.record.grants

        async def story() -> tuple[bool, bool]:
            first = await world.store.consent(DANA, consent(1), free, LONG_AGO)
            await world.store.change(DANA, GiveGrant("golden-beam"), author())
            return first, await world.store.consent(DANA, consent(2), free, LONG_AGO)

        assert world.run(story()) == (True, False)

    def test_who_allows_and_fails_keeps_nothing(self, world: World) -> None:
        def fail(_caller: Caller) -> bool:
            raise ZeroDivisionError

        async def story() -> Caller:
            with pytest.raises(StoreError):
                await world.store.consent(DANA, consent(1), fail, LONG_AGO)
            return await caller(world.store)

        assert world.run(story()) == Caller(DANA)

    def test_the_latest_consent_of_each_line_is_found(self, world: World) -> None:
        told = [consent(n, at=at, line=line) for n, (at, line) in enumerate(
            [(5.0, "b"), (3.0, "b"), (4.0, "b"), (1.0, "a"), (2.0, "a"), (2.0, "a")]
        )]  # fmt: skip

        async def story() -> tuple[Caller, Any]:
            for one in told:
                await world.store.consent(DANA, one, yes, LONG_AGO)
            return await caller(world.store), await world.store.history(DANA)

        found, history = world.run(story())
        assert found.consents == (told[5], told[0])
        assert history.consents == tuple(told[n] for n in (3, 4, 5, 1, 2, 0))

    def test_a_consent_told_twice_is_kept_once(self, world: World) -> None:
        async def story() -> tuple[list[bool], Any]:
            kept = [await world.store.consent(DANA, consent(1), yes, LONG_AGO) for _ in range(2)]
            return kept, await world.store.history(DANA)

        kept, history = world.run(story())
        assert kept == [True, True]
        assert history.consents == (consent(1),)

    def test_another_consent_under_a_known_id_is_none(self, world: World) -> None:
        async def story() -> tuple[list[bool], Caller, Any]:
            kept = [
                await world.store.consent(DANA, consent(1), yes, LONG_AGO),
                await world.store.consent(DANA, replace(consent(1), key="2"), yes, LONG_AGO),
                await world.store.consent(NOAM, consent(1), yes, LONG_AGO),
            ]
            return kept, await caller(world.store, NOAM), await world.store.history(DANA)

        kept, noam, history = world.run(story())
        assert kept == [True, False, False]
        assert noam == Caller(NOAM)
        assert history.consents == (consent(1),)

    def test_a_new_owner_has_agreed_to_nothing(self, world: World) -> None:
        async def story() -> tuple[Caller, Any]:
            await world.store.consent(DANA, consent(1), yes, LONG_AGO)
            await world.store.change(DANA, Release(), author(7000.0))
            return await caller(world.store), await world.store.history(DANA)

        found, history = world.run(story())
        assert found.consents == ()
        assert history.consents == (consent(1),)

    # -- candidates

    def test_candidates_have_evidence_or_a_process(self, world: World) -> None:
        eli, tal, gil = "+972543333333", "+972544444444", "+972545555555"
        told = [contact(n) for n in range(3)]
        told += [contact(n, number=NOAM) for n in range(10, 12)]
        told += [contact(n, number=eli, day=date(2026, 10, 1)) for n in range(20, 23)]
        told += [contact(n, number=gil) for n in range(30, 33)]

        async def story() -> list[Any]:
            for one in told:
                await world.store.record(one)
            await world.store.change(tal, FileAppeal(), author())
            await world.store.change(NOAM, GiveGrant("golden-beam"), author())
            await world.store.change(gil, Release(), author(7000.0))
            asked: Any = ((3, ["2026-11"]), (2, ["2026-10", "2026-11"]), (9, ["2026-11"]), (1, []))
            return [list(await world.store.candidates(*one)) for one in asked]

        assert world.run(story()) == [[DANA, tal], [DANA, NOAM, eli, tal], [tal], [tal]]

    # -- retention

    def test_old_contacts_go_and_their_sums_stay(self, world: World) -> None:
        old = DAY - timedelta(days=3)

        async def story() -> tuple[int, Caller, Caller, Any]:
            await world.store.record(contact(1, day=old, marked_by="Agent/7"))
            await world.store.record(contact(2, day=DAY))
            await world.store.record(contact(3, day=old, number=None))
            before = await caller(world.store)
            went = await world.store.retire(DAY, LONG_AGO)
            return went, before, await caller(world.store), await world.store.history(DANA)

        went, before, after, history = world.run(story())
        assert went == 2
        assert after == before
        assert history.contacts == (contact(2),)

    def test_a_removed_contact_told_again_does_not_count_again(self, world: World) -> None:
        old = DAY - timedelta(days=3)

        async def story() -> tuple[list[bool], Caller, Caller]:
            await world.store.record(contact(1, day=old))
            before = await caller(world.store)
            await world.store.retire(DAY, LONG_AGO)
            await world.store.retire(LONG_AGO, LONG_AGO)
            told = (contact(1, day=old), contact(2, day=old), contact(3, day=DAY, number=NOAM))
            new = [await world.store.record(one) for one in told]
            return new, before, await caller(world.store)

        new, before, after = world.run(story())
        assert new == [False, False, True]
        assert after == before

    def test_how_far_contacts_were_removed_can_be_asked(self, world: World) -> None:
        async def story() -> list[date | None]:
            found = [await world.store.retired_before()]
            for before in (DAY, LONG_AGO):
                await world.store.retire(before, LONG_AGO)
                found.append(await world.store.retired_before())
            return found

        assert world.run(story()) == [None, DAY, DAY]

    def test_a_removed_contact_takes_no_more_words(self, world: World) -> None:
        async def story() -> None:
            await world.store.record(contact(1, day=LONG_AGO))
            await world.store.retire(DAY, DAY)
            with pytest.raises(RefusedError, match="no contact"):
                await world.store.annotate(contact(1).id, MARKED, author())

        world.run(story())

    def test_evidence_of_a_process_is_kept(self, world: World) -> None:
        days = [DAY - timedelta(days=back) for back in (9, 5, 1)]

        async def story() -> tuple[list[int], Any, Any]:
            for sequence, day in enumerate(days):
                await world.store.record(contact(sequence, day=day))
                await world.store.record(contact(sequence + 10, day=day, number=NOAM))
            await world.store.change(DANA, WARNED, author())
            went = [await world.store.retire(DAY, days[1])]
            histories = await world.store.history(DANA), await world.store.history(NOAM)
            await world.store.change(DANA, Release(), author(7000.0))
            went.append(await world.store.retire(DAY, days[1]))
            return went, *histories

        went, dana, noam = world.run(story())
        assert went == [4, 2]
        assert [one.day for one in dana.contacts] == days[1:]
        assert noam.contacts == ()

    def test_an_earlier_owner_s_contacts_are_no_evidence_of_this_one_s_process(
        self, world: World
    ) -> None:
        later = contact(2, day=LONG_AGO, started=8000.0, ended=8060.0)

        async def story() -> tuple[int, Any]:
            await world.store.record(contact(1, day=LONG_AGO))
            await world.store.change(DANA, Release(), author(7000.0))
            await world.store.record(later)
            await world.store.change(DANA, WARNED, author(9000.0))
            went = await world.store.retire(DAY, LONG_AGO)
            return went, await world.store.history(DANA)

        went, history = world.run(story())
        assert went == 1
        assert history.contacts == (later,)

    def test_a_number_that_people_cleared_keeps_its_evidence(self, world: World) -> None:
        async def story() -> int:
            await world.store.record(contact(1, day=LONG_AGO))
            await world.store.change(DANA, WARNED, author())
            await world.store.change(DANA, ClearProcess("2026-11"), author())
            return await world.store.retire(DAY, LONG_AGO)

        assert world.run(story()) == 0

    def test_many_old_contacts_go(self, world: World) -> None:
        async def story() -> tuple[int, int, Caller]:
            await together(world.store.record(contact(n, day=LONG_AGO)) for n in range(1100))
            went = await world.store.retire(DAY, DAY)
            return went, await world.store.retire(DAY, DAY), await caller(world.store)

        went, again, found = world.run(story())
        assert (went, again) == (1100, 0)
        assert found.tallies == (Tally(LONG_AGO, None, 1100, 1100),)

    # -- ending

    def test_a_closed_store_refuses_the_ledger_too(self, world: World) -> None:
        store = world.store
        asked: tuple[Any, ...] = (
            lambda: store.annotate("1", MARKED, author()),
            lambda: store.consent(DANA, consent(1), yes, LONG_AGO),
            lambda: store.attend(DAY),
            lambda: store.candidates(1, []),
            lambda: store.undocumented(DAY),
            lambda: store.retire(DAY, DAY),
        )

        async def story() -> None:
            await store.close()
            for ask in asked:
                with pytest.raises(StoreError, match="closed"):
                    await ask()

        world.run(story())
