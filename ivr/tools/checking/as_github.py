"""What was found, as GitHub's workflow commands, which become annotations of a pull request.

The escapes are those that the runner undoes (actions/toolkit, packages/core/src/command.ts): `%`,
CR and LF everywhere, and `:` and `,` in properties besides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ivr.tools.texts import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ivr.policy.model import Place
    from ivr.tools.checking.looking import Checked

_DATA: Final = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY: Final = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"})


def as_github(checked: Checked, *, strict: bool) -> str:
    """A command for each problem, warning and note; nothing at all for a clean policy.

    With `strict`, warnings fail the job, and so they are errors.
    """
    return "".join(f"{line}\n" for line in _commands(checked, "error" if strict else "warning"))


def _commands(checked: Checked, warning: str) -> Iterator[str]:
    for problem in checked.problems:
        yield _command("error", f"{problem.wrong}: {problem.instead}", problem.place)
    for lacking in checked.recordings:
        yield _command("error", lacking)
    for doubt in checked.warnings:
        yield _command(warning, f"{doubt.wrong}: {doubt.instead}", doubt.place)
    for note in checked.notes:
        yield _command("notice", note)


def _command(name: str, message: str, place: Place | None = None) -> str:
    where = "" if place is None else f" {_where(place)}"
    return f"::{name}{where}::{printable(message.translate(_DATA))}"


def _where(place: Place) -> str:
    file = printable(place.file.translate(_PROPERTY))
    return f"file={file},line={place.line},col={place.column}"
