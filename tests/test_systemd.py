"""deploy/systemd: what systemd says of the unit, and the engine under a real systemd."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from tests import ROOT
from tests.store.servers import RedisServer
from tests.supervised import Systemd, until, why_not

UNITS = ROOT / "deploy" / "systemd"
SHARED = UNITS / "several-engines.conf"

MOST = 2.0
"""The exposure that `systemd-analyze security` may find."""


def _analyze(*words: str) -> str:
    done = subprocess.run(
        ["systemd-analyze", *words], capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(params=["alone", "with others"])
def root(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A machine on which the unit is installed; there it is looked at."""
    system = tmp_path / "etc/systemd/system"
    (system / "ivr.service.d").mkdir(parents=True)
    (system / "ivr.service").write_text((UNITS / "ivr.service").read_text())
    if request.param == "with others":
        (system / "ivr.service.d" / SHARED.name).write_text(SHARED.read_text())
    for program in ("opt/ivr/.venv/bin/ivr", "bin/sh"):
        (tmp_path / program).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / program).write_text("#!/bin/sh\n")
        (tmp_path / program).chmod(0o755)
    for name in ("sysinit.target", "basic.target", "shutdown.target", "network-online.target"):
        (system / name).write_text("[Unit]\nDefaultDependencies=no\n")
    return tmp_path


def test_systemd_has_nothing_to_say_of_the_unit(root: Path) -> None:
    assert not _analyze("verify", f"--root={root}", "--man=no", "ivr.service")


def test_the_engine_has_few_rights(root: Path) -> None:
    said = _analyze("security", "--offline=true", f"--root={root}", "ivr.service")
    found = re.search(r"Overall exposure level for ivr.service: ([\d.]+)", said)
    assert found, said
    assert float(found[1]) < MOST


# Under a real systemd. ------------------------------------------------------------------------


INSTALL = (ROOT / "docs/operating.md").read_text().split("## As a service")[1].split("```")[1]
MASK_KEY = """
printf '%064d' 7 > /etc/ivr/mask.key
chmod 0600 /etc/ivr/mask.key
"""

ELSEWHERE = "192.0.2.1"
"""An address that is not this machine's, for whoever goes by addresses."""


@pytest.fixture(scope="module")
def supervised(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Systemd]:
    """A systemd; tests are skipped where there can be none, which in CI is a failure."""
    if reason := why_not():
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(reason)
    systemd = Systemd(tmp_path_factory.mktemp("systemd"), INSTALL.removeprefix("sh") + MASK_KEY)
    yield systemd
    systemd.close()


@pytest.fixture
def systemd(supervised: Systemd) -> Systemd:
    """One in which the engine runs, whatever the test before did to it."""
    supervised.systemctl("start", "ivr")
    return supervised


@contextmanager
def _set(systemd: Systemd, *lines: str) -> Iterator[None]:
    """Restart with a drop-in, for as long as it lasts."""
    systemd.drop_in("more", "\n".join(["[Service]", *lines, ""]))
    systemd.systemctl("restart", "ivr")
    yield
    systemd.drop_in("more", "")


def test_it_is_started_when_it_takes_calls_and_has_its_user(systemd: Systemd) -> None:
    assert "queue" in systemd.call("--from", "0541111111")
    process = f"/proc/{systemd.show('MainPID')}"
    nice = systemd.run("cat", f"{process}/stat").rpartition(")")[2].split()[16]
    assert nice == "0"
    kept = ["/var/lib/ivr", "/var/lib/ivr/ivr.sqlite3"]
    said = systemd.run("stat", "--format=%U %a", process, *kept)
    assert said.splitlines() == ["ivr 555", "ivr 700", "ivr 600"]


def test_a_reload_is_told_and_ends_whatever_the_policy(systemd: Systemd) -> None:
    policy = next(systemd.path("/etc/ivr/routes").glob("routes.yaml"))
    text, before = policy.read_text(), systemd.show("MainPID")
    for written in (text + "\n# the same\n", text + "\nnonsense: here\n", text):
        policy.write_text(written)
        said = systemd.log().count('"policy ') + 1
        systemd.systemctl("reload", "ivr")
        until(partial(_has_said, systemd, '"policy ', said), "the policy is read")
        until(lambda: systemd.show("SubState") == "running", "the reload is over")
        assert re.fullmatch(r"policy \w+ in force", systemd.show("StatusText"))
    assert "policy refused" in systemd.log()
    assert systemd.show("MainPID") == before


