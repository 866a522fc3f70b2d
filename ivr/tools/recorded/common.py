"""What commands that decide recorded calls have in common: policies, times, and their figures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

import click

from ivr.engine.policies import load_checked
from ivr.policy.problems import Problems
from ivr.policy.reading.values import seconds
from ivr.tools.place import RefusedExit, UsageExit
from ivr.tools.report.writing import must_be_writable, write_page
from ivr.tools.texts import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ivr.policy.model import Policy

    F = TypeVar("F", bound=Callable[..., object])

#: A policy as an option takes it.
POLICY: Final = click.Path(exists=True, path_type=Path)


def policy_option(command: F) -> F:
    """Give a command the option `policy`, a path."""
    return click.option(
        "--policy",
        type=POLICY,
        default=Path("routes"),
        show_default=True,
        metavar="PATH",
        help="The policy, a file or a folder.",
    )(command)


def deciding_options(command: F) -> F:
    """Give a command `wait_limit`, `dialled` and `vip_grant`, as they were written."""
    for option in (
        click.option(
            "--vip-grant",
            metavar="NAME",
            help="The grant of callers whom the mapping takes for VIPs [default: the only one]",
        ),
        click.option(
            "--dialled",
            metavar="NUMBER",
            help="Where the log tells no number dialled [default: the first of the policy's]",
        ),
        click.option(
            "--wait-limit",
            default="3m",
            show_default=True,
            metavar="TIME",
            help="Count calls that waited longer (90s, 3m).",
        ),
    ):
        command = option(command)
    return command


def json_option(command: F) -> F:
    """Give a command the option `to_json`, checked before any work; `-` is the standard output."""
    return click.option(
        "--json",
        "to_json",
        type=click.Path(path_type=Path),
        callback=_checked,
        metavar="FILE",
        help="Write every figure as JSON (-: to standard output, instead of tables).",
    )(command)


def read_policy(path: Path) -> Policy:
    """The policy, or its problems told and exit code 1."""
    policy = load_checked(path)
    if isinstance(policy, Problems):
        click.echo(str(policy), err=True)
        raise RefusedExit(f"the policy in {path} has problems: mend them, then `ivr check` says so")
    return policy


def read_time(written: str) -> int:
    """A time such as 90s or 3m, in seconds. Raises `UsageExit`."""
    found = seconds(written)
    if found is None:
        raise UsageExit(f"{written!r} is no time: write 90s, 3m or 1h")
    return found


def tell(lines: Iterable[str]) -> None:
    """Print lines in which names out of a log may be: none of them moves the terminal's cursor."""
    for line in lines:
        click.echo(printable(line))


def write_json(path: Path, text: str, *, private: bool) -> None:
    """Write what `--json` asked for; `private`: callers' numbers are in it. Raises `UsageExit`."""
    if _is_output(path):
        click.echo(text)
        return
    # Half a character, as of a file name that is no UTF-8, is written as JSON writes it.
    whole = f"{text}\n".encode(errors="backslashreplace").decode()
    write_page(path, whole, private=private)


def _is_output(path: Path | None) -> bool:
    return path is not None and str(path) == "-"


def _checked(_context: click.Context, _option: click.Parameter, path: Path | None) -> Path | None:
    if path is not None and not _is_output(path):
        must_be_writable(path, "figures.json")
    return path
