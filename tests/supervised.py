"""A systemd of the tests' own, as process 1 of its namespaces, which runs the engine by its unit.

It sees this machine's files, and writes into memory: where an operator copies something to, the
tests do the same, and nothing of it is left. Its network is its own, so the engine has the ports of
the documentation. When the tests die, however suddenly, the kernel ends all of it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable
from pathlib import Path

from tests import ROOT

_CGROUPS = """
cgroups() {
    mount -t tmpfs tmpfs /sys/fs/cgroup
    mkdir /sys/fs/cgroup/unified /sys/fs/cgroup/systemd
    mount -t cgroup2 cgroup2 /sys/fs/cgroup/unified
    mount -t cgroup -o none,name=systemd cgroup /sys/fs/cgroup/systemd
}
"""
"""Both kinds, whichever the machine itself uses."""

_ENTER = f"""
set -e
{_CGROUPS}
cgroups
for each in unified systemd; do
    mkdir "/sys/fs/cgroup/$each/$1"
    echo $$ > "/sys/fs/cgroup/$each/$1/cgroup.procs"
done
shift
exec unshare --pid --fork --kill-child --mount --cgroup --ipc --uts --net sh -c "$@"
"""
"""Steps into a control group, below which systemd then is alone."""

_START = f"""
set -e
{_CGROUPS}
mount -t proc proc /proc
mount -t tmpfs tmpfs /run
umount --lazy /sys/fs/cgroup
cgroups
for each in etc opt var; do
    over=/run/over/$each
    mkdir -p $over/upper $over/work
    mount -t overlay -o lowerdir=/$each,upperdir=$over/upper,workdir=$over/work overlay /$each
done
. "$1"
mkdir -p /run/systemd/system
for each in default basic sysinit shutdown network-online multi-user; do
    printf '[Unit]\\nDefaultDependencies=no\\n' > /run/systemd/system/$each.target
done
mount --make-rshared /  # as of any process 1: what systemd mounts reaches the service
export container=tests SYSTEMD_UNIT_PATH=/run/systemd/system:/etc/systemd/system
exec /usr/lib/systemd/systemd --system --unit=default.target --log-target=null
"""

_INSTALL = """
mkdir -p /opt/packages /opt/python /opt/ivr/.venv/bin /opt/ivr/{packages}
for each in ivr deploy routes; do
    mkdir /opt/ivr/$each
    mount --bind {root}/$each /opt/ivr/$each
