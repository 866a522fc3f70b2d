from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from ivr.asterisk import dialplan
from ivr.asterisk.limits import Refusal
from ivr.callers.contacts import Outcome
from ivr.engine.interfaces import Store
from ivr.logs.decisions import Loss
from ivr.policy.model import Tier
from ivr.web import labels
from ivr.web.metrics import Metrics
from tests.live.install import tool

if TYPE_CHECKING:
    from enum import StrEnum

DOCS = Path(__file__).parents[2] / "docs" / "metrics.md"
ROUTES = ("closed", "everyone")


def make_metrics() -> Metrics:
    metrics = Metrics(CollectorRegistry())
    metrics.build("0.1.0")
    metrics.policy_loaded("3f2a", ROUTES, 1_700_000_000.5)
    return metrics


def value(metrics: Metrics, name: str, **of: str) -> float | None:
    return metrics.registry.get_sample_value(name, of)


def own_labels(metrics: Metrics) -> set[tuple[str, str, str]]:
    return {
        (sample.name, label, said)
        for family in metrics.registry.collect()
        if family.name.startswith("ivr_")
        for sample in family.samples
        for label, said in sample.labels.items()
    }


def feed(metrics: Metrics, odd: str) -> None:
    """Pass a value that nobody expects wherever one can be passed."""
    metrics.session_asked(odd)
    metrics.decided(odd, odd, odd, odd, 0.001, prompted=True)
    metrics.decided("next", odd, odd, odd, 0.001, prompted=True)
    metrics.undecided(odd)
    metrics.fell_back(odd)
    metrics.degraded(odd)
    metrics.refused(odd)
    metrics.http_refused(odd)
    metrics.contact_recorded(odd)
    metrics.report_failed(odd)
    metrics.decision_lost(odd)
    metrics.stored(odd, 0.001, odd)


def test_a_new_call_is_counted_by_where_it_goes() -> None:
    metrics = make_metrics()
    metrics.decided("route", "vip", "everyone", "queue", 0.0008, prompted=False)
    of = {"tier": "vip", "route": "everyone", "action": "queue"}
    assert value(metrics, "ivr_calls_total", **of) == 1
    assert value(metrics, "ivr_next_decisions_total", **of) is None


def test_a_second_decision_is_no_second_call() -> None:
    metrics = make_metrics()
    metrics.decided("next", "regular", "everyone", "queue", 0.0008, prompted=False)
    of = {"tier": "regular", "route": "everyone", "action": "queue"}
    assert value(metrics, "ivr_calls_total", **of) is None
    assert value(metrics, "ivr_next_decisions_total", **of) == 1


def test_decisions_with_round_trips_for_prompts_do_not_hide_those_without() -> None:
    metrics = make_metrics()
    metrics.decided("route", "vip", "everyone", "queue", 0.0004, prompted=False)
    metrics.decided("route", "vip", "everyone", "queue", 0.03, prompted=True)
    assert value(metrics, "ivr_decision_seconds_bucket", prompted="no", le="0.0005") == 1
    assert value(metrics, "ivr_decision_seconds_sum", prompted="no") == pytest.approx(0.0004)
    assert value(metrics, "ivr_decision_seconds_bucket", prompted="yes", le="0.02") == 0
    assert value(metrics, "ivr_decision_seconds_bucket", prompted="yes", le="0.05") == 1


def test_sessions_open_now_and_by_script() -> None:
    metrics = make_metrics()
    metrics.session_opened()
    metrics.session_opened()
    metrics.session_asked("route")
    metrics.session_closed()
    assert value(metrics, "ivr_sessions_active") == 1
    assert value(metrics, "ivr_sessions_total", script="route") == 1


def test_a_store_that_failed_took_its_time_too() -> None:
    metrics = make_metrics()
    metrics.stored("lookup", 0.0002, None)
    metrics.stored("lookup", 0.05, "store-late")
    assert value(metrics, "ivr_store_seconds_count", operation="lookup") == 2
    assert value(metrics, "ivr_store_failures_total", operation="lookup", reason="store-late") == 1
    assert (
        value(metrics, "ivr_store_failures_total", operation="lookup", reason="store-failed") == 0
    )


def test_only_the_policy_in_force_is_shown() -> None:
    metrics = make_metrics()
    metrics.policy_loaded("77aa", ["new"], 1_700_000_100)
    assert value(metrics, "ivr_policy_info", hash="77aa") == 1
    assert value(metrics, "ivr_policy_info", hash="3f2a") is None


def test_a_rejected_policy_shows_and_leaves_the_hash_and_the_good_time() -> None:
    metrics = make_metrics()
    metrics.policy_rejected(1_700_000_200)
    assert value(metrics, "ivr_policy_info", hash="3f2a") == 1
    assert value(metrics, "ivr_policy_last_reload_successful") == 0
    assert value(metrics, "ivr_policy_last_reload_timestamp_seconds") == 1_700_000_200
    good = value(metrics, "ivr_policy_last_reload_success_timestamp_seconds")
    assert good == 1_700_000_000.5


