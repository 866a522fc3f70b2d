"""Calls servers: the generator that behaves as Asterisk's res_agi does, and what it found."""

from __future__ import annotations

import json
import socket
import subprocess
import time
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
import serving

from ivr.asterisk import dialplan as names
from ivr.asterisk.agi_peer import CommandReader
from ivr.tools.call_request import Asking, CallSpec, request
from ivr.tools.channel import Channel

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from serving import Server

_SOURCE: Final = Path(__file__).parent / "agiload.c"
_DIALLED: Final = "1800123456"
#: What ought to be zero after calls that went as they should, by the beginning of its name.
_AMISS: Final = (
    "ivr_sessions_undecided_total", "ivr_callers_degraded_total", "ivr_connections_refused_total",
    "ivr_decisions_lost_total", "ivr_log_lines_lost_total", "ivr_store_failures_total",
    "ivr_reports_failed_total",
)  # fmt: skip
#: Seconds after which a run is given up: a server hangs.
_LONGEST: Final = 120
#: The first unique id of each run: no call is told twice, and no run has another's callers.
_serials = count(1, 1_000_000)


@dataclass(frozen=True, slots=True)
class Load:
    """How calls come: always so many at once, or so many a second whatever becomes of them.

    `sessions` in all, of `callers` with numbers from 050-0000000 on, each as likely as another.
    """

    sessions: int
    callers: int
    at_once: int = 16
    rate: float = 0

    @property
    def name(self) -> str:
        """For people."""
        return f"{self.rate:.0f}/s" if self.rate else f"{self.at_once} at once"

    def options(self) -> list[str]:
        """As the generator takes them. An open loop has room for all that may wait."""
        how = ["-r", str(self.rate), "-c", "4096"] if self.rate else ["-c", str(self.at_once)]
        return [*how, "-n", str(self.sessions), "-N", str(self.callers)]


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the generator against one server.

    `told` is what the generator says. `cost` is processor time a session in microseconds, with all
    that calls left behind them; `redis` that of the Redis it asked. `amiss` counts what an engine
    did otherwise than it should, by the metric.
    """

    sessions: int
    told: dict[str, Any]
    cost: float
    redis: float
    amiss: dict[str, float]
    first: int

    @property
    def errors(self) -> int:
        """Sessions that were not what they should be: refused, cut, too late, or undecided."""
        return self.sessions - int(self.told["ok"])


def call(
    server: Server, load: Load, *, first: int | None = None, script: str = names.SCRIPT_ROUTE,
    arguments: Sequence[str] = (),
) -> Run:  # fmt: skip
    """Let the generator call a server. `first` is the serial number of the first call."""
    first = next(_serials) if first is None else first
    command = [serving.built(_SOURCE), "-p", str(server.port), "-m", str(server.commands), "-j",
               "-T", str(_LONGEST),
               "-u", str(first), "-s", script, *load.options(),
               *(word for each in arguments for word in ("-a", each))]  # fmt: skip
    core, before = serving.cores().rest, _amiss(server)
    began, theirs = serving.rest(server.pid), server.redis and serving.spent(server.redis)
    with subprocess.Popen(command, stdout=subprocess.PIPE) as generator:  # noqa: S603 - our own
        serving.pin(generator.pid, core)
        page, _ = generator.communicate()
    if not page:
        raise click.ClickException(f"the generator failed: {command}")
    took = serving.rest(server.pid) - began
    redis = serving.spent(server.redis) - theirs if server.redis else 0.0
    amiss = {name: now - before.get(name, 0) for name, now in _amiss(server).items()}
    each = 1e6 / load.sessions
    return Run(
        load.sessions, json.loads(page), took * each, redis * each,
        {name: more for name, more in amiss.items() if more}, first,
    )  # fmt: skip


def by_turns(
    servers: Sequence[Server], loads: Mapping[str, Load], rounds: int
) -> dict[str, list[Run]]:
    """Each server's runs under its load, by its name: one in each round, in turn forwards and back.

    Not measured is a first one, for a program that has just begun is slow.
    """
    runs: dict[str, list[Run]] = {server.name: [] for server in servers}
    for turn in range(-1, rounds):
        for server in reversed(servers) if turn % 2 else servers:
            run = call(server, loads[server.name])
            if turn >= 0:
                runs[server.name].append(run)
    return runs


def end(server: Server, load: Load, routed: Run) -> Run:
    """Tell a server the ends of the calls that it decided in a run, as the dialplan does.

    The state is one that the engine itself gave, with each call's own number and ids.
    """
    state = decided(server)[names.STATE].split("~")
    assert state[4].startswith("+9725")  # noqa: S101 - the ticket's field for the number
    state[4] = "+9725%n"
    arguments = {
        names.ARG_LINKEDID: "%u", names.ARG_UNIQUEID: "%u", names.ARG_SYSTEM: "pbx",
        names.ARG_FIRST: state[3], names.ARG_DIALLED: _DIALLED, names.ARG_STATE: "~".join(state),
        names.ARG_QUEUE: "main", names.ARG_AGENT: "Agent%20Dana", names.ARG_HOLD: "12",
        names.ARG_TALK: "171", names.ARG_BY: "caller",
    }  # fmt: skip
    words = [f"{name}={value}" for name, value in arguments.items()]
    return call(server, load, first=routed.first, script=names.SCRIPT_ENDED, arguments=words)


def decided(server: Server, ani: str = "0509999999") -> dict[str, str]:
    """What one call is told in its session: the channel's variables."""
    spec = CallSpec(ani, _DIALLED, f"1760000000.{next(_serials)}", int(time.time()))
    channel, reader = Channel(), CommandReader()
    with socket.create_connection(("127.0.0.1", server.port)) as wire:
        wire.sendall(request("127.0.0.1", server.port, spec, Asking()))
        while data := wire.recv(65536):
            reader.receive(data)
            while (line := reader.next_line()) is not None:
                wire.sendall(channel.carry_out(line).reply)
    return channel.variables


def _amiss(server: Server) -> dict[str, float]:
    if server.http is None:
        return {}
    page = serving.metrics(server.http)
    return {name: value for name, value in page.items() if name.startswith(_AMISS)}
