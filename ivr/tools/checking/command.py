"""The command: looks, tells it in one form, and exits with what it comes to."""

from __future__ import annotations

import io
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from ivr.tools.checking.as_github import as_github
from ivr.tools.checking.as_json import as_json
from ivr.tools.checking.as_junit import as_junit
from ivr.tools.checking.as_text import as_text
from ivr.tools.checking.looking import look

if TYPE_CHECKING:
    from typing import TextIO

_FORMS: Final = {"text": as_text, "json": as_json, "github": as_github, "junit": as_junit}


def check(
    path: Path,
    out: TextIO,
    prompts: Path | None = None,
    *,
    output: str = "text",
    strict: bool = False,
) -> int:
    """Print what is wrong with the policy in a file or folder, and what is odd in it.

    Gives the exit code. With `prompts`, a folder of Asterisk's sounds, recordings that are not
    there count as well.
    """
    checked = look(path, time.time(), prompts)
    out.write(_FORMS[output](checked, strict=strict))
    return checked.exit_code(strict=strict)


@click.command("check")
@click.argument("path", type=click.Path(path_type=Path), default=Path("routes"))
@click.option(
    "--output",
    type=click.Choice(tuple(_FORMS)),
    default="text",
    show_default=True,
    help="For people, for programs, for GitHub's annotations, for Jenkins and GitLab.",
)
@click.option("--strict", is_flag=True, help="Exit with 3 where there are warnings only.")
@click.option(
    "--prompts",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Also look for every recording below this folder of Asterisk's sounds.",
)
def command(path: Path, output: str, strict: bool, prompts: Path | None) -> None:
    """Print every problem of the policy in PATH (a file or a folder, by default routes).

    Each as file:line:col, what is wrong, and what to write instead; then, marked as warnings, what
    is sound and probably not meant. Exits with 0 if there is no problem, with 1 if there are some,
    with 2 if the policy could not be read, and with --strict with 3 if there are warnings only.

    \b
    Examples:
      ivr check routes --prompts /var/lib/asterisk/sounds
      ivr check --strict --output junit > check.xml
    """
    if isinstance(sys.stdout, io.TextIOWrapper):  # XML says that it is UTF-8, wherever it is run
        sys.stdout.reconfigure(
            encoding="utf-8" if output != "text" else None, errors="backslashreplace"
        )
    sys.exit(check(path, sys.stdout, prompts, output=output, strict=strict))
