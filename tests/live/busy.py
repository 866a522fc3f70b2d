"""An agent's telephone that is busy: it keeps what it was shown, and refuses every call."""

from __future__ import annotations

import re
import threading

from tests.live.ami import PATIENCE
from tests.live.datagrams import Datagrams


class BusyPhone:
    """Takes the calls to PJSIP/phone; `invites` are the INVITEs as they came, each call's once."""

    def __init__(self, address: str) -> None:
        self.invites: dict[str, str] = {}
        self._news = threading.Condition()
        self._line = Datagrams(address, 5060, self._take)

    def wait(self, count: int, seconds: float = PATIENCE) -> list[str]:
        """Give what was shown, once there were so many calls."""
        with self._news:
            assert self._news.wait_for(lambda: len(self.invites) >= count, seconds), (
                f"{len(self.invites)} of {count} calls reached the agent's telephone"
            )
            return list(self.invites.values())

    def close(self) -> None:
        """Unplug it."""
        self._line.close()

    def _take(self, data: bytes) -> bytes | None:
        message = data.decode(errors="replace")
        if not message.startswith("INVITE"):
            return None
        with self._news:
            self.invites.setdefault(_header(message, "Call-ID"), message)
            self._news.notify_all()
        return _busy(message).encode()


def _header(message: str, name: str) -> str:
    found = re.search(rf"^{name}: (.*?)\r$", message, re.MULTILINE)
    assert found, f"no {name} in {message}"
    return found[1]


def _busy(request: str) -> str:
    kept = [f"{name}: {_header(request, name)}" for name in ("Via", "From", "Call-ID", "CSeq")]
    to = f"To: {_header(request, 'To')};tag=busy"
    return "\r\n".join(["SIP/2.0 486 Busy Here", *kept, to, "Content-Length: 0", "", ""])
