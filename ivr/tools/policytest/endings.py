"""How a call of a test ends for the ledger: as the dialplan would report it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ivr.engine.reports import Ending
from ivr.routing.steps import Action
from ivr.tools.policytest.ledger import annotate

if TYPE_CHECKING:
    from ivr.tools.policytest.travel import Trip
    from ivr.tools.world import World


def end(world: World, trip: Trip) -> None:
    """Report the end of a call, and what its agent added."""
    world.ended(trip.placed, _ending(trip))
    call, decided = trip.call, trip.placed.decided
    number = decided.ticket.number if decided else None
    if number is None or (call.note is None and not call.marked):
        return
    contacts = world.run(world.store.history(number)).contacts
    mine = [each for each in contacts if each.linked_id == trip.placed.linked_id]
    if mine:
        annotate(world, mine[-1], call.note, marked=call.marked)


def _ending(trip: Trip) -> Ending:
    call, go = trip.call, trip.go
    queue = go.post.queue if go and go.post else ""
    if trip.ends == "answered" and go and go.action is not Action.PAID:
        return Ending(
            "", queue=queue, agent=call.agent, hold=trip.waited, talk=call.talk, by=call.hung_up_by
        )
    if trip.ends == "abandoned":
        return Ending("", queue=queue, hold=trip.waited, abandoned=bool(queue), by="caller")
    if trip.ends == "waiting":
        return Ending("", queue=queue, abandoned=bool(queue), by="caller")
    if trip.ends == "gone":
        return Ending("", dialled=call.dialled, by="caller")
    return Ending("", queue=queue, fallback="undecided" if trip.ends == "fallback" else "")
