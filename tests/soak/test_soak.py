"""An hour at a hundred calls a second (`make soak`), five minutes of it with every `make test`.

SOAK_SECONDS says how long; in less than two minutes no engine is warm. Nothing here is about how
fast the engine is, and nothing fails because the machine is busy: then fewer calls are made, and
the figures say so.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from tests.live.ami import PATIENCE
from tests.soak.conftest import FIGURES, SECONDS, soaked
from tests.soak.curve import growth
from tests.soak.process import taken
from tests.soak.soak import ALLOWED, RATE, Soak
from tests.soak.traffic import STRANGERS
from tests.soak.worked import DECISIONS

WAL = 64 * 1024 * 1024
"""Bytes to which the store cuts its WAL back (`journal_size_limit` in ivr/store/files.py)."""


@pytest.fixture(scope="module")
def soak() -> Iterator[Soak]:
    with soaked("soak", SECONDS) as done:
        yield done


def test_there_were_calls_enough_to_tell(
    soak: Soak, record_property: Callable[[str, str], None]
) -> None:
    record_property(FIGURES, soak.figures())
    assert soak.counts["calls"] > SECONDS * RATE / 4, "the machine had no time for a soak"
    assert soak.engine.loads > 0, "policies were loaded meanwhile"


def none_but_of_a_starved_machine(soak: Soak, count: float, what: str) -> None:
    """Where the machine stood still for seconds, deadlines pass: that is no fault of the engine."""
    assert count == 0 or soak.was_starved, f"{count:.0f} {what}"


def test_every_call_is_decided(soak: Soak) -> None:
    counts, metric = soak.counts, soak.engine.metric
    none_but_of_a_starved_machine(soak, counts["undecided"], "calls")
    none_but_of_a_starved_machine(soak, counts["undecided again"], "calls, the second time")
    assert counts["decided"] + counts["left"] + counts["undecided"] == counts["calls"]
    assert metric("ivr_calls_total", action="queue") == counts["decided"]
    assert metric("ivr_next_decisions_total", action="queue") == counts["decided again"]
    assert metric("ivr_sessions_undecided_total", reason="hangup") == counts["left"]
    assert metric("ivr_sessions_undecided_total") == counts["left"]


def test_nobody_is_regular_but_who_hides_his_number(soak: Soak) -> None:
    degraded = soak.engine.metric("ivr_callers_degraded_total")
    withheld = soak.engine.metric("ivr_callers_degraded_total", reason="withheld")
    late = soak.engine.metric("ivr_callers_degraded_total", reason="store-late")
    none_but_of_a_starved_machine(soak, soak.counts["withheld"] - withheld, "not even that")
    none_but_of_a_starved_machine(soak, late, "callers for whom the store was late")
    assert degraded == withheld + late


def test_nobody_is_refused_but_strangers(soak: Soak) -> None:
    metric = soak.engine.metric
    sent = {kind: soak.counts[kind] for kind in STRANGERS}
    refused = {kind: metric("ivr_connections_refused_total", reason=kind) for kind in STRANGERS}
    late = metric("ivr_connections_refused_total", reason="late")
    none_but_of_a_starved_machine(soak, late, "calls that came late to an engine that is idle")
    assert refused == sent or late
    assert metric("ivr_connections_refused_total") == sum(refused.values()) + late


def test_every_end_that_was_told_is_a_contact_once(soak: Soak) -> None:
    counts, metric, rows = soak.counts, soak.engine.metric, soak.engine.rows
    none_but_of_a_starved_machine(soak, counts["not acknowledged"], "ends are not acknowledged")
    ((kept,),) = rows("SELECT count(*) FROM contacts")
    ((still,),) = rows("SELECT count(*) FROM open_calls")
    assert counts["contacts"] <= kept <= counts["calls"]
    assert metric("ivr_contacts_total") <= kept
    none_but_of_a_starved_machine(soak, counts["calls"] - metric("ivr_contacts_total"), "uncounted")
    none_but_of_a_starved_machine(soak, counts["calls"] - kept, "ends without a contact")
    none_but_of_a_starved_machine(soak, still, "calls are not over")
    numbered = rows("SELECT count(*) FROM contacts WHERE number IS NOT NULL")
    assert rows("SELECT sum(ended) FROM tallies") == numbered
    assert rows("PRAGMA integrity_check") == [("ok",)]


def test_nothing_failed_and_nothing_was_lost_by_the_way(soak: Soak) -> None:
    metric = soak.engine.metric
    for name in ("fallbacks", "decisions_lost", "log_lines_lost", "system_clashes"):
        assert metric(f"ivr_{name}_total") == 0, name
    late = metric("ivr_store_failures_total", reason="store-late")
    none_but_of_a_starved_machine(soak, late, "requests for which the store was late")
    assert metric("ivr_store_failures_total") == late
    assert soak.engine.log == [] or soak.was_starved, "it says nothing but information"
    assert [line for line in soak.engine.log if "exception" in line] == []


def test_its_memory_is_bounded(soak: Soak) -> None:
    a_call, in_all = growth(soak.points("memory"))
    assert in_all <= ALLOWED, f"{a_call:.0f} bytes a call, {in_all / 1024:.0f} KiB: see the curve"


def test_it_holds_no_more_descriptors_and_threads_than_before(soak: Soak) -> None:
    before = soak.calling()[len(soak.calling()) // 3 : 2 * len(soak.calling()) // 3]
    descriptors = min(sample.descriptors for sample in before)
    threads = min(sample.threads for sample in before)
    deadline = time.monotonic() + PATIENCE
    while (now := taken(soak.engine.pid)).descriptors > descriptors:  # the last ones are closing
        assert time.monotonic() < deadline, f"{now.descriptors} descriptors, {descriptors} before"
    assert now.threads <= threads


def test_what_it_writes_is_bounded(soak: Soak) -> None:
    assert max(sample.wal for sample in soak.curve) <= WAL
    assert max(sample.decisions for sample in soak.curve) <= DECISIONS
    assert min(soak.segments) not in soak.decisions(), "the oldest went"
