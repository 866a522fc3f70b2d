"""Many callers at once, played by one sipp: each calls, listens, and waits to be hung up on."""

from __future__ import annotations

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
<recv response="200" rrs="true"/>
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
</scenario>
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
    with tempfile.TemporaryDirectory(prefix="ivr-crowd-") as name:
        folder = Path(name)
        lines = "".join(f"{key}: {value}\n" for key, value in headers.items())
        (folder / "crowd.xml").write_text(_SCENARIO.format(dialled=dialled, headers=lines))
        (folder / "numbers.csv").write_text("\n".join(["SEQUENTIAL", *numbers, ""]))
        count = str(len(numbers))
        command = [
            "setpriv",
            "--pdeathsig",
            "KILL",
            "sipp",
            f"{remote}:5060",
            "-sf",
            "crowd.xml",
            "-inf",
            "numbers.csv",
            "-r",
            str(rate),
            "-m",
            count,
            "-l",
            count,
            "-i",
            local,
            "-p",
            str(free_port(local)),
            "-nostdin",
            "-timeout",
            f"{seconds:.0f}s",
            "-timeout_error",
            "-trace_err",
            "-error_file",
            "errors",
        ]
        done = subprocess.run(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            check=False,
            capture_output=True,
            text=True,
        )
        errors = folder / "errors"
        told = errors.read_text(errors="replace") if errors.exists() else ""
        return "" if done.returncode == 0 else told or done.stdout[-2000:]
