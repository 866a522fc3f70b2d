"""How many calls a second `ivr replay` runs through a policy: reading, deciding and counting.

    .venv/bin/python bench/replay.py CALLS MAPPING [ROWS] [POLICY] [AGAINST]

The table CALLS is repeated, fortnight after fortnight, until it has ROWS rows (by default a
million); its moments are in the columns that MAPPING names, the first of them a date. Each run is a
process of its own; memory is its highest.
"""

from __future__ import annotations

import csv
import resource
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from ivr.tools.recorded.mapping import read_mapping

if TYPE_CHECKING:
    from ivr.tools.recorded.mapping import LogMapping

_FORTNIGHT: Final = timedelta(days=14)


def repeated(calls: Path, mapping: LogMapping, rows: int, target: Path) -> int:
    """Write the table again and again, a fortnight later each time; how many rows there are."""
    form, day = mapping.moment.split()[0], mapping.started[0]
    with calls.open(encoding=mapping.encoding, newline="") as file:
        table = list(csv.DictReader(file, delimiter=mapping.separator))
    written = 0
    with target.open("w", encoding=mapping.encoding, newline="") as file:
        writer = csv.DictWriter(file, list(table[0]), delimiter=mapping.separator)
        writer.writeheader()
        while written < rows:
            for row in table:
                began = datetime.strptime(row[day], form)  # noqa: DTZ007 - a date, moved on
                row[day] = (began + _FORTNIGHT).strftime(form)
            writer.writerows(table[: rows - written])
            written += len(table)
    return min(written, rows)


def timed(*args: str) -> tuple[float, float]:
    """Seconds of processor time that a replay takes, and those of one that reads nothing."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "ivr", "replay", *args], check=True,
                   stdout=subprocess.DEVNULL)  # fmt: skip
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return seconds, after.ru_maxrss / 1024


def main(calls: str, mapping: str, rows: str = "1000000", policy: str = "routes",
         against: str = "") -> None:  # fmt: skip
    """Print calls a second, and megabytes."""
    with tempfile.TemporaryDirectory() as folder:
        big = Path(folder) / "calls.tsv"
        count = repeated(Path(calls), read_mapping(Path(mapping).read_text()), int(rows), big)
        args = [str(big), "--mapping", mapping, "--policy", policy, "--assume", "marked"]
        args += ["--against", against] if against else []
        began = time.monotonic()
        seconds, megabytes = timed(*args)
        wall = time.monotonic() - began
    click.echo(
        f"{count} rows in {seconds:.0f} s of processor time ({wall:.0f} s on the clock):"
        f" {count / seconds:.0f} a second, {megabytes:.0f} MB"
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
