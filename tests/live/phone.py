"""An agent's SIP telephone, played by sipp: it answers, talks a while, and does one thing more."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from tests.live.sipp import free_port

_SDP = """v=0
o=agent 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [local_ip]
t=0 0
m=audio [media_port] RTP/AVP 8
a=rtpmap:8 PCMA/8000

"""

_ANSWER = f"""<recv request="INVITE" crlf="true" rrs="true"/>
<send><![CDATA[
SIP/2.0 180 Ringing
[last_Via:]
[last_From:]
[last_To:];tag=agent[call_number]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:[local_ip]:[local_port]>
Content-Length: 0

]]></send>
<send retrans="500"><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:];tag=agent[call_number]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:[local_ip]:[local_port]>
Content-Type: application/sdp
Content-Length: [len]

{_SDP}]]></send>
<recv request="ACK"/>
<pause milliseconds="{{talk}}"/>
"""

_REQUEST = """<send retrans="500"><![CDATA[
{method} sip:[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:phone@[local_ip]:[local_port]>;tag=agent[call_number]
To: [$caller]
Call-ID: [call_id]
CSeq: {cseq} {method}
Contact: <sip:[local_ip]:[local_port]>
Max-Forwards: 70
{more}Content-Length: 0

]]></send>
"""

_OK = """<send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:[local_ip]:[local_port]>
Content-Length: 0

]]></send>
"""

_CALLER = (
    """<action><ereg regexp=".*" search_in="hdr" header="From:" assign_to="caller"/></action>"""
)


class Phone:
    """A telephone at `address` that takes one call, talks `talk` seconds, and then hangs up.

    With `refer_to` it transfers the call there blindly instead, and hangs up when that is done.
    """

    def __init__(self, address: str, asterisk: str, talk: float, refer_to: str = "") -> None:
        self.port = free_port(address)
        self.interface = f"PJSIP/phone/sip:phone@{address}:{self.port}"
        self._folder = tempfile.TemporaryDirectory(prefix="ivr-phone-")
        scenario = Path(self._folder.name) / "phone.xml"
        scenario.write_text(_scenario(talk, f"sip:{refer_to}@{asterisk}" if refer_to else ""))
        self._process = subprocess.Popen(
            [
                "setpriv",
                "--pdeathsig",
                "KILL",
                "sipp",
                f"{asterisk}:5060",
                "-sf",
                str(scenario),
                "-m",
                "1",
                "-i",
                address,
                "-p",
                str(self.port),
                "-nostdin",
                "-timeout",
                "120s",
                "-trace_err",
                "-error_file",
                str(Path(self._folder.name) / "errors"),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=self._folder.name,
        )

    def close(self) -> None:
        """Unplug it."""
        self._process.kill()
        self._process.wait()
        self._folder.cleanup()


def _scenario(talk: float, refer_to: str) -> str:
    answer = _ANSWER.format(talk=int(talk * 1000)).replace(
        '<recv request="INVITE" crlf="true" rrs="true"/>',
        f'<recv request="INVITE" crlf="true" rrs="true">{_CALLER}</recv>',
    )
    refer = _REQUEST.format(method="REFER", cseq=1, more=f"Refer-To: <{refer_to}>\n")
    bye = _REQUEST.format(method="BYE", cseq=2, more="")
    goes = (
        f'{bye}<recv response="200"/>'
        if not refer_to
        else f"""{refer}
<recv response="202"/>
<recv request="NOTIFY"/>
{_OK}
{bye}
<recv request="NOTIFY" optional="true"/>
<recv response="200"/>"""
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<scenario name="phone">
{answer}
{goes}
</scenario>
"""
