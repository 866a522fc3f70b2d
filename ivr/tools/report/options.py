"""`--html FILE` of a command. The page's libraries are imported only once it is asked for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ivr.tools.place import UsageExit
from ivr.tools.report.writing import must_be_writable, write_page

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    F = TypeVar("F", bound=Callable[..., object])


def html_option(command: F) -> F:
    """Give a command the option `html`: where a page goes, checked before any work is done."""
    option = click.option(
        "--html",
        metavar="FILE",
        type=click.Path(path_type=Path),
        callback=_checked,
        help="Write one HTML file with plots, to be looked at without a network.",
    )
    return option(command)


def _checked(_context: click.Context, _option: click.Parameter, path: Path | None) -> Path | None:
    if path is not None:
        if str(path) == "-":
            raise UsageExit("--html wants the name of a file: report.html")
        must_be_writable(path)
    return path


def write_html(path: Path | None, figures: Callable[[], Mapping[str, Any]]) -> None:
    """Write the page of what `--json` would have, if it is asked for. Raises `UsageExit`."""
    if path is None:
        return
    from ivr.tools.report.page import page

    form = figures()
    write_page(path, page(form), private=not form.get("masked", True))
