"""Recorded calls in Asterisk's queue_log: all lines about one call, put together.

    epoch|uniqueid|queue|agent|event|data…

A call begins where it enters a queue, or with a line of the dialplan's own, and goes on for as long
as lines tell of it: a second queue, a transfer back to us. Its end is told long after its
beginning, so calls come out in the order of their ends. Source: app_queue.c of Asterisk 22.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, NamedTuple

from ivr.asterisk import dialplan as names
from ivr.asterisk.queuelog import BadLineError, read_ended
from ivr.callers.contacts import Outcome
from ivr.callers.numbers import dialled, is_withheld, parse_number
from ivr.engine.endings import contacts
from ivr.tools.recorded.queue_call import QueueCall

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from zoneinfo import ZoneInfo

    from ivr.tools.recorded.order import Entry
    from ivr.tools.recorded.tally import Tally
    from ivr.tools.recorded.text import Text

#: Calls that are waited for: those that go on, and those that are over but may come back.
_GOING: Final = 50_000
_OVER: Final = 20_000

_EVENT: Final = 4
_IVRDECISION: Final = names.QUEUELOG_DECISION
_IVRENDED: Final = names.QUEUELOG_ENDED
_DID: Final = "DID"  # written by FreePBX's dialplan: the number dialled
_LEFT: Final = {
    "ABANDON": Outcome.ABANDONED,
    "EXITWITHTIMEOUT": Outcome.OVERFLOWED,
    "EXITEMPTY": Outcome.OVERFLOWED,
    "EXITWITHKEY": Outcome.OVERFLOWED,
    "WITHDRAW": Outcome.OVERFLOWED,
    "SYSCOMPAT": Outcome.BROKEN,
}
_TALKED: Final = {
    "COMPLETEAGENT", "COMPLETECALLER", "BLINDTRANSFER", "ATTENDEDTRANSFER", "TRANSFER",
}  # fmt: skip
#: Lines that begin a call.
_FIRST: Final = {"ENTERQUEUE", _DID, _IVRDECISION, _IVRENDED}
_ABOUT_CALLS: Final = {*_FIRST, *_LEFT, *_TALKED, "CONNECT"}


class _Line(NamedTuple):
    """A line: its number, when, about which channel, and what."""

    number: int
    at: int
    channel: str
    queue: str
    agent: str
    event: str
    data: list[str]
    text: str


@dataclass(frozen=True, slots=True)
class QueueLog:
    """A reader of queue_log. `topics` are what calls out of a queue are about, if nothing says."""

    zone: ZoneInfo
    region: str
    topics: Mapping[str, str]

    def read(self, text: Text, tally: Tally) -> Iterator[Entry]:
        """The calls, in the order of their ends. Those without an end are told."""
        calls = _Calls(self, tally)
        for raw in text:
            tally.rows += 1
            line = _line(raw, text.number)
            if isinstance(line, str):
                tally.skip(text.number, line)
            elif line is None:
                tally.left_out += 1
            else:
                calls.take(line)
                yield from calls.over()
        yield from calls.rest()


class _Calls:
    """The calls that lines have told of, and that are not handed on yet; the latest come last."""

    def __init__(self, log: QueueLog, tally: Tally) -> None:
        self._log, self._tally = log, tally
        self._of: dict[str, str] = {}  # a channel's unique id: its call's linked id
        self._going: OrderedDict[str, QueueCall] = OrderedDict()
        self._over: OrderedDict[str, QueueCall] = OrderedDict()

    def take(self, line: _Line) -> None:
        """Note what a line says of its call."""
        name = self._name(line)
        call = self._going.pop(name, None) or self._over.pop(name, None)
        if call is None:
            if line.event not in _FIRST:
                if line.event != "CONNECT":
                    self._tally.skip(line.number, "the beginning of its call is not in this file")
                return
            call = QueueCall(line.number, line.at, [])
        try:
            self._note(call, line, own=name == line.channel)
        except BadLineError as error:
            self._tally.skip(line.number, str(error))
            if call.line == line.number:
                return  # it would have been the first
        if line.channel != name and line.channel not in self._of:
            self._of[line.channel] = name
            call.ids.append(line.channel)
        (self._going if call.is_going else self._over)[name] = call

    def over(self) -> Iterator[Entry]:
        """Hand on those that are over long since, and those without an end for too long."""
        while len(self._over) > _OVER:
            yield from self._done(self._over)
        while len(self._going) > _GOING:
            yield from self._done(self._going)

    def rest(self) -> Iterator[Entry]:
        """Hand on all, at the end of the file."""
        while self._over:
            yield from self._done(self._over)
        while self._going:
            yield from self._done(self._going)

    def _done(self, calls: OrderedDict[str, QueueCall]) -> Iterator[Entry]:
        _, call = calls.popitem(last=False)
        for channel in call.ids:
            self._of.pop(channel, None)
        found = call.call(self._log.topics)
        if calls is self._going:
            left = "" if found is not None else ", and is left out"
            self._tally.skip(call.line, f"the end of its call is not in this file{left}")
        if found is not None:
            yield found

    def _name(self, line: _Line) -> str:
        """The linked id of a line's call, as far as it is known."""
        if line.event in (_IVRDECISION, _IVRENDED) and len(line.data) > 1 and line.data[1]:
            return line.data[1]
        return self._of.get(line.channel, line.channel)

    def _note(self, call: QueueCall, line: _Line, *, own: bool) -> None:
        at, channel, queue, data = line.at, line.channel, line.queue, line.data
        if line.event == "ENTERQUEUE":
            call.entered(at, channel, queue)
            if own and call.number is None and len(data) > 1 and not is_withheld(data[1], "", ""):
                call.number = parse_number(data[1], self._log.region)
        elif line.event == "CONNECT":
            call.taken(at, channel, queue, line.agent)
        elif line.event in _TALKED:
            call.talked(at, channel, _talk(line))
        elif line.event in _LEFT:
            call.left(at, channel, _LEFT[line.event])
        elif line.event == _DID:
            call.dialled = dialled(data[0], self._log.region)
        elif line.event == _IVRENDED:
            self._report(call, line, own=own)

    def _report(self, call: QueueCall, line: _Line, *, own: bool) -> None:
        ended = read_ended(line.text, "")
        if ended is not None:
            contact = contacts(ended.ending, self._log.zone, None, line.at)[0]
            to = dialled(contact.dialled, self._log.region)
            call.reported(replace(contact, dialled=to), line.channel, own=own)


def is_queue_log(line: str) -> bool:
    """Whether a line may be one of a queue_log."""
    fields = line.split("|", _EVENT + 1)
    return len(fields) > _EVENT and fields[0].isdecimal() and fields[_EVENT].strip().isupper()


def _line(raw: str, number: int) -> _Line | str | None:
    """A line about a call; None for another, or why it is none at all."""
    fields = raw.rstrip("\r\n").split("|")
    if len(fields) <= _EVENT:
        return "has fewer fields than any line of queue_log"
    epoch, channel, queue, agent, event, *data = fields
    if not (epoch.isascii() and epoch.isdecimal() and len(epoch) <= 10):
        return "does not begin with the seconds since 1970"
    if event not in _ABOUT_CALLS:
        return None
    return _Line(number, int(epoch), channel, queue, agent, event, data or [""], raw)


def _talk(line: _Line) -> int | None:
    """Seconds of the talk. The last fields are hold, talk, position; before them anything.

    A line of Asterisk 1.4 (TRANSFER) may have no position.
    """
    if line.event == "TRANSFER" or len(line.data) < 3:
        return None
    talk = line.data[-2]
    return int(talk) if talk.isascii() and talk.isdecimal() and len(talk) < 9 else None
