"""What Asterisk 22 sends, for the tests."""

from __future__ import annotations

from typing import Final

HEADERS: Final = {
    "agi_network": "yes",
    "agi_network_script": "route",
    "agi_request": "agi://127.0.0.1:4573/route",
    "agi_channel": "PJSIP/trunk-00000001",
    "agi_language": "en",
    "agi_type": "PJSIP",
    "agi_uniqueid": "1760000000.1",
    "agi_version": "22.10.1",
    "agi_callerid": "0521234567",
    "agi_calleridname": "unknown",
    "agi_callingpres": "0",
    "agi_callingani2": "0",
    "agi_callington": "0",
    "agi_callingtns": "0",
    "agi_dnid": "1800123456",
    "agi_rdnis": "unknown",
    "agi_context": "ivr",
    "agi_extension": "1800123456",
    "agi_priority": "1",
    "agi_enhanced": "0.0",
    "agi_accountcode": "",
    "agi_threadid": "140213345678912",
}

REQUEST: Final = (
    "".join(f"{name}: {value}\n" for name, value in HEADERS.items())
    + "agi_arg_1: linkedid=1760000000.1\nagi_arg_2: system=\n\n"
).encode()

OK: Final = b"200 result=1\n"

USAGE: Final = (
    b"520-Invalid command syntax.  Proper usage follows:\n"
    b" Usage: GET DATA <file to be streamed> [timeout] [max digits]\n"
    b"\tStream the given <file>, and receive DTMF data.\n"
    b"\n"
    b"520 End of proper usage.\n"
)
