"""Asterisk's queue_log, as far as the dialplan writes it: how each conversation ended. Sans-I/O.

    epoch|uniqueid|queue|agent|IVRENDED|decision|linkedid|hold|talk|abandoned|transfer|by|peer|talk2
    …|first|dialled|fallback|interface|state

The second row are the last fields since the ledger; a line of a dialplan before that has none of
them. The state is IVR_STATE as it is, bars and all, so it comes last. docs/dialplan.md tells what
each field is; together they are what `/ended` is told.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from ivr.asterisk import dialplan as names
from ivr.engine.reports import Ending

_NOTHING: Final = "NONE"
_EVENT: Final = 4
_BEFORE: Final = 5  # fields up to the event
_OLD: Final = 9  # fields after it, in a line of a dialplan before the ledger
_NEW: Final = 14
_LONGEST: Final = 8192  # Asterisk's own buffer for a line


class BadLineError(ValueError):
    """The line is damaged: the message says how."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A line: when, what `/ended` was (or would have been) told, and which decision it was about.

    `complete` says that the line has the state; else only the engine may still know whose it was.
    """

    at: int
    ending: Ending
    decision: str
    complete: bool


def read_ended(line: str, system: str) -> Ended | None:
    """The end that a line tells, None for a line about anything else. Raises `BadLineError`.

    `system` is the `systemname` of the Asterisk whose file it is: a line does not say.
    """
    text = line.rstrip("\r\n")
    fields = text.split("|", _BEFORE + _NEW - 1)
    if len(fields) <= _EVENT:
        raise BadLineError("has fewer fields than any line of queue_log")
    if fields[_EVENT] != names.QUEUELOG_ENDED:
        return None
    if len(text) > _LONGEST or text == line:
        raise BadLineError("is cut short, or is being written")
    epoch, unique_id, queue, agent, _, *rest = fields
    if len(rest) not in (_OLD, _NEW):
        raise BadLineError(
            f"has {len(rest)} fields after {fields[_EVENT]}: {_OLD} or {_NEW} belong"
        )
    at = _seconds(epoch)
    if at is None or not rest[1]:
        raise BadLineError("says neither when, nor of which call" if at is None else "has no call")
    ending = _ending(unique_id, queue, agent, system, rest)
    return Ended(at, ending, rest[0], len(rest) == _NEW)


def _ending(unique_id: str, queue: str, agent: str, system: str, rest: list[str]) -> Ending:
    _, linked_id, hold, talk, abandoned, transfer, by, peer, talk2 = rest[:_OLD]
    first, dialled, fallback, interface, state = rest[_OLD:] or [""] * (_NEW - _OLD)
    return Ending(
        linked_id=linked_id,
        unique_id=unique_id,
        system=system,
        state=state,
        first=_seconds(first) or 0,
        dialled=dialled,
        queue=_named(queue),
        agent=_named(agent) or unquote(interface, errors="replace"),
        hold=_seconds(hold),
        talk=_seconds(talk),
        abandoned=abandoned == "1",
        transfer=transfer,
        peer=unquote(peer, errors="replace"),
        peer_talk=_seconds(talk2),
        by=by,
        fallback=fallback,
    )


def _named(text: str) -> str:
    return "" if text == _NOTHING else text


def _seconds(text: str) -> int | None:
    if text.isascii() and text.isdecimal() and len(text) <= 12:
        return int(text)
    return None
