"""A file of recorded calls, opened: which form it has, and its calls in order."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum, unique
from typing import TYPE_CHECKING, Final

from ivr.engine.desk import DeskError
from ivr.tools.place import UsageExit
from ivr.tools.recorded.mapping import read_mapping
from ivr.tools.recorded.order import in_order
from ivr.tools.recorded.table import Table
from ivr.tools.recorded.tally import Tally
from ivr.tools.recorded.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from zoneinfo import ZoneInfo

    from ivr.tools.recorded.calls import RecordedCall

#: Calls between two looks at how far the file is.
_PROGRESS: Final = 1000


@unique
class Form(StrEnum):
    """What kind of file calls are in."""

    QUEUE_LOG = "queue_log"
    CDR = "CDR"
    TABLE = "table"


@dataclass(slots=True)
class Recording:
    """Recorded calls; iterating reads the file, anew each time, and yields them by `started`.

    `progress` hears how many of the file's bytes are done: one is half done when it is read, and
    whole when its calls were handed on. `tally` is what the reading came to so far. Iterating
    raises `UsageExit` for a file that cannot be read.
    """

    path: Path
    form: Form
    read: Callable[[Text, Tally], Iterator[RecordedCall]]
    encoding: str
    skip: Callable[[int, str], None]
    progress: Callable[[int], None]
    tally: Tally = field(init=False)

    def __post_init__(self) -> None:
        self.tally = Tally(self.skip)

    def __iter__(self) -> Iterator[RecordedCall]:
        self.tally = Tally(self.skip)
        try:
            yield from self._handed_on()
        except DeskError as error:
            raise UsageExit(str(error)) from error

    def _handed_on(self) -> Iterator[RecordedCall]:
        size = self.path.stat().st_size
        for done, call in enumerate(self._sorted(), 1):
            yield call
            if not done % _PROGRESS:
                self.progress(int(size * (1 + done / self.tally.calls)) // 2)
        self.progress(size)

    def _sorted(self) -> Iterator[RecordedCall]:
        calls = in_order(self._calls())
        while True:
            try:
                call = next(calls, None)
            except OSError as error:
                raise DeskError(
                    f"no room to sort {self.path.name} in: {error.strerror}; set TMPDIR to a folder"
                    " with room"
                ) from None
            if call is None:
                return
            yield call

    def _calls(self) -> Iterator[RecordedCall]:
        tally = self.tally
        with Text(self.path, self.encoding, tally.skip) as text:
            for call in self.read(text, tally):
                tally.calls += 1
                if not tally.calls % _PROGRESS:
                    self.progress(text.at() // 2)
                yield call


def _silent(*_: object) -> None:
    pass


def open_calls(
    path: Path,
    *,
    zone: ZoneInfo,
    region: str,
    mapping: Path | None = None,
    utc: bool = False,  # noqa: ARG001 (CDRs come next)
    skip: Callable[[int, str], None] = _silent,
    progress: Callable[[int], None] = _silent,
) -> Recording:
    """The calls of a file, whose form is found by its shape; a table where a mapping is given.

    `zone` is that of local times in it, `region` the country of numbers without a country code;
    `utc` says that a CDR's times are UTC (`usegmtime`). `skip` hears of each line that cannot be
    read, and why. Raises `UsageExit`, which says what to give.
    """
    try:
        columns = read_mapping(mapping.read_text("utf-8-sig")) if mapping is not None else None
    except (DeskError, UnicodeDecodeError, OSError) as error:
        raise UsageExit(f"{mapping}: {error}") from error
    if columns is None:
        raise UsageExit("only tables can be read so far: give --mapping")
    table = Table(columns, zone, region)
    return Recording(path, Form.TABLE, table.read, columns.encoding, skip, progress)
