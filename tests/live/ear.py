"""What a caller hears, and the keys he presses: one RTP socket beside a sipp call."""

from __future__ import annotations

import socket
import struct
import threading
import time
from dataclasses import dataclass, field

KEYS = "0123456789*#ABCD"
TELEPHONE_EVENT = 101

_SILENCE = frozenset({0xD5, 0x55, 0xFF, 0x7F})
"""A-law and µ-law codes of (next to) no sound."""


@dataclass
class Ear:
    """Takes the audio of one call; `loud` counts packets that hold sound,
    `last_loud` is when the last of them came (epoch seconds)."""

    address: str
    packets: int = 0
    loud: int = 0
    last_loud: float = 0
    _socket: socket.socket = field(init=False)
    _sequence: int = 0
    _stamp: int = 0
    _peer: tuple[str, int] | None = None
    _news: threading.Condition = field(default_factory=threading.Condition)

    def __post_init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((self.address, 0))
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._listen, daemon=True).start()

    def press(self, keys: str) -> None:
        """Press keys as RFC 4733 events, to where the audio comes from."""
        with self._news:
            assert self._news.wait_for(lambda: self._peer, 10), "no audio: nowhere to press keys"
        for key in keys:
            self._press(KEYS.index(key))
            time.sleep(0.08)  # the pause between two keys is part of the signal

    def wait_loud(self, more: int = 10, seconds: float = 10) -> None:
        """Wait until `more` packets with sound have come from now on (50 are a second)."""
        with self._news:
            goal = self.loud + more
            assert self._news.wait_for(lambda: self.loud >= goal, seconds), (
                f"silence: {self.loud + more - goal} of {more} packets with sound in {seconds} s"
            )

    def close(self) -> None:
        """Stop listening."""
        self._socket.close()

    def _press(self, event: int) -> None:
        self._stamp += 8000
        for number in range(8):
            self._sequence += 1  # Asterisk drops what seems older than what it has
            ending = 0x80 if number >= 5 else 0
            header = struct.pack(
                "!BBHII",
                0x80,
                TELEPHONE_EVENT | (0x80 if not number else 0),
                self._sequence,
                self._stamp,
                0x1234,
            )
            payload = struct.pack("!BBH", event, ending | 10, min(160 * (number + 1), 800))
            assert self._peer is not None
            self._socket.sendto(header + payload, self._peer)
            time.sleep(0.02)

    def _listen(self) -> None:
        while True:
            try:
                data, peer = self._socket.recvfrom(2048)
            except OSError:
                return
            sound = data[12:]
            loud = sum(code not in _SILENCE for code in sound) > len(sound) // 4
            with self._news:
                self._peer = peer
                self.packets += 1
                self.loud += loud
                self.last_loud = time.time() if loud else self.last_loud
                self._news.notify_all()
