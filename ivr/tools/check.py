"""`ivr check`: every problem of a policy at once, or one line that says what was read."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from ivr.engine.policies import checked
from ivr.policy.loader import read
from ivr.policy.problems import Problems
from ivr.tools.prompts import missing

if TYPE_CHECKING:
    from typing import TextIO

    from ivr.policy.model import Policy

#: Exit codes.
CLEAN: Final = 0
PROBLEMS: Final = 1


def check(path: Path, out: TextIO, prompts: Path | None = None) -> int:
    """Print what is wrong with the policy in a file or folder; gives the exit code.

    With `prompts`, a folder of Asterisk's sounds, recordings that are not there count as well.
    """
    files = read(path)
    policy = files if isinstance(files, Problems) else checked(files)
    if isinstance(files, Problems) or isinstance(policy, Problems):
        print(policy, file=out)
        return PROBLEMS
    lacking = missing(policy, prompts) if prompts is not None else []
    if lacking:
        print("\n".join(lacking), file=out)
        return PROBLEMS
    print(f"{path}: {_summary(len(files), policy)}", file=out)
    return CLEAN


def _summary(files: int, policy: Policy) -> str:
    counts = (
        _count(files, "file"),
        _count(len(policy.entrypoints), "entrypoint"),
        _count(len(policy.menus), "menu"),
        _count(len(policy.routes), "route"),
        _count(len(policy.queues), "queue"),
        _count(len(policy.prompts), "prompt"),
    )
    return f"no problems in {', '.join(counts)} (policy {policy.hash})"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


@click.command("check")
@click.argument("path", type=click.Path(path_type=Path), default=Path("routes"))
@click.option(
    "--prompts",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Also look for every recording below this folder of Asterisk's sounds.",
)
def command(path: Path, prompts: Path | None) -> None:
    """Print every problem of the policy in PATH (a file or a folder, by default routes).

    Each as file:line:col, what is wrong, and what to write instead. Exits with 0 if there is none,
    with 1 if there are some.

    \b
    Example:
      ivr check routes --prompts /var/lib/asterisk/sounds
    """
    sys.exit(check(path, sys.stdout, prompts))
