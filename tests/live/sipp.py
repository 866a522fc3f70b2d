"""Real SIP calls, placed by sipp and steered by the test.

sipp speaks SIP; the test says when to hang up (by an OPTIONS within the call, which the scenario
waits for), and reads sipp's trace to see what came and when.
"""

from __future__ import annotations

import itertools
import os
import re
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.live.ami import PATIENCE
from tests.live.ear import TELEPHONE_EVENT, Ear
from tests.live.refer import on_refer

_NUMBERS = itertools.count(1)

_FAILURES = (302, 403, 404, 480, 486, 487, 500, 503, 603)

_SDP = f"""v=0
o=caller 1 1 IN IP4 {{address}}
s=-
c=IN IP4 {{address}}
t=0 0
m=audio {{media}} RTP/AVP 8 {TELEPHONE_EVENT}
a=rtpmap:8 PCMA/8000
a=rtpmap:{TELEPHONE_EVENT} telephone-event/8000
a=fmtp:{TELEPHONE_EVENT} 0-16
a=ptime:20
"""

_INVITE = """<send retrans="500"><![CDATA[
INVITE sip:{dialled}@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=z9hG4bK-[call_id]
From: {from_header};tag=[call_number]
To: <sip:{dialled}@[remote_ip]:[remote_port]>
Call-ID: [call_id]
CSeq: 1 INVITE
Contact: <sip:caller@[local_ip]:[local_port]>
Max-Forwards: 70
{headers}Content-Type: application/sdp
Content-Length: [len]

{sdp}]]></send>
"""

_REQUEST = """<send{attributes}><![CDATA[
{method} {target} SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch={branch}
From: {from_header};tag=[call_number]
To: <sip:{dialled}@[remote_ip]:[remote_port]>{tag}
Call-ID: [call_id]
CSeq: {cseq}
Max-Forwards: 70
Content-Length: 0

]]></send>
"""

_OK = """<send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:caller@[local_ip]:[local_port]>
Content-Length: 0

]]></send>
"""


