"""Stores that move to a copy of themselves, or of the other kind, in the midst of any history.

What they are told and asked afterwards is still the plain model's answer: a copy is a store.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import rule
from redis import Redis

from ivr.store.copying import copy, opened
from ivr.store.redis import keys
from tests.store.servers import RedisServer, RedisWorld, redis_server
from tests.store.test_model import Stores
from tests.store.worlds import SqliteWorld

if TYPE_CHECKING:
    from collections.abc import Iterator

Kind = Literal["sqlite", "redis"]
KINDS = st.sampled_from(["sqlite", "redis"])
#: Of a Redis server, as many as it has.
DATABASES = 16


class Copies(Stores):
    """`begun`: copies that are not whole yet, by where from and where to."""

    server: ClassVar[RedisServer]

    def __init__(self) -> None:
        super().__init__()
        self.places: dict[str, str] = {
            "sqlite": str(Path(self.folder.name) / "ivr.db"),
            "redis": self.server.url,
        }
        self.begun: dict[tuple[Kind, Kind], str] = {}
        self.made = 0

    @rule(source=KINDS, to=KINDS)
    def copy_ahead(self, source: Kind, to: Kind) -> None:
        self.copied(source, to, finish=False)

    @rule(source=KINDS, to=KINDS)
    def move(self, source: Kind, to: Kind) -> None:
        place = self.copied(source, to, finish=True)
        self.places[to] = place
        self.begun = {pair: at for pair, at in self.begun.items() if to not in pair}
        if to == "sqlite":
            self.sqlite.close()
            self.sqlite = SqliteWorld(Path(place))
        else:
            self.reconcile(place)
            self.redis.close()
            self.redis = RedisWorld(place)

    def copied(self, source: Kind, target: Kind, *, finish: bool) -> str:
        if (source, target) not in self.begun:
            self.begun[source, target] = self.fresh(target)
        place = self.begun[source, target]
        with opened(self.places[source], place) as (theirs, ours):
            assert copy(theirs, ours, lambda _: None).whole
            again = copy(theirs, ours, lambda _: None)
            assert (again.whole, again.written) == (True, 0)
            if finish:
                ours.finish()
        return place

    def fresh(self, target: Kind) -> str:
        """A place where nothing is."""
        self.made += 1
        if target == "sqlite":
            return str(Path(self.folder.name) / f"{self.made}.db")
        used = {*self.begun.values(), self.places["redis"]}
        number = next(n for n in range(1, DATABASES) if f"{self.server.url}/{n}" not in used)
        with Redis(port=self.server.port, db=number) as client:
            client.flushdb()
        return f"{self.server.url}/{number}"

    def reconcile(self, place: str) -> None:
        number = int(place.rpartition("/")[2])
        with Redis(port=self.server.port, db=number) as client:
            client.sadd(keys.RECONCILED, self.server.run_id())


@pytest.fixture(scope="module", autouse=True)
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with redis_server(tmp_path_factory.mktemp("redis")) as Copies.server:
        yield


TestCopies = Copies.TestCase
TestCopies.settings = settings(
    max_examples=30,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
