"""`ivr call`: Asterisk's side of one call against a running engine, over real FastAGI.

A newcomer's first call, with no Asterisk at hand. The header, the arguments and every answer are
those that Asterisk 22 gives with deploy/asterisk/extensions_ivr.conf.
"""

from __future__ import annotations

import socket
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Final

from ivr.asterisk.agi_peer import HANGUP, CommandReader
from ivr.tools.call_paper import Paper
from ivr.tools.call_request import Asking, following, request
from ivr.tools.channel import Channel
from ivr.tools.decision import is_decided

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

    from ivr.tools.call_request import CallSpec

DECIDED: Final = 0
UNDECIDED: Final = 1
UNREACHABLE: Final = 2

_READ_BYTES: Final = 4096
#: Asterisk gives a connection 2 s an address; the dialplan gives an engine 3 s to say something.
_CONNECT_SECONDS: Final = 2.0
_SILENCE_SECONDS: Final = 3.0


class NoEngineError(Exception):
    """Nobody could be asked; the message says what to do."""


def run(host: str, port: int, call: CallSpec, out: TextIO, err: TextIO) -> int:
    """Place the call and print how it went; gives the exit code."""
    paper = Paper(out)
    channel = Channel(call.keys, call.hangup_after)
    try:
        paper.title(call)
        decided = _ask(host, port, call, Asking(), channel, paper)
        if decided and call.next_status is not None:
            asking = following(channel.variables, call.next_status)
            channel.variables.clear()
            decided = _ask(host, port, call, asking, channel, paper)
    except NoEngineError as error:
        err.write(f"{error}\n")
        return UNREACHABLE
    return DECIDED if decided else UNDECIDED


def _ask(
    host: str, port: int, call: CallSpec, asking: Asking, channel: Channel, paper: Paper
) -> bool:
    """One AGI session; whether the dialplan would know what to do after it."""
    paper.asks(host, port, asking)
    with closing(_connect(host, port)) as wire:
        gone = _converse(wire, request(host, port, call, asking), channel, paper)
    decided = is_decided(channel.variables)
    paper.end(channel.variables, call.first, gone=gone)
    return decided


def _connect(host: str, port: int) -> socket.socket:
    try:
        wire = socket.create_connection((host, port), _CONNECT_SECONDS)
    except OSError as error:
        raise NoEngineError(
            f"no engine answers at {host}:{port} ({error.strerror or error}): "
            "start one with `make run` or `ivr serve`, or name another with --engine HOST:PORT"
        ) from error
    wire.settimeout(_SILENCE_SECONDS)
    return wire


def _converse(wire: socket.socket, header: bytes, channel: Channel, paper: Paper) -> bool:
    """Answer the engine's commands until it closes; True if the caller hangs up before."""
    _send(wire, header)
    if channel.is_gone:
        paper.says("the caller hangs up")
        _hang_up(wire, HANGUP)
        return True
    for line in _lines(wire):
        turn = channel.carry_out(line)
        paper.turn(turn)
        if turn.hung_up:
            _hang_up(wire, turn.reply)
            return True
        _send(wire, turn.reply)
    return False


def _hang_up(wire: socket.socket, last: bytes) -> None:
    """Say the last word and wait until it was heard: a connection cut at once may swallow it."""
    _send(wire, last)
    with suppress(OSError, NoEngineError):  # nobody waits for an answer any more
        wire.shutdown(socket.SHUT_WR)
        while _receive(wire):
            pass


def _lines(wire: socket.socket) -> Iterator[str]:
    reader = CommandReader()
    while data := _receive(wire):
        reader.receive(data)
        while (line := reader.next_line()) is not None:
            yield line


def _receive(wire: socket.socket) -> bytes:
    """The next bytes; none when the engine closed, which it may do in any way."""
    try:
        return wire.recv(_READ_BYTES)
    except TimeoutError:
        raise NoEngineError(
            f"the engine took the call and said nothing for {_SILENCE_SECONDS:.0f} s; "
            "the dialplan would use the fallback queue. Look into the engine's log"
        ) from None
    except ConnectionError:
        return b""


def _send(wire: socket.socket, data: bytes) -> None:
    try:
        wire.sendall(data)
    except (ConnectionError, TimeoutError):
        return  # the engine closed; reading tells
