"""How long a call waits at most while a large policy is loaded anew.

    .venv/bin/python bench/reload.py [ROUTES] [RELOADS]

An engine with ROUTES routes (10,000) decides one call after another on one core; the caller is on
the other, with the process that reads the policy. Printed: the time to the first answered call, and
the longest session without and with a reload under way.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from itertools import count
from typing import TYPE_CHECKING, Final

import calling
import click
import policies
import serving

from ivr.asterisk import dialplan as names

if TYPE_CHECKING:
    from serving import Server

_RELOADED: Final = "ivr_policy_last_reload_success_timestamp_seconds"
_TARGET_MS: Final = 20
_CALLERS: Final = count(1_000_000)


def session(server: Server) -> float:
    """Seconds of one call, from its connect to the end of its session."""
    ani = f"077{next(_CALLERS)}"  # one number alone would be refused as a flood
    began = time.perf_counter()
    variables = calling.decided(server, ani)
    took = time.perf_counter() - began
    if variables.get(names.DONE) != "1":
        raise click.ClickException(f"no decision: {variables}")
    return took


def _worst(server: Server, seconds: float) -> float:
    until, worst = time.monotonic() + seconds, 0.0
    while time.monotonic() < until:
        worst = max(worst, session(server))
    return worst


def _loaded(server: Server) -> float:
    """When the policy was last loaded, as the metrics have it."""
    return serving.metrics(server.http)[_RELOADED] if server.http else 0


def main(routes: str = "10000", reloads: str = "3") -> None:
    """Print milliseconds."""
    cores = serving.cores()
    os.sched_setaffinity(0, {cores.rest})
    with serving.folder() as folder:
        policy = policies.large(folder, int(routes))
        began = time.monotonic()
        with serving.engine("engine", policy, folder / "ivr.sqlite3", cores.server) as server:
            session(server)
            click.echo(f"{routes} routes: {time.monotonic() - began:.2f} s to the first answer")
            _measure(server, int(reloads))


def _measure(server: Server, reloads: int) -> None:
    _worst(server, 2)
    click.echo(f"longest session, no reload: {1000 * _worst(server, 8):.1f} ms")
    for _ in range(reloads):
        before, worst = _loaded(server), 0.0
        os.kill(server.pid, signal.SIGHUP)
        began = time.monotonic()
        while _loaded(server) == before:
            worst = max(worst, _worst(server, 0.2))
        worst = max(worst, _worst(server, 1))
        took = time.monotonic() - began - 1
        click.echo(
            f"longest session, reload ({took:.1f} s): {1000 * worst:.1f} ms (wanted: {_TARGET_MS})"
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
