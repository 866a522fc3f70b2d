"""An AGI request read into what the engine understands; everything in it may be missing or odd."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote

from ivr.asterisk import dialplan as names
from ivr.engine.reports import Arrival, Ending

if TYPE_CHECKING:
    from ivr.asterisk.agi import Request


def arrival(request: Request) -> Arrival:
    """The call that asks where to go."""
    headers, arguments = request.headers, request.arguments
    unique_id = headers.get("agi_uniqueid", "")
    extension = headers.get("agi_extension", "")
    return Arrival(
        unique_id=unique_id,
        linked_id=arguments.get(names.ARG_LINKEDID) or unique_id,
        system=arguments.get(names.ARG_SYSTEM, ""),
        ani=headers.get("agi_callerid", ""),
        presentation=arguments.get(names.ARG_PRES) or headers.get("agi_callingpres", ""),
        privacy=arguments.get(names.ARG_PRIVACY, ""),
        dialled=arguments.get(names.ARG_DIALLED) or extension,
        extension=extension,
        rdnis=arguments.get(names.ARG_RDNIS) or headers.get("agi_rdnis", ""),
        attest=arguments.get(names.ARG_ATTEST, ""),
        verify=arguments.get(names.ARG_VERIFY, ""),
        first=_seconds(arguments.get(names.ARG_FIRST)) or 0,
        state=arguments.get(names.ARG_STATE, ""),
        status=arguments.get(names.ARG_STATUS, ""),
        waited=_seconds(arguments.get(names.ARG_WAITED)) or 0,
    )


def ending(request: Request) -> Ending:
    """The end that is reported."""
    arguments = request.arguments
    return Ending(
        linked_id=arguments.get(names.ARG_LINKEDID, ""),
        unique_id=arguments.get(names.ARG_UNIQUEID, ""),
        system=arguments.get(names.ARG_SYSTEM, ""),
        state=arguments.get(names.ARG_STATE, ""),
        first=_seconds(arguments.get(names.ARG_FIRST)) or 0,
        dialled=arguments.get(names.ARG_DIALLED, ""),
        status=arguments.get(names.ARG_STATUS, ""),
        queue=arguments.get(names.ARG_QUEUE, ""),
        agent=_name(arguments.get(names.ARG_AGENT) or arguments.get(names.ARG_AGENT_INTERFACE)),
        hold=_seconds(arguments.get(names.ARG_HOLD)),
        talk=_seconds(arguments.get(names.ARG_TALK)),
        abandoned=arguments.get(names.ARG_ABANDONED, "").upper() in ("1", "TRUE"),
        transfer=arguments.get(names.ARG_TRANSFER, ""),
        peer=_name(arguments.get(names.ARG_PEER)),
        peer_talk=_seconds(arguments.get(names.ARG_PEER_TALK)),
        by=arguments.get(names.ARG_BY, ""),
        fallback=arguments.get(names.ARG_FALLBACK, ""),
    )


def _name(text: str | None) -> str:
    """A name that the dialplan sent percent-encoded, so that any script passes its parsers."""
    return unquote(text or "", errors="replace")


def _seconds(text: str | None) -> int | None:
    """Whole seconds; None where they are missing, negative, or no number of sane length."""
    if text and text.isascii() and text.isdecimal() and len(text) <= 12:
        return int(text)
    return None
