"""A caller's carrier that is asked to move his call by REFER."""

from __future__ import annotations

_ANSWER = """<send><![CDATA[
SIP/2.0 {status}
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:caller@[local_ip]:[local_port]>
Content-Length: 0

]]></send>
"""

_NOTIFY = """<send retrans="500"><![CDATA[
NOTIFY [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: {sender};tag=[call_number]
To: <sip:{dialled}@[remote_ip]:[remote_port]>[peer_tag_param]
Call-ID: [call_id]
CSeq: 50 NOTIFY
Contact: <sip:caller@[local_ip]:[local_port]>
Max-Forwards: 70
Event: refer
Subscription-State: terminated;reason=noresource
Content-Type: message/sipfrag;version=2.0
Content-Length: [len]

SIP/2.0 {outcome}
]]></send>
<recv response="200"/>
"""


def on_refer(kind: str, dialled: str, sender: str) -> tuple[str, str]:
    """What a scenario does with a REFER: what it waits for, and what follows.

    `kind` is "" (no REFER is expected), `moved`, `failed`, `refused`, `silent` (accepted and never
    notified), or `taken` (accepted, and without another word BYE). He is gone after `moved` and
    `taken`; else the call goes on.
    """
    if not kind:
        return "", ""
    accepted = _ANSWER.format(status="603 Declined" if kind == "refused" else "202 Accepted")
    notified = {"moved": "200 OK", "failed": "486 Busy Here"}.get(kind)
    notice = notified and _NOTIFY.format(dialled=dialled, sender=sender, outcome=notified)
    goes = "hangup" if kind in ("moved", "taken") else "talk"
    waits = '<recv request="REFER" optional="true" next="referred"/>'
    return waits, f'<label id="referred"/>\n{accepted}{notice or ""}<nop next="{goes}"/>\n'
