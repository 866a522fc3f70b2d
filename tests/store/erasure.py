"""What every store promises of erasing a number. See tests/store/contract.py."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from ivr.callers.caller import Caller, Record, Tally
from ivr.callers.changes import (
    CloseCase,
    GiveGrant,
    OpenCase,
    RefusedError,
    Release,
    SetMark,
    SetShared,
)
from ivr.callers.erasure import ERASE, Bounds
from ivr.callers.nuisance import Stage
from ivr.callers.process import Attempt, ClearProcess, Confirm, DecideAppeal, FileAppeal
from ivr.engine.interfaces import Annotation, Erased, History, JournalEntry, OpenCall
from tests.store.contract import caller, together
from tests.store.ledger import yes
from tests.store.samples import DANA, DAY, LONG_AGO, NOAM, author, consent, contact

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from ivr.callers.changes import Change
    from tests.store.contract import World

#: What `consent` and `OpenCall` of these tests are kept by, and gone by.
BOUNDS = Bounds(consents=5000.0, calls=9000.0)
ASKED = author(9000.0, "the caller asked for it")
#: A call that began and ended after `ASKED`.
LATER = {"started": 9100.0, "ended": 9160.0}

WARNED = Confirm(Stage.WARNED, "telephone", "2026-08", Stage.CLEAR, "", (("2026-07", 31, 9, ""),))
NOTICED = Confirm(Stage.PAID, "letter", "2026-10", Stage.WARNED, "2026-08")


async def erase(world: World, number: str = DANA, bounds: Bounds = BOUNDS) -> Erased:
    return await world.store.erase(number, bounds, ASKED)


async def tell_all(world: World, number: str = DANA) -> None:
    """All that can be known of a number, of an owner before and of the present one."""
    store = world.store
    before: tuple[Change, ...] = (
        SetMark("nuisance"), WARNED, GiveGrant("golden-beam"), SetShared(True), Release(),
    )  # fmt: skip
    for at, change in enumerate(before):
        await store.change(number, change, author(4000.0 + at))
    changes: tuple[Change, ...] = (
        OpenCase("K7", "fault", complex=True), SetMark("nuisance", 9e9), CloseCase("K7"),
        Attempt(Stage.WARNED, "telephone"), WARNED, FileAppeal(),
        DecideAppeal(upheld=False, month="2026-09"), GiveGrant("golden-beam"),
    )  # fmt: skip
    for at, change in enumerate(changes):
        await store.change(number, change, author(4100.0 + at))
    for sequence in range(4):
        started = 4000.0 + 100 * sequence
        told = contact(sequence, number=number, system=number, started=started, ended=started + 60)
        await store.record(told)
        await store.annotate(told.id, Annotation("why he rang", marked=True), author(4500.0))


class ErasureContract:
    """The tests. Each is a coroutine's worth of one store's life."""

    def test_all_goes_but_the_word_that_it_went(self, world: World) -> None:
        async def story() -> tuple[Erased, Caller, History]:
            await tell_all(world)
            erased = await erase(world)
            return erased, await caller(world.store), await world.store.history(DANA)

        erased, found, history = world.run(story())
        assert found == Caller(DANA, Record(generation=2))
        entry = JournalEntry(DANA, 1, ERASE, {}, ASKED)
        assert history == History(DANA, Record(generation=2), (entry,), ())
        assert (erased.found, erased.contacts, erased.entries) == (True, 4, 17)
        assert erased.record.grants[0].name == "golden-beam"
        assert (erased.consents, erased.kept, erased.steps) == (0, (), 0)

    def test_others_are_left_as_they_are(self, world: World) -> None:
        call = OpenCall("1", NOAM, "x", 9500.0)

        async def story() -> tuple[Any, Any]:
            await tell_all(world, NOAM)
            await world.store.consent(NOAM, consent(1), yes, LONG_AGO)
            await world.store.remember(call)
            before = await caller(world.store, NOAM), await world.store.history(NOAM)
            await tell_all(world)
            await erase(world)
            assert (await world.store.lookup(None, "1", LONG_AGO)).open_call == call
            return before, (await caller(world.store, NOAM), await world.store.history(NOAM))

        before, after = world.run(story())
        assert before == after

    def test_once_more_changes_nothing(self, world: World) -> None:
        async def story() -> tuple[Erased, History, History]:
            await tell_all(world)
            await world.store.consent(DANA, consent(1), yes, LONG_AGO)
            await erase(world)
            before = await world.store.history(DANA)
            return await erase(world), before, await world.store.history(DANA)

        again, before, after = world.run(story())
        assert again == Erased(False, Record(generation=2), 0, 0, 0, (consent(1),))
        assert before == after

    def test_a_stranger_stays_unknown(self, world: World) -> None:
        async def story() -> tuple[Erased, Caller, History]:
            erased = await erase(world)
            return erased, await caller(world.store), await world.store.history(DANA)

        erased, found, history = world.run(story())
        assert erased == Erased(False, Record(), 0, 0, 0)
        assert found == Caller(DANA)
        assert history == History(DANA, Record(), (), ())

    def test_what_came_since_goes_with_the_next(self, world: World) -> None:
        async def story() -> tuple[Erased, Caller, History]:
            await tell_all(world)
            await erase(world)
            await world.store.record(contact(9, **LATER))
            await world.store.change(DANA, GiveGrant("silver"), author(9200.0))
            last = author(9300.0, "once more")
            erased = await world.store.erase(DANA, BOUNDS, last)
            return erased, await caller(world.store), await world.store.history(DANA)

        erased, found, history = world.run(story())
        assert (erased.found, erased.contacts, erased.entries) == (True, 1, 1)
        assert found == Caller(DANA, Record(generation=3))
        assert [(each.kind, each.author.at) for each in history.journal] == [(ERASE, 9300.0)]

    # -- contacts that are told later

    def test_a_call_after_it_begins_a_clean_record(self, world: World) -> None:
        told = contact(9, **LATER)

        async def story() -> tuple[bool, Caller, History]:
            await tell_all(world)
            await erase(world)
            new = await world.store.record(told)
            return new, await caller(world.store), await world.store.history(DANA)

        new, found, history = world.run(story())
        assert new
        assert found.tallies == (Tally(DAY, None, 1, 1),)
        assert [(month.contacts, month.marks) for month in found.months] == [(1, 0)]
        assert found.record == Record(generation=2)
        assert history.contacts == (told,)

    def test_a_contact_of_before_that_is_told_again_is_not_taken(self, world: World) -> None:
        async def story() -> tuple[list[bool], Caller, History]:
            await tell_all(world)
            await erase(world)
            told = [contact(n, system=DANA) for n in range(4)] + [contact(20)]
            told.append(contact(21, started=8000.0, ended=ASKED.at))
            new = [await world.store.record(each) for each in told]
            return new, await caller(world.store), await world.store.history(DANA)

        new, found, history = world.run(story())
        assert new == [False] * 6
        assert found == Caller(DANA, Record(generation=2))
        assert history.contacts == ()

    def test_another_number_s_contact_under_such_an_id_is_taken(self, world: World) -> None:
        async def story() -> bool:
            await world.store.record(contact(1))
            await erase(world)
            await world.store.record(contact(1))
            return await world.store.record(contact(1, number=NOAM))

        assert world.run(story()) is True

    def test_a_call_that_began_before_counts_for_nobody(self, world: World) -> None:
        told = contact(9, started=8990.0, ended=9160.0)

        async def story() -> tuple[bool, Caller]:
            await tell_all(world)
            await erase(world)
            return await world.store.record(told), await caller(world.store)

        assert world.run(story()) == (True, Caller(DANA, Record(generation=2)))

    def test_owners_after_it_are_told_apart(self, world: World) -> None:
        async def story() -> Caller:
            await tell_all(world)
            await erase(world)
            await world.store.change(DANA, Release(), author(9200.0))
            await world.store.record(contact(9, **LATER))
            await world.store.record(contact(10, started=9300.0, ended=9360.0, agent="Agent/8"))
            return await caller(world.store)

        found = world.run(story())
        assert found.tallies == (Tally(DAY, None, 1, 1),)
        assert found.last_agent == "Agent/8"

    def test_a_contact_that_went_takes_no_more_words(self, world: World) -> None:
        async def story() -> None:
            await world.store.record(contact(1))
            await erase(world)
            with pytest.raises(RefusedError, match="no contact"):
                await world.store.annotate(contact(1).id, Annotation("a"), author())

        world.run(story())

    def test_nobody_is_a_candidate_for_what_went(self, world: World) -> None:
        async def story() -> tuple[Any, Any]:
            await world.store.record(contact(1))
            await world.store.change(DANA, WARNED, author(6000.0))
            before = await world.store.candidates(1, ["2026-11"])
            await erase(world)
            return list(before), list(await world.store.candidates(1, ["2026-11"]))

        assert world.run(story()) == ([DANA], [])

    def test_retired_contacts_sums_go_too(self, world: World) -> None:
        async def story() -> tuple[Erased, Caller]:
            await world.store.record(contact(1, day=LONG_AGO))
            await world.store.retire(DAY, DAY)
            return await erase(world), await caller(world.store, since=LONG_AGO)

        erased, found = world.run(story())
        assert (erased.found, erased.contacts) == (True, 0)
        assert found == Caller(DANA, Record(generation=1))

    # -- what stays

    def test_who_agreed_to_what_stays_with_the_notices_before_it(self, world: World) -> None:
        kept = consent(1)
        earlier = (
            (WARNED, 100.0), (NOTICED, 200.0), (ClearProcess("2026-05"), 300.0),
            (replace(WARNED, seen_since="2026-05"), 400.0),
            (Attempt(Stage.PAID, "telephone"), 450.0), (NOTICED, 500.0),
        )  # fmt: skip

        async def story() -> tuple[Erased, Caller, History]:
            for change, at in earlier:
                who = replace(author(at), by=f"by {at:.0f}")
                await world.store.change(DANA, change, who)
            assert await world.store.consent(DANA, kept, yes, LONG_AGO)
            await world.store.change(DANA, ClearProcess("2026-11"), author(6000.0))
            await world.store.change(DANA, Release(), author(7000.0))
            erased = await erase(world)
            return erased, await caller(world.store), await world.store.history(DANA)

        erased, found, history = world.run(story())
        assert found == Caller(DANA, Record(generation=2)), "the present owner agreed to nothing"
        assert history.consents == (kept,)
        told = [(each.kind, each.author.by, each.author.at) for each in history.journal]
        assert told == [
            ("confirm", "by 400", 400.0),
            ("confirm", "by 500", 500.0),
            (ERASE, "Ronit", 9000.0),
        ]
        assert history.journal[0].values["evidence"] == [["2026-07", 31, 9, ""]]
        assert (erased.kept, erased.steps, erased.entries) == ((kept,), 2, 6)

    def test_the_present_owner_s_consent_is_no_longer_his(self, world: World) -> None:
        async def story() -> tuple[Caller, Caller, History]:
            await world.store.consent(DANA, consent(1), yes, LONG_AGO)
            await erase(world)
            before = await caller(world.store)
            await world.store.consent(DANA, consent(9, at=9500.0), yes, LONG_AGO)
            return before, await caller(world.store), await world.store.history(DANA)

        before, after, history = world.run(story())
        assert before == Caller(DANA, Record(generation=1))
        assert after.consents == (consent(9, at=9500.0),)
        assert history.consents == (consent(1), consent(9, at=9500.0))

    def test_when_the_books_may_go_consents_go_and_their_ground(self, world: World) -> None:
        old, new = consent(1), consent(2, at=5500.0)

        async def story() -> list[tuple[Erased, History]]:
            for change, at in ((WARNED, 400.0), (NOTICED, 500.0)):
                await world.store.change(DANA, change, replace(author(at), by=f"by {at}"))
            for each in (old, new):
                await world.store.consent(DANA, each, yes, LONG_AGO)
            return [
                (
                    await erase(world, bounds=replace(BOUNDS, consents=since)),
                    await world.store.history(DANA),
                )
                for since in (old.at, new.at, new.at + 1)
            ]

        told = world.run(story())
        assert [history.consents for _, history in told] == [(old, new), (new,), ()]
        assert [(each.consents, len(each.kept), each.steps) for each, _ in told] == [
            (0, 2, 2),
            (1, 1, 2),
            (1, 0, 0),
        ]
        assert [len(history.journal) for _, history in told] == [3, 3, 1]

    def test_the_id_of_a_consent_that_went_is_free(self, world: World) -> None:
        async def story() -> bool:
            await world.store.consent(DANA, consent(1, at=10.0), yes, LONG_AGO)
            await erase(world)
            return await world.store.consent(NOAM, consent(1), yes, LONG_AGO)

        assert world.run(story()) is True

    # -- what is to be settled first

    @pytest.mark.parametrize(
        ("change", "why"),
        [
            (FileAppeal(), "appeal"),
            (OpenCase("K7", None, complex=False), "K7"),
            (SetShared(True), "several people"),
        ],
    )
    def test_what_we_owe_is_settled_first(self, world: World, change: Change, why: str) -> None:
        async def story() -> tuple[Any, Any]:
            await world.store.record(contact(1))
            await world.store.change(DANA, change, author())
            before = await world.store.history(DANA)
            with pytest.raises(RefusedError, match=why):
                await erase(world)
            return before, await world.store.history(DANA)

        before, after = world.run(story())
        assert before == after

    def test_a_call_under_way_is_let_end(self, world: World) -> None:
        async def story() -> tuple[Any, Any]:
            await tell_all(world)
            await world.store.remember(OpenCall("1", DANA, "x", BOUNDS.calls))
            before = await world.store.history(DANA)
            with pytest.raises(RefusedError, match="under way"):
                await erase(world)
            return before, await world.store.history(DANA)

        before, after = world.run(story())
        assert before == after

    def test_a_call_whose_end_nobody_told_goes_with_the_rest(self, world: World) -> None:
        async def story() -> tuple[Erased, list[bool]]:
            await world.store.remember(OpenCall("1", DANA, "x", BOUNDS.calls - 1))
            await world.store.remember(OpenCall("2", NOAM, "x", BOUNDS.calls - 1))
            erased = await erase(world)
            found = [await world.store.lookup(None, each, LONG_AGO) for each in ("1", "2")]
            return erased, [each.open_call is not None for each in found]

        erased, found = world.run(story())
        assert erased.found
        assert found == [False, True]

    def test_beside_others_it_is_whole(self, world: World) -> None:
        """Each of the others is told before it, and goes, or after it."""

        async def story() -> tuple[Caller, History]:
            await tell_all(world)
            told = [contact(n, started=8e3, ended=8e3) for n in range(30, 50)]
            told += [contact(n, **LATER) for n in range(50, 60)]
            asked: list[Awaitable[object]] = [world.store.record(each) for each in told[:10]]
            asked.append(world.store.erase(DANA, BOUNDS, ASKED))
            asked += [world.store.record(each) for each in told[10:]]
            await together(asked)
            return await caller(world.store), await world.store.history(DANA)

        found, history = world.run(story())
        assert [each.kind for each in history.journal] == [ERASE]
        left = len(history.contacts)
        assert {each.started for each in history.contacts} <= {LATER["started"]}
        assert found.tallies == ((Tally(DAY, None, left, left),) if left else ())
