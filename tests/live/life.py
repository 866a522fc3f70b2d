"""Half a year of a caller's life, told to the store through the code that serves: contacts, agents'
marks, the days on which the store was there, and the two steps that people take."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path

from ivr.callers.contacts import Contact, Outcome
from ivr.callers.nuisance import Rules, Stage
from ivr.engine.desk import Desk, author, case_id
from ivr.engine.interfaces import Annotation, Store
from ivr.engine.process import ProcessDesk
from ivr.engine.windows import local_day
from ivr.policy.loader import open_policy
from ivr.policy.model import Policy
from tests.store.servers import RedisWorld
from tests.store.worlds import SqliteWorld

_WATCHED = {Stage.WARNED: (-7, -6, -5), Stage.PAID: (-3, -2)}
"""Before each step, the months with evidence; the step is taken in the month that follows. For whom
the last step is due now, all is a month later."""


def bring(store: Path | str, routes: Path, stages: Mapping[str, Stage]) -> None:
    """Bring each number (E.164) to NOTICE_DUE or PAID by now, under the policy in `routes`.

    `store` is SQLite's file, or a Redis by its URL.
    """
    policy = open_policy(routes)
    assert isinstance(policy, Policy), policy
    assert policy.nuisance is not None
    world = RedisWorld(store) if isinstance(store, str) else SqliteWorld(store)
    try:
        life = _Life(world.store, policy, policy.nuisance)
        world.run(life.days())
        for number, reached in stages.items():
            world.run(life.bring(number, reached))
    finally:
        world.close()


class _Life:
    def __init__(self, store: Store, policy: Policy, rules: Rules) -> None:
        self._store, self._policy, self._rules = store, policy, rules
        self._desk = Desk(store, policy.region, policy.topics, policy.grants, lambda: case_id(min))
        self._today = datetime.fromtimestamp(time.time(), policy.zone)

    async def days(self) -> None:
        day = self._at(min(_WATCHED[Stage.WARNED]), 1).date()
        while day <= self._today.date():
            await self._store.attend(day)
            day += timedelta(days=1)

    async def bring(self, number: str, reached: Stage) -> None:
        for step, by in ((Stage.WARNED, "Ronit"), (Stage.PAID, "Noam")):
            months = [month + (reached is Stage.NOTICE_DUE) for month in _WATCHED[step]]
            for month in months:
                await self._tell(self._contacts(number, month))
            if reached.reaches(step):
                at = self._at(max(months) + 1, 10).timestamp()
                desk = ProcessDesk(self._desk, self._rules, self._policy.zone, at)
                said = author(by, "explained it", "tests", at)
                await desk.confirm(number, step, "telephone", said)
        now = ProcessDesk(self._desk, self._rules, self._policy.zone, time.time())
        assert (await now.situation(number)).stage is reached

    async def _tell(self, contacts: Iterable[Contact]) -> None:
        for place, contact in enumerate(contacts):
            await self._store.record(contact)
            if place < self._rules.marks:
                mark = Annotation(marked=True)
                by = author("Dana", "not to the point", "tests", contact.ended)
                await self._store.annotate(contact.id, mark, by)

    def _contacts(self, number: str, month: int) -> Iterator[Contact]:
        for place in range(self._rules.contacts):
            at = self._at(month, 1 + place).timestamp()
            yield Contact(
                system="live", linked_id=f"{int(at)}.{number[1:]}", decision="seed", number=number,
                started=at, ended=at + 120, day=local_day(self._policy.zone, at),
                outcome=Outcome.ANSWERED, queue="free", agent="Dana", hold=20, talk=100,
            )  # fmt: skip

    def _at(self, month: int, day: int) -> datetime:
        """Noon of a day, so many months from the present one."""
        count = self._today.year * 12 + self._today.month - 1 + month
        return datetime(count // 12, count % 12 + 1, day, 12, tzinfo=self._policy.zone)
