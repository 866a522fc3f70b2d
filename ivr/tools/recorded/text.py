"""A file's lines, whatever file it is: bounded in memory, packed or not, and never an exception."""

from __future__ import annotations

import gzip
import io
import zlib
from typing import TYPE_CHECKING, BinaryIO, Final, cast

from ivr.engine.desk import DeskError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

#: Characters of the longest line that is looked at. Asterisk's own lines end at 8,192.
LONGEST: Final = 65_536

_GZIP: Final = b"\x1f\x8b"
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")


class Text:
    """The lines of a file, as a context manager that has it open. `skip` hears of lines too long.

    What is no character of the encoding becomes U+FFFD. `number` is the line that was read last.
    Raises `DeskError` for a file that cannot be read (any more).
    """

    def __init__(self, path: Path, encoding: str, skip: Callable[[int, str], None]) -> None:
        self.number = 0
        self._path, self._encoding, self._skip = path, encoding, skip

    def __enter__(self) -> Text:
        if self._path.exists() and not self._path.is_file():
            raise DeskError(f"{self._path} cannot be read: it is no file, and a pipe is read once")
        try:
            self._raw = cast(BinaryIO, self._path.open("rb"))
            start = self._raw.read(2)
            self._raw.seek(0)
        except OSError as error:
            raise DeskError(f"{self._path} cannot be read: {error.strerror}") from None
        source = gzip.open(self._raw) if start == _GZIP else self._raw
        encoding = "utf-16" if start in _UTF16 else self._encoding
        self._text = io.TextIOWrapper(cast(BinaryIO, source), encoding, "replace", newline="\n")
        return self

    def __exit__(self, *_: object) -> None:
        self._text.close()
        self._raw.close()

    def at(self) -> int:
        """How many bytes of the file are behind us."""
        return self._raw.tell()

    def __iter__(self) -> Iterator[str]:
        while line := self._line():
            self.number += 1
            if len(line) < LONGEST or line.endswith("\n"):
                yield line
                continue
            self._skip(self.number, f"longer than {LONGEST:,} characters")
            while len(line) == LONGEST and not line.endswith("\n"):
                line = self._line()

    def numbered(self) -> Iterator[tuple[int, str]]:
        """The lines, each behind its number."""
        return ((self.number, line) for line in self)

    def _line(self) -> str:
        try:
            return self._text.readline(LONGEST)
        except (OSError, EOFError, zlib.error, UnicodeError) as error:
            raise DeskError(f"{self._path} breaks off after line {self.number}: {error}") from None
