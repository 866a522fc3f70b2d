"""What the shared store is asked and told: each function one operation, mostly on one caller.

They read, think in Python, and write on condition that nobody else wrote meanwhile; what every call
does (`record`) is one script instead.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from ivr.callers.changes import RefusedError, apply
from ivr.callers.months import is_whole
from ivr.callers.nuisance import Process
from ivr.engine.interfaces import (
    DoubtError,
    Found,
    History,
    JournalEntry,
    ManyError,
    StoreError,
)
from ivr.store.documents import KINDS, change_values
from ivr.store.redis import form, keys, scripts
from ivr.store.redis.commands import UnseenError, on, together
from ivr.store.redis.packing import day_number

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date

    from ivr.callers.caller import Author, Caller, Consent, Instant, Record
    from ivr.callers.changes import Change
    from ivr.engine.interfaces import OpenCall
    from ivr.store.redis.commands import Command, Operation

#: How often a write is tried that others came before: each time, one of them was done. More often
#: than a batch has jobs, all of which may be one caller's.
_TRIES: Final = 300
#: Seconds after which an open call goes whatever happens: longer than any call.
_OPEN_FOR: Final = 7 * 86400


@dataclass(frozen=True, slots=True)
class Around:
    """What all callers share, as read at most a second ago.

    `days`: by month, a bit for each day on which an engine was there. `reconciled`: whether every
    primary is known to have all that was acknowledged (see `reconciling`). `replicas`: how many
    must have a change by people before it is acknowledged. `whole`: the months with all their days.
    """

    days: Mapping[str, int] = field(default_factory=dict)
    reconciled: bool = False
    replicas: int = 0
    whole: Sequence[str] = field(init=False)

    def __post_init__(self) -> None:
        whole = tuple(name for name, days in self.days.items() if is_whole(name, days))
        object.__setattr__(self, "whole", whole)


def lookup(
    around: Around, number: str | None, linked_id: str | None, since: date
) -> Operation[Found]:
    """See `Store.lookup`: one round trip, unless the open call is another number's."""
    asked = [on(keys.caller(number), "GET")] if number is not None else []
    if linked_id is not None:
        asked.append(on(keys.open_call(linked_id), "GET"))
    read = list((yield asked)) if asked else []
    call = None if linked_id is None else form.open_call_from(linked_id, read.pop())
    wanted = number if call is None else call.number
    if wanted is None:
        return Found(None, call)
    if wanted != number:
        read = list((yield [on(keys.caller(wanted), "GET")]))
    return Found((yield from caller(around, wanted, form.known_from(read[0]), since)), call)


def caller(around: Around, number: str, known: form.Known, since: date) -> Operation[Caller]:
    """A caller whose own key was read; days before those are asked for where they are wanted."""
    older: Sequence[bytes] = ()
    if day_number(since) < known.since:
        (older,) = yield [
            on(keys.older(number), "ZRANGEBYSCORE", day_number(since), f"({known.since}")
        ]
    return known.caller(number, since, older, around.whole, reconciled=around.reconciled)


def remember(calls: Sequence[OpenCall]) -> Operation[None]:
    """See `Store.remember`."""
    by_age = [part for call in calls for part in (repr(call.at), call.linked_id)]
    yield [
        *(on(keys.open_call(each.linked_id), "SET", form.open_call(each), "EX", _OPEN_FOR)
          for each in calls),
        on(keys.OPEN, "ZADD", *by_age),
    ]  # fmt: skip


def forget(linked_id: str, before: Instant) -> Operation[None]:
    """See `Store.forget`."""
    _, _, stale = yield [
        on(keys.open_call(linked_id), "DEL"),
        on(keys.OPEN, "ZREM", linked_id),
        on(keys.OPEN, "ZRANGEBYSCORE", "-inf", f"({before!r}"),
    ]
    if stale:
        gone = [on(keys.open_call(each.decode()), "DEL") for each in stale]
        yield [*gone, on(keys.OPEN, "ZREM", *stale)]


def change(around: Around, number: str, wanted: Change, author: Author) -> Operation[Record]:
    """See `Store.change`."""
    (outcome,) = yield from _changes(around, number, (wanted,), author)
    if isinstance(outcome, RefusedError):
        raise outcome
    return outcome


def change_many(
    around: Around, changes: Sequence[tuple[str, Change]], author: Author
) -> Operation[Sequence[str | None]]:
    """See `Store.change_many`: those of one number are made at once, those of others for
    themselves.
    """
    places: dict[str, list[int]] = {}
    for place, (number, _) in enumerate(changes):
        places.setdefault(number, []).append(place)
    made = yield from together(
        [
            _changes(around, number, [changes[p][1] for p in its], author)
            for number, its in places.items()
        ]
    )
    refusals: list[str | None] = [None] * len(changes)
    failed: dict[int, Exception] = {}
    for its, outcomes in zip(places.values(), made, strict=True):
        if isinstance(outcomes, Exception):
            failed.update(dict.fromkeys(its, outcomes))
            continue
        for place, outcome in zip(its, outcomes, strict=True):
            refusals[place] = str(outcome) if isinstance(outcome, RefusedError) else None
    if failed:
        raise ManyError([failed.get(place, each) for place, each in enumerate(refusals)])
    return refusals


