"""What a call costs an engine while three others share its Redis.

    .venv/bin/python bench/engines.py

Four engines on one core; generators and Redis on the other. In each round an engine is called at a
steady rate twice: while the others have no calls, and while each of them has as many. The figure is
the ratio of the two costs of each round: processor time of this one engine a call, its own.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import asdict
from itertools import chain
from statistics import median
from threading import Thread
from typing import TYPE_CHECKING, Final

import calling
import click
import figures
import filling
import policies
import serving
from calling import Load, Run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from serving import Server

_ENGINES: Final = 4
_ROUTES: Final = 100
_TARGET: Final = 1.1


def engines(callers: int, stack: ExitStack) -> list[Server]:
    """Four, on one Redis that knows so many callers."""
    cores = serving.cores()
    policy = policies.large(stack.enter_context(serving.folder()), _ROUTES)
    pid, client = stack.enter_context(serving.redis_server(cores.rest, *serving.FILLING))
    url = f"redis://127.0.0.1:{serving.port_of(client)}"
    filling.fill_redis(client, url, callers)
    serving.durable(client)
    return [
        stack.enter_context(serving.engine(f"engine {place}", policy, url, cores.server, pid))
        for place in range(1, _ENGINES + 1)
    ]


def alone(servers: Sequence[Server], load: Load) -> list[Run]:
    """Each engine while no other has calls."""
    return [calling.call(server, load) for server in servers]


def together(servers: Sequence[Server], load: Load) -> list[Run]:
    """All at once, each with a generator of its own."""
    runs: dict[str, Run] = {}

    def one(server: Server) -> None:
        runs[server.name] = calling.call(server, load)

    threads = [Thread(target=one, args=(server,)) for server in servers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [runs[server.name] for server in servers]


@click.command(help=(__doc__ or "").partition("\n\n")[0])
@click.option("--rounds", default=7, show_default=True, help="How often both are measured.")
@click.option("--seconds", default=8.0, show_default=True, help="Of each run.")
@click.option("--rate", default=75.0, show_default=True, help="Calls a second of each engine.")
@click.option("--callers", default=1_000_000, show_default=True, help="Known to the Redis.")
def main(rounds: int, seconds: float, rate: float, callers: int) -> None:
    """See the module."""
    here = figures.introduce(f"{_ENGINES} engines on one Redis, {rate:.0f} calls a second of each")
    load = Load(round(rate * seconds), callers, rate=rate)
    lonely: list[list[Run]] = []
    shared: list[list[Run]] = []
    with ExitStack() as stack:
        servers = engines(callers, stack)
        together(servers, load)  # not measured: a program that has just begun is slow
        for turn in range(rounds):
            click.echo(f"round {turn + 1} of {rounds}", err=True)
            both = [(alone, lonely), (together, shared)]
            for measure, kept in reversed(both) if turn % 2 else both:
                kept.append(measure(servers, load))
    show(lonely, shared)
    values = {"alone": lonely, "together": shared}
    told = {name: [list(map(asdict, runs)) for runs in each] for name, each in values.items()}
    figures.save("engines", {**here, "rate": rate, **told})


def show(lonely: Sequence[Sequence[Run]], shared: Sequence[Sequence[Run]]) -> None:
    """Costs of each engine, and the ratio over all."""
    rows = {}
    for place in range(_ENGINES):
        costs = [[runs[place].cost for runs in rounds] for rounds in (lonely, shared)]
        each = [b / a for a, b in zip(*costs, strict=True)]
        rows[f"engine {place + 1}"] = [
            *map(figures.spread, costs), f"{median(each):.2f}", f"{min(each):.2f}",
            f"{max(each):.2f}",
        ]  # fmt: skip
    columns = ["alone, µs", "with 3 more", "ratio", "least", "most"]
    figures.table("processor time of one engine a call", columns, rows)
    redis = [[run.redis for run in runs] for runs in lonely]
    click.echo(f"\nRedis itself, an engine alone: {median(chain(*redis)):.0f} µs a call")
    ratios = [
        sum(run.cost for run in many) / sum(run.cost for run in one)
        for one, many in zip(lonely, shared, strict=True)
    ]
    click.echo(f"all four, round by round: {figures.between(ratios)}")
    figures.amiss({"alone": [*chain(*lonely)], "with 3 more": [*chain(*shared)]})
    click.echo()
    figures.target("a call with three more engines, ratio", median(ratios), _TARGET)


if __name__ == "__main__":
    main()
