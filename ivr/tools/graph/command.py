"""`ivr graph`: a policy drawn."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from ivr.engine.policies import checked
from ivr.policy.loader import read
from ivr.policy.problems import Problems
from ivr.tools.place import UsageExit
from ivr.tools.texts import printable

if TYPE_CHECKING:
    from ivr.policy.model import Policy

#: What a file is called decides what is written, unless it is said.
_BY_ENDING: Final = {".mmd": "mermaid", ".mermaid": "mermaid"}


@click.command("graph")
@click.argument("path", type=click.Path(path_type=Path), default=Path("routes"))
@click.option(
    "--format",
    "form",
    type=click.Choice(["svg", "mermaid"]),
    help="What to write: an SVG file, or text for Mermaid. By FILE's ending, else svg.",
)
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Where to write it, instead of the standard output.",
)
@click.option("--expand", is_flag=True, help="Draw every route, however many there are.")
def command(path: Path, form: str | None, output: Path | None, expand: bool) -> None:
    """Draw the policy in PATH (a file or a folder, by default routes).

    Entrypoints, menus, tiers, routes in their order, queues and paid lines, as one SVG file that
    any browser shows and prints. More than 40 routes are put together; point at a box to see which.
    A policy with problems is not drawn: they are printed, and the exit code is 1.

    \b
    Examples:
      ivr graph routes --output routes.svg
      ivr graph routes --format mermaid
    """
    policy = _policy(path)
    form = form or _BY_ENDING.get(output.suffix.lower() if output else "", "svg")
    written = draw(policy, form, expand=expand)
    if output is None:
        sys.stdout.buffer.write(written)
    else:
        _write(written, output)


def _write(written: bytes, output: Path) -> None:
    try:
        output.write_bytes(written)
    except BrokenPipeError:
        raise  # whoever read it has seen enough
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UsageExit(f"{output} cannot be written ({reason}): name another --output") from None


def draw(policy: Policy, form: str, *, expand: bool = False) -> bytes:
    """The picture as a file's content, UTF-8."""
    from ivr.tools.graph.layout import layout
    from ivr.tools.graph.mermaid import mermaid
    from ivr.tools.graph.svg import svg

    if form == "mermaid":
        return mermaid(policy, expand=expand).encode()
    return svg(layout(policy, expand=expand))


def _policy(path: Path) -> Policy:
    files = read(path)
    if isinstance(files, Problems):
        _tell(files)
        raise click.exceptions.Exit(2)
    policy = checked(files)
    if isinstance(policy, Problems):
        _tell(policy)
        raise click.exceptions.Exit(1)
    return policy


def _tell(problems: Problems) -> None:
    for problem in problems:
        click.echo(printable(str(problem)), err=True)
