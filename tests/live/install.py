"""Sets up what tests need: sipp, promtool, espeak-ng, Redis, systemd, a real Asterisk, a Valkey.

Run as ``python -m tests.live.install`` (root, on Debian 12 or a current Ubuntu). Debian 12 has no
Asterisk package, so debootstrap lays a small Debian with Asterisk 22 into a folder, from where the
tests start it without touching anything else on the machine; Valkey comes from there too. It can be
run again at any time: what is there is left alone, and a half-finished folder is done again.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

PACKAGES = {
    "sipp": "sip-tester",
    "debootstrap": "debootstrap",
    "espeak-ng": "espeak-ng",
    "sox": "sox",
    "redis-check-rdb": "redis-tools",
    "cc": "gcc",
    "gencat": "libc6-dev",
    "systemd-analyze": "systemd",
    "ip": "iproute2",
}
"""The program to look for, and the Debian package that brings it.

The server of Redis is the same file as `redis-check-rdb`: the package redis-server only adds a
service, which would be started at once. A systemd that is not process 1 does nothing by itself.
The load generator of bench/ is in C: `cc` makes it, with the headers that come with `gencat`.
"""

VALKEY = ("valkey-tools", "libjemalloc2", "liblzf1")
"""What Valkey's server (in the file of `valkey-check-rdb`) needs beside what Asterisk needs."""

SUITE = "forky"
"""The Debian suite with Asterisk 22 (Debian 12 and 13 have no asterisk package)."""

DEFAULT_MIRROR = ""
"""Where the machine's own apt sources name no Debian mirror (Ubuntu): debootstrap knows one."""

SIZES = "about 62 MB of Debian packages and a folder of about 550 MB"


class CannotInstallError(Exception):
    """This machine cannot run the live tests; the message says why, in one line."""


def live_dir() -> Path:
    """Give the folder that holds all that is set up here (``IVR_LIVE_DIR`` moves it)."""
    cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(os.environ.get("IVR_LIVE_DIR") or Path(cache) / "ivr-live")


def asterisk_root() -> Path:
    """Give the root of the small Debian that holds Asterisk."""
    return live_dir() / "asterisk"


def tool(name: str) -> Path | None:
    """Find a program that was set up here, or that the machine has anyway."""
    own = live_dir() / "bin" / name
    found = str(own) if own.exists() else shutil.which(name)
    return Path(found) if found else None


def redis() -> list[str]:
    """Give the command that starts a Redis (options follow); empty if it is not there."""
    found = tool("redis-server")
    return [str(found)] if found else []


def valkey() -> list[str]:
    """Give the command that starts the Valkey in Asterisk's folder; empty if it is not there.

    It is of a later Debian than the machine: it needs that one's loader and libraries.
    """
    server = asterisk_root() / "usr/bin/valkey-check-rdb"
    loader = next(asterisk_root().glob("usr/lib/*/ld-linux*.so.*"), None)
    if loader is None or not server.exists():
        return []
    libraries = ["--library-path", str(loader.parent)]
    return [str(loader), "--argv0", "valkey-server", *libraries, str(server)]


def why_not() -> str:
    """Say why this machine cannot be set up at all; empty if it can."""
    if sys.platform != "linux" or not Path("/etc/debian_version").exists():
        return "live tests need Debian or Ubuntu"
    if os.geteuid() != 0:
        return "live tests need root: they start Asterisk in a folder (chroot)"
    if not shutil.which("apt-get"):
        return "live tests need apt-get to install sipp and debootstrap"
    if subprocess.run(
        ["unshare", "--mount", "--pid", "--fork", "true"], capture_output=True, check=False
    ).returncode:
        return "live tests need the right to make namespaces (unshare --mount --pid)"
    return ""


def missing() -> list[str]:
    """List what is not there yet, in words for a person; empty when all is there."""
    parts = [
        f"Debian package {package}" for program, package in PACKAGES.items() if not tool(program)
    ]
    if not tool("promtool"):
        parts.append("promtool (unpacked from Debian's prometheus, no service is started)")
    if not _finished():
        parts.append(f"Asterisk 22 from Debian {SUITE} in {asterisk_root()}")
    if not redis():
        parts.append("redis-server (a link to redis-check-rdb, no service is started)")
    if not valkey():
        parts.append(f"Valkey from Debian {SUITE} in {asterisk_root()}")
    return parts


def install() -> None:
    """Bring this machine to the point where the live tests run.

    Raises ``CannotInstallError`` with the reason where that is impossible.
    """
    lacking = missing()
    if not lacking:
        return
    reason = why_not()
    if reason:
        raise CannotInstallError(reason)
    print(f"To be installed for the live tests (in all {SIZES}):")
    print("".join(f"  - {part}\n" for part in lacking), end="", flush=True)
    live_dir().mkdir(parents=True, exist_ok=True)
    _packages([package for program, package in PACKAGES.items() if not tool(program)])
    if not tool("promtool"):
        _promtool()
    if not _finished():
        _debootstrap()
    if not redis():
        _redis()
    if not valkey():
        _valkey()


def _packages(names: list[str]) -> None:
    if names:
        _apt("install", "--yes", "--no-install-recommends", *names)


