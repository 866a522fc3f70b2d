"""Two hundred calls at twenty a second: each in its queue, each a contact, and all counted."""

from __future__ import annotations

import subprocess
from collections import Counter

import pytest

from ivr.callers.changes import Change, GiveGrant, OpenCase, SetMark
from tests.live import install
from tests.live.conftest import Engines
from tests.live.crowd import call_all
from tests.live.floor import Floor, fresh_number
from tests.live.real import Engine, e164

CALLS, RATE, AGENTS = 200, 20, 15

_KINDS: dict[str, tuple[Change | None, str]] = {
    "load-vips": (GiveGrant("golden-beam"), "vip"),
    "load-senior": (OpenCase("77", None, complex=True), "senior-required"),
    "load-patience": (SetMark("nuisance"), "nuisance"),
    "load-main": (None, "regular"),
}
"""For each queue: what is known of its callers, and their tier."""


@pytest.fixture(scope="module")
def engine(engines: Engines) -> Engine:
    return engines("load.yaml")


def test_two_hundred_calls_at_twenty_a_second(floor: Floor) -> None:
    kinds = list(_KINDS)
    queues = {fresh_number(): kinds[place % len(kinds)] for place in range(CALLS)}
    known = {number: _KINDS[queue][0] for number, queue in queues.items()}
    floor.real.know_all({number: change for number, change in known.items() if change is not None})
    for queue in kinds:
        floor.staff(queue, *["brief"] * AGENTS)
    trouble = call_all(
        floor.asterisk.callers,
        floor.asterisk.address,
        "1800800001",
        list(queues),
        RATE,
        60,
        {"X-IVR-ENGINE": floor.real.address, "X-IVR-FALLBACK_QUEUE": floor.fallback},
    )
    assert not trouble
    floor.real.wait_log(lambda e: e["event"] == "contact", CALLS)
    floor.real.wait_idle()
    _asterisk_saw_them_in_their_queues(floor, queues)
    _the_store_has_them(floor, queues)
    _the_metrics_count_them(floor, queues)


def _asterisk_saw_them_in_their_queues(floor: Floor, queues: dict[str, str]) -> None:
    rows = [row.split("|") for row in floor.asterisk.read("queue_log").splitlines()]
    entered = {row[6]: row[2] for row in rows if row[4] == "ENTERQUEUE" and row[6] in queues}
    assert entered == queues
    calls = {row[1] for row in rows if row[4] == "ENTERQUEUE" and row[6] in queues}
    for kind in ("CONNECT", "COMPLETEAGENT", "IVRDECISION", "IVRENDED"):
        assert sum(row[1] in calls and row[4] == kind for row in rows) == CALLS, kind
    assert floor.fallback not in {row[2] for row in rows if row[1] in calls}
    for queue, count in Counter(queues.values()).items():
        assert f"C:{count}, A:0" in floor.manager.command(f"queue show {queue}")


def _the_store_has_them(floor: Floor, queues: dict[str, str]) -> None:
    kept = floor.real.rows("SELECT number, queue, tier, outcome FROM contacts")
    assert sorted(kept) == sorted(
        (e164(number), queue, _KINDS[queue][1], "answered") for number, queue in queues.items()
    )
    assert floor.real.rows("SELECT count(*) FROM open_calls") == [(0,)]


def _the_metrics_count_them(floor: Floor, queues: dict[str, str]) -> None:
    metric = floor.real.metric
    for queue, count in Counter(queues.values()).items():
        assert metric("ivr_calls_total", tier=_KINDS[queue][1], action="queue") == count
    assert metric("ivr_calls_total") == CALLS
    assert metric("ivr_sessions_total", script="route") == CALLS
    assert metric("ivr_sessions_total", script="ended") == CALLS
    assert metric("ivr_contacts_total", outcome="answered") == CALLS
    assert metric("ivr_decision_seconds_count") == CALLS
    for trouble in (
        "sessions_undecided",
        "callers_degraded",
        "connections_refused",
        "reports_failed",
        "store_failures",
    ):
        assert metric(f"ivr_{trouble}_total") == 0, trouble
    page = floor.real.get("/metrics")[1]
    assert not [number for number in queues if number[1:] in page]
    promtool = subprocess.run(
        [str(install.tool("promtool")), "check", "metrics"],
        input=page,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (promtool.returncode, promtool.stdout + promtool.stderr) == (0, "")
