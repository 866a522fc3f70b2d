"""What a call costs, beside servers that decide nothing and look nothing up: `make bench`.

    .venv/bin/python bench/sessions.py [--quick]

All in one run, interleaved: in each round each server has each load once, so that what else goes on
on the machine hits all alike; figures are medians over the rounds, and a ratio is the median of the
ratios of each round. A call is its `/route` session; its end (`/ended`) is measured beside it.
"""

from __future__ import annotations

import importlib.util
import sys
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, Final

import calling
import click
import figures
import filling
import policies
import serving
from calling import Load, Run

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from serving import Server

_SERVERS: Final = Path(__file__).parent / "servers"
_YARDSTICK: Final = "panoramisk"
_AT_ONCE: Final = (1, 16, 64, 256)
_RATE: Final = 500
#: The loads after which the ends of the same calls are told.
_ENDS: Final = ("16 at once", "500/s")
#: Ours, with the highest ratio to the yardstick that the project wants (issue 5).
_TARGETS: Final = {"engine, embedded store": 0.5, "engine, Redis": 1.5}
_P99_MS: Final = 5.0
_ROUTES: Final = 100


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured."""

    rounds: int
    sessions: int
    seconds: float
    callers: int
    options: tuple[str, ...] = ()

    def loads(self) -> Sequence[Load]:
        """What each server has in each round."""
        closed = [Load(self.sessions, self.callers, at_once) for at_once in _AT_ONCE]
        return (*closed, Load(round(_RATE * self.seconds), self.callers, rate=_RATE))


#: Runs by server and load, one for each round.
Runs = dict[tuple[str, str], list[Run]]


class Bench:
    """The servers, started one after the other, and what is measured of them."""

    def __init__(self, plan: Plan, stack: ExitStack) -> None:
        self._plan = plan
        self._stack = stack
        self._core = serving.cores()
        self._folder = stack.enter_context(serving.folder())
        self._policy = policies.large(self._folder, _ROUTES)
        self.runs: Runs = {}
        self.ends: Runs = {}

    def start(self, names: Sequence[str]) -> list[Server]:
        """Those of the servers that are wanted."""
        return [self._started(name) for name in names]

    def _started(self, name: str) -> Server:
        click.echo(f"starting: {name}", err=True)
        return self._stack.enter_context(KNOWN[name](self, name))

    def epoll(self, name: str, commands: int) -> Any:
        """In C."""
        program = serving.built(_SERVERS / "epoll.c")
        return serving.plain(name, [program, "{port}", str(commands)], commands, self._core.server)

    def python(self, name: str, script: str, word: str, commands: int) -> Any:
        """In Python."""
        command = [sys.executable, str(_SERVERS / script), "{port}", word]
        return serving.plain(name, command, commands, self._core.server)

    def embedded(self, name: str) -> Any:
        """Ours, on an SQLite file."""
        path = self._folder / "ivr.sqlite3"
        filling.fill_sqlite(path, self._plan.callers)
        return serving.engine(
            name, self._policy, path, self._core.server, options=self._plan.options
        )

    def shared(self, name: str) -> Any:
        """Ours, on a Redis of its own."""
        there = serving.redis_server(self._core.rest, *serving.FILLING)
        pid, client = self._stack.enter_context(there)
        url = f"redis://127.0.0.1:{serving.port_of(client)}"
        filling.fill_redis(client, url, self._plan.callers)
        serving.durable(client)
        return serving.engine(name, self._policy, url, self._core.server, pid, self._plan.options)

    def measure(self, servers: Sequence[Server]) -> None:
        """All rounds, the order turned about in each other one."""
        for server in servers:  # not measured: a program that has just begun is slow
            calling.call(server, Load(self._plan.sessions, self._plan.callers))
        for turn in range(self._plan.rounds):
            click.echo(f"round {turn + 1} of {self._plan.rounds}", err=True)
            for load in self._plan.loads():
                for server in reversed(servers) if turn % 2 else servers:
                    self._one(server, load)

    def _one(self, server: Server, load: Load) -> None:
        run = calling.call(server, load)
        self.runs.setdefault((server.name, load.name), []).append(run)
        if server.http is not None and load.name in _ENDS:
            ended = calling.end(server, load, run)
            self.ends.setdefault((server.name, load.name), []).append(ended)


#: The servers by name, in the order in which they are shown.
KNOWN: Final[dict[str, Callable[[Bench, str], Any]]] = {
    "C epoll, 1 command": lambda bench, name: bench.epoll(name, 1),
    "C epoll, 5 commands": lambda bench, name: bench.epoll(name, 5),
    "Twisted, 1 command": lambda bench, name: bench.python(name, "bare_twisted.py", "1", 1),
    "Twisted, 5 commands": lambda bench, name: bench.python(name, "bare_twisted.py", "5", 5),
    "panoramisk": lambda bench, name: bench.python(name, "panoramisk_server.py", "", 5),
    "panoramisk, uvloop": lambda bench, name: bench.python(
        name, "panoramisk_server.py", "uvloop", 5
    ),
    "engine, embedded store": lambda bench, name: bench.embedded(name),
    "engine, Redis": lambda bench, name: bench.shared(name),
}


class Report:
    """Figures of all runs, for people."""

    def __init__(self, bench: Bench, servers: Sequence[Server], loads: Sequence[Load]) -> None:
        self._bench = bench
        self._names = [server.name for server in servers]
        self._closed = [load.name for load in loads if not load.rate]
        self._open = next(load.name for load in loads if load.rate)
        self._loads = [*self._closed, self._open]
        self.yardstick = _YARDSTICK if _YARDSTICK in self._names else self._names[0]

    def print(self) -> None:
        """Everything."""
        self._rates()
        self._costs()
        self._ratios()
        self._latency()
        self._ends()
        self._generator()
        both = (("", self._bench.runs), (", ends", self._bench.ends))
        figures.amiss({f"{name}, {load}{what}": runs
                       for what, all_ in both for (name, load), runs in all_.items()})  # fmt: skip
        self._targets()

    def _rates(self) -> None:
        self._table("sessions a second", self._closed, lambda run: run.told["sps"])

    def _costs(self) -> None:
        title = "processor time a session, µs"
        self._table(title, self._loads, lambda run: run.cost)
        asked = [name for name in self._names if any(r.redis for r in self._of(name, self._open))]
        rows = {
            f"Redis itself, for {name}": [
                figures.spread([run.redis for run in self._of(name, load)]) for load in self._loads
            ]
            for name in asked
        }
        if rows:
            figures.table("beside it, µs", self._loads, rows)

    def _ratios(self) -> None:
        rows = {
            name: [f"{median(self.ratios(name, load)):.2f}" for load in self._loads]
            for name in self._names
        }
        figures.table(f"the same, ratio to {self.yardstick}", self._loads, rows)

    def ratios(self, name: str, load: str) -> list[float]:
        """Processor time of a server to that of the yardstick, of each round."""
        pairs = zip(self._of(name, load), self._of(self.yardstick, load), strict=True)
        return [run.cost / theirs.cost for run, theirs in pairs]

    def _latency(self) -> None:
        columns = ["p50", "p99", "most"]
        rows = {
            name: [f"{median(self._milliseconds(name, each)):.2f}" for each in ("p50", "p99")]
            + [f"{max(self._milliseconds(name, 'max')):.2f}"]
            for name in self._names
        }
        figures.table(f"milliseconds at {self._open}", columns, rows)

    def _milliseconds(self, name: str, quantile: str) -> list[float]:
        return [run.told[quantile] / 1000 for run in self._of(name, self._open)]

    def _ends(self) -> None:
        rows = {
            f"{name}, {load}": [
                figures.spread([run.cost for run in runs]),
                figures.spread([run.redis for run in runs if run.redis]),
                figures.spread([run.told["p99"] / 1000 for run in runs], 2),
            ]
            for (name, load), runs in sorted(self._bench.ends.items())
        }
        if rows:
            figures.table("a call's end (/ended)", ["µs", "Redis, µs", "p99, ms"], rows)

    def _generator(self) -> None:
        runs = {
            key: [run.told["gen_util"] for run in runs] for key, runs in self._bench.runs.items()
        }
        (name, load), busy = max(runs.items(), key=lambda each: median(each[1]))
        ours = [median(busy) for (name, _), busy in runs.items() if name in _TARGETS]
        made = median([run.told["sps"] for run in self._of(name, load)])
        click.echo(
            f"\nthe generator was busy for at most {median(busy):.0%} of the time ({name}, {load}),"
            f" where it made {made:.0f} sessions a second"
            + (f"; beside the engine for at most {max(ours):.0%}" if ours else "")
        )

    def _targets(self) -> None:
        if self.yardstick != _YARDSTICK:
            return
        click.echo("\ntargets")
        for name in self._names:
            if name in _TARGETS:
                for load in _ENDS:
                    what = f"{name}, {load}: ratio to {self.yardstick}"
                    figures.target(what, median(self.ratios(name, load)), _TARGETS[name])
                p99 = median(self._milliseconds(name, "p99"))
                figures.target(f"{name}: p99 at {self._open}, ms", p99, _P99_MS)

    def _table(self, title: str, loads: Sequence[str], figure: Callable[[Run], float]) -> None:
        rows = {
            name: [figures.spread([figure(run) for run in self._of(name, load)]) for load in loads]
            for name in self._names
        }
        figures.table(title, loads, rows)

    def _of(self, name: str, load: str) -> list[Run]:
        return self._bench.runs[name, load]


def _values(runs: Runs) -> list[dict[str, Any]]:
    return [
        {"server": name, "load": load, "rounds": [asdict(run) for run in each]}
        for (name, load), each in runs.items()
    ]


def _there(names: Sequence[str]) -> list[str]:
    """Those that can be started here; panoramisk comes with the extra `bench`."""
    if names:
        return list(names)
    if importlib.util.find_spec("panoramisk") is None:
        raise click.ClickException("panoramisk is missing: deploy/setup.sh bench brings it")
    return list(KNOWN)


@click.command(help=(__doc__ or "").partition("\n\n")[0])
@click.option("--rounds", default=5, show_default=True, help="How often all is measured.")
@click.option("--sessions", default=4000, show_default=True, help="Of each run of so many callers.")
@click.option("--seconds", default=8.0, show_default=True, help="Of each run at 500 a second.")
@click.option("--callers", default=1_000_000, show_default=True, help="Known to the stores.")
@click.option("--server", "names", multiple=True, type=click.Choice(list(KNOWN)),
              help="Only this one; may be repeated.")  # fmt: skip
@click.option(
    "--option",
    "options",
    multiple=True,
    metavar="OPTION",
    help="Another option of `ivr serve`, such as --decisions=off: what does it cost?",
)
@click.option("--quick", is_flag=True, help="Two short rounds, 10,000 callers: a first look.")
@click.option("--keep", default=serving.WORK, type=click.Path(path_type=Path),
              help="The folder for the figures as JSON (var/bench).")  # fmt: skip
def main(
    rounds: int, sessions: int, seconds: float, callers: int, names: tuple[str, ...],
    options: tuple[str, ...], quick: bool, keep: Path,
) -> None:  # fmt: skip
    """See the module."""
    plan = Plan(rounds, sessions, seconds, callers, options)
    if quick:
        plan = Plan(2, 1000, 2.0, 10_000, options)
    wanted = _there(names)
    here = figures.introduce(
        f"{plan.rounds} rounds, {plan.sessions} sessions a run, {plan.callers} callers known,"
        f" a policy of {_ROUTES} routes"
    )
    with ExitStack() as stack:
        bench = Bench(plan, stack)
        servers = bench.start(wanted)
        bench.measure(servers)
        Report(bench, servers, plan.loads()).print()
    values = {"runs": _values(bench.runs), "ends": _values(bench.ends)}
    figures.save("sessions", {**here, "plan": asdict(plan), **values}, keep)


if __name__ == "__main__":
    main()
