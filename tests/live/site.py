"""Two engines that share a Redis with Sentinels, before one Asterisk, and callers of all kinds."""

from __future__ import annotations

import itertools
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from twisted.internet.defer import Deferred

from ivr.callers.caller import Author, Consent, Record
from ivr.callers.changes import Change, GiveGrant, OpenCase, SetMark
from ivr.callers.contacts import Contact
from ivr.callers.nuisance import Stage
from ivr.engine.interfaces import StoreError
from ivr.engine.windows import local_day
from ivr.policy.loader import open_policy
from ivr.policy.model import Policy
from tests.live.crowd import Crowd
from tests.live.floor import Floor, fresh_number
from tests.live.life import bring
from tests.live.real import Engine, Entry, e164
from tests.store.groups import Guarded
from tests.store.servers import RedisWorld

_T = TypeVar("_T")

DIALLED, PAID = "1800900001", "0529990003"
RATE = 20

KINDS: dict[str, Change | None] = {
    "load-vips": GiveGrant("golden-beam"),
    "load-senior": OpenCase("77", None, complex=True),
    "load-patience": SetMark("nuisance"),
    "load-main": None,
}
"""For each queue: what is known of its callers."""

_EACH, _PAYING = 40, 20
"""Numbers of each kind, and of those who agreed to pay: each calls again and again."""

_AGENTS = 25


@dataclass(frozen=True)
class Row:
    """A line of queue_log about one of our calls."""

    at: int
    uniqueid: str
    number: str
    queue: str
    agent: str
    event: str
    data: Sequence[str]


