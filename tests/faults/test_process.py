"""The process is stopped, killed, short of memory; its policy is half written, Asterisk is gone."""

from __future__ import annotations

import os
import resource
from contextlib import suppress
from pathlib import Path

from ivr.callers.changes import GiveGrant
from tests.faults.conftest import Start
from tests.faults.crowd import DECIDED, LET_GO, SILENT, crowd
from tests.faults.engine import REGULAR, VIP, Faulty

CONNECT = 2.0
"""Seconds that Asterisk gives a connection."""


def _numbers(count: int) -> list[str]:
    return [f"05{place:08}" for place in range(count)]


def test_a_frozen_engine_forgets_who_gave_it_up_and_goes_on(start: Start) -> None:
    """Live tests show that the dialplan gives it up after three seconds; here: that it heals."""
    engine = start()
    engine.freeze()
    with crowd(engine.port, 50) as them:
        them.say(map(engine.header, _numbers(50)))
        assert them.outcomes(0.5) == {SILENT: 50}
    engine.thaw()
    assert engine.call()["degraded"] is None
    engine.wait_idle()
    assert engine.metric("ivr_sessions_undecided_total", reason="bug") == 0


def test_killed_it_starts_again_and_knows_whom_it_knew(start: Start) -> None:
    engine = start()
    engine.know(VIP, GiveGrant("golden-beam"))
    assert engine.report(REGULAR)
    with crowd(engine.port, 50) as them:
        them.say(map(engine.header, _numbers(50)))
        engine.kill()
        outcomes = them.outcomes()
        assert outcomes[DECIDED] + outcomes[LET_GO] == 50, "nobody waits for the dead"
    again = start(port=engine.port)
    assert again.call(VIP)["tier"] == "vip"
    assert again.rows("SELECT count(*) FROM contacts") == [(1,)]


def test_without_memory_it_ends_or_goes_on_and_is_never_half_of_itself(start: Start) -> None:
    engine = start()
    engine.call()
    with (
        engine.limited(resource.RLIMIT_AS, _address_space(engine)),
        suppress(TimeoutError, ConnectionError),
        crowd(engine.port, 900, CONNECT) as them,
    ):
        them.say(map(engine.header, _numbers(900)))
        them.outcomes(CONNECT)
    if engine.has_ended():
        engine = start(port=engine.port)
    engine.until(lambda: not engine.is_undecided(), "calls are decided again")
    assert engine.call()["degraded"] is None


def _address_space(engine: Faulty) -> int:
    """Bytes that the process has mapped, in the kernel's pages."""
    pages = int(Path(f"/proc/{engine.pid}/statm").read_text().split()[0])
    return pages * os.sysconf("SC_PAGE_SIZE")


def test_a_policy_file_half_written_changes_nothing(start: Start) -> None:
    engine = start()
    (file,) = engine.routes.glob("load.yaml")
    whole = file.read_text()
    for half in (whole[: len(whole) // 2], whole[: whole.index("queues:") + 20], "", "\0" * 100):
        file.write_text(half)
        refused = len(engine.log)
        engine.hang_up()
        engine.wait_log(lambda e: e["event"].startswith("policy refused"))
        assert engine.call()["queue"] == "load-main"
        assert engine.metric("ivr_policy_last_reload_successful") == 0
        del engine.log[:refused]
    file.write_text(whole)
    engine.hang_up()
    engine.wait_log(lambda e: e["event"] == "policy in force")
    assert engine.metric("ivr_policy_last_reload_successful") == 1


def test_asterisk_restarted_in_the_midst_of_prompts_leaves_nothing_behind(start: Start) -> None:
    engine = start("menus.yaml")
    with crowd(engine.port, 20) as them:
        them.say(map(engine.header, _numbers(20)))
        engine.until(lambda: engine.metric("ivr_sessions_total", script="route") == 20, "all ask")
    engine.until(
        lambda: engine.metric("ivr_sessions_undecided_total", reason="hangup") == 20, "all are gone"
    )
    assert engine.metric("ivr_sessions_active") == 0
    assert engine.metric("ivr_sessions_undecided_total", reason="bug") == 0
