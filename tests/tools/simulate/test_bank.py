"""The simulation beside a real call centre's log: how close docs/simulate.md says that it comes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from ivr.cli import main
from tests import ROOT

LOG = Path(__file__).parents[4] / "shared" / "data" / "anonymous-bank-1999-02a.tsv"
BANK = Path(__file__).parent / "data" / "bank" / "policy.yaml"
MAPPING = ROOT / "docs" / "examples" / "bank-1999.yaml"

pytestmark = pytest.mark.skipif(not LOG.exists(), reason="no shared/data beside the checkout")


@pytest.fixture(scope="module")
def form(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """As it is: by the bank's own rule. What if: nobody had a head start."""
    plain = tmp_path_factory.mktemp("policy") / "plain.yaml"
    plain.write_text(BANK.read_text().replace(", head_start: 90s", ""))
    words = ["simulate", LOG, "--mapping", MAPPING, "--policy", BANK, "--against", plain,
             "--runs", "3", "--json", "-"]  # fmt: skip
    found = CliRunner().invoke(main, list(map(str, words)))
    assert found.exit_code == 0, found.output
    read: dict[str, Any] = json.loads(found.stdout)
    return read


def test_the_log_is_read_whole(form: dict[str, Any]) -> None:
    assert form["log"]["calls"] == 17_313
    assert form["log"]["left_before"] == 1_023
    assert form["recorded"]["all"]["calls"] == form["as_it_is"]["all"]["calls"] == 16_290


def test_waits_come_out_as_recorded(form: dict[str, Any]) -> None:
    recorded, simulated = form["recorded"]["all"], form["as_it_is"]["all"]
    assert simulated["mean"] == pytest.approx(recorded["mean"], rel=0.15)
    assert simulated["p90"] == pytest.approx(recorded["p90"], rel=0.2)
    assert simulated["abandoned"] / simulated["calls"] == pytest.approx(
        recorded["abandoned"] / recorded["calls"], abs=0.02
    )


def test_they_come_out_so_hour_by_hour(form: dict[str, Any]) -> None:
    """In minutes: the busy hours are busy here too. One hour (19:00) is 20 s off, none more."""
    recorded, simulated = form["recorded"]["by_hour"], form["as_it_is"]["by_hour"]
    apart = [
        abs(waits["mean"] - simulated[hour]["mean"])
        for hour, waits in recorded.items()
        if waits["calls"] > 100
    ]
    assert max(apart) < 25
    assert sum(apart) / len(apart) < 8


def test_a_minute_and_a_half_of_head_start_explains_how_long_vips_waited(
    form: dict[str, Any],
) -> None:
    recorded = form["recorded"]["by_tier"]["vip"]["mean"]
    assert form["as_it_is"]["by_tier"]["vip"]["mean"] == pytest.approx(recorded, rel=0.1)
    assert form["what_if"]["by_tier"]["vip"]["mean"] > 1.2 * recorded
