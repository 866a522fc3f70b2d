"""How far long work has come: shown on a terminal, silent in a pipe."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, BinaryIO

import click

if TYPE_CHECKING:
    from pathlib import Path


def bar(file: Path) -> Any:
    """A progress bar over the bytes of a file; nothing where nobody looks, nor for a pipe."""
    return bar_of(file.stat().st_size, file.name)


def behind(file: BinaryIO) -> int:
    """How many bytes of a file are behind us; none of a pipe, which cannot tell."""
    return file.tell() if file.seekable() else 0


def bar_of(length: int, label: str) -> Any:
    """A progress bar over so many of anything (`update(n)` takes a step); silent in a pipe, and
    where there is nothing to come.

    It goes to the standard error, so that what is printed can be read by machines.
    """
    hidden = not length or not sys.stderr.isatty()
    return click.progressbar(length=length, label=label, file=sys.stderr, hidden=hidden)
