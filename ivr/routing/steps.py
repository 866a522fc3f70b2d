"""What goes into `step` and what comes out of it: events and steps, as values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

from ivr.policy.conditions import Judged as Judged  # noqa: TC001 - others take it from here

if TYPE_CHECKING:
    from ivr.callers.caller import Caller, Consent
    from ivr.policy.paid import Method, PaidLine
    from ivr.routing.charge import ChargedCall
    from ivr.routing.ticket import Post, Ticket

# --- events ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NewCall:
    """A call asks where to go.

    `number` is E.164 or None where withheld; `caller` is None where nothing is known of it, be it
    withheld or the store late. `decision` is a fresh id. `first` is when the call came in, in epoch
    seconds. `earlier` is the ticket of a call that was transferred back: caller, tier and clock
    stay. `forwarded_by` is who forwarded the call to us (E.164 where it can be, "": nobody did),
    `doubtful` that attestation casts doubt on the caller's.
    """

    decision: str
    number: str | None
    dialled: str
    first: int
    caller: Caller | None = None
    forwarded_by: str = ""
    doubtful: bool = False
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


@dataclass(frozen=True, slots=True)
class PriceHeard:
    """The price was played for so many seconds; `to_its_end` unless it was cut short."""

    seconds: float
    to_its_end: bool


@dataclass(frozen=True, slots=True)
class Kept:
    """What was to be kept (a consent, an appeal) is kept."""


@dataclass(frozen=True, slots=True)
class NotKept:
    """It is not: the store failed, or a fresh read said no."""


Event: TypeAlias = (
    NewCall | KeyPressed | NoKey | PromptFailed | GaveUp | PriceHeard | Kept | NotKept
)

# --- steps -----------------------------------------------------------------------------------


class Action(StrEnum):
    """IVR_ACTION: what the dialplan does with the call."""

    QUEUE = "queue"
    DIAL = "dial"
    ANNOUNCE = "announce"
    HANGUP = "hangup"
    PAID = "paid"


class Answer(StrEnum):
    """IVR_ANSWER: answered before it is heard, played as early media, or neither."""

    BEFORE = "before"
    EARLY = "early"
    NO = "no"


@dataclass(frozen=True, slots=True)
class Ask:
    """Play `sounds` and wait `wait` seconds for one key; a key may interrupt.

    `whole` says that it means nothing unless each of the sounds is played, as a number's digits.
    """

    ticket: Ticket
    sounds: tuple[str, ...]
    wait: int
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Price:
    """Play a price to its end: no key may cut it short."""

    ticket: Ticket
    sound: str


@dataclass(frozen=True, slots=True)
class Agree:
    """Keep a consent, if the guard still lets it on a fresh read: all in one transaction."""

    ticket: Ticket
    line: PaidLine
    call: ChargedCall
    consent: Consent


@dataclass(frozen=True, slots=True)
class Appeal:
    """Keep an appeal that the caller filed by key."""

    ticket: Ticket


@dataclass(frozen=True, slots=True)
class Paid:
    """The paid line that the call goes to: its name, how, and by which consent."""

    line: str
    method: Method
    consent: str


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
    paid: Paid | None = None


@dataclass(frozen=True, slots=True)
class LetGo:
    """Nothing is left that the policy says: the dialplan's fallback queue takes the call."""

    ticket: Ticket
    reason: str


#: What the engine does before it knows where the call goes.
Before: TypeAlias = Ask | Price | Agree | Appeal
Step: TypeAlias = Before | Go | LetGo

# --- why -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of a call: what happened, what was looked at because of it, and what came of it.

    `phase` is where the call is then (a `Phase` in words), `menu` the name of the one that plays.
    """

    event: Event
    trace: tuple[Judged, ...]
    step: Step
    phase: str = ""
    menu: str = ""
