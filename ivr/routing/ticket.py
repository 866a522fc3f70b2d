"""What a call carries from decision to decision: the text of IVR_STATE.

A ticket holds the rest of the way fully resolved, so that `/next` goes on from it on any engine,
after any restart, and without the policy that made it. The text is versioned, at most `LIMIT`
bytes, and of characters that pass a dialplan unharmed. What cannot be read is `BadTicketError`:
the call is then treated as a new one, and its caller as regular.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, Final

from ivr.policy.model import Pays, Tier

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Bytes of IVR_STATE: it rides in AGI lines of 2 KB (Asterisk before 22.6), beside other values.
LIMIT: Final = 800

_VERSION: Final = "1"
_BACK: Final = "b"
_DIGITS: Final = 12  # of the longest number, the epoch in seconds, with room
_SAFE: Final = re.compile(r"[A-Za-z0-9_.:/@+*=#-]*")
_FIELDS, _HOPS, _PARTS, _LIST, _QUEUE = "~", "!", "|", "&", ";"


class BadTicketError(ValueError):
    """The text is not a ticket of this version."""


class Kind(Enum):
    """What a hop does with the call; the value is its letter in the text."""

    QUEUE = "q"
    DIAL = "d"
    ANNOUNCE = "a"
    HANGUP = "h"
    PAID = "p"


@dataclass(frozen=True, slots=True)
class Post:
    """A queue as Asterisk knows it, with what is set while a caller stands in it."""

    queue: str
    options: str = ""
    music: str = ""
    announce: str = ""


@dataclass(frozen=True, slots=True)
class Hop:
    """One step of the way. `seconds` bounds it (None: without end).

    A queue hop has its queue and the fallbacks behind it in `posts`; an announcement its `sounds`;
    the others their `target`: Dial()'s first argument, an ISDN cause, the name of a paid line.
    """

    kind: Kind
    seconds: int | None = None
    posts: tuple[Post, ...] = ()
    sounds: tuple[str, ...] = ()
    target: str = ""


@dataclass(frozen=True, slots=True)
class Ticket:
    """See the module. `first` is when the call came in (epoch seconds), its place in every queue.

    `number` is E.164 or None where withheld. `head_start` is seconds. `hops[0]` is where the call
    is now, the rest is what may follow; `taken` counts the hops so far. `back` tells a call that
    was transferred back to us: another conversation of the same call.
    """

    decision: str
    policy: str
    first: int
    number: str | None
    dialled: str
    entrypoint: str = ""
    language: str = ""
    pays: Pays = Pays.COMPANY
    tier: Tier = Tier.REGULAR
    topic: str | None = None
    route: str = ""
    head_start: int = 0
    taken: int = 0
    back: bool = False
    hops: tuple[Hop, ...] = ()


def encode(ticket: Ticket) -> str:
    """The text of IVR_STATE. Hops that do not fit in `LIMIT` bytes are left out, the last first.

    `ivr check` refuses a policy whose routes could come to that.
    """
    text = _text(ticket)
    while len(text) > LIMIT and ticket.hops:
        ticket = replace(ticket, hops=ticket.hops[:-1])
        text = _text(ticket)
    if len(text) > LIMIT:
        raise ValueError("a ticket without hops is too long: its names or numbers are")
    return text


def length(ticket: Ticket) -> int:
    """Bytes of the whole ticket, whether or not they fit."""
    return len(_text(ticket))


def decode(text: str) -> Ticket:
    """The ticket that `encode` wrote. Raises `BadTicketError` for anything else."""
    try:
        return _ticket(text)
    except (ValueError, IndexError) as error:
        raise BadTicketError(f"not a ticket: {error}") from error


def _text(ticket: Ticket) -> str:
    plain = (
        _VERSION, ticket.decision, ticket.policy, str(ticket.first), ticket.number or "",
        ticket.dialled, ticket.entrypoint, ticket.language, ticket.pays, ticket.tier,
        ticket.topic or "", ticket.route, str(ticket.head_start), str(ticket.taken),
        _BACK if ticket.back else "",
    )  # fmt: skip
    return f"{_joined(_FIELDS, plain)}{_FIELDS}{_HOPS.join(map(_hop_text, ticket.hops))}"


def _ticket(text: str) -> Ticket:
    if len(text) > LIMIT:
        raise BadTicketError("too long")
    version, *fields, hops = text.split(_FIELDS)
    if version != _VERSION:
        raise BadTicketError(f"version {version[:10]!r}")
    _check(fields)
    (decision, policy, first, number, dialled, entrypoint, language, pays, tier, topic, route,
     head_start, taken, back) = fields  # fmt: skip
    if back not in ("", _BACK):
        raise BadTicketError(f"neither back nor not: {back[:10]!r}")
    return Ticket(
        decision, policy, _whole(first), number or None, dialled, entrypoint, language, Pays(pays),
        Tier(tier), topic or None, route, _number(head_start), _whole(taken),
        back == _BACK, tuple(_hop(part) for part in hops.split(_HOPS)) if hops else (),
    )  # fmt: skip


def _hop_text(hop: Hop) -> str:
    if hop.kind is Kind.QUEUE:
        body = _LIST.join(map(_post_text, hop.posts))
    elif hop.kind is Kind.ANNOUNCE:
        body = _joined(_LIST, hop.sounds)
    else:
        body = _safe(hop.target)
    return f"{hop.kind.value}{_PARTS}{'' if hop.seconds is None else hop.seconds}{_PARTS}{body}"


def _hop(text: str) -> Hop:
    letter, seconds, body = text.split(_PARTS)
    kind, bound = Kind(letter), _whole(seconds) if seconds else None
    listed = body.split(_LIST) if body else []
    match kind:
        case Kind.QUEUE:
            return Hop(kind, bound, posts=tuple(_post(part) for part in listed))
        case Kind.ANNOUNCE:
            _check(listed)
            return Hop(kind, bound, sounds=tuple(listed))
        case Kind.DIAL | Kind.PAID:
            return Hop(kind, bound, target=_safe(body))
        case Kind.HANGUP:
            return Hop(kind, bound, target=str(_whole(body)))


def _post_text(post: Post) -> str:
    return _joined(_QUEUE, (post.queue, post.options, post.music, post.announce)).rstrip(_QUEUE)


def _post(text: str) -> Post:
    parts: Sequence[str] = text.split(_QUEUE)
    if not parts[0] or len(parts) > 4:
        raise BadTicketError("a queue without a name")
    _check(parts)
    return Post(*parts)


def _whole(text: str) -> int:
    """A count of seconds or hops, or a cause: a time-out below 0 would end a queue at once."""
    if text.startswith("-"):
        raise BadTicketError(f"less than nothing: {text[:20]!r}")
    return _number(text)


def _number(text: str) -> int:
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= _DIGITS):
        raise BadTicketError(f"no whole number: {text[:20]!r}")
    return int(text)


def _joined(separator: str, values: Sequence[str]) -> str:
    _check(values)
    return separator.join(values)


def _check(values: Sequence[str]) -> None:
    """See that each is safe: all at once, and one by one only to say which is not."""
    if not _SAFE.fullmatch("".join(values)):
        for value in values:
            _safe(value)


def _safe(value: str) -> str:
    if not _SAFE.fullmatch(value):
        raise BadTicketError(f"characters that may not stand in a ticket: {value[:20]!r}")
    return value
