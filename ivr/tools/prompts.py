"""`ivr prompts`: placeholder recordings, so that a first installation speaks, and the texts.

Whatever lies there stays there: an operator's own recordings are worth more than any of ours.
"""

from __future__ import annotations

import csv
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from ivr.policy.loader import open_policy
from ivr.policy.problems import Problems
from ivr.tools.recordings import existing, missing, recordings, wordless
from ivr.tools.speech import SpeechError, require_programs, speak

if TYPE_CHECKING:
    from collections.abc import Callable

    from ivr.policy.model import Policy
    from ivr.tools.recordings import Recording

__all__ = ["Built", "build", "missing", "prompts"]

#: espeak-ng and sox take a core each; more would only take them from the calls.
_AT_ONCE: Final = 2


@dataclass(frozen=True, slots=True)
class Built:
    """What `build` did: files made, files that were there and stay, and what could not be made."""

    made: tuple[Path, ...]
    kept: tuple[Path, ...]
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Outcome:
    made: Path | None = None
    kept: Path | None = None
    problem: str | None = None


def build(
    policy: Policy,
    out: Path,
    *,
    force: bool = False,
    done: Callable[[], object] = lambda: None,
) -> Built:
    """Make a placeholder for every recording of the manifest that is not in `out`.

    `force` makes every .wav anew; recordings in other formats are never touched. `done` is called
    after each. Raises `SpeechError` where a program is missing, OSError where `out` is not to be
    written to.
    """
    require_programs()
    outcomes = []
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for outcome in pool.map(partial(_make, out=out, force=force), recordings(policy)):
            outcomes.append(outcome)
            done()
    return Built(
        tuple(outcome.made for outcome in outcomes if outcome.made),
        tuple(outcome.kept for outcome in outcomes if outcome.kept),
        (*(outcome.problem for outcome in outcomes if outcome.problem), *wordless(policy)),
    )


def _make(recording: Recording, *, out: Path, force: bool) -> _Outcome:
    base = out / recording.file
    target = base.with_name(f"{base.name}.wav")
    kept = [path for path in existing(base) if not (force and path == target)]
    if kept:
        return _Outcome(kept=kept[0])
    try:
        speak(_said(recording), recording.language, target, slow=recording.slow)
    except SpeechError as error:
        return _Outcome(problem=f"{recording.file}: {error}")
    return _Outcome(made=target)


def _said(recording: Recording) -> str:
    """What espeak-ng is given. Raises `SpeechError` where there is nothing to say."""
    said = recording.phonemes or recording.text
    if not said.strip():
        name, language = recording.prompt, recording.language
        raise SpeechError(f"the prompt {name} has no text in {language}: add it")
    return said


@click.group("prompts")
def prompts() -> None:
    """What callers hear: the texts to record, and placeholders until they are recorded."""


_policy_option = click.option(
    "--policy",
    type=click.Path(exists=True, path_type=Path),
    default=Path("routes"),
    show_default=True,
    help="The policy, whose `prompts:` are the texts.",
)


@prompts.command("build")
@_policy_option
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="Asterisk's folder of sounds, such as /usr/share/asterisk/sounds.",
)
@click.option("--force", is_flag=True, help="Make every .wav anew, your own recordings included.")
def build_command(policy: Path, out: Path, force: bool) -> None:
    """Make a placeholder of every recording that is missing, with espeak-ng.

    Files that are there stay as they are.

    \b
    Example:
      ivr prompts build --out /usr/share/asterisk/sounds
    """
    loaded = _load(policy)
    bar = click.progressbar(
        length=len(recordings(loaded)),
        label="Recording",
        file=sys.stderr,
        hidden=not sys.stderr.isatty(),
    )
    try:
        with bar:
            built = build(loaded, out, force=force, done=lambda: bar.update(1))
    except (SpeechError, OSError) as error:
        raise click.ClickException(str(error)) from None
    _tell(built)


def _tell(built: Built) -> None:
    """What was made goes to standard output, problems to standard error, with exit code 1."""
    for folder, count in sorted(Counter(path.parent for path in built.made).items()):
        click.echo(f"{folder}: {count} made")
    for folder, count in sorted(Counter(path.parent for path in built.kept).items()):
        click.echo(f"{folder}: {count} were there, and stay as they are")
    for problem in built.problems:
        click.echo(problem, err=True)
    if built.problems:
        raise click.exceptions.Exit(1)


@prompts.command("list")
@_policy_option
@click.option("--csv", "as_csv", is_flag=True, help="Comma-separated values, for a spreadsheet.")
def list_command(policy: Path, as_csv: bool) -> None:
    """List every recording with its text, for the person who records them.

    \b
    Example:
      ivr prompts list --csv > to-record.csv
    """
    rows = [
        (f"{found.file}.wav", "slowly" if found.slow else "", found.text)
        for found in recordings(_load(policy))
    ]
    if as_csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerows([("file", "how", "text"), *rows])
        return
    width = max((len(file) for file, _, _ in rows), default=0)
    for file, how, text in rows:
        click.echo(f"{file:{width}}  {how:6}  {text}")


def _load(path: Path) -> Policy:
    """The policy, or every problem of it and exit code 1."""
    loaded = open_policy(path)
    if isinstance(loaded, Problems):
        click.echo(str(loaded), err=True)
        raise click.exceptions.Exit(1)
    return loaded
