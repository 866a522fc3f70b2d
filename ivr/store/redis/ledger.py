"""The shared store's contacts: kept once, annotated, and removed when they are old."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

from ivr.engine.interfaces import JournalEntry, StoreError
from ivr.store.annotations import ANNOTATE, annotated, annotation_values, unknown
from ivr.store.redis import form, keys, scripts
from ivr.store.redis.commands import on
from ivr.store.redis.operations import done

if TYPE_CHECKING:
    from ivr.callers.caller import Author
    from ivr.callers.contacts import Contact
    from ivr.engine.interfaces import Annotation
    from ivr.store.redis.commands import Operation
    from ivr.store.redis.operations import Around

#: As in `operations`.
_TRIES: Final = 300
#: What `scripts.RECORD` answers.
_TAKEN: Final = 1
_ERASED: Final = 2


def record(contact: Contact) -> Operation[bool]:
    """See `Store.record`. The index is written first: it may say too much, and never too little.

    What another number has under this id is known; what was only claimed for one (an engine died
    before it wrote) is not.
    """
    owner = contact.number if contact.number is not None else keys.withheld(contact.id)
    place, field = keys.index(contact.id)
    added, whose, retired = yield [
        on(place, "HSETNX", field, form.owner(owner)),
        on(place, "HGET", field),
        on(keys.RETIRED, "GET"),
    ]
    if retired is not None and contact.day.isoformat() < retired.decode():
        if added:
            yield [on(place, "HDEL", field)]
        return False
    before = form.owner_from(whose)
    if before != owner:
        (known,) = yield [on(keys.ledger(before), "HEXISTS", contact.id)]
        if known:
            return False
        yield [on(place, "HSET", field, form.owner(owner))]
    touched = (keys.caller(owner), keys.older(owner), keys.ledger(owner))
    told = (contact.id, form.facts(contact), form.rest(contact), int(contact.number is not None))
    (new,) = yield [scripts.RECORD(touched, *told)]
    if new == _ERASED:
        yield [on(place, "HDEL", field)]
    return bool(new == _TAKEN)


def retired_before() -> Operation[date | None]:
    """See `Store.retired_before`."""
    (day,) = yield [on(keys.RETIRED, "GET")]
    return None if day is None else date.fromisoformat(day.decode())


def annotate(
    around: Around, id_: str, annotation: Annotation, author: Author
) -> Operation[Contact]:
    """See `Store.annotate`."""
    place, field = keys.index(id_)
    (whose,) = yield [on(place, "HGET", field)]
    if whose is None:
        raise unknown(id_)
    owner = form.owner_from(whose)
    number = None if keys.is_withheld(owner) else owner
    for _ in range(_TRIES):
        (read,) = yield [on(keys.ledger(owner), "HGET", id_)]
        if read is None:
            raise unknown(id_)
        before = form.kept_from(id_.encode(), read, number)
        after = form.Kept(annotated(before.contact, annotation, author), before.generation)
        values = annotation_values(id_, annotation)
        made = JournalEntry(number or "", before.generation, ANNOTATE, values, author)
        touched = (keys.caller(owner), keys.older(owner), keys.ledger(owner), keys.journal(owner))
        write = scripts.ANNOTATE(
            touched, id_, form.facts(after.contact), read, after.packed(), before.told,
            after.told, form.entry(made), int(number is not None),
        )  # fmt: skip
        if (yield from done(write, around.replicas, f"what was said of {id_} is kept")):
            return after.contact
    raise StoreError(f"others changed contact {id_} all the time: try again")