def test_a_route_of_an_earlier_policy_is_still_counted_by_name() -> None:
    metrics = make_metrics()
    metrics.policy_loaded("77aa", ["new"], 1_700_000_100)
    metrics.decided("next", "regular", "everyone", "queue", 0.001, prompted=False)
    of = {"tier": "regular", "route": "everyone", "action": "queue"}
    assert value(metrics, "ivr_next_decisions_total", **of) == 1


@pytest.mark.parametrize(
    "odd", ["+972541234567", "0541234567", "PJSIP/trunk-0000001a", "1700000000.42", "", "a\nb", "א"]
)
def test_no_number_channel_or_call_id_becomes_a_label(odd: str) -> None:
    metrics = make_metrics()
    feed(metrics, odd)
    assert odd not in {said for _, _, said in own_labels(metrics)}


@given(st.lists(st.text(), min_size=1, max_size=5))
def test_the_labels_stay_bounded_whatever_is_passed(odd: list[str]) -> None:
    once, often = make_metrics(), make_metrics()
    feed(once, "+972541234567")
    for one in odd:
        feed(often, "x" + one)  # never a value that is known
    assert own_labels(often) == own_labels(once)


@pytest.mark.parametrize(
    ("kind", "name", "label"),
    [
        (labels.Undecided, "ivr_sessions_undecided_total", "reason"),
        (labels.Fallback, "ivr_fallbacks_total", "reason"),
        (labels.Degraded, "ivr_callers_degraded_total", "reason"),
        (labels.Refused, "ivr_connections_refused_total", "reason"),
        (labels.HttpRefused, "ivr_http_connections_refused_total", "reason"),
        (labels.ReportFailure, "ivr_reports_failed_total", "reason"),
        (labels.DecisionLoss, "ivr_decisions_lost_total", "reason"),
        (labels.Script, "ivr_sessions_total", "script"),
        (Outcome, "ivr_contacts_total", "outcome"),
    ],
)
def test_each_reason_is_there_from_the_start(kind: type[StrEnum], name: str, label: str) -> None:
    metrics = make_metrics()
    assert [value(metrics, name, **{label: reason}) for reason in kind] == [0.0] * len(kind)


def test_the_labels_are_those_that_the_other_rooms_use() -> None:
    assert {reason.value for reason in labels.Refused} == {reason.value for reason in Refusal}
    asked = {dialplan.SCRIPT_ROUTE, dialplan.SCRIPT_NEXT, dialplan.SCRIPT_ENDED}
    assert {script.value for script in labels.Script} == asked
    methods = {name for name in vars(Store) if not name.startswith("_")} - {"close"}
    assert {operation.value for operation in labels.Operation} == methods
    assert {reason.value for reason in labels.DecisionLoss} == {reason.value for reason in Loss}
    assert labels.OTHER not in {tier.value for tier in Tier}


def test_two_engines_in_one_process_do_not_meet() -> None:
    first, second = make_metrics(), make_metrics()
    first.session_opened()
    assert value(second, "ivr_sessions_active") == 0


def test_both_formats_can_be_read() -> None:
    metrics = make_metrics()
    feed(metrics, "x")
    names = {
        family.name
        for family in text_string_to_metric_families(
            generate_openmetrics(metrics.registry).decode()
        )
    }
    assert {"ivr_calls", "ivr_decision_seconds", "ivr_policy", "process_cpu_seconds"} <= names


def test_promtool_finds_nothing_to_say() -> None:
    promtool = tool("promtool")
    if promtool is None:
        reason = "promtool is not installed: run python -m tests.live.install"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    metrics = make_metrics()
    feed(metrics, "x")
    ran = subprocess.run(
        [promtool, "check", "metrics"],
        input=generate_latest(metrics.registry),
        capture_output=True,
        check=False,
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, b"", b"")


def test_every_metric_is_in_the_documentation_as_it_is() -> None:
    rows = [
        f"| `{metric.name}` | {metric.kind} | {', '.join(metric.labels)} | {metric.meaning} |"
        for metric in make_metrics().described
    ]
    said = [line for line in DOCS.read_text().splitlines() if line.startswith("| `ivr_")]
    assert said == rows


@pytest.mark.parametrize(
    ("kind", "metric"),
    [
        (labels.Undecided, "ivr_sessions_undecided_total"),
        (labels.Fallback, "ivr_fallbacks_total"),
        (labels.Degraded, "ivr_callers_degraded_total"),
        (labels.Refused, "ivr_connections_refused_total"),
        (labels.HttpRefused, "ivr_http_connections_refused_total"),
        (labels.ReportFailure, "ivr_reports_failed_total"),
        (labels.DecisionLoss, "ivr_decisions_lost_total"),
    ],
)
def test_every_reason_is_in_the_documentation(kind: type[StrEnum], metric: str) -> None:
    section = DOCS.read_text().split("## Reasons")[1].split(f"`{metric}`:")[1].split("\n`ivr_")[0]
    said = [line.split("`")[1] for line in section.splitlines() if line.startswith("- `")]
    assert said == [reason.value for reason in kind]
