"""Asterisk as it sees itself: a small AMI client that keeps every event.

Tests wait for what Asterisk says has happened, never for time to pass.
"""

from __future__ import annotations

import contextlib
import itertools
import socket
import threading
import time
from collections.abc import Callable, Mapping

Event = Mapping[str, str]

PATIENCE = 20.0
"""Seconds after which a test gives up waiting for something that should happen at once."""


class Manager:
    """One AMI connection. `events` grows as Asterisk tells; each has a `Timestamp`."""

    def __init__(self, address: str, user: str, secret: str, port: int = 5038) -> None:
        self.events: list[Event] = []
        self._news = threading.Condition()
        self._replies: dict[str, Event] = {}
        self._ids = itertools.count(1)
        self._socket = socket.create_connection((address, port), timeout=PATIENCE)
        self._socket.settimeout(None)
        self._file = self._socket.makefile("r", encoding="utf-8", errors="replace", newline="\r\n")
        self._reader = threading.Thread(target=self._read, daemon=True)
        try:
            self._greet(user, secret)
        except OSError:  # Asterisk is only starting: it may close what it has just taken
            self.close()
            raise

    def _greet(self, user: str, secret: str) -> None:
        self._file.readline()  # the greeting
        self._reader.start()
        self.action("Login", Username=user, Secret=secret)

    def action(self, name: str, *, check: bool = True, **fields: str) -> Event:
        """Send one action and give its response; raises `AssertionError` on an error."""
        number = str(next(self._ids))
        lines = {"Action": name, "ActionID": number, **fields}
        text = "".join(f"{key}: {value}\r\n" for key, value in lines.items()) + "\r\n"
        self._socket.sendall(text.encode())
        with self._news:
            self._news.wait_for(lambda: number in self._replies, PATIENCE)
            reply = self._replies.pop(number, {"Response": "none"})
        if check:
            assert reply["Response"] in ("Success", "Goodbye"), f"{name}: {reply}"
        return reply

    def command(self, line: str) -> str:
        """Run a command of Asterisk's own command line; give what it printed."""
        return self.action("Command", Command=line).get("Output", "")

    def wait(
        self, wanted: Callable[[Event], bool], seconds: float = PATIENCE, what: str = "an event"
    ) -> Event:
        """Give the first event ever that is wanted; it may have come already."""
        deadline, seen = time.monotonic() + seconds, 0
        with self._news:
            while True:
                for event in itertools.islice(self.events, seen, None):
                    if wanted(event):
                        return event
                seen = len(self.events)
                left = deadline - time.monotonic()
                if left <= 0 or not self._news.wait(left):
                    raise AssertionError(f"{what} did not come within {seconds} s")

    def find(self, wanted: Callable[[Event], bool]) -> list[Event]:
        """Give all events so far that are wanted."""
        with self._news:
            return [event for event in self.events if wanted(event)]

    def close(self) -> None:
        """Leave without a word."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        if self._reader.ident is not None:
            self._reader.join()
        self._file.close()
        self._socket.close()

    def _read(self) -> None:
        fields: dict[str, str] = {}
        try:
            for line in self._file:
                if stripped := line.rstrip("\r\n"):
                    key, _, value = stripped.partition(": ")
                    key = key.removesuffix(":")
                    fields[key] = f"{fields[key]}\n{value}" if key in fields else value
                elif fields:
                    self._take(fields)
                    fields = {}
        except (OSError, ValueError):
            pass  # closed by us, or Asterisk is gone: whoever waits will say what is missing

    def _take(self, fields: Event) -> None:
        with self._news:
            if "Event" in fields:
                self.events.append(fields)
            else:
                self._replies[fields.get("ActionID", "")] = fields
            self._news.notify_all()
