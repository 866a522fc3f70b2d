"""What Prometheus can read, all in one place. docs/metrics.md has the same table for operators.

Every label is bounded: `labels` lists the values, and a route's name counts only if a policy that
was loaded has it. No caller's number, channel or call id can become one.
"""

from __future__ import annotations

import platform
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final, TypeVar

from prometheus_client import Counter, Gauge, Histogram, Info
from prometheus_client.gc_collector import GCCollector
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

from ivr.callers.contacts import Outcome
from ivr.policy.model import Tier
from ivr.routing.steps import Action
from ivr.web.labels import (
    OTHER,
    DecisionLoss,
    Degraded,
    Fallback,
    HttpRefused,
    Operation,
    Refused,
    ReportFailure,
    Script,
    StoreFailure,
    Undecided,
    known,
)
from ivr.web.load import LoadGauges

if TYPE_CHECKING:
    from collections.abc import Iterable
    from enum import StrEnum

    from prometheus_client import CollectorRegistry

_Metric = TypeVar("_Metric", Counter, Gauge, Histogram, Info)

DECISION_BUCKETS: Final = (
    0.0005, 0.001, 0.002, 0.003, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5,
)  # fmt: skip
STORE_BUCKETS: Final = (
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Described:
    """A metric as the documentation shows it; `name` is what a query says."""

    name: str
    kind: str
    labels: tuple[str, ...]
    meaning: str


class Metrics:
    """The engine's metrics, in a registry of their own. Times are seconds."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry
        self._described: list[Described] = []
        self._routes: set[str] = set()
        self._lines: set[str] = set()
        self._make_calls()
        self.load = LoadGauges(self._gauge)
        self._make_trouble()
        self._make_store()
        self._make_policy()
        # What every call counts: looking a series up costs as much as counting, so it is done once.
        self._of_calls = cache(self._calls.labels)
        self._of_next = cache(self._next.labels)
        self._of_decision_seconds = cache(self._decision_seconds.labels)
        self._of_sessions = cache(self._sessions.labels)
        self._of_store_seconds = cache(self._store_seconds.labels)
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        GCCollector(registry=registry)

    @property
    def described(self) -> tuple[Described, ...]:
        """Every metric of the engine's own, in the order of the documentation."""
        return tuple(self._described)

    # --- what happens -------------------------------------------------------------------------

    def session_opened(self) -> None:
        """A FastAGI connection was let in; `session_closed` follows."""
        self._sessions_active.inc()

    def session_closed(self) -> None:
        """A FastAGI connection that was let in is gone."""
        self._sessions_active.dec()

    def session_asked(self, script: str) -> None:
        """Asterisk's request was read; `script` is what came in the URL."""
        self._of_sessions(known(script, Script)).inc()

    def decided(
        self, script: str, tier: str, route: str, action: str, seconds: float, *, prompted: bool
    ) -> None:
        """A decision arrived at Asterisk; it cost the engine `seconds`, without time of prompts.

        `prompted` tells whether anything was played: such a decision takes several round trips.
        """
        counter = self._of_next if script == Script.NEXT else self._of_calls
        name = route if route in self._routes else OTHER
        counter(known(tier, Tier), name, known(action, Action)).inc()
        self._of_decision_seconds("yes" if prompted else "no").observe(seconds)

    def undecided(self, reason: str) -> None:
        """A session ended without IVR_DONE."""
        self._undecided.labels(known(reason, Undecided)).inc()

    def fell_back(self, reason: str) -> None:
        """A call that ended had gone the dialplan's own way."""
        self._fallbacks.labels(known(reason, Fallback)).inc()

    def degraded(self, reason: str) -> None:
        """A caller was decided as `regular` without what is known of him."""
        self._degraded.labels(known(reason, Degraded)).inc()

    def refused(self, reason: str) -> None:
        """A connection was turned away or cut."""
        self._refused.labels(known(reason, Refused)).inc()

    def http_refused(self, reason: str) -> None:
        """A connection to the HTTP port was turned away."""
        self._http_refused.labels(known(reason, HttpRefused)).inc()

    def contact_recorded(self, outcome: str) -> None:
        """A contact was acknowledged by the store, for the first time."""
        self._contacts.labels(known(outcome, Outcome)).inc()

    def consented(self, line: str, *, kept: bool) -> None:
        """A caller agreed to a paid line, and the consent was kept or not."""
        name = line if line in self._lines else OTHER
        self._consents.labels(name, "yes" if kept else "no").inc()

    def report_failed(self, reason: str) -> None:
        """A report of a call's end led to no contact."""
        self._reports_failed.labels(known(reason, ReportFailure)).inc()

    def decision_lost(self, reason: str) -> None:
        """A decision was made, and is not kept for `ivr explain`."""
        self._decisions_lost.labels(known(reason, DecisionLoss)).inc()

    def log_lines_lost(self, lines: int) -> None:
        """Lines of the log were not written. Of any thread."""
        self._log_lines_lost.inc(lines)

    def store_reconciled(self, *, trusted: bool) -> None:
        """Whether the store may have lost nothing."""
        self._store_reconciled.set(trusted)

    def clashed(self) -> None:
        """A report came under a system name that is not one Asterisk's alone."""
        self._clashes.inc()

    def stored(self, operation: str, seconds: float, failure: str | None) -> None:
        """The store was asked; `failure` is None if it did so. What a failure took counts too."""
        name = known(operation, Operation)
        self._of_store_seconds(name).observe(seconds)
        if failure is not None:
            self._store_failures.labels(name, known(failure, StoreFailure)).inc()

    def policy_loaded(
        self, policy_hash: str, routes: Iterable[str], now: float, lines: Iterable[str] = ()
    ) -> None:
        """A policy came into force at `now` (seconds since the epoch).

        Names of routes of earlier policies stay known: their calls are still under way.
        """
        self._routes.update(routes)
        self._lines.update(lines)
        self._policy.info({"hash": policy_hash})
        self._reload_successful.set(1)
        self._reload_time.set(now)
        self._reload_success_time.set(now)

    def policy_rejected(self, now: float) -> None:
        """A policy was not loaded, and the one before stays in force."""
        self._reload_successful.set(0)
        self._reload_time.set(now)

    def build(self, version: str) -> None:
        """Say what runs."""
        self._build.info({"version": version, "python": platform.python_version()})

    # --- the table ----------------------------------------------------------------------------

    def _make_calls(self) -> None:
        self._calls = self._counter(
            "ivr_calls_total", "Calls decided, by where they were sent.", "tier", "route", "action"
        )
        self._next = self._counter(
            "ivr_next_decisions_total",
            "Calls decided again, because their queue or number gave up.",
            "tier", "route", "action",
        )  # fmt: skip
        self._decision_seconds = self._histogram(
            "ivr_decision_seconds",
            "Time to decide, round trips to Asterisk included and prompts not.",
            DECISION_BUCKETS, "prompted",
        )  # fmt: skip
        self._sessions_active = self._gauge("ivr_sessions_active", "FastAGI sessions open now.")
        self._sessions = self._counter("ivr_sessions_total", "FastAGI requests read.", "script")
        self._contacts = self._counter(
            "ivr_contacts_total", "Contacts recorded, by how they ended.", "outcome"
        )
        self._consents = self._counter(
            "ivr_consents_total",
            "Callers who agreed to a paid line, by whether the consent was kept.",
            "line", "kept",
        )  # fmt: skip
        _start_at_zero(self._decision_seconds, ("yes", "no"))
        _start_at_zero(self._sessions, Script)
        _start_at_zero(self._contacts, Outcome)

    def _make_trouble(self) -> None:
        self._undecided = self._counter(
            "ivr_sessions_undecided_total",
            "Sessions that ended without a decision: the dialplan's fallback had the call.",
            "reason",
        )
        self._fallbacks = self._counter(
            "ivr_fallbacks_total",
            "Calls that the dialplan sent its own way, as it told when they ended.",
            "reason",
        )
        self._degraded = self._counter(
            "ivr_callers_degraded_total",
            "Decisions for a caller as regular, without what is known of him.",
            "reason",
        )
        self._refused = self._counter(
            "ivr_connections_refused_total", "FastAGI connections turned away or cut.", "reason"
        )
        self._http_refused = self._counter(
            "ivr_http_connections_refused_total", "HTTP connections turned away.", "reason"
        )
        self._reports_failed = self._counter(
            "ivr_reports_failed_total", "Ends of calls that led to no contact.", "reason"
        )
        self._clashes = self._counter(
            "ivr_system_clashes_total",
            "Reports under a system name that is not one Asterisk's alone.",
        )
        self._decisions_lost = self._counter(
            "ivr_decisions_lost_total", "Decisions that are not kept for `ivr explain`.", "reason"
        )
        self._log_lines_lost = self._counter(
            "ivr_log_lines_lost_total", "Lines of the log that standard error did not take."
        )
        _start_at_zero(self._undecided, Undecided)
        _start_at_zero(self._fallbacks, Fallback)
        _start_at_zero(self._degraded, Degraded)
        _start_at_zero(self._refused, Refused)
        _start_at_zero(self._http_refused, HttpRefused)
        _start_at_zero(self._reports_failed, ReportFailure)
        _start_at_zero(self._decisions_lost, DecisionLoss)

    def _make_store(self) -> None:
        self._store_seconds = self._histogram(
            "ivr_store_seconds", "How long the store took, failures too.", STORE_BUCKETS,
            "operation",
        )  # fmt: skip
        self._store_failures = self._counter(
            "ivr_store_failures_total", "What the store did not do.", "operation", "reason"
        )
        self._store_reconciled = self._gauge(
            "ivr_store_reconciled",
            "Whether the store has all that it acknowledged, as far as is known.",
        )
        self._store_reconciled.set(1)
        for operation in Operation:
            for reason in StoreFailure:
                self._store_failures.labels(operation, reason)

    def _make_policy(self) -> None:
        self._policy = self._info("ivr_policy_info", "The policy in force.", "hash")
        self._reload_successful = self._gauge(
            "ivr_policy_last_reload_successful", "Whether the last load of the policy went well."
        )
        self._reload_time = self._gauge(
            "ivr_policy_last_reload_timestamp_seconds", "When the policy was last (re)loaded."
        )
        self._reload_success_time = self._gauge(
            "ivr_policy_last_reload_success_timestamp_seconds",
            "When the policy was last (re)loaded well.",
        )
        self._build = self._info("ivr_build_info", "What runs.", "version", "python")

    def _counter(self, name: str, meaning: str, *labels: str) -> Counter:
        counter = Counter(name, meaning, labels, registry=self.registry)
        return self._describe(counter, name, meaning, labels)

    def _gauge(self, name: str, meaning: str, *labels: str) -> Gauge:
        gauge = Gauge(name, meaning, labels, registry=self.registry)
        return self._describe(gauge, name, meaning, labels)

    def _histogram(
        self, name: str, meaning: str, buckets: tuple[float, ...], *labels: str
    ) -> Histogram:
        histogram = Histogram(name, meaning, labels, buckets=buckets, registry=self.registry)
        return self._describe(histogram, name, meaning, labels)

    def _info(self, name: str, meaning: str, *labels: str) -> Info:
        info = Info(name.removesuffix("_info"), meaning, registry=self.registry)
        return self._describe(info, name, meaning, labels)

    def _describe(
        self, metric: _Metric, name: str, meaning: str, labels: tuple[str, ...]
    ) -> _Metric:
        kind = type(metric).__name__.lower()
        self._described.append(Described(name, kind, labels, meaning))
        return metric


def _start_at_zero(metric: Counter | Histogram, values: Iterable[str | StrEnum]) -> None:
    """Show every series from the start, so that a first event is seen as an increase."""
    for value in values:
        metric.labels(value)
