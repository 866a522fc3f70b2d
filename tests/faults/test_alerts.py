"""The alert rules: promtool takes them, each is tried, and each asks for what there is."""

from __future__ import annotations

import re
import subprocess

import pytest

from tests.faults.rules import FOLDER, OTHERS, RULES, Alert, alerts, known_metrics, samples
from tests.live.install import tool

TESTS = FOLDER / "tests"
#: What Prometheus adds to whatever it reads.
_ADDED = {"job", "instance"}


def _promtool(*arguments: object) -> None:
    promtool = tool("promtool")
    assert promtool is not None, (
        "promtool is not there: `python -m tests.live.install` unpacks it from Debian's prometheus"
    )
    command = [str(promtool), *map(str, arguments)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_promtool_takes_the_rules() -> None:
    _promtool("check", "rules", RULES)


def test_promtool_takes_the_example_with_its_rules() -> None:
    _promtool("check", "config", FOLDER / "prometheus.yml")


@pytest.mark.parametrize("alert", alerts(), ids=lambda alert: alert.name)
def test_each_alert_is_raised_when_it_should_be_and_not_else(alert: Alert) -> None:
    tried = TESTS / f"{alert.name}.yml"
    text = tried.read_text()
    assert f"alertname: {alert.name}, exp_alerts: []" in text, "when it is not raised"
    assert f"alertname: {alert.name}\n        exp_alerts:\n          - " in text, "when it is"
    _promtool("test", "rules", tried)


def test_nothing_else_is_tried() -> None:
    assert {file.stem for file in TESTS.iterdir()} == {alert.name for alert in alerts()}


@pytest.mark.parametrize("alert", alerts(), ids=lambda alert: alert.name)
def test_each_alert_asks_for_metrics_and_labels_that_exist(alert: Alert) -> None:
    asked = re.findall(r"\b((?:ivr|process|probe)_\w+|up)\b(?:\{([^}]*)\})?", _plain(alert.query))
    assert asked
    for name, selectors in asked:
        assert name in known_metrics(), name
        for label, _, value in re.findall(r'(\w+)(=~|!~|!=|=)"([^"]*)"', selectors):
            if label not in _ADDED and name not in OTHERS:
                _must_be_told(name, label, value)


def _plain(query: str) -> str:
    """A query without the quoted names of jobs, which look like metrics."""
    return re.sub(r'job="[^"]*",?', "", query)


def _must_be_told(name: str, label: str, pattern: str) -> None:
    values = samples()[name][label] | {"other"}
    for alternative in pattern.split("|"):
        assert any(re.fullmatch(alternative, value) for value in values), f"{name}: {alternative}"


@pytest.mark.parametrize("alert", alerts(), ids=lambda alert: alert.name)
def test_each_alert_names_its_page_and_how_soon(alert: Alert) -> None:
    assert alert.runbook == f"docs/faults.md#{alert.name.lower()}"
    assert alert.severity in ("page", "ticket")
    assert alert.summary
