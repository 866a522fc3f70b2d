"""Decisions that engines kept: found by id, or the last ones that fit."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ivr.callers.numbers import parse_number
from ivr.logs.decisions import reading
from ivr.logs.decisions.lines import unpacked
from ivr.logs.masking import WITHHELD, masked
from ivr.tools.place import RefusedExit, UsageExit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ivr.logs.decisions import Form


@dataclass(frozen=True, slots=True)
class Filter:
    """Which decisions fit: `number` is E.164 or `withheld`, compared masked where it was masked.

    Empty texts fit all. With `key`, decisions that were masked with it are found.
    """

    number: str = ""
    route: str = ""
    key: bytes = field(default=b"", repr=False)

    def fits(self, form: Form) -> bool:
        """Whether the decision is one of those asked for."""
        said = form.get("number")
        if self.number and said not in self._written:
            return False
        return self.route in ("", form.get("route"))

    @property
    def _written(self) -> tuple[str, ...]:
        """The number in each way in which it may have been kept."""
        return self.number, masked(self.number), masked(self.number, self.key)


def number_of(text: str, region: str) -> str:
    """The number to look for, as somebody wrote it. Raises `UsageExit`."""
    number = WITHHELD if text == WITHHELD else parse_number(text, region)
    if number is None:
        raise UsageExit(f"{text!r} is no telephone number: write it with + and country code")
    return number


def last(folder: Path | None, count: int, wanted: Filter) -> Iterator[Form]:
    """The last decisions, the newest at the end. Raises `RefusedExit` where there is none."""
    where = _must_exist(folder)
    try:
        found = reading.last(where, count, wanted.fits)
        if found:
            return map(unpacked, found)
        oldest = reading.oldest(where)
    except OSError as error:
        raise _unreadable(where, error) from error
    if oldest is None:
        raise RefusedExit(f"no decision is kept in {where} yet")
    raise RefusedExit(f"no such decision is kept; the oldest here was made {_time(oldest)}")


def by_id(folder: Path | None, wanted: str) -> Iterator[Form]:
    """All decisions about a call, the oldest first. Raises `RefusedExit` where there is none."""
    where = _must_exist(folder)
    try:
        found = reading.by_id(where, wanted)
        if found:
            return map(unpacked, found)
        oldest = reading.oldest(where)
    except OSError as error:
        raise _unreadable(where, error) from error
    if oldest is None:
        raise RefusedExit(f"no decision is kept in {where} yet")
    raise RefusedExit(
        f"no decision {wanted} is kept in {where}: it was made before the oldest that is"
        f" ({_time(oldest)}), by another machine's engine, or is lost (ivr_decisions_lost_total)"
    )


def _must_exist(folder: Path | None) -> Path:
    if folder is None:
        raise RefusedExit("no decisions are kept: the setting decisions is off")
    try:
        there = folder.is_dir()
    except OSError as error:
        raise _unreadable(folder, error) from error
    if not there:
        raise RefusedExit(
            f"no decisions are kept in {folder}: no engine with this setting has decided a call."
            " Name its folder with --decisions, or its store with --store"
        )
    return folder


def _unreadable(folder: Path, error: OSError) -> UsageExit:
    why = error.strerror or str(error)
    return UsageExit(
        f"{folder} cannot be read ({why}): run this as the engine's user, or with sudo"
    )


def _time(form: Form) -> str:
    return str(form.get("time", "?"))[:19].replace("T", " ")