def _apt(*arguments: str, cwd: Path | None = None) -> None:
    """Run apt-get; the lists are fetched anew only if the first try finds nothing."""
    command = ["apt-get", "-qq", *arguments]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    if subprocess.run(
        command, env=environment, cwd=cwd, check=False, capture_output=True
    ).returncode:
        _run(["apt-get", "-qq", "update"])
        _run(command, env=environment, cwd=cwd)


def _promtool() -> None:
    """Unpack promtool alone: installing Debian's prometheus would start a server."""
    work = live_dir() / "unpack"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    work.chmod(0o777)  # apt-get download drops its rights to the user _apt
    _apt("download", "prometheus", cwd=work)
    package = next(work.glob("prometheus_*.deb"))
    _run(["dpkg-deb", "--extract", str(package), str(work)])
    (live_dir() / "bin").mkdir(exist_ok=True)
    (work / "usr/bin/promtool").replace(live_dir() / "bin" / "promtool")
    shutil.rmtree(work)


def _redis() -> None:
    """Name the server, which goes by the name that it is called by."""
    program, server = tool("redis-check-rdb"), live_dir() / "bin" / "redis-server"
    if program is None:
        raise CannotInstallError("redis-tools brought no redis-check-rdb")
    server.parent.mkdir(parents=True, exist_ok=True)
    server.unlink(missing_ok=True)
    server.symlink_to(program)


def _valkey() -> None:
    """Unpack Valkey beside Asterisk: installed, it would bring systemd along."""
    root, work = asterisk_root(), asterisk_root() / "var/tmp/valkey"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    inside = ["chroot", str(root), "sh", "-c"]
    # As old as debootstrap takes them: a mirror may lag behind.
    _run([*inside, "apt-get -qq -o Acquire::Check-Valid-Until=false update"])
    options = "-qq -o APT::Sandbox::User=root"
    _run([*inside, f"cd /var/tmp/valkey && apt-get {options} download {' '.join(VALKEY)}"])
    for package in sorted(work.glob("*.deb")):
        _run(["dpkg-deb", "--extract", str(package), str(root)])
    shutil.rmtree(work)


def _debootstrap() -> None:
    """Lay Asterisk into its folder, and mark the folder as finished only then."""
    root, half = asterisk_root(), asterisk_root().with_suffix(".half")
    for old in (root, half):
        _check_nothing_mounted(old)
        shutil.rmtree(old, ignore_errors=True)
    keyring = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
    if not keyring.exists():
        _packages(["debian-archive-keyring"])
    # The script `sid` serves every newer suite; Debian 12's debootstrap knows no forky.
    _run(
        [
            "debootstrap",
            "--variant=minbase",
            f"--keyring={keyring}",
            "--include=asterisk,asterisk-core-sounds-en",
            SUITE,
            str(half),
            mirror(),
            "sid",
        ],
        stdout=subprocess.DEVNULL,
    )
    for archive in (half / "var/cache/apt/archives").glob("*.deb"):
        archive.unlink()
    half.rename(root)


def _check_nothing_mounted(folder: Path) -> None:
    """Refuse to remove a folder into which something is mounted (the machine's /dev, say)."""
    mounts = Path("/proc/self/mounts").read_text()
    if f" {folder}/" in mounts:
        raise CannotInstallError(f"something is mounted below {folder}: unmount it first")


def _finished() -> bool:
    return (asterisk_root() / "usr/sbin/asterisk").exists()


def mirror() -> str:
    """Take the Debian mirror from the machine's own apt sources (``IVR_LIVE_MIRROR`` wins)."""
    if chosen := os.environ.get("IVR_LIVE_MIRROR"):
        return chosen
    lists = [Path("/etc/apt/sources.list"), *sorted(Path("/etc/apt/sources.list.d").glob("*"))]
    return mirror_in("\n".join(path.read_text() for path in lists if path.is_file()))


def mirror_in(sources: str) -> str:
    """Find the first Debian mirror in apt's sources, of either format; empty if there is none."""
    found = re.search(
        r"^[ \t]*(?:deb[ \t]+(?:\[[^]]*\][ \t]+)?|URIs:[ \t]*)(https?://\S+/debian)/?(?:\s|$)",
        sources,
        re.MULTILINE,
    )
    return found[1] if found else DEFAULT_MIRROR


def _run(
    command: list[str],
    *,
    env: dict[str, str] | None = None,
    cwd: Path | None = None,
    stdout: int | None = None,
) -> None:
    done = subprocess.run(command, env=env, cwd=cwd, stdout=stdout, check=False)
    if done.returncode:
        raise CannotInstallError(f"`{' '.join(command)}` failed with code {done.returncode}")


def main() -> int:
    """Install, and say in one line what is wrong where that cannot be."""
    try:
        install()
    except CannotInstallError as problem:
        print(f"live tests cannot run here: {problem}", file=sys.stderr)
        return 1 if os.environ.get("CI") == "true" else 0
    print(f"The live tests have what they need (in {live_dir()}).")
    return 0


if __name__ == "__main__":
    sys.exit(main())
