"""Whether a call costs more where there are more routes, more callers, or a longer history.

    .venv/bin/python bench/growth.py [--part routes|callers|history|start]

Each part measures engines that differ in one thing only, by turns in one run: processor time of a
session at 16 callers at once, and its ratio to that of the smallest. Of the routes also the pure
step alone; of the start the time to the first answered call.
"""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import asdict
from random import Random
from statistics import median
from typing import TYPE_CHECKING, Any, Final

import calling
import click
import figures
import filling
import policies
import serving
from calling import Load, Run
from redis_bytes import number

from ivr.asterisk import dialplan as names
from ivr.callers.caller import Caller
from ivr.callers.numbers import dialled
from ivr.engine.policies import load_checked
from ivr.policy.index import indexed
from ivr.policy.model import Policy
from ivr.routing.call import ARRIVING
from ivr.routing.step import step
from ivr.routing.steps import NewCall

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from serving import Server

_ROUTES: Final = (10, 100, 1000, 10_000)
_CALLERS: Final = (10_000, 1_000_000, 5_000_000)
_HISTORY: Final = (1, 100, 10_000)
#: Callers with such a history: few, so that it can be told through the store.
_FEW: Final = 10
_MANY: Final = 1_000_000
_USUAL: Final = 100
#: By routes, the seconds within which the first call is to be answered (issue 5).
_START: Final = {100: 2.0, 10_000: 10.0}
_TRIES: Final = 3
_STEPS: Final = 2000


class Growth:
    """Starts engines and measures them, by turns."""

    def __init__(self, rounds: int, sessions: int, stack: ExitStack) -> None:
        self._rounds, self._sessions, self._stack = rounds, sessions, stack
        self._core = serving.cores().server
        self.folder = stack.enter_context(serving.folder())

    def policy(self, routes: int = _USUAL) -> Path:
        """One of so many routes, made once."""
        made = self.folder / f"routes-{routes}"
        return made if made.exists() else policies.large(self.folder, routes)

    def engine(self, name: str, store: Path, policy: Path | None = None) -> Server:
        """One that serves until all is over."""
        started = serving.engine(name, policy or self.policy(), store, self._core)
        return self._stack.enter_context(started)

    def measure(self, servers: Sequence[Server], callers: Iterable[int]) -> dict[str, list[Run]]:
        """Each server with so many callers."""
        pairs = zip(servers, callers, strict=True)
        loads = {server.name: Load(self._sessions, many) for server, many in pairs}
        return calling.by_turns(servers, loads, self._rounds)


def show(title: str, runs: Mapping[str, Sequence[Run]], more: Mapping[str, float]) -> None:
    """A table with the ratio to the first, by rounds; `more` is another column's figures."""
    first = next(iter(runs.values()))
    rows = {}
    for name, each in runs.items():
        ratios = [run.cost / least.cost for run, least in zip(each, first, strict=True)]
        costs = [run.cost for run in each]
        extra = [f"{more[name]:.1f}"] if more else []
        rows[name] = [figures.spread(costs), f"{min(costs):.0f}", f"{median(ratios):.2f}", *extra]
    columns = ["µs a session", "least", "ratio", *(["step alone"] if more else [])]
    figures.table(title, columns, rows)
    figures.amiss(runs)


def routes(growth: Growth) -> dict[str, Any]:
    """10 to 10,000 routes: it should grow with the logarithm at the most."""
    servers = [
        growth.engine(f"{many} routes", growth.folder / f"{many}.sqlite3", growth.policy(many))
        for many in _ROUTES
    ]
    runs = growth.measure(servers, [_MANY] * len(servers))
    steps = {f"{many} routes": step_cost(growth.policy(many)) for many in _ROUTES}
    show("by the number of routes", runs, steps)
    return {"runs": _values(runs), "step_us": steps}


def step_cost(folder: Path) -> float:
    """Microseconds of one pure step of a new call: the best of some rounds, over many callers."""
    loaded = load_checked(folder)
    if not isinstance(loaded, Policy):
        raise click.ClickException(str(loaded))
    policy, chance, now = indexed(loaded), Random(5), time.time()  # noqa: S311 - no secret
    calls = [
        NewCall("0123456789abcdef", each, dialled("1800123456", policy.region), int(now),
                caller=Caller(each))
        for each in (number(chance.randrange(_MANY)) for _ in range(_STEPS))
    ]  # fmt: skip
    best = float("inf")
    for _ in range(5):
        began = time.process_time()
        for call in calls:
            step(policy, ARRIVING, call, now)
        best = min(best, time.process_time() - began)
    return best / _STEPS * 1e6


