"""The state of one call while it is decided: what `step` takes and gives back."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from ivr.policy.facts import Facts
from ivr.routing.ticket import Ticket

if TYPE_CHECKING:
    from ivr.callers.caller import Caller, Instant


class Phase(Enum):
    """Where the call is."""

    ARRIVING = "arriving"
    IN_MENU = "in a menu"
    PLACED = "placed"


@dataclass(frozen=True, slots=True)
class CallState:
    """A call: its ticket, and what is known only while the engine speaks to it.

    `menu` is the one that is open, `plays` how often it was played, `asked` counts all plays of all
    menus. `topic_askable` turns False when the caller asked for a person or no menu is left.
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

    def facts(self, now: Instant, tier: str) -> Facts:
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
            topic_askable=self.topic_askable,
            tier=tier,
        )


#: A call that nothing is known of yet.
ARRIVING = CallState(Phase.ARRIVING, Ticket("", "", 0, None, ""))


def carried(ticket: Ticket) -> CallState:
    """The state of a call that was placed before, as its ticket tells."""
    return CallState(Phase.PLACED, ticket)
