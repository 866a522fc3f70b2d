"""Tables that one understands at sight, and the same figures as JSON."""

from __future__ import annotations

import json
import os
import platform
import signal
import subprocess
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, Final

import click
from serving import ROOT, WORK, cores

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from calling import Run

_NAME: Final = 34
_CELL: Final = 12


def table(title: str, columns: Sequence[str], rows: Mapping[str, Sequence[str]]) -> None:
    """Print one, as docs/performance.md has it."""
    click.echo()
    _line(title, columns)
    click.echo(f"| {'-' * _NAME} |" + f" {'-' * (_CELL - 1)}: |" * len(columns))
    for name, cells in rows.items():
        _line(name, cells)


def _line(name: str, cells: Sequence[str]) -> None:
    click.echo(f"| {name:<{_NAME}} |" + "".join(f" {cell:>{_CELL}} |" for cell in cells))


def spread(values: Sequence[float], digits: int = 0) -> str:
    """The median of some rounds; "-" where there was none."""
    return f"{median(values):.{digits}f}" if values else "-"


def between(values: Sequence[float], digits: int = 2) -> str:
    """The median with the least and the most."""
    least, most = min(values), max(values)
    return f"{median(values):.{digits}f} ({least:.{digits}f} to {most:.{digits}f})"


def target(name: str, value: float, most: float, digits: int = 2) -> None:
    """Say whether a figure is where it should be."""
    word = "reached" if value <= most else "MISSED"
    click.echo(f"  {word:<8} {name}: {value:.{digits}f}, at most {most:g}")


def amiss(runs: Mapping[str, Sequence[Run]]) -> None:
    """Say what went otherwise than it should: errors are shown, and no figure hides them."""
    found = [(name, run) for name, each in runs.items() for run in each if run.errors or run.amiss]
    click.echo("\nNOT AS IT SHOULD BE" if found else "\nall sessions were decided")
    for name, run in found:
        more = "".join(f"; {metric} {value:.0f}" for metric, value in run.amiss.items())
        click.echo(f"  {name}: {run.errors} of {run.sessions} sessions failed{more}")


def machine() -> dict[str, Any]:
    """What ran, where: figures of another machine are other figures."""
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"],  # noqa: S607 - whichever it is
        cwd=ROOT, capture_output=True, text=True, check=False,
    ).stdout.strip()  # fmt: skip
    return {
        "commit": commit, "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "processor": _processor(), "cores": os.cpu_count(), "kernel": platform.release(),
        "python": platform.python_version(), "load": [round(each, 1) for each in os.getloadavg()],
    }  # fmt: skip


def introduce(what: str) -> dict[str, Any]:
    """Print what is measured on which machine; the same as values.

    Ended from outside, a measurement ends what it started, as with Ctrl-C.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    here = machine()
    click.echo(
        f"{what}\n{here['processor']}, {here['cores']} cores, Linux {here['kernel']}, Python"
        f" {here['python']}, commit {here['commit']}, load {here['load'][0]} when it began\n"
        f"{cores().told}"
    )
    return here


def save(name: str, values: Mapping[str, Any], folder: Path = WORK) -> None:
    """Keep figures beside those of earlier runs."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-{time.strftime('%Y%m%dT%H%M%S', time.gmtime())}.json"
    path.write_text(json.dumps(values, indent=1, default=str) + "\n")
    click.echo(f"\nkept in {path}")


def _processor() -> str:
    lines: Iterable[str] = Path("/proc/cpuinfo").read_text().splitlines()
    return next((each.split(": ")[1] for each in lines if each.startswith("model name")), "?")
