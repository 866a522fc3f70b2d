"""Recorded calls as commands take them: their options, and a file read with all that is told."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

import click

from ivr.tools.progress import bar
from ivr.tools.recorded.recording import Recording, open_calls
from ivr.tools.texts import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from zoneinfo import ZoneInfo

    F = TypeVar("F", bound=Callable[..., object])

#: Lines that cannot be read which are named; the rest are counted.
_NAMED: Final = 20

_FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)


def calls_options(command: F) -> F:
    """Give a command the argument `calls` and the options `mapping` and `utc`."""
    for option in (
        click.option(
            "--utc", is_flag=True, help="The times of a CDR (usegmtime=yes) or a table are UTC."
        ),
        click.option(
            "--mapping",
            metavar="FILE",
            type=_FILE,
            help="What the columns of a table mean, as YAML: docs/recorded-calls.md.",
        ),
        click.argument("calls", type=_FILE),
    ):
        command = option(command)
    return command


@contextmanager
def reading(
    calls: Path, *, zone: ZoneInfo, region: str, mapping: Path | None = None, utc: bool = False
) -> Iterator[Recording]:
    """Recorded calls to iterate over, with a progress bar; lines that cannot be read are told.

    Raises `UsageExit` for a file that is none, at once or on reading.
    """
    told = _Told(calls)
    with bar(calls) as shown:
        recording = open_calls(
            calls, zone=zone, region=region, mapping=mapping, utc=utc, skip=told.skip,
            progress=lambda at: shown.update(at - shown.pos),
        )  # fmt: skip
        yield recording
    told.rest(recording.tally.skipped)


class _Told:
    def __init__(self, file: Path) -> None:
        self._file, self._named = file, 0

    def skip(self, line: int, why: str) -> None:
        if self._named < _NAMED:
            self._named += 1
            click.echo(printable(f"{self._file}:{line}: skipped: {why}"), err=True)

    def rest(self, skipped: int) -> None:
        if skipped > self._named:
            click.echo(f"{self._file}: {skipped} lines skipped, {_NAMED} of them named", err=True)
