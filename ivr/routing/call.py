"""The state of one call while it is decided: what `step` takes and gives back."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from ivr.callers.nuisance import Stage
from ivr.callers.values import changed
from ivr.policy.facts import Facts
from ivr.routing.charge import ChargedCall
from ivr.routing.ticket import Ticket

if TYPE_CHECKING:
    from ivr.callers.caller import Caller, Instant
    from ivr.policy.model import Route
    from ivr.policy.paid import PaidLine
    from ivr.routing.steps import PriceHeard


class Phase(Enum):
    """Where the call is."""

    ARRIVING = "arriving"
    IN_MENU = "in a menu"
    PRICED = "hearing the price"
    ASKED = "asked to agree"
    AGREEING = "agreeing"
    DECLINING = "hearing the free ways"
    APPEALING = "appealing"
    TOLD = "hearing the number"
    PLACED = "placed"


@dataclass(frozen=True, slots=True)
class CallState:
    """A call: its ticket, and what is known only while the engine speaks to it.

    `menu` is the one that is open, `plays` how often it was played, `asked` counts all plays of all
    menus. `topic_askable` turns False when the caller asked for a person or no menu is left.
    `nuisance` is how far the process has come. Of a paid line: `line` is the one offered, `route`
    the route that offers it, `heard` how the price was heard, `by_key` whether the topic was chosen
    by key in this call; `free` says that no paid line is to be offered (any more). `transferred`
    tells a call that came back from somebody.
    """

    phase: Phase
    ticket: Ticket
    caller: Caller | None = None
    forwarded: bool = False
    greeted: bool = False
    topic_askable: bool = True
    menu: str = ""
    plays: int = 0
    asked: int = 0
    nuisance: Stage = Stage.CLEAR
    doubtful: bool = False
    by_key: bool = False
    free: bool = False
    line: PaidLine | None = None
    route: Route | None = None
    heard: PriceHeard | None = None
    transferred: bool = False

    def facts(self, now: Instant, tier: str, *, topic_askable: bool) -> Facts:
        """The call as conditions see it."""
        ticket = self.ticket
        return Facts(
            now=now,
            caller=self.caller,
            number=ticket.number,
            forwarded=self.forwarded,
            dialled=ticket.dialled,
            entrypoint=ticket.entrypoint,
            language=ticket.language,
            topic=ticket.topic,
            topic_askable=topic_askable,
            tier=tier,
            nuisance=self.nuisance,
        )

    def charged_call(self, *, by_key: bool) -> ChargedCall:
        """The call as the charge guard sees it."""
        ticket = self.ticket
        return ChargedCall(
            ticket.number, ticket.topic, by_key, self.forwarded, self.doubtful, self.transferred
        )

    def with_ticket(self, **changes: object) -> CallState:
        """The same call with another ticket; the names are those of `Ticket`."""
        return changed(self, ticket=changed(self.ticket, **changes))


#: A call that nothing is known of yet.
ARRIVING = CallState(Phase.ARRIVING, Ticket("", "", 0, None, ""))


def carried(ticket: Ticket) -> CallState:
    """The state of a call that was placed before, as its ticket tells."""
    return CallState(Phase.PLACED, ticket)
