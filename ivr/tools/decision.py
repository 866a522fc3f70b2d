"""A decision, as the dialplan gets it, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ivr.asterisk import dialplan as names
from ivr.routing.onward import FIXED_DATE
from ivr.routing.ticket import LIMIT, BadTicketError, Hop, Kind, decode

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_ANSWERED = {
    "before": "answered first: the company pays for the call",
    "early": "heard before the call is answered: nobody pays",
    "no": "not answered by the IVR",
}

_AS_THEY_ARE = (
    ("greeting", names.PROMPT),
    ("music", names.MUSIC),
    ("agent hears", names.ANNOUNCE),
    ("options", names.QUEUE_OPTIONS),
    ("language", names.LANGUAGE),
    ("cause", names.HANGUPCAUSE),
    ("decision", names.DECISION),
)


def is_decided(variables: Mapping[str, str]) -> bool:
    """Whether the dialplan would do as it was told; if not, it takes the fallback queue."""
    needed = {
        "queue": names.QUEUE,
        "dial": names.DIAL,
        "announce": names.PROMPT,
        "hangup": names.ACTION,
    }.get(variables.get(names.ACTION, ""))
    return variables.get(names.DONE) == "1" and bool(needed and variables.get(needed))


def in_words(variables: Mapping[str, str], first: int) -> list[tuple[str, str]]:
    """A decision as pairs of a name and what it says; `first` is when the call came, epoch s."""
    lines = [
        ("goes to", _where(variables)),
        ("tier", variables.get(names.TIER, "")),
        ("route", variables.get(names.ROUTE, "")),
        ("place", _place(variables, first)),
        ("stays", _stays(variables)),
        *(("then", hop) for hop in _then(variables)),
        ("answer", _ANSWERED.get(variables.get(names.ANSWER, ""), "")),
        *((label, variables.get(name, "")) for label, name in _AS_THEY_ARE),
        ("carries", f"{len(variables.get(names.STATE, '').encode())} of {LIMIT} bytes of state"),
    ]
    return [line for line in lines if line[1]]


def duration(seconds: int) -> str:
    """Such as 1 h 5 min, 90 s as 1 min 30 s."""
    hours, rest = divmod(seconds, 3600)
    parts = ((hours, "h"), (rest // 60, "min"), (rest % 60, "s"))
    return " ".join(f"{amount} {unit}" for amount, unit in parts if amount) or "0 s"


def _where(variables: Mapping[str, str]) -> str:
    action = variables.get(names.ACTION, "")
    return {
        "queue": f"queue {variables.get(names.QUEUE, '')}",
        "dial": f"the number {variables.get(names.DIAL, '')}",
        "announce": f"announcement {variables.get(names.PROMPT, '')}",
        "hangup": "hang up",
    }.get(action, action)


def _place(variables: Mapping[str, str], first: int) -> str:
    """QUEUE_PRIO, turned back into the head start it was made of."""
    text = variables.get(names.PRIO, "")
    if variables.get(names.ACTION) != "queue" or not text.lstrip("-").isdecimal():
        return ""
    head_start = int(text) + first - FIXED_DATE
    if head_start > 0:
        place = f"{duration(head_start)} head start: as if the call had come that much earlier"
    elif head_start < 0:
        place = f"as if the call had come {duration(-head_start)} later"
    else:
        place = "in the order of the calls, no head start"
    return f"{place} ({names.PRIO}={text})"


def _stays(variables: Mapping[str, str]) -> str:
    if variables.get(names.ACTION) not in ("queue", "dial"):
        return "the engine is asked again afterwards" if variables.get(names.THEN) else ""
    text = variables.get(names.TIMEOUT, "")
    if not text.isdecimal():
        return "until somebody answers"
    return f"{duration(int(text))}, then the engine is asked again (/next)"


def _then(variables: Mapping[str, str]) -> list[str]:
    """What the state says may follow."""
    try:
        hops = decode(variables.get(names.STATE, "")).hops
    except BadTicketError:
        return []
    fallbacks = [f"queue {post.queue}, if it refuses" for post in hops[0].posts[1:]] if hops else []
    return [*fallbacks, *map(_hop, hops[1:])]


def _hop(hop: Hop) -> str:
    bound = "" if hop.seconds is None else f" for {duration(hop.seconds)}"
    return f"{_target(hop)}{bound}"


def _target(hop: Hop) -> str:
    match hop.kind:
        case Kind.QUEUE:
            return "queue " + _or([post.queue for post in hop.posts])
        case Kind.DIAL:
            return f"the number {hop.target}"
        case Kind.ANNOUNCE:
            return "announcement " + "&".join(hop.sounds)
        case Kind.HANGUP:
            return "hang up"
        case Kind.PAID:
            return f"the paid line {hop.target}"


def _or(queues: Sequence[str]) -> str:
    return " or ".join(queues)
