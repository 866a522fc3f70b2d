"""The clock is set forward and back while calls are under way."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from tests.faults.conftest import Start
from tests.faults.engine import FalseClock
from tests.live.ami import PATIENCE

HOUR = 3600.0


@pytest.fixture
def clock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FalseClock:
    return FalseClock(tmp_path, monkeypatch)


@pytest.mark.parametrize("jump", [HOUR, -HOUR, 9000 * HOUR], ids=["on", "back", "a year on"])
def test_a_jump_changes_neither_deadlines_nor_calls(
    start: Start, clock: FalseClock, jump: float
) -> None:
    engine = start(header_time="4s")
    engine.call()
    with socket.create_connection(("127.0.0.1", engine.port), PATIENCE) as slow:
        slow.sendall(b"agi_network: yes\n")
        engine.until(lambda: engine.metric("ivr_sessions_active") == 1, "let in")
        clock.set_by(jump)
        assert engine.call()["tier"] == "regular"
        assert engine.metric("ivr_connections_refused_total", reason="header-time") == 0
        engine.refused("header-time")
    assert engine.call()["degraded"] is None
    assert 0 <= engine.metric("ivr_decision_seconds_sum") < PATIENCE
