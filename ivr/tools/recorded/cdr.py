"""Recorded calls in Asterisk's CDR: the rows of one call, put together.

A CDR has a row for each pair of channels; those of the caller's own channel make the call. It says
less than queue_log: waiting is what comes before the answer, and who was not put through to anybody
is taken to have hung up. Source of the columns: cdr_csv.c and cdr_custom.conf of Asterisk 22.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Final

from ivr.callers.contacts import Outcome
from ivr.callers.numbers import dialled, is_withheld, parse_number
from ivr.engine.desk import DeskError
from ivr.tools.recorded.order import Entry
from ivr.tools.recorded.rows import rows
from ivr.tools.recorded.table import is_any, seconds
from ivr.tools.recorded.timestamps import moments

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import tzinfo

    from ivr.callers.caller import Instant
    from ivr.tools.recorded.tally import Tally
    from ivr.tools.recorded.text import Text

_CSV: Final = (
    "accountcode", "src", "dst", "dcontext", "clid", "channel", "dstchannel", "lastapp",
    "lastdata", "start", "answer", "end", "duration", "billsec", "disposition", "amaflags",
)  # fmt: skip
_LINKED: Final = ("peeraccount", "linkedid", "sequence")  # newcdrcolumns=yes
_CUSTOM: Final = (
    "clid", "src", "dst", "dcontext", "channel", "dstchannel", "lastapp", "lastdata", "start",
    "answer", "end", "duration", "billsec", "disposition", "amaflags", "accountcode", "uniqueid",
    "userfield", "sequence",
)  # fmt: skip
_NEEDED: Final = ("src", "dst", "channel", "dstchannel", "lastapp", "start", "billsec",
                  "disposition")  # fmt: skip
_ALSO: Final = ("answer", "lastdata", "duration", "uniqueid", "linkedid")
_UNIQUE: Final = re.compile(r"(\S+-)?[0-9]{9,11}\.[0-9]+")
_MOMENT: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}")
_SUFFIX: Final = re.compile(r"-[0-9a-f]{8}(;[12])?$")
_DISPOSITIONS: Final = {"ANSWERED", "NO ANSWER", "BUSY", "FAILED", "CONGESTION"}

#: Channels that are no caller's: the agents' ends of calls.
_LEGS: Final = {"AppDial", "AppDial2", "AppQueue"}

#: Extensions that a dialplan goes to by itself: nobody dials them.
_NOBODY: Final = {"s", "i", "t", "h"}

#: Calls whose further rows are waited for: they are written together, at the call's end.
_ROOM: Final = 20_000

#: Names of channels are used again after a restart: rows so far apart (seconds) are two calls.
_APART: Final = 10


def columns(row: Sequence[str]) -> tuple[str, ...] | None:
    """What the columns of a CDR are called, by its first row; None where it is none.

    A first row of names (any export has one) says it itself.
    """
    names = tuple("start" if name in ("calldate", "\ufeffcalldate") else name
                  for name in (each.strip().lower() for each in row))  # fmt: skip
    if set(_NEEDED) <= set(names):
        return names
    if _fits(row, _CUSTOM):
        return _CUSTOM
    return _csv(row) if _fits(row, _CSV) else None


def is_header(row: Sequence[str]) -> bool:
    """Whether the row has names of columns, and no call."""
    return "disposition" in (each.strip().lower() for each in row)


def _csv(row: Sequence[str]) -> tuple[str, ...] | None:
    linked = _LINKED if len(row) >= len(_CSV) + 3 else ()
    between = row[len(_CSV) : len(row) - len(linked)]
    if len(between) > 2:
        return None
    is_one = len(between) == 1 and not _UNIQUE.fullmatch(between[0])
    named = ("userfield",) if is_one else ("uniqueid", "userfield")[: len(between)]
    return (*_CSV, *named, *linked)


def _fits(row: Sequence[str], names: Sequence[str]) -> bool:
    if len(row) < min(len(names), len(_CSV)):
        return False
    start, disposition = row[names.index("start")], row[names.index("disposition")]
    return bool(_MOMENT.match(start)) and disposition in _DISPOSITIONS


@dataclass(slots=True)
class _Call:
    line: int
    source: str
    dialled: str
    started: Instant
    last: Instant
    queue: str | None = None
    agent: str | None = None
    answered: Instant | None = None
    talk: int | None = None


@dataclass(frozen=True, slots=True)
class Cdr:
    """A reader of CDRs, whose times are of `zone`. `leave_out` are rows that are no calls to us."""

    zone: tzinfo
    region: str
    topics: Mapping[str, str]
    leave_out: Mapping[str, frozenset[str]]

    def read(self, text: Text, tally: Tally) -> Iterator[Entry]:
        """The calls, about in the order of their ends. Raises `DeskError` where it is no CDR."""
        found = rows(text.numbered(), ",", tally.skip)
        first = next(found, (0, []))
        names = columns(first[1])
        if names is None:
            raise DeskError("its first line is no row of a CDR")
        found = found if is_header(first[1]) else chain((first,), found)
        calls = _Rows(self, {name: n for n, name in enumerate(names)})
        for line, row in found:
            tally.rows += 1
            try:
                tally.left_out += not calls.take(row, line)
            except DeskError as error:
                tally.skip(line, str(error))
            yield from calls.over(_ROOM)
        yield from calls.over(0)


class _Rows:
    """The calls whose rows came in last."""

    def __init__(self, log: Cdr, at: Mapping[str, int]) -> None:
        self._log = log
        self._calls: OrderedDict[str, _Call] = OrderedDict()
        self._ready: list[_Call] = []
        (
            self._src, self._dst, self._channel, self._dstchannel, self._lastapp, self._start,
            self._billsec, self._disposition,
        ) = (at[name] for name in _NEEDED)  # fmt: skip
        self._usual = moments("%Y-%m-%d %H:%M:%S", log.zone)
        self._answer, self._lastdata = at.get("answer"), at.get("lastdata")
        self._duration = at.get("duration", self._billsec)
        self._uniqueid, self._linkedid = at.get("uniqueid"), at.get("linkedid")
        self._left_out = [(at[name], of) for name, of in log.leave_out.items() if name in at]
        self._needed = 1 + max(
            *(at[name] for name in _NEEDED), *(at.get(name, 0) for name in _ALSO)
        )  # fmt: skip

    def take(self, row: list[str], line: int) -> bool:
        """Note what a row says; False if that is nothing about a caller. Raises `DeskError`."""
        if len(row) < self._needed:
            raise DeskError(f"has {len(row)} columns, where {self._needed} belong")
        name = self._name(row)
        if name is None or is_any(row, self._left_out):
            return False
        started, duration = self._moment(row[self._start]), seconds(row[self._duration]) or 0
        call = self._known(name, started, started + duration)
        if call is None:
            call = _Call(line, row[self._src], row[self._dst], started, started)
        elif started < call.started:
            call.started, call.source, call.dialled = started, row[self._src], row[self._dst]
        call.last = max(call.last, started + duration)
        self._note(call, row)
        self._calls[name] = call
        return True

    def over(self, room: int) -> Iterator[Entry]:
        """Hand on all but the last so many."""
        while self._ready:
            yield self._call(self._ready.pop())
        while len(self._calls) > room:
            yield self._call(self._calls.popitem(last=False)[1])

    def _name(self, row: list[str]) -> str | None:
        """What the rows of one call have in common; None for a row of somebody else's channel."""
        if row[self._lastapp] in _LEGS:
            return None
        unique = row[self._uniqueid] if self._uniqueid is not None else ""
        linked = row[self._linkedid] if self._linkedid is not None else ""
        if linked and unique:
            return linked if linked == unique else None
        if row[self._channel].startswith("Local/"):
            return None
        return linked or unique or row[self._channel]

    def _known(self, name: str, started: Instant, ended: Instant) -> _Call | None:
        call = self._calls.pop(name, None)
        if call is None or self._uniqueid is not None or self._linkedid is not None:
            return call
        if started - call.last <= _APART and call.started - ended <= _APART:
            return call
        self._ready.append(call)  # a channel of the same name, after a restart
        return None

    def _note(self, call: _Call, row: list[str]) -> None:
        queue = None
        if row[self._lastapp] == "Queue" and self._lastdata is not None:
            queue = row[self._lastdata].partition(",")[0] or None
        if row[self._disposition] != "ANSWERED" or not row[self._dstchannel]:
            if call.answered is None:
                call.queue = queue or call.queue
            return
        call.talk = (call.talk or 0) + (seconds(row[self._billsec] or None) or 0)
        answered = self._answered(row)
        if call.answered is None or answered < call.answered:
            call.answered, call.queue = answered, queue or call.queue
            call.agent = _SUFFIX.sub("", row[self._dstchannel])

    def _answered(self, row: list[str]) -> Instant:
        if self._answer is not None and _MOMENT.match(row[self._answer]):
            return self._moment(row[self._answer])
        return self._moment(row[self._start])

    def _moment(self, text: str) -> Instant:
        try:
            return self._usual(text[:19])
        except DeskError:
            raise DeskError(f"{text[:64]!r} is no moment, such as 2026-01-31 23:59:59") from None

    def _call(self, call: _Call) -> Entry:
        region, queue = self._log.region, call.queue
        number = None if is_withheld(call.source, "", "") else parse_number(call.source, region)
        until = call.last if call.answered is None else call.answered
        return Entry(
            call.started,
            call.line,
            number,
            Outcome.ABANDONED if call.answered is None else Outcome.ANSWERED,
            "" if call.dialled in _NOBODY else dialled(call.dialled, region),
            queue,
            call.agent,
            None if queue is None else max(int(until - call.started), 0),
            call.talk,
            self._log.topics.get(queue) if queue else None,
        )
