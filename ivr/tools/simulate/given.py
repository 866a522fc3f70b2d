"""What `ivr simulate` is given, read: the staffing file, and changes to it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from ivr.policy.problems import Problems
from ivr.policy.reading.values import advice
from ivr.tools.place import RefusedExit, UsageExit
from ivr.tools.simulate.reading import read_staffing
from ivr.tools.simulate.staffing import Change

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ivr.policy.model import Policy
    from ivr.tools.simulate.staffing import Staffing

#: Instead of a staffing file: the agents that the log shows at work.
FROM_LOG: Final = "from-log"

_CHANGE: Final = re.compile(r"(?P<group>[^=]+)=(?P<sign>[+-]?)(?P<count>[0-9]{1,5})", re.ASCII)
_LARGEST: Final = 1_000_000  # bytes of a staffing file


def written_staffing(path: str, policies: tuple[Policy, ...]) -> Staffing | None:
    """The staffing file; None where the log is to tell."""
    if path == FROM_LOG:
        return None
    found = read_staffing(path, _text(Path(path)), policies)
    if isinstance(found, Problems):
        click.echo(str(found), err=True)
        raise RefusedExit(f"{path} has problems: docs/simulate.md shows one that has none")
    return found


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(_LARGEST + 1)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "no file name"
        raise UsageExit(f"{path} cannot be read: {why}; write a file, or {FROM_LOG}") from error
    if len(raw) > _LARGEST:
        raise UsageExit(f"{path} is no staffing file: it is larger than a megabyte")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageExit(f"{path} is no staffing file: it is not UTF-8") from error


def read_changes(written: Sequence[str], groups: Sequence[str]) -> dict[str, Change]:
    """`senior=8`, `general=+2`, by group."""
    found: dict[str, Change] = {}
    for each in written:
        match = _CHANGE.fullmatch(each)
        if match is None:
            raise UsageExit(f"--agents {each!r}: write GROUP=8, or GROUP=+2 for two more")
        group, sign, count = match["group"], match["sign"], int(match["count"])
        if group not in groups:
            others = "have it in a staffing file: --staffing FILE"
            raise UsageExit(f"there is no group {group!r}: {advice(group, groups, others)}")
        found[group] = Change(group, -count if sign == "-" else count, relative=bool(sign))
    return found