def _has_said(systemd: Systemd, what: str, times: int) -> bool:
    return systemd.log().count(what) >= times


def test_stopped_it_ends_by_itself(systemd: Systemd) -> None:
    systemd.systemctl("stop", "ivr")
    assert (systemd.show("Result"), systemd.show("ExecMainStatus")) == ("success", "0")
    assert '"stopped"' in systemd.log().splitlines()[-1]


def test_killed_it_is_started_anew(systemd: Systemd) -> None:
    before = systemd.show("MainPID")
    systemd.systemctl("kill", "--signal=KILL", "ivr")
    until(lambda: systemd.show("MainPID") not in ("0", before), "another engine")
    until(lambda: systemd.show("SubState") == "running", "it takes calls")
    assert "queue" in systemd.call("--from", "0541111111")


def test_hung_it_is_ended_tells_where_it_hung_and_is_started_anew(systemd: Systemd) -> None:
    with _set(systemd, "WatchdogSec=2s"):
        before = systemd.show("MainPID")
        systemd.systemctl("kill", "--signal=STOP", "ivr")
        until(lambda: systemd.show("MainPID") not in ("0", before), "another engine")
        until(lambda: systemd.show("SubState") == "running", "it takes calls")
    assert "Fatal Python error: Aborted" in systemd.log()
    assert "queue" in systemd.call("--from", "0541111111")


def test_one_that_cannot_start_is_tried_until_it_can(systemd: Systemd) -> None:
    systemd.systemctl("stop", "ivr")
    routes = systemd.path("/etc/ivr/routes")
    routes.rename(routes.with_name("gone"))
    systemd.run("systemctl", "start", "--no-block", "ivr")
    until(lambda: systemd.show("NRestarts") != "0", "a second try")
    assert systemd.show("StartLimitIntervalUSec") == "0", "and it does not end with the fifth"
    routes.with_name("gone").rename(routes)
    until(lambda: systemd.show("SubState") == "running", "it takes calls")


def test_a_secret_that_root_alone_may_read_reaches_it(systemd: Systemd) -> None:
    lines = re.findall(r"#(.*mask-key.*)", (UNITS / "ivr.service").read_text())
    assert len(lines) == 2
    with _set(systemd, *lines):
        systemd.call("--from", "0541111111")
        decided = systemd.last()
        assert re.search(r"\+972#[a-z]{16}", decided)
        assert "0541111111" not in decided


@pytest.fixture
def elsewhere(systemd: Systemd, tmp_path: Path) -> Iterator[str]:
    """A Redis on another machine, as far as addresses tell."""
    systemd.run("ip", "address", "replace", f"{ELSEWHERE}/32", "dev", "lo")
    server = RedisServer(tmp_path)
    words = [word.replace("127.0.0.1", ELSEWHERE) for word in server.command()]
    inside = ["setpriv", "--pdeathsig", "KILL", "nsenter", "--target", systemd.pid, "--net"]
    redis = subprocess.Popen(
        [*inside, *words, "--protected-mode", "no"], stdout=subprocess.DEVNULL
    )  # fmt: skip
    yield f"redis://{ELSEWHERE}:{server.port}"
    redis.kill()
    redis.wait()


def test_a_redis_elsewhere_is_out_of_reach_until_the_unit_lets_it_in(
    systemd: Systemd, elsewhere: str
) -> None:
    store = f"Environment=IVR_STORE={elsewhere}"
    with _set(systemd, store):
        until(lambda: "does not answer in time" in systemd.ready(), "nobody is there")
    with _set(systemd, store, f"IPAddressAllow={ELSEWHERE}/24"):
        systemd.call("--from", "0541111111")
        assert '"degraded": null' in systemd.last()
