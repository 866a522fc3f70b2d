"""What every store promises. A store's own test module subclasses `StoreContract`.

The subclass gives a fixture `world`: a store that is empty, and a way to wait for it. Nothing here
may know which store it is.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import pytest
from twisted.internet.defer import Deferred, gatherResults

from ivr.callers.caller import Caller, Record, Span, Tally
from ivr.callers.changes import (
    Change,
    CloseCase,
    GiveGrant,
    OpenCase,
    RefusedError,
    Release,
    RemoveMark,
    RevokeGrant,
    SetMark,
    SetShared,
    apply,
)
from ivr.callers.contacts import Contact, Outcome
from ivr.callers.nuisance import Stage
from ivr.callers.process import Attempt, ClearProcess, Confirm, DecideAppeal, FileAppeal
from ivr.engine.interfaces import Found, OpenCall, Store, StoreError
from ivr.store.documents import change_from
from tests.store.samples import DANA, DAY, LONG_AGO, NOAM, author, contact

if TYPE_CHECKING:
    from collections.abc import Awaitable, Coroutine, Iterable

T = TypeVar("T")

EVIDENCE = (("2026-07", 31, 9, ""), ("2026-08", 28, 8, "an open case: פתוח"))
EVERY_CHANGE: tuple[Change, ...] = (
    GiveGrant("golden-beam", 9e9),
    GiveGrant("silver"),
    OpenCase("K7", "fault", complex=True),
    OpenCase("K8", None, complex=False),
    SetMark("nuisance", 9e9),
    SetShared(True),
    RevokeGrant("silver"),
    CloseCase("K8"),
    RemoveMark("nuisance"),
    SetShared(False),
    RevokeGrant(None),
    CloseCase(None),
    Confirm(Stage.WARNED, "telephone", "2026-09", Stage.CLEAR, "", EVIDENCE),
    Attempt(Stage.PAID, "telephone"),
    FileAppeal(),
    DecideAppeal(upheld=False, month="2026-10"),
    ClearProcess("2026-11"),
    Release(),
    GiveGrant("golden-beam"),
)


class World(Protocol):
    """A store, and a way to wait for what it answers."""

    store: Store

    def run(self, coroutine: Coroutine[Deferred[Any], Any, T]) -> T:
        """What the coroutine gives, or raises."""


async def together(asked: Iterable[Awaitable[T]]) -> list[T]:
    """Ask all at once, then wait for all."""

    async def one(awaitable: Awaitable[T]) -> T:
        return await awaitable

    return await gatherResults([Deferred.fromCoroutine(one(a)) for a in asked])


async def caller(store: Store, number: str = DANA, since: date = LONG_AGO) -> Caller:
    found = await store.lookup(number, None, since)
    assert found.caller is not None
    return found.caller


class StoreContract:
    """The tests. Each is a coroutine's worth of one store's life."""

    # -- lookup and open calls

    def test_nobody_is_known_at_first(self, world: World) -> None:
        assert world.run(caller(world.store)) == Caller(DANA)

    def test_a_lookup_without_a_number_finds_nobody(self, world: World) -> None:
        async def story() -> Found:
            return await world.store.lookup(None, None, LONG_AGO)

        assert world.run(story()) == Found(None, None)

    def test_an_open_call_is_found_with_its_caller(self, world: World) -> None:
        call = OpenCall("1700000000.1", DANA, "v1 fault", 1000.0)

        async def story() -> tuple[Found, Found]:
            await world.store.change(DANA, GiveGrant("golden-beam"), author())
            await world.store.remember(call)
            by_call = await world.store.lookup(None, call.linked_id, LONG_AGO)
            return by_call, await world.store.lookup(DANA, None, LONG_AGO)

        by_call, by_number = world.run(story())
        assert by_call.open_call == call
        assert by_number.open_call is None
        assert by_call.caller == by_number.caller
        assert by_call.caller is not None
        assert by_call.caller.record.grants[0].name == "golden-beam"

    def test_the_open_call_says_whose_call_it_is(self, world: World) -> None:
        async def story() -> Found:
            await world.store.remember(OpenCall("1", NOAM, "", 1.0))
            return await world.store.lookup(DANA, "1", LONG_AGO)

        found = world.run(story())
        assert found.caller == Caller(NOAM)

    def test_a_withheld_open_call_stays_withheld(self, world: World) -> None:
        async def story() -> Found:
            await world.store.remember(OpenCall("1", None, "", 1.0))
            return await world.store.lookup(DANA, "1", LONG_AGO)

        assert world.run(story()) == Found(None, OpenCall("1", None, "", 1.0))

    def test_an_unknown_call_leaves_the_number_asked_for(self, world: World) -> None:
        async def story() -> Found:
            return await world.store.lookup(DANA, "gone", LONG_AGO)

        assert world.run(story()) == Found(Caller(DANA), None)

    def test_the_newest_state_of_a_call_replaces_the_last(self, world: World) -> None:
        async def story() -> Found:
            await world.store.remember(OpenCall("1", DANA, "old", 1.0))
            await world.store.remember(OpenCall("1", NOAM, "שלום 'new'", 2.0))
            return await world.store.lookup(None, "1", LONG_AGO)

        assert world.run(story()).open_call == OpenCall("1", NOAM, "שלום 'new'", 2.0)

    def test_forget_drops_the_call_and_those_before_the_moment(self, world: World) -> None:
        async def story() -> list[bool]:
            for at in (1.0, 2.0, 3.0, 4.0):
                await world.store.remember(OpenCall(str(at), None, "", at))
            await world.store.forget("4.0", 2.0)
            found = [
                await world.store.lookup(None, call, LONG_AGO)
                for call in ("1.0", "2.0", "3.0", "4.0")
            ]
            return [one.open_call is not None for one in found]

        assert world.run(story()) == [False, True, True, False]

    # -- contacts

    def test_contacts_add_up_by_day_and_case(self, world: World) -> None:
        yesterday = DAY - timedelta(days=1)
        told = (
            contact(1),
            contact(2, outcome=Outcome.ABANDONED, agent=None),
            contact(3, case="K7"),
            contact(4, day=yesterday),
            contact(5, number=NOAM),
        )

        async def story() -> tuple[list[bool], Caller]:
            new = [await world.store.record(one) for one in told]
            return new, await caller(world.store)

        new, found = world.run(story())
        assert new == [True] * 5
        assert found.tallies == (
            Tally(yesterday, None, 1, 1),
            Tally(DAY, None, 2, 1),
            Tally(DAY, "K7", 1, 1),
        )

    def test_only_answered_contacts_count_as_answered(self, world: World) -> None:
        async def story() -> Caller:
            for sequence, outcome in enumerate(Outcome):
                await world.store.record(contact(sequence, outcome=outcome))
            return await caller(world.store)

        (tally,) = world.run(story()).tallies
        assert (tally.ended, tally.answered) == (len(Outcome), 1)

    def test_a_lookup_gives_the_days_that_were_asked_for(self, world: World) -> None:
        async def story() -> Caller:
            for back in range(5):
                await world.store.record(contact(back, day=DAY - timedelta(days=back)))
            return await caller(world.store, since=DAY - timedelta(days=2))

        days = [tally.day for tally in world.run(story()).tallies]
        assert days == [DAY - timedelta(days=back) for back in (2, 1, 0)]

    def test_a_contact_told_again_changes_nothing(self, world: World) -> None:
        again = replace(contact(1), agent="Agent/9", ended=9e9, case="K7")

        async def story() -> tuple[list[bool], Caller, Any]:
            new = [await world.store.record(one) for one in (contact(1), contact(1), again)]
            return new, await caller(world.store), await world.store.history(DANA)

        new, found, history = world.run(story())
        assert new == [True, False, False]
        assert found.tallies == (Tally(DAY, None, 1, 1),)
        assert found.last_agent == "Agent/7"
        assert history.contacts == (contact(1),)

    def test_told_many_times_at_once_it_counts_once(self, world: World) -> None:
        async def story() -> tuple[list[bool], Caller]:
            new = await together(world.store.record(contact(1)) for _ in range(20))
            return new, await caller(world.store)

        new, found = world.run(story())
        assert new.count(True) == 1
        assert found.tallies == (Tally(DAY, None, 1, 1),)

    def test_the_order_in_which_contacts_are_told_does_not_matter(self, world: World) -> None:
        told = [contact(n, agent=f"Agent/{n}", day=DAY - timedelta(days=9 - n)) for n in range(9)]
        told.append(contact(10, ended=contact(8).ended, agent="Agent/80"))

        async def story(number: str, order: list[Contact]) -> Caller:
            for one in order:
                changed = replace(one, number=number, system=number)
                await world.store.record(changed)
            return await caller(world.store, number)

        forth = world.run(story(DANA, told))
        back = world.run(story(NOAM, told[::-1]))
        assert forth.last_agent == "Agent/80"
        assert replace(back, number=DANA) == forth

    @pytest.mark.parametrize("outcome", [o for o in Outcome if o is not Outcome.ANSWERED])
    def test_only_an_agent_who_answered_is_the_last_agent(
        self, world: World, outcome: Outcome
    ) -> None:
        async def story() -> Caller:
            await world.store.record(contact(1))
            await world.store.record(contact(2, outcome=outcome, agent="Agent/8"))
            await world.store.record(contact(3, agent=None))
            return await caller(world.store)

        assert world.run(story()).last_agent == "Agent/7"

    def test_a_contact_of_a_withheld_number_belongs_to_nobody(self, world: World) -> None:
        async def story() -> tuple[bool, bool, Caller]:
            new = await world.store.record(contact(1, number=None))
            again = await world.store.record(contact(1, number=None))
            return new, again, await caller(world.store)

        assert world.run(story()) == (True, False, Caller(DANA))

    def test_systems_and_decisions_are_contacts_of_their_own(self, world: World) -> None:
        told = (contact(1), contact(1, system="pbx2"), contact(1, decision="d2"))

        async def story() -> Caller:
            for one in told:
                assert await world.store.record(one)
            return await caller(world.store)

        assert world.run(story()).tallies == (Tally(DAY, None, 3, 3),)

    def test_a_contact_is_about_the_newest_case_that_fits(self, world: World) -> None:
        async def story() -> Any:
            for at, case in enumerate(
                (
                    OpenCase("old", "fault", complex=False),
                    OpenCase("new", "fault", complex=False),
                    OpenCase("bill", "billing", complex=False),
                )
            ):
                await world.store.change(DANA, case, author(float(at)))
            for sequence, values in enumerate(
                ({"topic": "fault"}, {"topic": "leaving"}, {"case": "old", "topic": "billing"})
            ):
                await world.store.record(contact(sequence, **values))
            return await world.store.history(DANA), await caller(world.store)

        history, found = world.run(story())
        assert [one.case for one in history.contacts] == ["new", None, "old"]
        assert [(tally.case, tally.ended) for tally in found.tallies] == [
            (None, 1),
            ("new", 1),
            ("old", 1),
        ]

    def test_a_closed_case_takes_no_further_contacts(self, world: World) -> None:
        async def story() -> Caller:
            await world.store.change(DANA, OpenCase("K7", None, complex=True), author())
            await world.store.record(contact(1))
            await world.store.change(DANA, CloseCase(), author())
            await world.store.record(contact(2))
            return await caller(world.store)

        assert [tally.case for tally in world.run(story()).tallies] == [None, "K7"]

    # -- changes

    def test_each_change_gives_the_record_that_a_lookup_then_finds(self, world: World) -> None:
        async def story() -> None:
            expected = Record()
            for at, change in enumerate(EVERY_CHANGE):
                expected = apply(expected, change, author(float(at)))
                assert await world.store.change(DANA, change, author(float(at))) == expected
                assert (await caller(world.store)).record == expected

        world.run(story())

    def test_the_journal_played_again_gives_the_record(self, world: World) -> None:
        async def story() -> None:
            for at, change in enumerate(EVERY_CHANGE):
                await world.store.change(DANA, change, author(float(at), f"שורה {at}"))
            history = await world.store.history(DANA)
            played = [change_from(entry.kind, dict(entry.values)) for entry in history.journal]
            assert tuple(played) == EVERY_CHANGE
            record = Record()
            for entry, change in zip(history.journal, played, strict=True):
                assert entry.generation == record.generation
                record = apply(record, change, entry.author)
            assert record == history.record

        world.run(story())

    def test_a_refused_change_changes_nothing(self, world: World) -> None:
        async def story() -> tuple[Any, Any]:
            await world.store.change(DANA, GiveGrant("golden-beam"), author())
            before = await world.store.history(DANA)
            for change in (CloseCase(), RevokeGrant("silver"), RemoveMark("nuisance")):
                with pytest.raises(RefusedError):
                    await world.store.change(DANA, change, author())
            return before, await world.store.history(DANA)

        before, after = world.run(story())
        assert before == after
        assert len(after.journal) == 1

    def test_a_refused_change_spoils_none_beside_it(self, world: World) -> None:
        async def attempt(number: str, change: Any) -> str:
            try:
                await world.store.change(number, change, author())
            except RefusedError:
                return "refused"
            return "done"

        async def story() -> list[str]:
            good = GiveGrant("golden-beam")
            return await together(
                attempt(f"+9725400000{n:02}", CloseCase() if n % 3 == 0 else good)
                for n in range(20)
            )

        assert world.run(story()) == ["refused" if n % 3 == 0 else "done" for n in range(20)]

        async def granted() -> list[int]:
            found = [await caller(world.store, f"+9725400000{n:02}") for n in range(20)]
            return [len(one.record.grants) for one in found]

        assert world.run(granted()) == [0 if n % 3 == 0 else 1 for n in range(20)]

    def test_changes_to_one_number_at_once_are_all_kept(self, world: World) -> None:
        async def story() -> Caller:
            await together(
                world.store.change(DANA, OpenCase(f"K{n}", None, complex=False), author())
                for n in range(20)
            )
            return await caller(world.store)

        assert {case.id for case in world.run(story()).record.cases} == {f"K{n}" for n in range(20)}

    def test_a_number_has_a_record_of_its_own(self, world: World) -> None:
        async def story() -> Caller:
            await world.store.change(DANA, GiveGrant("golden-beam"), author())
            return await caller(world.store, NOAM)

        assert world.run(story()) == Caller(NOAM)

    # -- release

    def test_a_new_owner_begins_with_nothing(self, world: World) -> None:
        async def story() -> Caller:
            await world.store.change(DANA, GiveGrant("golden-beam"), author(1.0))
            await world.store.change(DANA, SetShared(True), author(2.0))
            await world.store.record(contact(1))
            await world.store.change(DANA, Release(), author(7000.0))
            return await caller(world.store)

        assert world.run(story()) == Caller(DANA, Record(generation=1))

    def test_a_new_owner_s_contacts_are_his_own(self, world: World) -> None:
        async def story() -> Caller:
            await world.store.record(contact(1))
            await world.store.change(DANA, Release(), author(7000.0))
            later = {"started": 8000.0, "ended": 8060.0}
            await world.store.record(contact(2, agent="Agent/8", **later))
            return await caller(world.store)

        found = world.run(story())
        assert found.tallies == (Tally(DAY, None, 1, 1),)
        assert found.last_agent == "Agent/8"

    def test_a_contact_told_late_belongs_to_the_owner_at_its_start(self, world: World) -> None:
        async def story() -> tuple[Caller, Any]:
            await world.store.change(DANA, Release(), author(4000.0))
            await world.store.change(DANA, Release(), author(7000.0))
            await world.store.change(DANA, OpenCase("K7", None, complex=True), author(7001.0))
            await world.store.record(contact(1, started=5000.0, ended=9000.0))
            await world.store.record(contact(2, started=7000.0, ended=8000.0, agent="Agent/8"))
            return await caller(world.store), await world.store.history(DANA)

        found, history = world.run(story())
        assert found.tallies == (Tally(DAY, "K7", 1, 1),)
        assert found.last_agent == "Agent/8"
        assert [one.case for one in history.contacts] == [None, "K7"]

    def test_history_keeps_every_owner(self, world: World) -> None:
        async def story() -> Any:
            await world.store.change(DANA, GiveGrant("golden-beam"), author(1.0))
            await world.store.record(contact(2))
            await world.store.record(contact(1))
            await world.store.record(contact(3, number=NOAM))
            await world.store.change(DANA, Release(), author(7000.0, "new owner"))
            return await world.store.history(DANA)

        history = world.run(story())
        assert history.number == DANA
        assert history.record == Record(generation=1)
        assert [entry.kind for entry in history.journal] == ["give-grant", "release"]
        assert history.journal[1].author == author(7000.0, "new owner")
        assert history.contacts == (contact(1), contact(2))

    def test_the_history_of_a_stranger_is_empty(self, world: World) -> None:
        async def story() -> Any:
            return await world.store.history(DANA)

        history = world.run(story())
        assert (history.record, list(history.journal), list(history.contacts)) == (Record(), [], [])

    def test_every_field_of_a_contact_is_kept(self, world: World) -> None:
        full = contact(1, tier="vip", transfer="702", case="K7", number=DANA, route="ש'ל;ם")
        bare = Contact("", "9", "d", DANA, 6e3, 6e3, DAY, Outcome.BROKEN)

        async def story() -> Any:
            await world.store.record(full)
            await world.store.record(bare)
            return await world.store.history(DANA)

        assert world.run(story()).contacts == (full, bare)

    # -- imports

    def test_an_import_tells_of_each_row_why_it_was_refused(self, world: World) -> None:
        rows = (
            (DANA, GiveGrant("golden-beam")),
            (NOAM, CloseCase()),
            (NOAM, GiveGrant("golden-beam", 1.0)),
            (NOAM, OpenCase("K7", "fault", complex=True)),
            (NOAM, CloseCase()),
        )

        async def story() -> tuple[Any, Caller, Any]:
            refusals = await world.store.change_many(rows, author())
            return refusals, await caller(world.store), await world.store.history(NOAM)

        refusals, dana, noam = world.run(story())
        assert [bool(refusal) for refusal in refusals] == [False, True, True, False, False]
        assert "case" in refusals[1]
        assert dana.record.grants[0].author == author()
        assert noam.record == Record(protected=(Span(1000.0, 1000.0),))
        assert [entry.kind for entry in noam.journal] == ["open-case", "close-case"]

    # -- living and ending

    def test_a_healthy_store_answers_a_ping(self, world: World) -> None:
        async def story() -> None:
            await world.store.ping()

        world.run(story())

    def test_a_closed_store_refuses_everything(self, world: World) -> None:
        store = world.store
        asked = (
            lambda: store.lookup(DANA, None, LONG_AGO),
            lambda: store.remember(OpenCall("1", None, "", 1.0)),
            lambda: store.record(contact(1)),
            lambda: store.forget("1", 1.0),
            lambda: store.change(DANA, Release(), author()),
            lambda: store.change_many([], author()),
            lambda: store.history(DANA),
            store.ping,
        )

        async def story() -> None:
            await store.close()
            for ask in asked:
                with pytest.raises(StoreError, match="closed"):
                    await ask()
            await store.close()

        world.run(story())

    def test_what_was_asked_before_the_end_is_done(self, world: World) -> None:
        async def story() -> list[bool]:
            new = together(world.store.record(contact(n)) for n in range(50))
            waiting = Deferred.fromCoroutine(new)
            await world.store.close()
            return await waiting

        assert world.run(story()) == [True] * 50
