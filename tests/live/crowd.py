"""Many callers at once, played by one sipp: each calls, listens, and waits to be hung up on."""

from __future__ import annotations

import signal
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.live.sipp import free_port

_SCENARIO = """<?xml version="1.0" encoding="UTF-8"?>
<scenario name="crowd">
<send retrans="500"><![CDATA[
INVITE sip:{dialled}@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:[field0]@[local_ip]>;tag=[call_number]
To: <sip:{dialled}@[remote_ip]:[remote_port]>
Call-ID: [call_id]
CSeq: 1 INVITE
Contact: <sip:[field0]@[local_ip]:[local_port]>
Max-Forwards: 70
{headers}Content-Type: application/sdp
Content-Length: [len]

v=0
o=caller 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [local_ip]
t=0 0
m=audio [media_port] RTP/AVP 8
a=rtpmap:8 PCMA/8000
a=ptime:20
]]></send>
<recv response="100" optional="true"/>
<recv response="180" optional="true"/>
<recv response="183" optional="true"/>
{moved}<recv response="200" rrs="true"/>
<send><![CDATA[
ACK [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:[field0]@[local_ip]>;tag=[call_number]
To: <sip:{dialled}@[remote_ip]:[remote_port]>[peer_tag_param]
Call-ID: [call_id]
CSeq: 1 ACK
Max-Forwards: 70
Content-Length: 0

]]></send>
<recv request="BYE"/>
<send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send>
{on_moved}</scenario>
"""

_ON_MOVED = """<nop next="end"/>
<label id="moved"/>
<send><![CDATA[
ACK sip:{dialled}@[remote_ip]:[remote_port] SIP/2.0
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
CSeq: 1 ACK
Max-Forwards: 70
Content-Length: 0

]]></send>
<label id="end"/>
"""


def call_all(
    local: str,
    remote: str,
    dialled: str,
    numbers: Sequence[str],
    rate: int,
    seconds: float,
    headers: dict[str, str],
) -> str:
    """Place one call of each number, `rate` a second; what sipp says if one of them failed.

    Returns when all are over; raises `AssertionError` if that takes more than `seconds`.
    """
    crowd = Crowd(local, remote, dialled, numbers, rate, seconds, headers)
    return crowd.trouble()


class Crowd:
    """The same, while the test does something else. `numbers` may have more fields, parted by `;`:
    what stands in a header as `[field1]`. With `moved` a call may be answered by 302 as well.
    """

    def __init__(
        self,
        local: str,
        remote: str,
        dialled: str,
        numbers: Sequence[str],
        rate: int,
        seconds: float,
        headers: dict[str, str],
        *,
        moved: bool = False,
    ) -> None:
        self._temporary = tempfile.TemporaryDirectory(prefix="ivr-crowd-")
        self._folder = Path(self._temporary.name)
        lines = "".join(f"{key}: {value}\n" for key, value in headers.items())
        scenario = _SCENARIO.format(dialled=dialled, headers=lines, **_ways(dialled, moved))
        (self._folder / "crowd.xml").write_text(scenario)
        (self._folder / "numbers.csv").write_text("\n".join(["SEQUENTIAL", *numbers, ""]))
        count = str(len(numbers))
        command = ["setpriv", "--pdeathsig", "KILL", "sipp", f"{remote}:5060"]
        command += ["-sf", "crowd.xml", "-inf", "numbers.csv", "-r", str(rate)]
        command += ["-m", count, "-l", count, "-i", local, "-p", str(free_port(local)), "-nostdin"]
        command += ["-timeout", f"{seconds:.0f}s", "-timeout_error"]
        command += ["-trace_err", "-error_file", "errors"]
        self._screen = (self._folder / "screen").open("w+")
        self._process = subprocess.Popen(
            command, cwd=self._folder, stdin=subprocess.DEVNULL,
            stdout=self._screen, stderr=self._screen,
        )  # fmt: skip

    def stop(self) -> None:
        """Place no more calls; those that there are go on."""
        self._process.send_signal(signal.SIGUSR1)

    def trouble(self) -> str:
        """Wait until all calls are over; what sipp says if one of them failed."""
        code = self._process.wait()
        self._screen.seek(0)
        errors, screen = self._folder / "errors", self._screen.read()
        told = errors.read_text(errors="replace") if errors.exists() else ""
        self._screen.close()
        self._temporary.cleanup()
        return "" if code == 0 else told or screen[-2000:]

    def close(self) -> None:
        """End it, whatever its calls do."""
        if self._process.poll() is None:
            self._process.kill()
            self.trouble()


def _ways(dialled: str, moved: bool) -> dict[str, str]:
    """What the scenario says of calls that are moved."""
    if not moved:
        return {"moved": "", "on_moved": ""}
    expected = '<recv response="302" optional="true" next="moved"/>\n'
    return {"moved": expected, "on_moved": _ON_MOVED.format(dialled=dialled)}