@dataclass
class Call:
    """One caller. `number` is his own; `headers` ride on the INVITE.

    `from_header` replaces the whole From, for those who withhold their number; `on_refer` is what
    his carrier does with a REFER (see `refer.on_refer`).
    """

    local: str
    remote: str
    dialled: str
    number: str = "0521234567"
    headers: Mapping[str, str] = field(default_factory=dict)
    from_header: str = ""
    on_refer: str = ""

    def __post_init__(self) -> None:
        self.ear, self._infos = Ear(self.local), 0
        self.port = free_port(self.local)
        self.call_id = f"live-{os.getpid()}-{next(_NUMBERS)}"
        self._folder = Path(tempfile.mkdtemp(prefix="ivr-sipp-"))
        scenario = self._folder / "call.xml"
        scenario.write_text(self._scenario())
        # A file with the messages in it is all that is wanted of sipp's output.
        self._process = subprocess.Popen(
            [
                "setpriv",
                "--pdeathsig",
                "KILL",
                "sipp",
                f"{self.remote}:5060",
                "-sf",
                str(scenario),
                "-m",
                "1",
                "-l",
                "1",
                "-i",
                self.local,
                "-p",
                str(self.port),
                "-cid_str",
                self.call_id,
                "-nostdin",
                "-timeout",
                "120s",
                "-trace_msg",
                "-message_file",
                str(self._trace),
                "-trace_err",
                "-error_file",
                str(self._folder / "errors"),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=self._folder,
        )

    @property
    def _trace(self) -> Path:
        return self._folder / "messages"

    def hang_up(self) -> None:
        """The caller hangs up: BYE, or CANCEL before the answer."""
        text = (
            f"OPTIONS sip:caller@{self.local}:{self.port} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP {self.local}:9;branch=z9hG4bKhangup{self.call_id}\r\n"
            f"From: <sip:test@{self.local}>;tag=1\r\nTo: <sip:caller@{self.local}>\r\n"
            f"Call-ID: {self.call_id}\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
        )
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
            control.sendto(text.encode(), (self.local, self.port))

    def press(self, keys: str) -> None:
        """Press keys, once there is audio."""
        self.ear.press(keys)

    def press_by_info(self, key: str) -> None:
        """Press a key as SIP INFO, which some trunks send."""
        (answer,) = [
            text
            for _, way, text in self.messages()
            if way == "received" and text.startswith("SIP/2.0 200") and "INVITE" in text
        ]
        kept = "".join(
            f"{line}\r\n"
            for line in answer.splitlines()
            if line.startswith(("From:", "To:", "Call-ID:"))
        )
        self._infos += 1
        body = f"Signal={key}\r\nDuration=160\r\n"
        text = (
            f"INFO sip:{self.dialled}@{self.remote}:5060 SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP {self.local}:{self.port};"
            f"branch=z9hG4bK-info-{self._infos}-{self.call_id}\r\n{kept}"
            f"CSeq: {1 + self._infos} INFO\r\nMax-Forwards: 70\r\n"
            f"Content-Type: application/dtmf-relay\r\nContent-Length: {len(body)}\r\n\r\n"
            f"{body}"
        )
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
            control.bind((self.local, 0))
            control.sendto(text.encode(), (self.remote, 5060))

    def messages(self) -> list[tuple[float, str, str]]:
        """List (epoch seconds, `sent` or `received`, text) of all SIP messages so far."""
        return read_messages(self._trace)

    def when(self, way: str, start: str) -> float | None:
        """Give the epoch seconds of the first message of this kind, None if there is none."""
        return next(
            (at for at, w, line in self.messages() if w == way and line.startswith(start)), None
        )

    def answered(self) -> bool:
        """Tell whether the call was answered (and so, billed)."""
        return self.when("received", "SIP/2.0 200") is not None and any(
            line.startswith("ACK") for _, way, line in self.messages() if way == "sent"
        )

    def final(self) -> int | None:
        """Give the final status of the INVITE."""
        codes = [
            int(text[8:11])
            for _, way, text in self.messages()
            if way == "received" and text.startswith("SIP/2.0 ") and "1 INVITE" in text
        ]
        return next((code for code in codes if code >= 200), None)

    def wait_over(self, seconds: float = PATIENCE) -> None:
        """Wait until the call is over, whoever ended it."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(
                f"the call to {self.dialled} is not over after {seconds} s: "
                f"{[text.split(chr(13))[0] for _, _, text in self.messages()]}"
            ) from None

    def close(self) -> None:
        """End sipp, and the call if it is still there."""
        self.ear.close()
        if self._process.poll() is None:
            self.hang_up()
            try:
                self._process.wait(1)
            except subprocess.TimeoutExpired:
                self._process.send_signal(signal.SIGKILL)
                self._process.wait()
        for path in self._folder.iterdir():
            path.unlink()
        self._folder.rmdir()

    def _scenario(self) -> str:
        sender = self.from_header or f"<sip:{self.number}@{self.local}>"
        words = {"dialled": self.dialled, "from_header": sender}
        headers = "".join(f"{name}: {value}\n" for name, value in self.headers.items())
        invite = _INVITE.format(
            **words, headers=headers, sdp=_SDP.format(address=self.local, media=self.ear.port)
        )
        dialled = f"sip:{self.dialled}@[remote_ip]:[remote_port]"
        ack = _REQUEST.format(
            **words,
            method="ACK",
            target="[next_url]",
            tag="[peer_tag_param]",
            branch="[branch]",
            cseq="1 ACK",
            attributes="",
        )
        bye = _REQUEST.format(
            **words,
            method="BYE",
            target="[next_url]",
            tag="[peer_tag_param]",
            branch="[branch]",
            cseq="100 BYE",
            attributes=' retrans="500"',
        )
        cancel = _REQUEST.format(
            **words,
            method="CANCEL",
            target=dialled,
            tag="",
            branch="z9hG4bK-[call_id]",
            cseq="1 CANCEL",
            attributes="",
        )
        nack = _REQUEST.format(
            **words,
            method="ACK",
            target=dialled,
            tag="[peer_tag_param]",
            branch="z9hG4bK-[call_id]",
            cseq="1 ACK",
            attributes="",
        )
        refer, referred = on_refer(self.on_refer, self.dialled, sender)
        refused = "".join(
            f'<recv response="{code}" optional="true" next="refused"/>' for code in _FAILURES
        )
        return f"""<?xml version="1.0" encoding="UTF-8"?>
<scenario name="caller">
{invite}
<recv response="100" optional="true"/>
<recv response="180" optional="true"/>
<recv response="183" optional="true"/>
<recv request="OPTIONS" optional="true" next="cancel"/>
{refused}
<recv response="200" rrs="true"/>
{ack}
<label id="talk"/>
<recv request="OPTIONS" optional="true" next="hangup"/>
{refer}
<recv request="BYE"/>
{_OK}
<nop next="end"/>
{referred}<label id="hangup"/>
{bye}
<recv response="200"/>
<nop next="end"/>
<label id="cancel"/>
{cancel}
<recv response="200"/>
<recv response="487"/>
<label id="refused"/>
{nack}
<label id="end"/>
</scenario>
"""


def read_messages(trace: Path) -> list[tuple[float, str, str]]:
    """List (epoch seconds, `sent` or `received`, text) of all messages in sipp's trace."""
    text = trace.read_text(errors="replace") if trace.exists() else ""
    found = re.split(
        r"^-+ (\S+ \S+)\nUDP message (sent|received)[^\n]*\n\n", text, flags=re.MULTILINE
    )
    return [
        (_epoch(stamp), way, message)
        for stamp, way, message in zip(found[1::3], found[2::3], found[3::3], strict=True)
    ]


def free_port(address: str) -> int:
    """Give a UDP port of this address that nobody uses."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((address, 0))
        port: int = probe.getsockname()[1]
        return port


def _epoch(stamp: str) -> float:
    day, clock = stamp.split(" ")
    whole, _, part = clock.partition(".")
    return time.mktime(time.strptime(f"{day} {whole}", "%Y-%m-%d %H:%M:%S")) + float(f"0.{part}")
