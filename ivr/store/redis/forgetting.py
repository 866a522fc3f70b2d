"""How the shared store erases a number: its keys, and what indices say of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ivr.engine.interfaces import Erased, StoreError
from ivr.store import erasing
from ivr.store.redis import form, keys, scripts
from ivr.store.redis.commands import on
from ivr.store.redis.operations import done

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ivr.callers.caller import Author
    from ivr.callers.erasure import Bounds
    from ivr.engine.interfaces import OpenCall
    from ivr.store.redis.commands import Command, Operation
    from ivr.store.redis.operations import Around

#: As in `operations`.
_TRIES: Final = 300


def erase(around: Around, number: str, bounds: Bounds, author: Author) -> Operation[Erased]:
    """See `Store.erase`. The indices go first: whoever begins anew after a crash finds by the
    caller's own keys what is left to do.
    """
    for _ in range(_TRIES):
        read, entries, contacts, older, consents = yield [
            on(keys.caller(number), "GET"),
            on(keys.journal(number), "LRANGE", 0, -1),
            on(keys.ledger(number), "HKEYS"),
            on(keys.older(number), "ZCARD"),
            on(keys.consents(number), "HVALS"),
        ]
        known, calls = form.known_from(read), (yield from _calls(number))
        held = erasing.Held(
            known.record, bool(known.days or older), len(contacts),
            tuple(map(form.entry_from, entries)),
            [(owner, given) for given, owner in map(form.consent_from, consents)],
            [call.at for call in calls.values()],
        )  # fmt: skip
        plan = erasing.plan(number, held, bounds, author)
        if plan is None:
            return Erased(False, held.record, 0, 0, 0)
        indices = _indices([*(each.decode() for each in contacts), *plan.gone])
        yield [*indices, *_elsewhere(number, calls)]
        left = [*(entries[place] for place in plan.stay), form.entry(plan.entry)]
        write = scripts.ERASE(
            [keys.caller(number), keys.journal(number), keys.older(number), keys.ledger(number),
             keys.consents(number)],
            known.version, len(contacts), len(entries),
            known.erased_by(plan.generation, author.at).packed(),
            len(plan.gone), *plan.gone, *left,
        )  # fmt: skip
        if (yield from done(write, around.replicas, f"{number} is erased")):
            yield indices  # one may have been told again meanwhile, and not been taken
            return plan.erased
    raise StoreError(f"others changed {number} all the time: try again")


def _calls(number: str) -> Operation[Mapping[str, OpenCall]]:
    """The number's open calls by their ids, which only all open calls together tell."""
    (ids,) = yield [on(keys.OPEN, "ZRANGE", 0, -1)]
    names = [each.decode() for each in ids]
    read = (yield [on(keys.open_call(each), "GET") for each in names]) if names else ()
    found: Iterable[tuple[str, OpenCall | None]] = (
        (name, form.open_call_from(name, text)) for name, text in zip(names, read, strict=True)
    )
    return {name: call for name, call in found if call is not None and call.number == number}


def _indices(ids: Sequence[str]) -> list[Command]:
    """Each is no longer said to be anybody's."""
    return [on(place, "HDEL", field) for place, field in map(keys.index, ids)]


def _elsewhere(number: str, calls: Iterable[str]) -> list[Command]:
    """What lies with other callers' things."""
    gone = [on(keys.open_call(each), "DEL") for each in calls]
    gone += [on(keys.OPEN, "ZREM", each) for each in calls]
    return [*gone, on(keys.PROCESS, "SREM", number)]
