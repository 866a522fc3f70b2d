"""The engine's side of one FastAGI connection: bytes in, events out; commands in, bytes out.

No I/O happens here. A connection goes through the states of `_TABLE`, and what is not in that table
raises and changes nothing:

    HEADER ──Request──▶ READY ──Command──▶ ASKED
                          ▲─────Reply────────┘
    READY, ASKED ──Hangup──▶ HUNG_UP, HUNG_UP_ASKED      (a reply may still be on its way)
    any ──Closed──▶ OVER

Whoever breaks the rules is named by the error: `PeerError` is the other side's fault (and comes
again until the connection is dropped), `CommandError` ours (and the connection is as it was).
One line is not one reply: `HANGUP` arrives unasked, and a misused command is answered by several.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from ivr.asterisk.agi_commands import AgiError, Command, CommandError, encode
from ivr.asterisk.limits import Limits, Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping


class PeerError(AgiError):
    """The other side's fault: it does not speak FastAGI as Asterisk does. Close the connection.

    The message names lines and counts, never their content: a caller's number may be in it.
    """

    def __init__(self, reason: Refusal, message: str) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Request:
    """What Asterisk says first: `headers` by their names on the wire (`agi_callerid`, …).

    `script` is the path in the URL, without its slash and query; `arguments` are those arguments of
    `AGI()` that read `key=value`. Bytes that are no UTF-8 became U+FFFD.
    """

    script: str
    headers: Mapping[str, str]
    arguments: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to a command: 200 done, 510 unknown, 511 not on a dead channel, 520 misused.

    `result` is what follows `result=` (empty for an answer without), `data` the rest of it.
    """

    code: int
    result: str
    data: str

    @property
    def timed_out(self) -> bool:
        """Whether `GET DATA` ended by its time-out; `result` holds the keys that came before."""
        return self.data == "(timeout)"

    @property
    def key(self) -> str:
        """The key that ended `STREAM FILE`; empty if none did. Asterisk tells its ASCII code."""
        return chr(int(self.result)) if _KEY_CODE.fullmatch(self.result) else ""

    @property
    def endpos(self) -> int | None:
        """Where `STREAM FILE` ended, in samples (8,000 a second); None where it is not told."""
        found = _ENDPOS.search(self.data)
        return int(found[1]) if found else None


@dataclass(frozen=True, slots=True)
class Hangup:
    """The caller is gone. Asterisk says so unasked, and more than once."""


@dataclass(frozen=True, slots=True)
class Closed:
    """The connection is at its end."""


Event = Request | Reply | Hangup | Closed


class State(Enum):
    """Where a connection stands."""

    HEADER = "the header is coming in"
    READY = "Asterisk waits for a command"
    ASKED = "Asterisk carries out a command"
    HUNG_UP = "the caller hung up"
    HUNG_UP_ASKED = "the caller hung up while a command was carried out"
    OVER = "the connection is closed"


_TABLE: Final[Mapping[State, Mapping[type, State]]] = {
    State.HEADER: {Request: State.READY, Closed: State.OVER},
    State.READY: {Command: State.ASKED, Hangup: State.HUNG_UP, Closed: State.OVER},
    State.ASKED: {Reply: State.READY, Hangup: State.HUNG_UP_ASKED, Closed: State.OVER},
    State.HUNG_UP: {Hangup: State.HUNG_UP, Closed: State.OVER},
    State.HUNG_UP_ASKED: {
        Reply: State.HUNG_UP,
        Hangup: State.HUNG_UP_ASKED,
        Closed: State.OVER,
    },
    State.OVER: {},
}

_BLANK_LINE: Final = re.compile(rb"\n\r?\n")
_FIRST_BYTES: Final = b"agi_"
_TLS_HANDSHAKE: Final = b"\x16"
_REPLY: Final = re.compile(r"(\d{3})(?: (?:result=([^ ]*) ?)?(.*))?", re.ASCII)
_USAGE_BEGINS: Final = re.compile(rb"\d{3}-")
_USAGE: Final = re.compile(r"(\d{3})-()(.*)", re.ASCII | re.DOTALL)
_KEY_CODE: Final = re.compile(r"35|42|4[89]|5[0-7]|6[5-8]", re.ASCII)  # #, *, 0 to 9, A to D
_ENDPOS: Final = re.compile(r"endpos=(\d{1,18})", re.ASCII)


