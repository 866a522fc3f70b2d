"""An agent's telephone that is busy: it keeps what it was shown, and refuses every call."""

from __future__ import annotations

import contextlib
import re
import socket
import threading

from tests.live.ami import PATIENCE


class BusyPhone:
    """Takes the calls to PJSIP/phone; `invites` are the INVITEs as they came, each call's once."""

    def __init__(self, address: str) -> None:
        self.invites: dict[str, str] = {}
        self._news = threading.Condition()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((address, 5060))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def wait(self, count: int, seconds: float = PATIENCE) -> list[str]:
        """Give what was shown, once there were so many calls."""
        with self._news:
            assert self._news.wait_for(lambda: len(self.invites) >= count, seconds), (
                f"{len(self.invites)} of {count} calls reached the agent's telephone"
            )
            return list(self.invites.values())

    def close(self) -> None:
        """Unplug it."""
        with contextlib.suppress(OSError):  # it is connected to nobody, and wakes up all the same
            self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._socket.close()

    def _serve(self) -> None:
        while True:
            data, peer = self._socket.recvfrom(65536)
            if not data:
                return
            message = data.decode(errors="replace")
            if message.startswith("INVITE"):
                with self._news:
                    self.invites.setdefault(_header(message, "Call-ID"), message)
                    self._news.notify_all()
                with contextlib.suppress(BrokenPipeError):  # unplugged since it rang
                    self._socket.sendto(_busy(message).encode(), peer)


def _header(message: str, name: str) -> str:
    found = re.search(rf"^{name}: (.*?)\r$", message, re.MULTILINE)
    assert found, f"no {name} in {message}"
    return found[1]


def _busy(request: str) -> str:
    kept = [f"{name}: {_header(request, name)}" for name in ("Via", "From", "Call-ID", "CSeq")]
    to = f"To: {_header(request, 'To')};tag=busy"
    return "\r\n".join(["SIP/2.0 486 Busy Here", *kept, to, "Content-Length: 0", "", ""])
