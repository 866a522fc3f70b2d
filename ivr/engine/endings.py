"""How a call ended, judged once and kept as a contact."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ivr.callers.contacts import Contact, Outcome
from ivr.engine.windows import local_day
from ivr.routing.ticket import BadTicketError, Kind, Ticket, decode

if TYPE_CHECKING:
    from collections.abc import Callable
    from zoneinfo import ZoneInfo

    from ivr.callers.caller import Instant
    from ivr.engine.keeping import Keeper
    from ivr.engine.reports import Ending
    from ivr.policy.model import Policy

#: An open call of which no end was told in this time has none that will be (seconds).
_FORGOTTEN: Final = 24 * 3600


@dataclass(frozen=True, slots=True)
class Endings:
    """Takes reports of ends; told twice, an end counts once."""

    policy: Callable[[], Policy]
    keeper: Keeper
    now: Callable[[], Instant]

    async def ended(self, ending: Ending) -> None:
        """Keep the contact, and forget the open call when the caller is really gone."""
        now = self.now()
        await self.keeper.record(contact(ending, self.policy().zone, now))
        if not ending.transfer and ending.unique_id in ("", ending.linked_id):
            await self.keeper.forget(ending.linked_id, now - _FORGOTTEN)


def contact(ending: Ending, zone: ZoneInfo, now: Instant) -> Contact:
    """The contact of an ending. Where the ticket cannot be read, it belongs to no number."""
    ticket = _ticket(ending.state)
    return Contact(
        system=ending.system,
        linked_id=ending.linked_id,
        decision=ticket.decision,
        number=ticket.number,
        started=ticket.first or now,
        ended=now,
        day=local_day(zone, now),
        outcome=outcome(ending, ticket),
        dialled=ticket.dialled,
        tier=ticket.tier.value,
        topic=ticket.topic,
        route=ticket.route,
        queue=ending.queue or None,
        agent=ending.agent or None,
        hold=ending.hold,
        talk=ending.talk,
        transfer=ending.transfer or None,
    )


def outcome(ending: Ending, ticket: Ticket) -> Outcome:
    """An agent answered; or the caller left; or we sent him away, or on, without one."""
    if ending.agent:
        return Outcome.ANSWERED
    if ending.abandoned or ending.by == "caller":
        return Outcome.ABANDONED
    if ticket.hops and ticket.hops[0].kind in (Kind.ANNOUNCE, Kind.HANGUP):
        return Outcome.DECLINED
    return Outcome.OVERFLOWED


def _ticket(text: str) -> Ticket:
    try:
        return decode(text)
    except BadTicketError:
        return Ticket("", "", 0, None, "")
