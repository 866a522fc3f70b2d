"""What a command prints on: it may be closed, on a full disk, or a terminal without the letters."""

from __future__ import annotations

import errno
import io
import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import click

from ivr.tools.place import RefusedExit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import TextIO

#: The standard streams by the numbers that they have, and what is done with each.
_STANDARD: Final = (("stdin", "r"), ("stdout", "w"), ("stderr", "w"))


def open_closed() -> None:
    """Open each standard stream that is closed (`>&-`) to nowhere.

    A file or a connection that is opened later has the lowest number that is free, and would be
    taken for it.
    """
    for name, mode in _STANDARD:
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115 # to the end


def escape_letters() -> None:
    """Have what the terminal has no letter for escaped."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


@contextmanager
def seen_off() -> Iterator[None]:
    """See off what is printed meanwhile. Raises `RefusedExit` where the disk behind it is full.

    Most commands print when all is done, and some while they ask; a change may be made or not.
    """
    try:
        try:
            yield
        finally:  # many end by an exit code of their own
            sys.stdout.flush()
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        let_go(sys.stdout)
        raise RefusedExit(
            f"{os.strerror(errno.ENOSPC)}: what was printed is cut short; look whether what you"
            " asked for is done before you ask again"
        ) from None


@contextmanager
def ended_by_code() -> Iterator[None]:
    """End with exit code 1 where not even what went wrong can be printed: nobody reads the standard
    error, or the disk behind it is full.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EPIPE):
            raise
        let_go(sys.stderr)
        sys.exit(RefusedExit.exit_code)


def name_skipped(file: Path, line: int, why: str) -> None:
    """Name a line of a file that was skipped.

    Where that cannot be printed the work goes on: how far it comes must not hang on who listens.
    """
    try:
        click.echo(f"{file}:{line}: skipped: {why}", err=True)
    except OSError:
        let_go(sys.stderr)


def let_go(stream: TextIO) -> None:
    """What could not be written is written to nowhere, or Python tries it again when it ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
