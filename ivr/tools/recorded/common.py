"""What commands that decide recorded calls have in common: policies, times, and their figures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

import click

from ivr.engine.policies import load_checked
from ivr.policy.problems import Problems
from ivr.policy.reading.values import seconds
from ivr.tools.place import RefusedExit, UsageExit

if TYPE_CHECKING:
    from collections.abc import Callable

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
    """Give a command the option `to_json`, a path; `-` is the standard output."""
    return click.option(
        "--json",
        "to_json",
        type=click.Path(path_type=Path),
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


def write_json(path: Path, text: str) -> None:
    """Write what `--json` asked for. Raises `RefusedExit`."""
    try:
        with click.open_file(str(path), "w", encoding="utf-8") as file:
            file.write(f"{text}\n")
    except OSError as error:
        raise RefusedExit(f"{path} cannot be written: {error.strerror}") from error
