"""Two engines on a Redis with a replica and Sentinels, and each of them is killed under calls."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path

import pytest

from ivr.callers.changes import Change, GiveGrant, OpenCase
from ivr.callers.process import FileAppeal
from ivr.policy.loader import open_policy
from ivr.policy.model import Policy
from tests.live.asterisk import Asterisk
from tests.live.conftest import Engines
from tests.live.double import Double
from tests.live.floor import Floor
from tests.live.real import Engine, e164
from tests.live.site import KINDS, PAID, Row, Site
from tests.store.groups import guarded

MOST = 150.0
"""Seconds of calls; it ends as soon as everything was killed and is back."""

A_WHILE = 3.0
"""Seconds of calls between one thing and the next: sixty of them."""

RELOADS = 3

AT_ONCE = 3
"""Whole seconds from a call to its queue: less than an engine that hangs would cost."""


@pytest.fixture
def engine(engines: Engines) -> Engine:
    """The floor's own, which nobody calls here."""
    return engines("load.yaml")


@pytest.fixture
def site(
    asterisk: Asterisk, double: Double, engine: Engine, engines: Engines, floor: Floor,
    tmp_path: Path,
) -> Iterator[Site]:  # fmt: skip
    with guarded(tmp_path / "redis") as group:
        site = Site(floor, group, engines, tmp_path)
        site.open()
        yield site
        for each in site.engines:
            each.close()


def test_each_of_them_is_killed_and_nobody_notices(site: Site, tmp_path: Path) -> None:
    trial = _Trial(site)
    for change in (GiveGrant("golden-beam"), OpenCase("1", None, complex=False), FileAppeal()):
        trial.protect(change)
    crowd = site.crowd(MOST)
    try:
        trial.kill_engines()
        trial.kill_a_sentinel_and_the_replica()
        trial.kill_the_primary()
        trial.reconcile()
    finally:
        crowd.stop()
        trouble = crowd.trouble()
    assert not trouble
    site.gather()
    rows = site.log()
    _no_call_is_lost(site, rows)
    _each_is_in_his_queue_or_in_doubt_a_free_one(site, rows, trial)
    _none_is_charged_who_should_not_be(site, rows, trial)
    _no_contact_is_missing(site, rows, tmp_path)


@dataclass
class _Trial:
    """What is done, and when. `protected` says since when a caller may not be charged any more."""

    site: Site
    protected: dict[str, float] = field(default_factory=dict)
    killed: float = 0.0
    reconciled: float = 0.0
    healed: float = 0.0

    def protect(self, change: Change) -> None:
        number = self.site.paying[len(self.protected)]
        self.protected[number] = self.site.acknowledged(number, change)

    def kill_engines(self) -> None:
        for number, engine in enumerate(self.site.engines):
            time.sleep(A_WHILE)
            engine.kill()
            time.sleep(A_WHILE)
            self.site.again(number)
        self.protect(GiveGrant("golden-beam"))

    def kill_a_sentinel_and_the_replica(self) -> None:
        group = self.site.group
        group.sentinels[0].kill()
        time.sleep(A_WHILE)
        group.replica.kill()
        time.sleep(A_WHILE)
        group.replica.start()
        group.replica.wait_for("Finished with success")
        self.protect(OpenCase("2", None, complex=False))
        group.sentinels[0].start()
        time.sleep(A_WHILE)

    def kill_the_primary(self) -> None:
        self.protect(FileAppeal())
        self.killed = time.time()
        self.site.group.fail_over()
        self.site.until(self.site.answers, "the store can be read")
        time.sleep(A_WHILE)
        self.site.group.come_back()
        self.protect(GiveGrant("golden-beam"))
        for engine in self.site.engines:
            assert engine.metric("ivr_store_reconciled") == 0
        time.sleep(A_WHILE)

    def reconcile(self) -> None:
        self.reconciled = time.time()
        said = self.site.ivr("store", "reconcile", "--by", "Ronit", "--why", "a failover")
        assert "the paid line is open again" in said
        for engine in self.site.engines:
            self.site.until(partial(_is_open, engine), "the paid line is open")
        self.healed = time.time()
        time.sleep(2 * A_WHILE)


def _is_open(engine: Engine) -> bool:
    return engine.metric("ivr_store_reconciled") == 1


def _decided_to_be_paid(rows: list[Row]) -> list[Row]:
    return [row for row in rows if row.event == "IVRDECISION" and row.data[4] == "paid"]


def _no_call_is_lost(site: Site, rows: list[Row]) -> None:
    """Each that came was put through to somebody, or moved; and that is all that sipp knows of."""
    ends = Counter(row.uniqueid for row in rows if row.event == "IVRENDED")
    assert ends == Counter(dict.fromkeys(site.callers, 1))
    talked = Counter(row.uniqueid for row in rows if row.event == "CONNECT")
    moved = Counter(row.uniqueid for row in _decided_to_be_paid(rows))
    assert talked + moved == ends


