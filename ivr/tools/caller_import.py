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
from ivr.engine.interfaces import StoreError
from ivr.tools.moments import parse_until
from ivr.tools.progress import behind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
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
        stays, and can be imported again without harm.
        """
        rows = self.rows(file)
        while batch := list(islice(rows, ROWS)):
            await self._make(batch, author)
            progress(behind(file))
            self.breathe()

    async def _make(self, batch: list[Row], author: Author) -> None:
        changes = [(row.number, row.change) for row in batch]
        try:
            refusals = await self.desk.change_many(changes, author)
        except StoreError as error:
            raise StoreError(
                f"stopped before line {batch[0].line} with {self.made} changes made: {error}"
            ) from error
        for row, refusal in zip(batch, refusals, strict=True):
            if refusal is None:
                self.made += 1
            else:
                self._skip(row.line, refusal)

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


def _yes_or_no(word: str) -> bool:
    try:
        return _YES[word.lower()]
    except KeyError:
        raise DeskError(f"complex is {word!r}: write yes or no") from None


def _is_text(word: str) -> bool:
    return word.isprintable() or not any("\ud800" <= letter <= "\udfff" for letter in word)
