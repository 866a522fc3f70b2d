"""Asterisk's side of one FastAGI session, on a socket that is never waited for."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping
from contextlib import suppress

from ivr.asterisk import dialplan as names
from ivr.asterisk.agi_peer import CommandReader, encode_request
from ivr.tools.call_request import CallSpec
from ivr.tools.channel import Channel

_CONNECT = 10.0
_READ = 65_536


class Session:
    """One session. `over(session)` is called when the engine has closed."""

    def __init__(
        self, port: int, header: bytes, channel: Channel, over: Callable[[Session], None]
    ) -> None:
        self.channel = channel
        self.left = False
        self._reader = CommandReader()
        self._over = over
        self.wire = socket.create_connection(("127.0.0.1", port), _CONNECT)
        self.wire.setblocking(False)
        self._send(header)

    def read(self) -> bool:
        """Do what came in; whether the engine is still there."""
        try:
            data = self.wire.recv(_READ)
        except BlockingIOError:
            return True
        except OSError:
            data = b""
        self._reader.receive(data)
        while not self.left and (line := self._reader.next_line()) is not None:
            turn = self.channel.carry_out(line)
            self._send(turn.reply)
            if turn.hung_up:
                self._leave()
        return bool(data)

    def close(self) -> None:
        """The engine has closed."""
        self.wire.close()
        self._over(self)

    def _leave(self) -> None:
        self.left = True
        with suppress(OSError):
            self.wire.shutdown(socket.SHUT_WR)

    def _send(self, data: bytes) -> None:
        with suppress(OSError):  # the engine closed: reading tells
            self.wire.send(data)


def ended(
    port: int, call: CallSpec, variables: Mapping[str, str], told: Mapping[str, str]
) -> bytes:
    """The header of a report, as the dialplan's ivr-report sends it: from a channel of its own."""
    headers = {
        "agi_network": "yes",
        "agi_network_script": names.SCRIPT_ENDED,
        "agi_request": f"agi://127.0.0.1:{port}/{names.SCRIPT_ENDED}",
        "agi_channel": "Local/s@ivr-report-00000001;1",
        "agi_language": "en",
        "agi_type": "Local",
        "agi_uniqueid": f"{call.unique_id}0",
        "agi_version": "22.10.1",
        "agi_callerid": "unknown",
        "agi_context": names.CONTEXT_REPORT,
        "agi_extension": "s",
        "agi_priority": "8",
    }
    arguments = {
        names.ARG_LINKEDID: call.unique_id,
        names.ARG_UNIQUEID: call.unique_id,
        names.ARG_SYSTEM: "pbx",
        names.ARG_FIRST: str(call.first),
        names.ARG_DIALLED: call.dnis,
        names.ARG_STATE: variables.get(names.STATE, ""),
        names.ARG_QUEUE: variables.get(names.QUEUE, ""),
        **told,
    }
    return encode_request(headers, [f"{name}={value}" for name, value in arguments.items()])