class AgiConnection:
    """One connection. Feed it with `receive`, ask `next_event` until it has none, `send` commands.

    Any division of the same bytes into chunks gives the same events.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._buffer = bytearray()
        self._searched = 0  # no header ends before this point of the buffer
        self._at_end = False
        self._state = State.HEADER

    @property
    def state(self) -> State:
        """Where the connection stands."""
        return self._state

    @property
    def is_untouched(self) -> bool:
        """Whether not one byte has come."""
        return self._state is State.HEADER and not self._buffer

    def receive(self, data: bytes) -> None:
        """Take what came from the network; nothing at all means that the other side closed."""
        if data:
            self._buffer += data
        else:
            self._at_end = True

    def next_event(self) -> Event | None:
        """The next thing that happened; None until more bytes come. Raises `PeerError`."""
        event, size = self._read()
        if event is None:
            return None
        following = _TABLE[self._state].get(type(event))
        if following is None:
            raise PeerError(Refusal.REPLY, f"{type(event).__name__} while {self._state.value}")
        self._state = following
        del self._buffer[:size]
        return event

    def send(self, command: Command) -> bytes:
        """The line to write, in one write; raises `CommandError`."""
        following = _TABLE[self._state].get(Command)
        if following is None:
            raise CommandError(f"{command.words} cannot be sent: {self._state.value}")
        line = encode(command, self._limits.line_bytes)
        self._state = following
        return line

    def _read(self) -> tuple[Event | None, int]:
        """The event at the start of the buffer, and how many bytes it takes."""
        if self._state is State.OVER:
            return None, 0
        event, size = self._header() if self._state is State.HEADER else self._line()
        if event is None and self._at_end:
            self._check_cut()
            return Closed(), len(self._buffer)
        return event, size

    def _header(self) -> tuple[Request | None, int]:
        end = _BLANK_LINE.search(self._buffer, self._searched)
        size = end.end() if end else len(self._buffer)
        self._check_header(size)
        if not end:
            self._searched = max(0, size - 2)
            return None, 0
        return _request(self._buffer[: end.start()].decode("utf-8", "replace")), size

    def _check_header(self, size: int) -> None:
        """Tell strangers from Asterisk by what is there of the header, complete or not."""
        if not self._buffer.startswith(_FIRST_BYTES):
            _check_beginning(bytes(self._buffer[: len(_FIRST_BYTES)]))
        if size > self._limits.header_bytes:
            raise PeerError(Refusal.HEADER_BYTES, f"more than {self._limits.header_bytes} bytes")
        if self._buffer.count(b"\n", 0, size) > self._limits.header_lines:
            raise PeerError(Refusal.HEADER_LINES, f"more than {self._limits.header_lines} lines")

    def _check_cut(self) -> None:
        if self._state is State.HEADER and self._buffer:
            raise PeerError(Refusal.HEADER_CUT, "closed before the header was complete")

    def _line(self) -> tuple[Event | None, int]:
        end = self._buffer.find(b"\n")
        if _USAGE_BEGINS.match(self._buffer):
            end = self._end_of_usage()
        if (len(self._buffer) if end < 0 else end) >= self._limits.reply_bytes:
            raise PeerError(Refusal.REPLY_BYTES, f"more than {self._limits.reply_bytes} bytes")
        if end < 0:
            return None, 0
        text = self._buffer[:end].decode("utf-8", "replace").rstrip("\r")
        return _event(text), end + 1

    def _end_of_usage(self) -> int:
        """Where `520-…` ends: with the line that begins with the same code and a space."""
        last = self._buffer.find(b"\n" + self._buffer[:3] + b" ")
        return -1 if last < 0 else self._buffer.find(b"\n", last + 1)


def _check_beginning(first: bytes) -> None:
    if first.startswith(_TLS_HANDSHAKE):
        raise PeerError(Refusal.TLS, "a TLS handshake: FastAGI is plain TCP")
    if not _FIRST_BYTES.startswith(first):
        raise PeerError(Refusal.GARBAGE, f"begins with {first!r}, not with an agi_ line")


def _request(text: str) -> Request:
    headers = _headers(text)
    return Request(_script(headers), MappingProxyType(headers), _arguments(headers))


def _headers(text: str) -> dict[str, str]:
    """The value of each line, by its name; that each is an agi_ line is seen of all at once."""
    lines = text.split("\n")
    try:
        headers = {
            name: value.strip(" \r") for name, value in [line.split(":", 1) for line in lines]
        }
    except ValueError:  # a line without a colon
        headers = {}
    if len(headers) < len(lines) or text.count("\nagi_") < len(lines) - 1:
        raise _wrong(lines)
    return headers


def _wrong(lines: list[str]) -> PeerError:
    """What is wrong with the first of the lines that is no agi_ line, or came before."""
    names: list[str] = []
    for line in lines:
        name, colon, _ = line.partition(":")
        if not (colon and name.startswith("agi_")):
            return PeerError(Refusal.GARBAGE, f"header line {len(names) + 1} is no agi_ line")
        if name in names:
            return _doubled(name)
        names.append(name)
    raise AssertionError("nothing is wrong with these lines")


def _arguments(headers: Mapping[str, str]) -> Mapping[str, str]:
    arguments: dict[str, str] = {}
    for name, value in headers.items():
        if name.startswith("agi_arg_"):
            key, equals, rest = value.partition("=")
            key = key.strip(" ")
            if equals and key in arguments:
                raise _doubled(key)
            if equals:
                arguments[key] = rest
    return MappingProxyType(arguments)


def _doubled(name: str) -> PeerError:
    """A value that is there already was perhaps smuggled in by what a caller chose.

    A comma in a caller's number makes two arguments of one, a line break two header lines. Which of
    both is true cannot be known, so the call goes the dialplan's own free way.
    """
    return PeerError(Refusal.DOUBLED, f"{name} came twice")


def _script(headers: Mapping[str, str]) -> str:
    """`agi_network_script`, or the path of `agi_request` (`agi://host:port/path`)."""
    url = headers.get("agi_request", "").partition("://")[2]
    path = headers.get("agi_network_script") or url.partition("/")[2]
    return path.partition("?")[0].strip("/")


def _event(text: str) -> Reply | Hangup:
    if text == "HANGUP":
        return Hangup()
    found = _REPLY.fullmatch(text) or _USAGE.fullmatch(text)
    if not found:
        raise PeerError(Refusal.REPLY, "a line that is neither a reply nor HANGUP")
    return Reply(int(found[1]), found[2] or "", found[3] or "")
