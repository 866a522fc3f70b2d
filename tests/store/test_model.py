"""SQLite, Redis and the plain model side by side, through any order that hypothesis finds."""

from __future__ import annotations

import tempfile
from calendar import monthrange
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from ivr.callers import changes, process
from ivr.callers.caller import Consent
from ivr.callers.changes import Change, RefusedError
from ivr.callers.contacts import Contact, Outcome
from ivr.callers.erasure import Bounds
from ivr.callers.nuisance import Stage
from ivr.engine.interfaces import Annotation, OpenCall
from ivr.store.memory import MemoryStore
from tests.store.contract import together
from tests.store.samples import DANA, DAY, NOAM, author, consent, contact
from tests.store.servers import RedisServer, RedisWorld, redis_server
from tests.store.worlds import SqliteWorld

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

NUMBERS = st.sampled_from([DANA, NOAM])
MOMENTS = st.integers(0, 30).map(float)
CASES = st.sampled_from(["K1", "K2"])
TOPICS = st.sampled_from(["fault", "billing", None])
UNTIL = st.none() | MOMENTS
CALLS = st.sampled_from(["1", "2", "3"])

#: Days around a month's border, and long ago.
EACH_DAY = [DAY + timedelta(days=back) for back in (-1500, -1130, -1100, -31, -30, -23, -22, -1, 0)]
DAYS = st.sampled_from(EACH_DAY)
MONTHS = st.sampled_from(["2022-10", "2026-10", "2026-11"])

CHANGES: st.SearchStrategy[Change] = st.one_of(
    st.builds(changes.GiveGrant, st.sampled_from(["golden-beam", "silver"]), UNTIL),
    st.builds(changes.RevokeGrant, st.sampled_from(["golden-beam", None])),
    st.builds(changes.OpenCase, CASES, TOPICS, st.booleans()),
    st.builds(changes.CloseCase, st.none() | CASES),
    st.builds(changes.SetMark, st.just("nuisance"), UNTIL),
    st.builds(changes.RemoveMark, st.just("nuisance")),
    st.builds(changes.SetShared, st.booleans()),
    st.just(changes.Release()),
    st.builds(
        process.Confirm, st.sampled_from(Stage), st.just("letter"), MONTHS, st.sampled_from(Stage),
        st.just("") | MONTHS,
    ),
    st.just(process.Attempt(Stage.WARNED, "telephone")),
    st.just(process.FileAppeal()),
    st.builds(process.DecideAppeal, st.booleans(), MONTHS),
    st.builds(process.ClearProcess, MONTHS),
)  # fmt: skip


def on_its_day(sequence: int, **values: Any) -> Contact:
    """A contact that is told again is of the same day: it goes with its day, and stays gone."""
    return contact(sequence, day=EACH_DAY[sequence % len(EACH_DAY)], **values)


CONTACTS: st.SearchStrategy[Contact] = st.builds(
    on_its_day,
    st.integers(0, 17),
    number=st.none() | NUMBERS,
    started=MOMENTS,
    ended=MOMENTS,
    outcome=st.sampled_from(Outcome),
    topic=TOPICS,
    agent=st.sampled_from([None, "Agent/7", "Agent/8"]),
    case=st.none() | CASES,
    asked_for=st.booleans(),
    note=st.none() | st.just("a note"),
    marked_by=st.none() | st.just("Agent/7"),
    queue=st.sampled_from(["main", "billing", None]),
)

ANNOTATIONS: st.SearchStrategy[Annotation] = st.builds(
    Annotation,
    note=st.sampled_from([None, "", "a note"]),
    disposition=st.sampled_from([None, "", "solved"]),
    marked=st.none() | st.booleans(),
    case=st.none() | st.just("") | CASES,
)

CONSENTS: st.SearchStrategy[Consent] = st.builds(
    consent, st.integers(0, 5), at=MOMENTS, line=st.sampled_from(["a", "b"])
)


