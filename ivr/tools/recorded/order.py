"""Calls in order of their beginning, whatever order a file has them in, in bounded memory.

Replacement selection: the earliest of a heap goes to the run being written, until one comes that is
too late for it. A log that is nearly in order is one run; any other is merged from several.
"""

from __future__ import annotations

import json
from contextlib import ExitStack
from dataclasses import dataclass
from heapq import heapreplace, merge
from itertools import chain, count, islice
from struct import Struct
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, BinaryIO, Final, NamedTuple, cast

from ivr.callers.contacts import Outcome
from ivr.tools.recorded.calls import RecordedCall

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ivr.callers.caller import Instant

#: Calls that are held at once: some 20 MB.
ROOM: Final = 30_000

#: Calls of a block on disk, and runs that are merged at once: as many blocks are held meanwhile.
_BLOCK: Final = 500
_RUNS: Final = 40


class Entry(NamedTuple):
    """A call as it is sorted and kept: a `RecordedCall` costs five times as much to make.

    No two of a file share a line, so nothing that comes after it is ever compared.
    """

    started: Instant
    line: int
    number: str | None
    outcome: str
    dialled: str = ""
    queue: str | None = None
    agent: str | None = None
    hold: int | None = None
    talk: int | None = None
    topic: str | None = None
    vip: bool = False


_Heap = list[tuple[int, Entry]]
_LENGTH: Final = Struct("<Q")
_OUTCOMES: Final = {outcome.value: outcome for outcome in Outcome}


def in_order(calls: Iterable[Entry], room: int = ROOM) -> Iterator[RecordedCall]:
    """The calls by `started`, those of one moment by `line` (which no two may share).

    Nothing comes out before all went in. Raises `OSError` where the disk has no room for them.
    """
    with ExitStack() as open_files:
        disk = _Disk(open_files)
        runs = _runs(iter(calls), room, disk)
        while len(runs) > _RUNS:
            runs = [*runs[_RUNS:], disk.write(merge(*runs[:_RUNS]))]
        for row in merge(*runs):
            yield _call(row)


def _runs(calls: Iterator[Entry], room: int, disk: _Disk) -> list[Iterable[Entry]]:
    """Sorted runs: on the disk what did not fit, in memory the rest."""
    heap = [(0, call) for call in islice(calls, room)]
    heap.sort()  # which makes it a heap, too
    if len(heap) < room:
        return [[row for _, row in heap]]
    runs: list[Iterable[Entry]] = []
    for now in count():
        written = disk.write(_selected(heap, calls, now))
        if heap[0][0] == now:  # no call was left
            break
        runs.append(written)
    heap.sort()
    rest = [row for run, row in heap if run == now]
    return [*runs, chain(written, rest), [row for run, row in heap if run != now]]


def _selected(heap: _Heap, calls: Iterator[Entry], now: int) -> Iterator[Entry]:
    """A run, as far as there are calls to take the place of what leaves the heap."""
    while heap[0][0] == now and (row := next(calls, None)) is not None:
        run = now if row > heap[0][1] else now + 1
        yield heapreplace(heap, (run, row))[1]


def _call(entry: Entry) -> RecordedCall:
    started, line, number, outcome, dialled, queue, agent, hold, talk, topic, vip = entry
    return RecordedCall(
        line, number, started, _OUTCOMES[outcome], dialled, queue, agent, hold, talk, topic, vip
    )


@dataclass(slots=True)
class _Disk:
    """Runs in one temporary file, each block of them behind its length."""

    open: ExitStack
    end: int = 0
    made: BinaryIO | None = None

    @property
    def file(self) -> BinaryIO:
        """The file, made by the first who asks."""
        if self.made is None:
            file = self.open.enter_context(TemporaryFile(prefix="ivr-calls-"))  # noqa: SIM115
            self.made = cast("BinaryIO", file)
        return self.made

    def write(self, rows: Iterator[Entry]) -> Iterable[Entry]:
        """Keep a run; it can be read, also beside others, until the file is closed."""
        start, blocks = self.end, 0
        while block := list(islice(rows, _BLOCK)):
            data = json.dumps(block, check_circular=False).encode()
            self.file.seek(self.end)
            self.file.write(_LENGTH.pack(len(data)) + data)
            self.end += _LENGTH.size + len(data)
            blocks += 1
        return self._read(start, blocks)

    def _read(self, start: int, blocks: int) -> Iterator[Entry]:
        for _ in range(blocks):
            self.file.seek(start)
            (length,) = _LENGTH.unpack(self.file.read(_LENGTH.size))
            start += _LENGTH.size + length
            yield from map(Entry._make, json.loads(self.file.read(length)))
