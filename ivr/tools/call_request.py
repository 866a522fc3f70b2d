"""What Asterisk 22 sends for a call that arrives through deploy/asterisk/extensions_ivr.conf."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ivr.asterisk import dialplan as names
from ivr.asterisk.agi_peer import encode_request

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class CallSpec:
    """One call. `first` is when it came in, in epoch seconds; `unique_id` is Asterisk's.

    `keys` has an entry for each time the caller is asked for keys. `hangup_after` commands the
    caller goes. `next_status` is a QUEUESTATUS to go on with, once there is a decision.
    """

    ani: str
    dnis: str
    unique_id: str
    first: int
    keys: tuple[str, ...] = ()
    hangup_after: int | None = None
    withheld: bool = False
    next_status: str | None = None
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Asking:
    """One question to the engine: `/route`, or `/next` with what came of the queue before.

    `waited` is in seconds.
    """

    script: str = names.SCRIPT_ROUTE
    state: str = ""
    status: str = ""
    waited: int | None = None
    hops: int = 0


def following(variables: Mapping[str, str], status: str) -> Asking:
    """The dialplan's question when the queue of the decision in `variables` gave up."""
    timeout = variables.get(names.TIMEOUT, "")
    return Asking(
        script=names.SCRIPT_NEXT,
        state=variables.get(names.STATE, ""),
        status=status,
        waited=int(timeout) if timeout.isdecimal() else 0,
        hops=1,
    )


def request(host: str, port: int, call: CallSpec, asking: Asking) -> bytes:
    """The header of the AGI session, as it goes over the wire."""
    return encode_request(
        _headers(host, port, call, asking),
        [f"{name}={value}" for name, value in _arguments(call, asking).items()],
    )


def _headers(host: str, port: int, call: CallSpec, asking: Asking) -> dict[str, str]:
    """As Asterisk 22 sends them; a withheld number with `Privacy: id` arrives in full."""
    return {
        "agi_network": "yes",
        "agi_network_script": asking.script,
        "agi_request": f"agi://{host}:{port}/{asking.script}",
        "agi_channel": "PJSIP/trunk-00000001",
        "agi_language": call.language,
        "agi_type": "PJSIP",
        "agi_uniqueid": call.unique_id,
        "agi_version": "22.10.1",
        "agi_callerid": call.ani or "unknown",
        "agi_calleridname": "unknown",
        "agi_callingpres": "32" if call.withheld else "0",
        "agi_callingani2": "0",
        "agi_callington": "0",
        "agi_callingtns": "0",
        "agi_dnid": call.dnis,
        "agi_rdnis": "unknown",
        "agi_context": names.CONTEXT,
        "agi_extension": call.dnis,
        "agi_priority": "1",
        "agi_enhanced": "0.0",
        "agi_accountcode": "",
        "agi_threadid": "1",
    }


def _arguments(call: CallSpec, asking: Asking) -> dict[str, str]:
    """As the dialplan gives them to AGI()."""
    return {
        names.ARG_LINKEDID: call.unique_id,
        names.ARG_SYSTEM: "",
        names.ARG_FIRST: str(call.first),
        names.ARG_DIALLED: call.dnis,
        names.ARG_STATE: asking.state,
        names.ARG_STATUS: asking.status,
        names.ARG_WAITED: "" if asking.waited is None else str(asking.waited),
        names.ARG_HOPS: str(asking.hops),
        names.ARG_PRES: "prohib_not_screened" if call.withheld else "allowed_not_screened",
        names.ARG_PRIVACY: "id" if call.withheld else "",
        names.ARG_RDNIS: "",
        names.ARG_ATTEST: "",
        names.ARG_VERIFY: "",
    }