@dataclass
class Site:
    """`queues` says for each number where it belongs; `paying` have agreed to pay. `ever` has the
    engines that were killed, too; `callers` are those of the crowd, by their channels.
    """

    floor: Floor
    group: Guarded
    start: Callable[..., Engine]
    folder: Path
    engines: list[Engine] = field(default_factory=list)
    ever: list[Engine] = field(default_factory=list)
    queues: dict[str, str] = field(default_factory=dict)
    paying: list[str] = field(default_factory=list)
    callers: dict[str, str] = field(default_factory=dict)
    opened: float = field(default_factory=time.time)

    def open(self) -> None:
        """Start the engines, tell the store who calls, and let agents log in."""
        self.group.primary.reconcile()
        for number in range(2):
            self.engines.append(self._engine(number, 0))
        for queue in KINDS:
            self.queues |= {fresh_number(): queue for _ in range(_EACH)}
        self.paying += [fresh_number() for _ in range(_PAYING)]
        self._tell()
        for queue in (*KINDS, self.floor.fallback):
            self.floor.staff(queue, *["brief"] * _AGENTS)

    @property
    def url(self) -> str:
        """The store."""
        return f"{self.group.url}?replicas=1"

    @property
    def routes(self) -> Path:
        """The policy, which is one for both."""
        return self.engines[0].routes

    def again(self, number: int) -> None:
        """Start an engine that has ended."""
        self.engines[number] = self._engine(number, self.engines[number].port)

    def crowd(self, seconds: float) -> Crowd:
        """Callers of all kinds in turn, half of them to each engine first, for so long at most."""
        kinds = [[n for n, queue in self.queues.items() if queue == kind] for kind in KINDS]
        turns = zip(*map(itertools.cycle, [*kinds, self.paying]), strict=False)
        numbers = itertools.islice(itertools.chain.from_iterable(turns), int(RATE * seconds))
        first, second = (engine.address for engine in self.engines)
        lines = [
            f"{number};{first};{second}" if place % 2 else f"{number};{second};{first}"
            for place, number in enumerate(numbers)
        ]
        asterisk = self.floor.asterisk
        headers = {
            "X-IVR-ENGINE": "[field1]", "X-IVR-ENGINE2": "[field2]",
            "X-IVR-FALLBACK_QUEUE": self.floor.fallback,
        }  # fmt: skip
        return Crowd(
            asterisk.callers, asterisk.address, DIALLED, lines, RATE, seconds + 60, headers,
            moved=True,
        )  # fmt: skip

    def gather(self) -> dict[str, str]:
        """Wait until Asterisk has a record of every call; whose number each channel showed."""
        self.until(lambda: self._ended() <= set(self._came()), "records of all calls")
        self.callers = self._came()
        return self.callers

    def _came(self) -> dict[str, str]:
        records = self.floor.asterisk.cdrs()
        mine = {*self.queues, *self.paying}
        ours = [row for row in records if row["dst"] == DIALLED and row["src"] in mine]
        return {row["uniqueid"]: row["src"] for row in ours}

    def _ended(self) -> set[str]:
        rows = [row.split("|") for row in self.floor.asterisk.read("queue_log").splitlines()]
        calls = [row for row in rows if row[4] == "IVRENDED" and row[15] == DIALLED]
        return {row[1] for row in calls if int(row[0]) >= self.opened}

    def log(self) -> list[Row]:
        """What queue_log has about our callers."""
        callers = self.callers
        rows = (row.split("|") for row in self.floor.asterisk.read("queue_log").splitlines())
        return [
            Row(int(at), uniqueid, callers[uniqueid], queue, agent, event, data)
            for at, uniqueid, queue, agent, event, *data in rows
            if uniqueid in callers
        ]

    def write_log(self, file: Path) -> None:
        """Asterisk's queue_log, without what is not about our callers."""
        callers = self.callers
        rows = self.floor.asterisk.read("queue_log").splitlines(keepends=True)
        file.write_text("".join(row for row in rows if row.split("|")[1] in callers))

    def records(self) -> list[dict[str, str]]:
        """Asterisk's call detail records of our callers."""
        return [row for row in self.floor.asterisk.cdrs() if row["uniqueid"] in self.callers]

    def told(self) -> list[Entry]:
        """The lines in which engines said that a contact is kept."""
        return [entry for each in self.ever for entry in each.log if entry["event"] == "contact"]

    def ivr(self, group: str, *words: str) -> str:
        """A command as an operator gives it; what it says."""
        place = ["--store", self.url]
        if group != "store":
            place += ["--routes", str(self.routes)]
        done = subprocess.run(
            [sys.executable, "-m", "ivr", group, *place, *words],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def until(self, true: Callable[[], bool], what: str, seconds: float = 30.0) -> None:
        """Ask again and again."""
        deadline = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
            time.sleep(0.1)

    # --- the store ----------------------------------------------------------------------------

    def acknowledged(self, number: str, change: Change) -> float:
        """Change what is known of a number; when that was acknowledged."""

        async def story(world: RedisWorld) -> Record:
            return await world.store.change(e164(number), change, _author())

        self._ask(story)
        return time.time()

    def record(self, number: str) -> Record:
        """What people decided about a number."""

        async def story(world: RedisWorld) -> Record:
            return (await world.store.history(e164(number))).record

        return self._ask(story)

    def contacts(self) -> list[Contact]:
        """Every contact of our callers."""

        async def story(world: RedisWorld) -> list[Contact]:
            numbers = [*self.queues, *self.paying]
            found = [await world.store.history(e164(number)) for number in numbers]
            return [contact for each in found for contact in each.contacts]

        return [contact for contact in self._ask(story) if contact.decision != "seed"]

    def answers(self) -> bool:
        """Whether the store can be read."""
        try:
            self.record(self.paying[0])
        except StoreError:
            return False
        return True

    def _ask(self, story: Callable[[RedisWorld], Coroutine[Deferred[Any], Any, _T]]) -> _T:
        world = RedisWorld(self.url, pause=0.05)
        try:
            return world.run(story(world))
        finally:
            world.close()

    def _tell(self) -> None:
        bring(self.url, self.routes, {e164(number): Stage.PAID for number in self.paying})
        policy = open_policy(self.routes)
        assert isinstance(policy, Policy)
        line, now = policy.paid_lines["redirected"], time.time()

        async def story(world: RedisWorld) -> None:
            known = {number: KINDS[queue] for number, queue in self.queues.items()}
            await world.store.change_many(
                [(e164(number), change) for number, change in known.items() if change], _author()
            )
            for number in self.paying:
                yes = Consent(
                    number, line.name, line.price, line.price_version, line.consent_key,
                    now - 60, number, "general",
                )  # fmt: skip
                today = local_day(policy.zone, now)
                assert await world.store.consent(e164(number), yes, lambda _: True, today)

        self._ask(story)

    def _engine(self, number: int, port: int) -> Engine:
        engine = self.start(
            "several.yaml", folder=self.folder / f"engine{number}", port=port,
            store=self.url, decisions="off", lookup_deadline="2s", max_lag="2s",
        )  # fmt: skip
        self.ever.append(engine)
        return engine


def _author() -> Author:
    return Author("Ronit", "tests", time.time(), "the live tests")
