"""The alert rules as they are shipped, and the metrics that they may speak of."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

import yaml

from ivr.web.labels import Operation
from tests import ROOT
from tests.web.test_metrics import make_metrics

FOLDER: Final = ROOT / "deploy" / "prometheus"
RULES: Final = FOLDER / "ivr.rules.yml"

#: Prometheus' own, and the blackbox exporter's.
OTHERS: Final = frozenset({"up", "probe_success", "probe_ssl_earliest_cert_expiry"})


@dataclass(frozen=True)
class Alert:
    """One rule."""

    name: str
    query: str
    severity: str
    summary: str
    runbook: str


@cache
def alerts() -> tuple[Alert, ...]:
    """Every alert that is shipped."""
    groups = yaml.safe_load(RULES.read_text())["groups"]
    return tuple(
        Alert(
            rule["alert"], rule["expr"], rule["labels"]["severity"],
            rule["annotations"]["summary"], rule["annotations"]["runbook"],
        )
        for group in groups
        for rule in group["rules"]
    )  # fmt: skip


@cache
def samples() -> dict[str, dict[str, set[str]]]:
    """Each sample that an engine tells, with its labels and their values."""
    told: dict[str, dict[str, set[str]]] = {}
    metrics = make_metrics()
    for operation in Operation:
        metrics.stored(operation, 0.001, None)
    for family in metrics.registry.collect():
        for sample in family.samples:
            labels = told.setdefault(sample.name, {})
            for label, value in sample.labels.items():
                labels.setdefault(label, set()).add(value)
    return told


@cache
def known_metrics() -> frozenset[str]:
    """The name of each metric that can be asked for, a histogram's samples too."""
    own = [metric.name for metric in make_metrics().described]
    return frozenset([*own, *samples()]) | OTHERS
