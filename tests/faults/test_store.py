"""The embedded store is slow, gone, full, and back: calls are decided all the while."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from ivr.callers.changes import GiveGrant
from tests.faults.conftest import Start
from tests.faults.disk import small_disk
from tests.faults.engine import REGULAR, VIP

GRANT = GiveGrant("golden-beam")


def test_a_store_that_hangs_costs_a_caller_his_tier_and_nothing_else(
    start: Start, folder: Path
) -> None:
    os.mkfifo(folder / "ivr.sqlite3")  # whoever opens it waits for good
    engine = start(lookup_deadline="50ms")
    called = engine.call(VIP)
    assert (called["tier"], called["queue"], called["degraded"]) == (
        "regular", "load-main", "store-late",
    )  # fmt: skip
    assert engine.metric("ivr_callers_degraded_total", reason="store-late") == 1
    assert engine.metric("ivr_store_failures_total", operation="lookup", reason="store-late") == 1
    told = engine.wait_log(lambda e: e["event"] == "trouble")
    assert "does not answer" in str(told["troubles"])
    assert engine.get("/readyz")[0] == 200


def test_a_store_that_is_gone_and_back_heals_by_itself(start: Start, folder: Path) -> None:
    engine = start()
    engine.know(VIP, GRANT)
    assert engine.call(VIP)["tier"] == "vip"
    away = folder / "away"
    away.mkdir()
    files = list(folder.glob("ivr.sqlite3*"))
    for file in files:
        file.rename(away / file.name)
    engine.wait_log(lambda e: e["event"] == "trouble")
    gone = engine.call(VIP)
    assert (gone["tier"], gone["degraded"]) == ("regular", "store-failed")
    assert engine.metric("ivr_callers_degraded_total", reason="store-failed") == 1
    for file in files:
        (away / file.name).rename(file)
    engine.wait_log(lambda e: e["event"] == "no trouble any more")
    assert engine.call(VIP)["tier"] == "vip"


def test_a_full_disk_costs_reports_and_no_caller_anything(start: Start, folder: Path) -> None:
    before = start()
    before.know(VIP, GRANT)
    before.terminate()
    before.wait_end()
    place = folder / "disk"
    place.mkdir()
    with small_disk(place, megabytes=4) as disk:
        shutil.copy(before.store, disk.seen_from_outside)
        engine = start(store=str(place / before.store.name), inside=disk.inside)
        assert engine.report(REGULAR)
        disk.fill()
        assert engine.call(VIP)["tier"] == "vip", "what is known can be read"
        engine.until(lambda: not engine.report(REGULAR), "the journal has no room left either")
        lost = engine.wait_log(lambda e: e["event"].startswith("contact not kept"))
        assert lost["reason"] == "store-failed"
        assert engine.metric("ivr_reports_failed_total", reason="store-failed") == 1
        engine.wait_log(lambda e: e["event"] == "decisions are not kept")
        assert engine.metric("ivr_decisions_lost_total", reason="write-failed") >= 1
        disk.make_room()
        assert engine.report(REGULAR), "it goes on by itself"
        assert engine.call(VIP)["tier"] == "vip"
        engine.close()
