"""Contacts of a test, kept as the engine keeps them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ivr.callers.caller import Author
from ivr.callers.contacts import Contact, Outcome
from ivr.callers.errors import RefusedError
from ivr.engine.interfaces import Annotation
from ivr.engine.windows import local_day, reach

if TYPE_CHECKING:
    from ivr.callers.caller import Instant
    from ivr.tools.policytest.model import Contacts
    from ivr.tools.world import World

_HOLD: Final = 30


def keep(world: World, number: str, contacts: Contacts, at: Instant, *, marked: bool) -> None:
    """Record one contact that ended at a moment, and what its agent added."""
    answered = contacts.outcome in (Outcome.ANSWERED, Outcome.BROKEN)
    id_ = f"past-{world.serial()}"
    contact = Contact(
        system="",
        linked_id=id_,
        decision=id_,
        number=number,
        started=at - _HOLD - (contacts.talk if answered else 0),
        ended=at,
        day=local_day(world.policy.zone, at),
        outcome=contacts.outcome,
        topic=contacts.topic,
        queue=contacts.queue,
        agent=contacts.agent if answered else None,
        hold=_HOLD,
        talk=contacts.talk if answered else None,
    )
    world.run(world.store.record(contact))
    case = None if contacts.about is None else _case(world, number, contacts)
    annotate(world, contact, contacts.note, marked=marked, case=case)


def annotate(
    world: World, contact: Contact, note: str | None, *, marked: bool, case: str | None = None
) -> None:
    """What the agent of a contact adds to it, if anything."""
    if note is None and case is None and not marked:
        return
    by = contact.agent or "agent"
    author = Author(by, by, contact.ended, "after the call")
    added = Annotation(note=note, marked=marked or None, case=case)
    world.run(world.store.annotate(contact.id, added, author))


def _case(world: World, number: str, contacts: Contacts) -> str:
    if not contacts.about:
        return ""
    since = reach(world.policy.zone, world.now)
    cases = world.run(world.desk.caller(number, since)).record.cases
    if not cases:
        raise RefusedError("no case is open that the contact could be about")
    return cases[-1].id
