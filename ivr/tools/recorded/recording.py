"""A file of recorded calls, opened: which form it has, and its calls in order."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC
from enum import StrEnum, unique
from itertools import islice
from typing import TYPE_CHECKING, Final

from ivr.engine.desk import DeskError
from ivr.tools.place import UsageExit
from ivr.tools.recorded import cdr
from ivr.tools.recorded.cdr import Cdr
from ivr.tools.recorded.mapping import AsteriskMapping, LogMapping, read_mapping
from ivr.tools.recorded.order import in_order
from ivr.tools.recorded.queue_log import QueueLog, is_queue_log
from ivr.tools.recorded.rows import rows
from ivr.tools.recorded.table import Table
from ivr.tools.recorded.tally import Tally
from ivr.tools.recorded.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from zoneinfo import ZoneInfo

    from ivr.tools.recorded.calls import RecordedCall
    from ivr.tools.recorded.order import Entry

#: Calls between two looks at how far the file is.
_PROGRESS: Final = 1000

#: Lines that tell the form of a file: the first may be of anything.
_LOOKED_AT: Final = 20

#: Bytes; YAML takes many times as much to be read.
_LONGEST_MAPPING: Final = 1_000_000


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
    read: Callable[[Text, Tally], Iterator[Entry]]
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

    def _calls(self) -> Iterator[Entry]:
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
    utc: bool = False,
    skip: Callable[[int, str], None] = _silent,
    progress: Callable[[int], None] = _silent,
) -> Recording:
    """The calls of a file, whose form is found by its shape; a table where a mapping says so.

    `zone` is that of local times in it, `region` the country of numbers without a country code;
    `utc` says that the times of a CDR (`usegmtime`) or a table are UTC. `skip` hears of each line
    that cannot be read, and why. Raises `UsageExit`, which says what to give.
    """
    given = _mapping(mapping)
    if isinstance(given, LogMapping):
        table = Table(given, UTC if utc else zone, region)
        return Recording(path, Form.TABLE, table.read, given.encoding, skip, progress)
    try:
        form = form_of(path)
    except DeskError as error:
        raise UsageExit(str(error)) from error
    if form is Form.QUEUE_LOG:
        read = QueueLog(zone, region, given.topics).read
    else:
        read = Cdr(UTC if utc else zone, region, given.topics, given.leave_out).read
    return Recording(path, form, read, "utf-8-sig", skip, progress)


def form_of(path: Path) -> Form:
    """Which of Asterisk's logs a file is. Raises `DeskError` for any other."""
    with Text(path, "utf-8-sig", _silent) as text:
        numbered = list(islice(text.numbered(), _LOOKED_AT))
    lines = [line for _, line in numbered]
    if not any(line.strip() for line in lines):
        raise DeskError(f"{path} is empty, or no text")
    if any(is_queue_log(line) for line in lines):
        return Form.QUEUE_LOG
    if any(cdr.columns(row) for _, row in rows(numbered, ",", _silent)):
        return Form.CDR
    raise DeskError(
        f"{path} is neither a queue_log nor a CDR: for a table give --mapping FILE, which says what"
        " its columns mean (docs/recorded-calls.md)"
    )


def _mapping(path: Path | None) -> LogMapping | AsteriskMapping:
    if path is None:
        return AsteriskMapping()
    try:
        with path.open("rb") as file:
            return read_mapping(file.read(_LONGEST_MAPPING).decode("utf-8-sig"))
    except (DeskError, UnicodeDecodeError, OSError) as error:
        raise UsageExit(f"{path}: {error}") from error