def _changes(
    around: Around, number: str, wanted: Sequence[Change], author: Author
) -> Operation[Sequence[Record | RefusedError]]:
    """All of one number in one write; for each the record after it, or why it was refused.

    What refuses all of them may have been told as not kept, to somebody who tells it again: it
    counts as there once replicas have it, as what is made does.
    """
    for _ in range(_TRIES):
        (read,) = yield [on(keys.caller(number), "GET")]
        plan = _Plan(number, form.known_from(read))
        outcomes = [plan.make(each, author) for each in wanted]
        told = f"the change of {number} is made"
        if not plan.journal:
            if read is None or not around.replicas:
                return outcomes
            told = f"the change of {number} is refused for what is there ({outcomes[0]})"
        if plan.known.record.process != Process():
            yield [on(keys.PROCESS, "SADD", number)]
        if (yield from done(plan.command(), around.replicas, told)):
            return outcomes
    raise _busy(number)


def done(write: Command, replicas: int, made: str) -> Operation[bool]:
    """Whether a script did what may protect a caller; then so many replicas have it, too: a
    failover must not lose it. Raises `DoubtError`, which begins with `made`, if too few have it.
    """
    try:
        (reply,) = yield [replace(write, replicas=replicas)]
    except UnseenError as error:
        if not error.reply:
            return False
        raise DoubtError(
            f"{made}, but {error}: a failover now would lose it. See that the replicas run, look"
            " whether it is there, and if not make it again"
        ) from error
    return bool(reply)


@dataclass(slots=True)
class _Plan:
    """Changes of one number that are to be written at once."""

    number: str
    known: form.Known
    journal: list[bytes] = field(default_factory=list)
    renewed: bool = False

    def make(self, wanted: Change, author: Author) -> Record | RefusedError:
        """Apply one change."""
        before = self.known.record
        try:
            after = apply(before, wanted, author)
        except RefusedError as refused:
            return refused
        made = JournalEntry(
            self.number, before.generation, KINDS[type(wanted)], change_values(wanted), author
        )
        self.journal.append(form.entry(made))
        self.known = self.known.changed(after, author.at)
        self.renewed = self.renewed or after.generation != before.generation
        return after

    def command(self) -> Command:
        """The write; of a number that was not changed, the same again."""
        number, known = self.number, self.known
        touched = (keys.caller(number), keys.journal(number), keys.older(number))
        return scripts.CHANGE(
            touched, known.version, known.packed(), int(self.renewed), *self.journal
        )


def history(number: str) -> Operation[History]:
    """See `Store.history`."""
    read, entries, contacts, consents = yield [
        on(keys.caller(number), "GET"),
        on(keys.journal(number), "LRANGE", 0, -1),
        on(keys.ledger(number), "HGETALL"),
        on(keys.consents(number), "HVALS"),
    ]
    kept = [form.kept_from(*pair, number).contact for pair in pairs(contacts)]
    given = [form.consent_from(each)[0] for each in consents]
    return History(
        number,
        form.known_from(read).record,
        tuple(map(form.entry_from, entries)),
        tuple(sorted(kept, key=lambda each: (each.started, each.id))),
        tuple(sorted(given, key=lambda each: (each.at, each.id))),
    )


def consent(
    around: Around, number: str, given: Consent, allowed: Callable[[Caller], bool], since: date
) -> Operation[bool]:
    """See `Store.consent`. Whether the server is reconciled is asked anew, and again by the script
    that writes: a promise of another server is none.
    """
    place, field_ = keys.index(given.id)
    told = f"the consent of {number} is kept"
    for _ in range(_TRIES):
        read, whose, reconciled, info = yield [
            on(keys.caller(number), "GET"),
            on(place, "HGET", field_),
            on(keys.RECONCILED, "SMEMBERS"),
            server_of(keys.caller(number)),
        ]
        here, known = run_id(info), form.known_from(read)
        now = replace(around, reconciled=here in reconciled)
        found = yield from caller(now, number, known, since)
        if not allowed(found):
            return False
        before = None if whose is None else form.owner_from(whose)
        kept = None if before is None else (yield from _consent_of(before, given.id))
        if kept is None:
            yield [on(place, "HSET", field_, form.owner(number))]
            touched = (keys.caller(number), keys.consents(number))
            after, packed = known.with_consent(given), form.consent(given, known.generation)
            write = scripts.CONSENT(touched, known.version, after.packed(), given.id, packed, here)
        elif (before, kept) == (number, given):
            # No replica may have seen it yet: written again, it can be waited for.
            write = scripts.REWRITE([keys.consents(number)], given.id, here)
        else:
            return False
        if (yield from done(write, around.replicas, told)):
            return True
    raise _busy(number)


def _consent_of(number: str, id_: str) -> Operation[Consent | None]:
    (read,) = yield [on(keys.consents(number), "HGET", id_)]
    return None if read is None else form.consent_from(read)[0]


def attend(day: date) -> Operation[None]:
    """See `Store.attend`."""
    yield [scripts.ATTEND([keys.HERE], day.isoformat()[:7], 1 << (day.day - 1))]


def ping() -> Operation[None]:
    """See `Store.ping`: what a lookup does."""
    yield [on(keys.caller("+0"), "GET")]


def pairs(flat: Sequence[Any]) -> Sequence[tuple[bytes, bytes]]:
    """What `HGETALL` answers, as pairs."""
    return list(zip(flat[::2], flat[1::2], strict=True))


def server_of(key: str) -> Command:
    """What the server that has a key says of itself."""
    return replace(on(key, "INFO"), words=("INFO", "server"))


def run_id(info: bytes) -> bytes:
    """The id that a server has from its start to its end."""
    for line in info.split(b"\r\n"):
        if line.startswith(b"run_id:"):
            return line[len(b"run_id:") :]
    raise StoreError("the Redis server does not say its run_id: is it a Redis 7.0 or a Valkey?")


def _busy(number: str) -> StoreError:
    return StoreError(f"others changed {number} all the time: try again")
