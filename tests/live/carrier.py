"""The other side of a paid line: the number that rings, played by sipp, which writes all down."""

from __future__ import annotations

import subprocess
import tempfile
import time
from pathlib import Path

from tests.live.ami import PATIENCE
from tests.live.sipp import read_messages

_REPLY = """<send{attributes}><![CDATA[
SIP/2.0 {status}
[last_Via:]
[last_From:]
[last_To:];tag=carrier[call_number]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:{contact}>
{body}
]]></send>
"""
_HERE = "[local_ip]:[local_port]"
_EMPTY = "Content-Length: 0\n"
_SDP = """Content-Type: application/sdp
Content-Length: [len]

v=0
o=carrier 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [local_ip]
t=0 0
m=audio [media_port] RTP/AVP 8
a=rtpmap:8 PCMA/8000
"""


def _reply(status: str, body: str = _EMPTY, contact: str = _HERE, attributes: str = "") -> str:
    return _REPLY.format(status=status, body=body, contact=contact, attributes=attributes)


def _ok() -> str:
    return _reply("200 OK").replace(";tag=carrier[call_number]", "")


_RETRANSMITTED = ' retrans="500"'
_ENDS = {
    "answers": _reply("180 Ringing")
    + _reply("200 OK", _SDP, attributes=_RETRANSMITTED)
    + '<recv request="ACK"/>\n<recv request="BYE"/>\n'
    + _ok(),
    "is busy": _reply("486 Busy Here", attributes=_RETRANSMITTED) + '<recv request="ACK"/>',
    "forwards": _reply("302 Moved", contact="0540000000@" + _HERE, attributes=_RETRANSMITTED)
    + '<recv request="ACK"/>',
    "rings": _reply("180 Ringing")
    + '<recv request="CANCEL"/>\n'
    + _ok()
    + _reply("487 Request Terminated", attributes=_RETRANSMITTED)
    + '<recv request="ACK"/>',
}


class Carrier:
    """Port 5060 of `address`. `does` is what becomes of a call to it: see `_ENDS`."""

    def __init__(self, address: str, does: str) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="ivr-carrier-")
        folder = Path(self._folder.name)
        self._trace = folder / "messages"
        (folder / "carrier.xml").write_text(
            '<?xml version="1.0" encoding="UTF-8"?>\n<scenario name="carrier">\n'
            f'<recv request="INVITE" crlf="true" rrs="true"/>\n{_ENDS[does]}\n</scenario>\n'
        )
        command = ["setpriv", "--pdeathsig", "KILL", "sipp", "-sf", str(folder / "carrier.xml")]
        command += ["-i", address, "-p", "5060", "-nostdin", "-timeout", "120s"]
        command += ["-trace_msg", "-message_file", str(self._trace)]
        quiet = subprocess.DEVNULL
        self._process = subprocess.Popen(
            command, stdin=quiet, stdout=quiet, stderr=quiet, cwd=folder
        )

    def received(self, method: str) -> list[str]:
        """List the requests of this method that it was sent, without retransmissions."""
        found = [text for _, way, text in read_messages(self._trace) if way == "received"]
        return list(dict.fromkeys(text for text in found if text.startswith(f"{method} ")))

    def wait(self, method: str, seconds: float = PATIENCE) -> str:
        """Give the first request of this method, when it comes."""
        deadline = time.monotonic() + seconds
        while not (found := self.received(method)):
            assert time.monotonic() < deadline, f"no {method} within {seconds} s"
            time.sleep(0.05)
        return found[0]

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()
        self._folder.cleanup()
