"""More is asked of the engine than it can do, or than is right: it says no, and at once."""

from __future__ import annotations

import os
import resource
import socket
from contextlib import suppress
from pathlib import Path

import pytest

from tests.faults.conftest import Start
from tests.faults.crowd import DECIDED, LET_GO, crowd
from tests.faults.engine import REFUSED, REGULAR, VIP, Faulty, limited
from tests.live.ami import PATIENCE

LONG = 3 * PATIENCE
"""Seconds for thousands, on a machine that has more to do."""
FLOOD = 5000
PORTION = 250
"""As many as any machine decides before they are late."""
MANY = 4000
"""As many as no machine decides within the time for which all have to be late."""


def _number(place: int) -> str:
    return f"05{place:08}"


def _refusals(engine: Faulty, *reasons: str) -> float:
    """How many were refused for these reasons; none was for any other."""
    all_of_them = engine.metric("ivr_connections_refused_total")
    these = sum(engine.metric("ivr_connections_refused_total", reason=each) for each in reasons)
    assert these == all_of_them
    return these


def test_five_thousand_at_once_are_decided_where_so_many_may_come(start: Start) -> None:
    engine = start(
        max_connections="6000", max_connections_per_address="6000", max_lag="2s", header_time="1m"
    )
    with crowd(engine.port, FLOOD) as them:
        engine.until(lambda: engine.metric("ivr_sessions_active") == FLOOD, "all are in")
        assert engine.metric("ivr_address_sessions_active") == FLOOD
        assert engine.metric("ivr_sessions_limit") == 6000
        for some in them.portions(PORTION):
            some.say(engine.header(_number(place)) for place in range(PORTION))
            assert some.outcomes(LONG) == {DECIDED: PORTION}
    engine.call()
    assert _refusals(engine) == 0


def test_five_thousand_at_once_are_let_go_where_they_may_not(start: Start) -> None:
    engine = start(max_lag="2s", header_time="1m")
    with crowd(engine.port, FLOOD) as them:
        them.say(engine.header(_number(place)) for place in range(FLOOD))
        outcomes = them.outcomes(LONG)
    assert outcomes[DECIDED] + outcomes[LET_GO] == FLOOD, "nobody is left to wait"
    engine.wait_idle()
    engine.call()
    assert engine.metric("ivr_connections_refused_total", reason="address") > 0
    assert _refusals(engine, "address", "late") == outcomes[LET_GO], "late: this machine is busy"


def test_an_engine_that_stays_behind_lets_go_at_once_and_then_takes_calls_again(
    start: Start,
) -> None:
    engine = start(
        max_lag="1ms", max_connections="6000", max_connections_per_address="6000", header_time="1m"
    )
    assert engine.metric("ivr_lag_limit_seconds") == 0.001
    with crowd(engine.port, MANY) as them:
        engine.until(lambda: engine.metric("ivr_sessions_active") == MANY, "all are in")
        engine.freeze()  # so that all of them have waited when it comes to them
        them.say(engine.header(_number(place)) for place in range(MANY))
        engine.thaw()
        outcomes = them.outcomes(LONG)
    assert outcomes[DECIDED] + outcomes[LET_GO] == MANY, "nobody is left to wait"
    assert outcomes[LET_GO] > 0
    assert engine.refused("late")["peer"] == "127.0.0.1"
    assert _refusals(engine, "late") == outcomes[LET_GO]
    engine.until(lambda: not engine.is_undecided(), "calls are decided again")
    assert engine.metric("ivr_lag_seconds") < 1


def test_a_flood_of_one_number_takes_the_service_from_nobody_else(start: Start) -> None:
    engine = start(calls_per_number="20")
    assert engine.metric("ivr_number_calls_per_minute_limit") == 20
    with crowd(engine.port, 400) as them:
        them.say([engine.header(REGULAR)] * 400)
        outcomes = them.outcomes()
    assert outcomes[LET_GO] > 300
    assert outcomes[DECIDED] >= 20
    assert engine.is_undecided(REGULAR), "his calls go the dialplan's own way"
    assert engine.call(VIP)["queue"] == "load-main", "others are decided as ever"
    assert _refusals(engine, "number") == outcomes[LET_GO] + 1
    assert REGULAR[1:] not in str(engine.refused("number"))


@pytest.mark.parametrize("line", [b"agi_x%d: 1\n", b"agi_x%d: " + b"x" * 500 + b"\n"])
def test_a_header_without_end_is_cut_off(start: Start, line: bytes) -> None:
    engine = start()
    with socket.create_connection(("127.0.0.1", engine.port), PATIENCE) as wire:
        wire.sendall(b"agi_network: yes\n")
        with suppress(ConnectionResetError, BrokenPipeError):
            wire.sendall(b"".join(line % place for place in range(200_000)))
            assert wire.recv(1) == b"", "cut off"
    refused = engine.wait_log(lambda e: e["event"] == REFUSED)
    assert refused["reason"] in ("header-lines", "header-bytes"), "whichever comes first"
    engine.wait_idle()
    engine.call()


def test_slow_senders_are_cut_off_and_cost_nobody_else_anything(start: Start) -> None:
    engine = start(header_time="500ms")
    with crowd(engine.port, 200) as slow:
        slow.say([b"agi_network: yes\nagi_req"] * 200)
        engine.call()
        assert slow.outcomes() == {LET_GO: 200}
    assert _refusals(engine, "header-time") == 200


def test_without_descriptors_callers_are_let_go_at_once_and_a_reload_changes_nothing(
    start: Start, folder: Path
) -> None:
    engine = start()
    engine.call()
    in_force = engine.get("/readyz")
    most = max(int(each.name) for each in Path(f"/proc/{engine.pid}/fd").iterdir())
    with engine.limited(resource.RLIMIT_NOFILE, most + 1), crowd(engine.port, 50) as them:
        them.say(engine.header(_number(place)) for place in range(50))
        outcomes = them.outcomes()
        assert outcomes[LET_GO] > 0
        assert outcomes[LET_GO] + outcomes[DECIDED] == 50
    with engine.limited(resource.RLIMIT_NOFILE, most + 1), crowd(engine.port, 50):
        engine.hang_up()
        refused = engine.wait_log(lambda e: e["event"].startswith("policy refused"))
        assert "open files" in str(refused["problems"])
    engine.wait_idle()
    assert engine.get("/readyz") == in_force
    assert engine.metric("ivr_policy_last_reload_successful") == 0
    engine.hang_up()
    engine.wait_log(lambda e: e["event"] == "policy in force")
    assert engine.call()["degraded"] is None


def test_it_takes_the_descriptors_that_its_connections_need(start: Start) -> None:
    with limited(os.getpid(), resource.RLIMIT_NOFILE, 256):
        engine = start(max_connections="3000")
    assert engine.metric("process_max_fds") > 3000