def callers(growth: Growth) -> dict[str, Any]:
    """10 thousand to 5 million callers in SQLite: it should not grow."""
    took, servers = {}, []
    for many in _CALLERS:
        store = growth.folder / f"callers-{many}.sqlite3"
        began, spent = time.monotonic(), time.process_time()
        filling.fill_sqlite(store, many)
        took[many] = time.monotonic() - began, time.process_time() - spent
        click.echo(
            f"{many} callers, {store.stat().st_size / 1e6:.0f} MB: filled in {took[many][0]:.0f} s,"
            f" {took[many][1]:.0f} of them of processor time",
            err=True,
        )
        servers.append(growth.engine(f"{many} callers", store))
    runs = growth.measure(servers, _CALLERS)
    show("by the number of callers", runs, {})
    return {"runs": _values(runs), "filled_in": took}


def history(growth: Growth) -> dict[str, Any]:
    """1 to 10,000 contacts of each caller, within fifty days: it should not grow.

    By a policy that counts no contacts, and by one that counts as many days as any can.
    """
    counting = policies.large(growth.folder, _USUAL, counting=True)
    values = {}
    for policy, title in ((growth.policy(), "not counted"), (counting, "counted by the month")):
        servers = []
        for many in _HISTORY:
            store = growth.folder / f"history-{many}-{policy.name}.sqlite3"
            filling.give(store, ((caller, many) for caller in range(_FEW)))
            servers.append(growth.engine(f"{many} contacts, {title}", store, policy))
        runs = growth.measure(servers, [_FEW] * len(servers))
        show(f"by a caller's history, {title}", runs, {})
        values[title] = _values(runs)
    return {"runs": values}


def start(growth: Growth) -> dict[str, Any]:
    """Seconds from the start of the process to the first answered call."""
    took = {many: [_started(growth, many) for _ in range(_TRIES)] for many in _START}
    rows = {
        f"{many} routes": [f"{median(each):.2f}" for each in zip(*tries, strict=True)]
        for many, tries in took.items()
    }
    figures.table("start to the first answered call", ["seconds", "of processor"], rows)
    for many, tries in took.items():
        waited = median([seconds for seconds, _ in tries])
        figures.target(f"{many} routes, seconds", waited, _START[many])
    return {"seconds": took}


def _started(growth: Growth, routes: int) -> tuple[float, float]:
    """Seconds on the clock, and of processor time: on a busy machine they are far apart."""
    policy, core = growth.policy(routes), serving.cores().server
    with serving.folder() as kept:
        began = time.monotonic()
        with serving.engine("start", policy, kept / "ivr.sqlite3", core) as server:
            if calling.decided(server).get(names.DONE) != "1":
                raise click.ClickException("the first call was not decided")
            return time.monotonic() - began, serving.spent(server.pid)


def _values(runs: Mapping[str, Sequence[Run]]) -> dict[str, Any]:
    return {name: [asdict(run) for run in each] for name, each in runs.items()}


PARTS: Final[dict[str, Callable[[Growth], dict[str, Any]]]] = {
    "routes": routes, "callers": callers, "history": history, "start": start,
}  # fmt: skip


@click.command(help=(__doc__ or "").partition("\n\n")[0])
@click.option("--part", "parts", multiple=True, type=click.Choice(list(PARTS)),
              help="Only this one; may be repeated.")  # fmt: skip
@click.option("--rounds", default=5, show_default=True, help="How often all is measured.")
@click.option("--sessions", default=2000, show_default=True, help="Of each run.")
def main(parts: tuple[str, ...], rounds: int, sessions: int) -> None:
    """See the module."""
    values: dict[str, Any] = figures.introduce(f"{rounds} rounds, {sessions} sessions a run")
    for part in parts or PARTS:
        click.echo(f"measuring: {part}", err=True)
        with ExitStack() as stack:
            values[part] = PARTS[part](Growth(rounds, sessions, stack))
    figures.save("growth", values)


if __name__ == "__main__":
    main()