class Stores(RuleBasedStateMachine):
    """Everything told to all; every answer the same."""

    server: ClassVar[RedisServer]

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.model = MemoryStore()
        self.sqlite = SqliteWorld(Path(self.folder.name) / "ivr.db")
        with self.server.client() as client:
            client.flushall()
        self.server.reconcile()
        self.redis = RedisWorld(self.server.url)

    def teardown(self) -> None:
        self.redis.close()
        self.sqlite.close()
        self.folder.cleanup()

    @rule(number=NUMBERS, change=CHANGES, at=MOMENTS)
    def change(self, number: str, change: Change, at: float) -> None:
        self._same(lambda store: store.change(number, change, author(at)))

    @rule(rows=st.lists(st.tuples(NUMBERS, CHANGES), max_size=5), at=MOMENTS)
    def change_many(self, rows: list[tuple[str, Change]], at: float) -> None:
        self._same(lambda store: store.change_many(rows, author(at)))

    @rule(told=CONTACTS)
    def record(self, told: Contact) -> None:
        self._same(lambda store: store.record(told))

    @rule(number=NUMBERS, back=st.sampled_from([2000, 1140, 90, 60]), case=CASES)
    def record_a_long_history(self, number: str, back: int, case: str) -> None:
        """More days than a store keeps at hand."""
        told = [
            contact(
                1000 * back + day, number=number, day=DAY - timedelta(days=back - day),
                started=float(day % 30), ended=float(day % 30), case=case,
            )
            for day in range(110)
        ]  # fmt: skip
        self._same(lambda store: together(store.record(one) for one in told))

    @rule(told=CONTACTS, said=ANNOTATIONS, at=MOMENTS)
    def annotate(self, told: Contact, said: Annotation, at: float) -> None:
        self._same(lambda store: store.annotate(told.id, said, author(at)))

    @rule(number=NUMBERS, given=CONSENTS, may=st.booleans())
    def consent(self, number: str, given: Consent, may: bool) -> None:
        seen: list[Any] = []

        def allowed(caller: Any) -> bool:
            seen.append(caller)
            return may

        self._same(lambda store: store.consent(number, given, allowed, DAY))
        assert seen[0] == seen[1] == seen[2]

    @rule(day=DAYS)
    def attend_the_month(self, day: date) -> None:
        for number in range(1, monthrange(day.year, day.month)[1] + 1):
            self.attend_on(day.replace(day=number))

    @rule(day=DAYS)
    def attend(self, day: date) -> None:
        self.attend_on(day)

    def attend_on(self, day: date) -> None:
        self._same(lambda store: store.attend(day))

    @rule(before=DAYS, keep_from=DAYS)
    def retire(self, before: date, keep_from: date) -> None:
        self._same(lambda store: store.retire(before, keep_from))
        self._same(lambda store: store.retired_before())

    @rule(number=NUMBERS, consents=MOMENTS, calls=MOMENTS, at=MOMENTS)
    def erase(self, number: str, consents: float, calls: float, at: float) -> None:
        self._same(lambda store: store.erase(number, Bounds(consents, calls), author(at)))

    @rule(least=st.integers(0, 3), months=st.lists(MONTHS, max_size=2))
    def candidates(self, least: int, months: list[str]) -> None:
        self._same(lambda store: store.candidates(least, months))

    @rule(since=DAYS)
    def undocumented(self, since: date) -> None:
        self._same(lambda store: store.undocumented(since))

    @rule(call=st.builds(OpenCall, CALLS, st.none() | NUMBERS, st.text(max_size=3), MOMENTS))
    def remember(self, call: OpenCall) -> None:
        self._same(lambda store: store.remember(call))

    @rule(call=CALLS, before=MOMENTS)
    def forget(self, call: str, before: float) -> None:
        self._same(lambda store: store.forget(call, before))

    @rule(number=st.none() | NUMBERS, call=st.none() | CALLS, back=st.integers(0, 3))
    def lookup(self, number: str | None, call: str | None, back: int) -> None:
        self._same(lambda store: store.lookup(number, call, DAY - timedelta(days=back)))

    @rule(number=NUMBERS, since=DAYS)
    def look_far_back(self, number: str, since: date) -> None:
        self._same(lambda store: store.lookup(number, None, since))

    @invariant()
    def every_history_is_the_same(self) -> None:
        self._same(lambda store: store.history(DANA))
        self._same(lambda store: store.history(NOAM))

    @invariant()
    def every_lookup_is_the_same(self) -> None:
        self._same(lambda store: store.lookup(DANA, None, DAY - timedelta(days=31)))
        self._same(lambda store: store.lookup(NOAM, None, DAY - timedelta(days=31)))

    def _same(self, ask: Callable[[Any], Awaitable[Any]]) -> None:
        async def answer(store: Any) -> Any:
            try:
                return await ask(store)
            except RefusedError as refused:
                return str(refused)

        told = self.sqlite.run(answer(self.model))
        assert self.sqlite.run(answer(self.sqlite.store)) == told
        assert self.redis.run(answer(self.redis.store)) == told


@pytest.fixture(scope="module", autouse=True)
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with redis_server(tmp_path_factory.mktemp("redis")) as Stores.server:
        yield


TestStores = Stores.TestCase
TestStores.settings = settings(
    max_examples=40,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