def _each_is_in_his_queue_or_in_doubt_a_free_one(
    site: Site, rows: list[Row], trial: _Trial
) -> None:
    doubted = Counter[str]()
    for row in rows:
        if row.event == "ENTERQUEUE":
            own = site.queues.get(row.number, "load-patience")
            if row.number in trial.protected:
                assert row.queue in (*KINDS, site.floor.fallback)
            elif row.queue != own:
                doubted[row.queue] += 1
                assert row.queue in ("load-main", site.floor.fallback), row
                assert row.at <= trial.healed + 1, f"all is well again: {row}"
    print(f"in doubt: {dict(doubted)} of {len(site.callers)}")


def _none_is_charged_who_should_not_be(site: Site, rows: list[Row], trial: _Trial) -> None:
    """By queue_log, and by Asterisk's own records of what it did with each call."""
    paid = _decided_to_be_paid(rows)
    for row in paid:
        assert row.number in site.paying
        assert row.at <= trial.protected.get(row.number, row.at) + 1, f"was protected: {row}"
        assert not trial.killed + 1 < row.at < int(trial.reconciled), f"was closed: {row}"
    times = [row.at for row in paid]
    assert min(times) < trial.killed
    assert max(times) >= trial.reconciled
    billed = {row["uniqueid"] for row in site.records() if PAID in "".join(row.values())}
    assert billed <= {row.uniqueid for row in paid}
    assert billed, "some records end with the Transfer(), others with what comes after it"


def _no_contact_is_missing(site: Site, rows: list[Row], folder: Path) -> None:
    """After an import of queue_log; and a second one finds nothing to do."""
    before = {contact.linked_id for contact in site.contacts()}
    site.write_log(folder / "queue_log")
    new, again = (
        site.ivr("contacts", "import", str(folder / "queue_log"), "--system", "live")
        for _ in range(2)
    )
    assert again.startswith("0 contacts kept")
    kept = site.contacts()
    assert Counter(contact.linked_id for contact in kept) == Counter(dict.fromkeys(site.callers, 1))
    print(f"{len(before)} contacts told, {new.split(' (')[0]} by the import")
    assert before <= {contact.linked_id for contact in kept}
    assert {entry["linkedid"] for entry in site.told()} <= before, "acknowledged, and not lost"
    talks = {row.uniqueid: row for row in rows if row.event == "CONNECT"}
    ends = {row.uniqueid: row for row in rows if row.event == "IVRENDED"}
    policy = open_policy(site.routes)
    assert isinstance(policy, Policy)
    assert policy.nuisance is not None
    for contact in kept:
        talk = talks.get(contact.linked_id)
        assert contact.number == e164(site.callers[contact.linked_id])
        seconds, by = (ends[contact.linked_id].data[place] for place in (3, 6))
        assert contact.talk == int(seconds)
        if talk is not None:
            broken = contact.talk < policy.nuisance.broken_off and by == "agent"
            assert (contact.queue, contact.agent) == (talk.queue, talk.agent)
            assert contact.outcome.value == ("broken" if broken else "answered")
        else:
            assert contact.outcome.value in ("overflowed", "abandoned"), (
                "moved, and no talk of ours"
            )


# Stopped, restarted and reloaded, one after the other. ----------------------------------------


def test_a_drain_a_restart_of_both_and_reloads_are_noticed_by_nobody(site: Site) -> None:
    crowd = site.crowd(MOST)
    try:
        for number, engine in enumerate(site.engines):
            time.sleep(A_WHILE)
            engine.terminate()
            assert engine.wait_end() == 0, "within the bound of its drain"
            time.sleep(A_WHILE)
            site.again(number)
        for _ in range(RELOADS):
            for engine in site.engines:
                engine.hang_up()
            time.sleep(A_WHILE)
    finally:
        crowd.stop()
        trouble = crowd.trouble()
    assert not trouble
    site.gather()
    rows = site.log()
    _no_call_is_lost(site, rows)
    _each_is_in_his_queue_at_once(site, rows)
    for engine in site.engines:
        engine.wait_log(lambda e: e["event"] == "policy in force", RELOADS)
        assert engine.metric("ivr_store_failures_total") == 0


def _each_is_in_his_queue_at_once(site: Site, rows: list[Row]) -> None:
    """None in the fallback queue, nor later than a caller would feel."""
    joined = {row.uniqueid: row for row in rows if row.event == "ENTERQUEUE"}
    for row in joined.values():
        assert row.queue == site.queues.get(row.number, "load-patience"), row
    came = {row["uniqueid"]: row for row in site.records()}
    for uniqueid, row in joined.items():
        began = datetime.fromisoformat(came[uniqueid]["start"]).astimezone().timestamp()
        assert row.at - began <= AT_ONCE, row
