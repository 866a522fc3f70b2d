"""Several engines on one Redis: what they do at once comes to the same as one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ivr.callers.caller import Record
from ivr.callers.changes import GiveGrant, OpenCase, RefusedError, apply
from ivr.engine.interfaces import Annotation
from ivr.store import sums
from ivr.store.annotations import ANNOTATE
from ivr.store.documents import change_from
from ivr.store.redis.store import RedisStore
from tests.store.contract import caller, together
from tests.store.samples import DANA, DAY, LONG_AGO, NOAM, author, consent, contact
from tests.store.servers import RedisWorld, redis_server

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ivr.callers.caller import Caller
    from ivr.engine.interfaces import Store

ENGINES = 3


class Fleet(RedisWorld):
    """Engines, each with a store of its own, waited for together."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.stores = [self.store, *(RedisStore(url, self.deliver) for _ in range(ENGINES - 1))]

    def close(self) -> None:
        async def closed() -> None:
            for store in self.stores:
                await store.close()

        self.run(closed())


@pytest.fixture
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    with redis_server(tmp_path_factory.mktemp("redis")) as server:
        fleet = Fleet(server.url)
        yield fleet
        fleet.close()


async def live(store: Store, engine: int) -> int:
    """What an engine has to tell; how many contacts were new to it."""
    told = [contact(n, number=(DANA, NOAM)[n % 2]) for n in range(60)]
    cases = [OpenCase(f"K{engine}-{n}", "fault", complex=False) for n in range(20)]
    new: list[bool] = []

    async def contacts() -> None:
        new.extend(await together(store.record(each) for each in told))

    async def changes() -> None:
        await together(store.change(DANA, each, author(float(engine))) for each in cases)

    async def consents() -> None:
        await together(store.consent(DANA, consent(n), lambda _: True, LONG_AGO) for n in range(10))

    await together([contacts(), changes(), consents()])
    await together(store.annotate(each.id, Annotation(marked=True), author()) for each in told)
    return sum(new)


def test_all_that_engines_do_at_once_is_counted_once(fleet: Fleet) -> None:
    async def story() -> None:
        new = await together(live(store, place) for place, store in enumerate(fleet.stores))
        assert sum(new) == 60
        for number in (DANA, NOAM):
            history = await fleet.store.history(number)
            known = await caller(fleet.stores[-1], number)
            assert len(history.contacts) == 30
            assert known.tallies == sums.tallies(history.contacts, LONG_AGO)
            assert known.months == sums.months(history.contacts, known.record.process, LONG_AGO)
            played = Record()
            for entry in history.journal:
                if entry.kind != ANNOTATE:
                    change = change_from(entry.kind, dict(entry.values))
                    played = apply(played, change, entry.author)
            assert played == known.record
        assert len((await caller(fleet.store)).record.cases) == ENGINES * 20
        assert len((await fleet.store.history(DANA)).consents) == 10

    fleet.run(story())


def test_a_change_by_one_is_seen_by_the_guard_of_another(fleet: Fleet) -> None:
    first, second, *_ = fleet.stores

    def free(found: Caller) -> bool:
        return not found.record.grants

    async def story() -> Sequence[bool]:
        kept = [await second.consent(DANA, consent(1), free, LONG_AGO)]
        await first.change(DANA, GiveGrant("golden-beam"), author())
        return [*kept, await second.consent(DANA, consent(2), free, LONG_AGO)]

    assert fleet.run(story()) == [True, False]


def test_of_two_who_give_one_thing_at_once_one_is_refused(fleet: Fleet) -> None:
    async def attempt(store: Store) -> str:
        try:
            await store.change(DANA, OpenCase("K7", None, complex=True), author())
        except RefusedError:
            return "refused"
        return "done"

    async def story() -> list[str]:
        return sorted(await together(attempt(store) for store in fleet.stores))

    assert fleet.run(story()) == ["done", *["refused"] * (ENGINES - 1)]


def test_a_day_that_one_attends_is_known_to_all(fleet: Fleet) -> None:
    async def story() -> None:
        first, second, *_ = fleet.stores
        await first.record(contact(1, day=DAY.replace(day=1)))
        await caller(second)  # what all share is read once a second
        for day in range(1, 31):
            await first.attend(DAY.replace(day=day))
        while not (await caller(second)).here:
            pass

    fleet.run(story())


def test_a_contact_of_one_id_is_one_whoever_tells_it(fleet: Fleet) -> None:
    """Two Asterisks, or a mapping that changed, may tell one contact under two numbers."""

    async def story() -> list[bool]:
        told = [contact(1, number=number) for number in (DANA, NOAM, None)]
        return [await store.record(each) for store, each in zip(fleet.stores, told, strict=True)]

    assert fleet.run(story()) == [True, False, False]
