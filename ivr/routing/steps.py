"""What goes into `step` and what comes out of it: events and steps, as values."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from ivr.callers.caller import Caller
    from ivr.policy.conditions import Asked, Verdict
    from ivr.policy.model import Place
    from ivr.routing.ticket import Post, Ticket

# --- events ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NewCall:
    """A call asks where to go.

    `number` is E.164 or None where withheld; `caller` is None where nothing is known of it, be it
    withheld or the store late. `decision` is a fresh id. `first` is when the call came in, in epoch
    seconds. `earlier` is the ticket of a call that was transferred back: caller, tier and clock
    stay.
    """

    decision: str
    number: str | None
    dialled: str
    first: int
    caller: Caller | None = None
    forwarded: bool = False
    earlier: Ticket | None = None


@dataclass(frozen=True, slots=True)
class KeyPressed:
    """The caller answered a menu."""

    key: str


@dataclass(frozen=True, slots=True)
class NoKey:
    """The menu was over and its wait too."""


@dataclass(frozen=True, slots=True)
class PromptFailed:
    """The menu could not be played; nobody may be left in silence for that."""


@dataclass(frozen=True, slots=True)
class GaveUp:
    """The queue (or dial, or announcement) is over without the call being.

    `status` is QUEUESTATUS or DIALSTATUS as Asterisk says it; `waited` is seconds.
    """

    status: str
    waited: int = 0


Event: TypeAlias = NewCall | KeyPressed | NoKey | PromptFailed | GaveUp

# --- steps -----------------------------------------------------------------------------------


class Action(StrEnum):
    """IVR_ACTION: what the dialplan does with the call."""

    QUEUE = "queue"
    DIAL = "dial"
    ANNOUNCE = "announce"
    HANGUP = "hangup"


class Answer(StrEnum):
    """IVR_ANSWER: answered before it is heard, played as early media, or neither."""

    BEFORE = "before"
    EARLY = "early"
    NO = "no"


@dataclass(frozen=True, slots=True)
class Ask:
    """Play `sounds` and wait `wait` seconds for one key; a key may interrupt."""

    ticket: Ticket
    sounds: tuple[str, ...]
    wait: int


@dataclass(frozen=True, slots=True)
class Go:
    """Hand the call to the dialplan: the engine's last word until `/next`.

    `priority` is QUEUE_PRIO; `timeout` seconds until `/next` (None: no limit); `then` says that
    something follows an announcement.
    """

    ticket: Ticket
    action: Action
    answer: Answer
    post: Post | None = None
    priority: int = 0
    timeout: int | None = None
    dial: str = ""
    sounds: tuple[str, ...] = ()
    then: bool = False
    cause: int | None = None


@dataclass(frozen=True, slots=True)
class LetGo:
    """Nothing is left that the policy says: the dialplan's fallback queue takes the call."""

    ticket: Ticket
    reason: str


Step: TypeAlias = Ask | Go | LetGo

# --- why -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Judged:
    """One rule that was looked at: a tier or a route, its verdict, and what its conditions saw."""

    kind: str
    name: str
    place: Place
    verdict: Verdict
    asked: tuple[Asked, ...] = field(default=())
