"""`ivr caller import`: many changes from a CSV file, past a running engine.

The file is changed in batches with a breath between them, so that the engine, which looks every
2 ms whether it may write, comes in after each.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from itertools import islice, zip_longest
from typing import TYPE_CHECKING, BinaryIO, Final

from ivr.callers.changes import CloseCase, Release, RemoveMark, RevokeGrant, SetShared
from ivr.engine.desk import DeskError
from ivr.engine.interfaces import DoubtError, ManyError, StoreError
from ivr.tools.moments import parse_until
from ivr.tools.progress import behind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from zoneinfo import ZoneInfo

    from ivr.callers.caller import Author
    from ivr.callers.changes import Change
    from ivr.engine.desk import Desk

COLUMNS: Final = ("number", "change", "grant", "topic", "complex", "case", "mark", "until")
_NEEDED: Final = ("number", "change")

#: Rows in one transaction: it is over in about 20 ms, and the engine's writes wait no longer.
ROWS: Final = 250

_YES: Final = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}


@dataclass(frozen=True, slots=True)
class Row:
    """A row that can be tried: the line it is on, whose number, which change."""

    line: int
    number: str
    change: Change


@dataclass(slots=True)
class Import:
    """One import. `skip` hears of each row that was not made, `breathe` lets others write."""

    desk: Desk
    zone: ZoneInfo
    skip: Callable[[int, str], None]
    breathe: Callable[[], None]
    made: int = 0
    skipped: int = 0

    async def run(self, file: BinaryIO, author: Author, progress: Callable[[int], None]) -> None:
        """Make all changes that can be made. `progress` hears how many bytes are behind us.

        Raises `DeskError` for a file that is none of ours, and `StoreError`; what was made by then
        stays, and the error says which lines that are, or may be.
        """
        rows = self.rows(file)
        while batch := list(islice(rows, ROWS)):
            await self._make(batch, author)
            progress(behind(file))
            self.breathe()

    async def _make(self, batch: list[Row], author: Author) -> None:
        failed: list[tuple[int, Exception]] = []
        for row, outcome in zip(batch, await self._outcomes(batch, author), strict=True):
            if outcome is None:
                self.made += 1
            elif isinstance(outcome, str):
                self._skip(row.line, outcome)
            else:
                failed.append((row.line, outcome))
        if failed:
            raise StoreError(self._stopped(batch, failed)) from failed[0][1]

    async def _outcomes(self, batch: list[Row], author: Author) -> Sequence[Exception | str | None]:
        """See `ManyError.outcomes`."""
        try:
            return await self.desk.change_many([(row.number, row.change) for row in batch], author)
        except ManyError as error:
            return error.outcomes
        except StoreError as error:
            return [error] * len(batch)

    def _stopped(self, batch: list[Row], failed: Sequence[tuple[int, Exception]]) -> str:
        """Where to go on, and which lines are to be looked at before."""
        unsure = [each for each in failed if isinstance(each[1], DoubtError)]
        lost = [each for each in failed if not isinstance(each[1], DoubtError)]
        made = f"with {self.made} changes made"
        if len(lost) == len(batch):
            return f"stopped before line {batch[0].line} {made}: {lost[0][1]}"
        told = [f"stopped after line {batch[-1].line} {made}"]
        if unsure:
            told.append(
                f"lines {_ranges(unsure)} were made or may have been: look before importing them "
                f"again ({unsure[0][1]})"
            )
        if lost:
            told.append(f"lines {_ranges(lost)} were not made ({lost[0][1]})")
        return "; ".join(told)

    def rows(self, file: BinaryIO) -> Iterator[Row]:
        """The rows that make sense; the others are skipped.

        A row is one line, whatever its quotes say: one that is never closed would else swallow the
        rows behind it.
        """
        text = io.TextIOWrapper(file, "utf-8-sig", errors="surrogateescape", newline="")
        names = _names(next(text, ""))
        for line, written in enumerate(text, 2):
            try:
                fields = _fields(written)
                if fields:
                    yield self._row(line, names, fields)
            except DeskError as error:
                self._skip(line, str(error))
        text.detach()

    def _row(self, line: int, names: list[str], fields: list[str]) -> Row:
        if len(fields) > len(names):
            raise DeskError("has more fields than the first line: quote those that have commas")
        words = {name: field.strip() for name, field in zip_longest(names, fields, fillvalue="")}
        if not all(_is_text(word) for word in words.values()):
            raise DeskError("is not UTF-8: save the file as 'CSV UTF-8'")
        return Row(line, self.desk.number(words["number"]), self._change(words))

    def _change(self, words: dict[str, str]) -> Change:
        """The change that a row asks for, by the name of the command that makes it."""
        get = words.get
        until = parse_until(words["until"], self.zone) if get("until") else None
        match words["change"]:
            case "grant-vip":
                return self.desk.give_grant(get("grant") or None, until)
            case "revoke-vip":
                return RevokeGrant(get("grant") or None)
            case "open-case":
                return self.desk.open_case(
                    get("topic") or None, complex_=_yes_or_no(get("complex") or "no")
                )
            case "close-case":
                return CloseCase(get("case") or None)
            case "mark":
                return self.desk.set_mark(get("mark") or "", until)
            case "unmark":
                return RemoveMark(get("mark") or "")
            case "shared" | "not-shared" as which:
                return SetShared(which == "shared")
            case "release":
                return Release()
            case other:
                raise DeskError(f"{other!r} is no change: write grant-vip, open-case, mark, …")

    def _skip(self, line: int, why: str) -> None:
        self.skipped += 1
        self.skip(line, why)


def _names(first: str) -> list[str]:
    """The columns that the first line names. Raises `DeskError` unless they are ours."""
    try:
        names = _fields(first)
    except DeskError:
        names = []
    unknown = [name for name in names if name not in COLUMNS]
    lacking = [name for name in _NEEDED if name not in names]
    if unknown or lacking:
        raise DeskError(
            f"the first line must name columns out of {','.join(COLUMNS)}, with commas between; "
            f"number and change are needed; it says {first.strip()!r}"
        )
    return names


def _fields(line: str) -> list[str]:
    """The fields of one line, none of an empty one. Raises `DeskError` for odd quotes."""
    try:
        return next(csv.reader([line], strict=True), [])
    except csv.Error as error:
        raise DeskError(f"is no row of CSV ({error}): look for a quote too many") from error


def _ranges(failed: Sequence[tuple[int, Exception]]) -> str:
    """Their lines, those that follow each other as one."""
    runs: list[list[int]] = []
    for line, _ in failed:
        if runs and runs[-1][-1] == line - 1:
            runs[-1].append(line)
        else:
            runs.append([line])
    return ", ".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)


def _yes_or_no(word: str) -> bool:
    try:
        return _YES[word.lower()]
    except KeyError:
        raise DeskError(f"complex is {word!r}: write yes or no") from None


def _is_text(word: str) -> bool:
    return word.isprintable() or not any("\ud800" <= letter <= "\udfff" for letter in word)