done
mount --bind {site} /opt/packages
mount --bind {python} /opt/python
ln -s /opt/python/bin/{program} /opt/ivr/.venv/bin/python
echo 'home = /opt/python/bin' > /opt/ivr/.venv/pyvenv.cfg
printf '/opt/ivr\\n/opt/packages\\n' > /opt/ivr/{packages}/ivr.pth
printf '#!/opt/ivr/.venv/bin/python\\nfrom ivr.cli import main\\nmain()\\n' > /opt/ivr/.venv/bin/ivr
chmod +x /opt/ivr/.venv/bin/ivr
"""
"""The engine in /opt/ivr as pip would put it there, of what the tests run with."""

_SWEEP = f"""
{_CGROUPS}
cgroups
for each in /sys/fs/cgroup/*/ivr-tests-*; do
    [ -e "/proc/${{each##*-}}" ] || find "$each" -depth -type d -exec rmdir {{}} +
done
"""
"""Removes the control groups of runs that are over."""

#: What a test needs of the unit, and an operator does not: the log in a file, for want of journald,
#: and a Python that may be anywhere.
_DROP_IN = """
[Service]
StandardOutput=append:/run/ivr.log
StandardError=append:/run/ivr.log
Environment=LD_LIBRARY_PATH=/opt/python/lib
"""


def why_not() -> str:
    """Why no systemd can be started here; empty if it can."""
    if os.geteuid() != 0 or not Path("/usr/lib/systemd/systemd").exists():
        return "a systemd is started by root, from Debian's package systemd"
    done = subprocess.run(
        ["unshare", "--mount", "--cgroup", "--net", "sh", "-ec", f"{_CGROUPS}\ncgroups"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return f"no systemd of one's own: {done.stderr.strip()}" if done.returncode else ""


#: Whatever the status: what is said is what counts.
_ASK = """
import sys, urllib.error, urllib.request
try:
    answer = urllib.request.urlopen(sys.argv[1])
except urllib.error.HTTPError as refused:
    answer = refused
print(answer.read().decode(), end="")
"""


class Systemd:
    """It runs, with the project in /opt/ivr. `install` is what an operator does then, in shell."""

    def __init__(self, folder: Path, install: str) -> None:
        site = Path(sysconfig.get_paths()["purelib"])
        given = _INSTALL.format(
            root=ROOT, site=site, python=sys.base_prefix,
            program=f"python{sys.version_info.major}.{sys.version_info.minor}",
            packages=Path(".venv", site.relative_to(sys.prefix)),
        )  # fmt: skip
        (folder / "install").write_text(given)
        with (folder / "log").open("wb") as log:
            self._outer = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", "unshare", "--mount", "sh", "-c", _ENTER, "sh",
                 f"ivr-tests-{os.getpid()}", _START, "sh", str(folder / "install")],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        until(lambda: self._is_up(folder / "log"), "systemd is up")
        self.drop_in("tests", _DROP_IN)
        self.run("sh", "-ec", install)

    def _is_up(self, log: Path) -> bool:
        assert self._outer.poll() is None, log.read_text()
        return bool(self.pid) and self._systemctl("is-system-running").returncode == 0

    @property
    def pid(self) -> str:
        """It, among this machine's processes."""
        return Path(f"/proc/{self._outer.pid}/task/{self._outer.pid}/children").read_text().strip()

    # --- what an operator does ----------------------------------------------------------------

    def run(self, *command: str) -> str:
        """Run a command as root in there; what it says."""
        done = self._run(*command)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def systemctl(self, *words: str) -> None:
        """`systemctl`, which is to succeed."""
        done = self._systemctl(*words)
        assert done.returncode == 0, done.stderr + self.log()

    def drop_in(self, name: str, text: str) -> None:
        """As `systemctl edit ivr` does."""
        folder = self.path("/etc/systemd/system/ivr.service.d")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.conf").write_text(text)
        self.systemctl("daemon-reload")

    def path(self, inside: str) -> Path:
        """Where one of its files is for us."""
        return Path(f"/proc/{self.pid}/root{inside}")

    # --- what he sees -------------------------------------------------------------------------

    def show(self, name: str) -> str:
        """One property of the unit."""
        return self.run("systemctl", "show", "ivr", "--value", "--property", name).strip()

    def log(self) -> str:
        """What the engine wrote."""
        log = self.path("/run/ivr.log")
        return log.read_text() if log.exists() else ""

    def last(self) -> str:
        """The last decision that it wrote, which it does behind the call."""
        until(lambda: '"decision"' in self.log().splitlines()[-1], "a decision")
        return self.log().splitlines()[-1]

    def call(self, *words: str) -> str:
        """`ivr call` to the engine; fails if the call is not decided."""
        return self.run(sys.executable, "-m", "ivr", "call", "--to", "1800123456", *words)

    def ready(self) -> str:
        """What the engine says of itself."""
        return self.run(sys.executable, "-c", _ASK, "http://127.0.0.1:9130/readyz")

    def close(self) -> None:
        """End it and all in it."""
        self._outer.kill()
        self._outer.wait()
        subprocess.run(["unshare", "--mount", "sh", "-ec", _SWEEP], check=True)

    def _systemctl(self, *words: str) -> subprocess.CompletedProcess[str]:
        return self._run("systemctl", *words)

    def _run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["nsenter", "--target", self.pid, "--mount", "--pid", "--net", *command],
            capture_output=True, text=True, check=False, cwd="/",
        )  # fmt: skip


#: Seconds: an engine of the sample policy starts in two, on a machine that does nothing else.
PATIENCE = 60.0


def until(true: Callable[[], bool], what: str) -> None:
    """Ask again and again."""
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, f"not within {PATIENCE} s: {what}"
        time.sleep(0.05)
