"""How a call ended, judged once and kept as a contact."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from ivr.callers.contacts import Contact, Outcome
from ivr.engine.interfaces import ClashError
from ivr.engine.systems import Systems
from ivr.engine.windows import local_day
from ivr.routing.ticket import BadTicketError, Kind, Ticket, decode

if TYPE_CHECKING:
    from collections.abc import Callable
    from zoneinfo import ZoneInfo

    from ivr.callers.caller import Instant
    from ivr.callers.nuisance import Rules
    from ivr.engine.keeping import Keeper
    from ivr.engine.reports import Ending
    from ivr.policy.model import Policy

#: An open call of which no end was told in this time has none that will be (seconds).
FORGOTTEN: Final = 24 * 3600


@dataclass(frozen=True, slots=True)
class Endings:
    """Takes reports of ends; told twice, an end counts once."""

    policy: Callable[[], Policy]
    keeper: Keeper
    now: Callable[[], Instant]
    systems: Systems = field(default_factory=Systems)

    async def ended(self, ending: Ending, peer: str = "") -> bool:
        """Keep what is to be kept, and forget the open call when the caller is really gone.

        Whether all of it was kept; if not, the dialplan may tell another engine. `peer` is the
        address of the Asterisk that reports.
        """
        now = self.now()
        self._tell_apart(ending.system, peer, now)
        self._tell(ending)
        kept = [await self.keeper.record(each) for each in self._contacts(ending, now)]
        if not ending.transfer and ending.unique_id in ("", ending.linked_id):
            await self.keeper.forget(ending.linked_id, now - FORGOTTEN)
        return all(kept)

    def _contacts(self, ending: Ending, now: Instant) -> tuple[Contact, ...]:
        policy = self.policy()
        return contacts(ending, policy.zone, policy.nuisance, now)

    def _tell_apart(self, system: str, peer: str, now: Instant) -> None:
        """A name that clashes is told; the contact is kept all the same unless its id is known."""
        try:
            self.systems.reported(system, peer, now)
        except ClashError as clash:
            self.keeper.watch.clashed(str(clash))

    def _tell(self, ending: Ending) -> None:
        if ending.fallback:
            self.keeper.watch.fell_back(ending.linked_id, ending.fallback)
        if ending.state and _carried(ending) is None:
            self.keeper.watch.unread(ending.linked_id)


def contacts(
    ending: Ending, zone: ZoneInfo, rules: Rules | None, now: Instant
) -> tuple[Contact, ...]:
    """The contacts of an ending: one, and one more for whom the caller was transferred to.

    Where the ticket cannot be read, they belong to no number. A conversation that we led the
    caller into, by a transfer or to a paid line, is one that we asked for: it does not count
    against him.
    """
    ticket = _ticket(ending)
    first = Contact(
        system=ending.system,
        linked_id=ending.linked_id,
        decision=ticket.decision,
        number=ticket.number,
        started=ticket.first or now,
        ended=now,
        day=local_day(zone, now),
        outcome=outcome(ending, ticket, rules),
        dialled=ticket.dialled,
        tier=ticket.tier.value,
        topic=ticket.topic,
        route=ticket.route,
        queue=ending.queue or None,
        agent=ending.agent or None,
        hold=ending.hold,
        talk=ending.talk,
        transfer=ending.transfer or None,
        asked_for=ticket.back or _is_paid_for(ticket),
    )
    if not ending.peer:
        return (first,)
    second = replace(
        first,
        decision=f"{ticket.decision}.2",
        outcome=Outcome.ANSWERED,
        queue=None,
        agent=ending.peer,
        hold=0,
        talk=ending.peer_talk,
        transfer=None,
        asked_for=True,
    )
    return first, second


def _is_paid_for(ticket: Ticket) -> bool:
    return bool(ticket.hops) and ticket.hops[0].kind is Kind.PAID


def outcome(ending: Ending, ticket: Ticket, rules: Rules | None) -> Outcome:
    """An agent answered; or the caller left; or we sent him away, or on, without one.

    An answered call that the agent's side ended (`by`) before it had lasted (`talk`) the policy's
    `broken_off` broke off on our side.
    """
    if ending.agent:
        short = rules is not None and (ending.talk or 0) < rules.broken_off
        return Outcome.BROKEN if short and ending.by == "agent" else Outcome.ANSWERED
    if ending.abandoned or ending.by == "caller":
        return Outcome.ABANDONED
    if not ending.fallback and ticket.hops and ticket.hops[0].kind in (Kind.ANNOUNCE, Kind.HANGUP):
        return Outcome.DECLINED
    return Outcome.OVERFLOWED


def _ticket(ending: Ending) -> Ticket:
    return _carried(ending) or Ticket("", "", ending.first, None, ending.dialled)


def _carried(ending: Ending) -> Ticket | None:
    try:
        return decode(ending.state)
    except BadTicketError:
        return None
