"""A real Asterisk, started from its folder with the repository's own dialplan.

Each run has its own loopback address and its own folder inside the small Debian, so that two runs
do not meet. Asterisk lives in namespaces of its own: when the tests die, however suddenly, the
kernel ends it and takes its mounts away. It asks nobody for names but the tests: see `Names`.
"""

from __future__ import annotations

import contextlib
import csv
import io
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

from tests.live import install
from tests.live.ami import PATIENCE, Manager

REPOSITORY = Path(__file__).parents[2]
DEPLOY = REPOSITORY / "deploy" / "asterisk"
CONFIG = Path(__file__).parent / "etc"

_START = """
mount -t proc proc "$1/proc"
mount --bind "$1$2/resolv.conf" "$1/etc/resolv.conf"
chroot "$1" /usr/sbin/asterisk -f -U asterisk -G asterisk -C "$2/asterisk.conf"
exit $?
"""
"""Runs as process 1 of a namespace: its end is the end of everything in it."""

_RESOLV = "nameserver {}\noptions timeout:1 attempts:1\n"
"""As docs/several-engines.md advises: a name server that hangs holds each call for this long."""

_CDR = (
    "accountcode",
    "src",
    "dst",
    "dcontext",
    "clid",
    "channel",
    "dstchannel",
    "lastapp",
    "lastdata",
    "start",
    "answer",
    "end",
    "duration",
    "billsec",
    "disposition",
    "amaflags",
    "uniqueid",
    "userfield",
    "peeraccount",
    "linkedid",
    "sequence",
)

_FOLDERS = ("etc", "log", "log/cdr-csv", "run", "spool", "lib", "cache")


class Asterisk:
    """A running Asterisk and what it writes.

    `address` is where it takes SIP (5060) and AMI (5038); `callers` and `phones` are the
    addresses from which the tests' telephones call, `carriers` has the numbers that it dials,
    `names` is where it asks for names.
    """

    def __init__(self) -> None:
        number = os.getpid()
        subnet = f"127.{100 + (number >> 8) % 100}.{number % 256}"
        self.address, self.callers, self.phones, self.carriers, self.names = (
            f"{subnet}.{last}" for last in range(1, 6)
        )
        self.root = install.asterisk_root()
        self.folder = self.root / "srv" / f"ivr-{number}"
        self._inside = f"/srv/ivr-{number}"
        self._process: subprocess.Popen[bytes] | None = None
        self._manager: Manager | None = None

    @property
    def manager(self) -> Manager:
        """Asterisk's view of itself."""
        assert self._manager is not None, "Asterisk is not started"
        return self._manager

    def start(self) -> None:
        """Lay out this run's folder, start Asterisk, and wait until it is fully booted."""
        _remove_leftovers(self.folder.parent)
        self._lay_out()
        with (self.folder / "log" / "console").open("wb") as log:
            self._process = subprocess.Popen(
                [
                    "setpriv",
                    "--pdeathsig",
                    "KILL",
                    "unshare",
                    "--mount",
                    "--pid",
                    "--fork",
                    "--kill-child",
                    "sh",
                    "-c",
                    _START,
                    "sh",
                    str(self.root),
                    f"{self._inside}/etc",
                ],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
            )
        self._manager = self._connect()
        self.manager.wait(lambda e: e["Event"] == "FullyBooted", 60, "Asterisk's start")

    def stop(self) -> None:
        """End Asterisk and remove this run's folder."""
        if self._manager is not None:
            self._manager.close()
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
        if not os.environ.get("IVR_LIVE_KEEP"):
            shutil.rmtree(self.folder, ignore_errors=True)

    def read(self, name: str) -> str:
        """Give the text of one of Asterisk's logs: `queue_log`, `messages`, `console`, …"""
        path = self.folder / "log" / name
        return path.read_text(errors="replace") if path.exists() else ""

    def cdr(self, uniqueid: str, count: int = 1) -> list[dict[str, str]]:
        """Give a channel's call detail records, once there are `count` (they come with its end)."""
        deadline = time.monotonic() + PATIENCE
        while True:
            found = [row for row in self.cdrs() if row["uniqueid"] == uniqueid]
            if len(found) >= count:
                return found
            assert time.monotonic() < deadline, f"{len(found)} of {count} records for {uniqueid}"
            time.sleep(0.05)

    def cdrs(self) -> list[dict[str, str]]:
        """Give all call detail records so far."""
        return list(csv.DictReader(io.StringIO(self.read("cdr-csv/Master.csv")), _CDR))

    def _connect(self) -> Manager:
        deadline = time.monotonic() + 60
        while True:
            with contextlib.suppress(OSError):
                return Manager(self.address, "tests", "tests")
            assert self._process is not None
            assert self._process.poll() is None, self.read("console")
            assert time.monotonic() < deadline, "AMI did not open: " + self.read("console")
            time.sleep(0.05)

    def _lay_out(self) -> None:
        for name in _FOLDERS:
            (self.folder / name).mkdir(parents=True)
        for source in (*DEPLOY.glob("*.conf"), *CONFIG.glob("*.conf")):
            self._copy(source)
        (self.root / "etc/resolv.conf").touch()
        (self.folder / "etc/resolv.conf").write_text(_RESOLV.format(self.names))
        subprocess.run(
            ["chroot", str(self.root), "chown", "-R", "asterisk:asterisk", self._inside], check=True
        )

    def _copy(self, source: Path) -> None:
        """Copy a file, with this run's addresses. The samples go beside the tests' own."""
        text = source.read_text()
        for old, new in {
            "@FOLDER@": self._inside,
            "@ADDRESS@": self.address,
            "@PHONES@": self.phones,
            "@CARRIER@": self.carriers,
            "192.0.2.1": self.callers,
            "bind = 0.0.0.0": f"bind = {self.address}",
            "bindaddr = 127.0.0.1": f"bindaddr = {self.address}",
        }.items():
            text = text.replace(old, new)
        folder = self.folder / "etc" / ("deploy" if source.parent == DEPLOY else "")
        folder.mkdir(exist_ok=True)
        (folder / source.name).write_text(text)


def _remove_leftovers(parent: Path) -> None:
    """Remove the folders of runs that died without cleaning up."""
    for folder in parent.glob("ivr-*"):
        if not Path("/proc", folder.name.removeprefix("ivr-")).exists():
            shutil.rmtree(folder, ignore_errors=True)
