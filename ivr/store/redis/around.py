"""What all callers of a store share, as it is now; and whether the store can be used at all."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

from ivr.engine.interfaces import StoreError
from ivr.store.redis import keys, scripts
from ivr.store.redis.commands import Command, on
from ivr.store.redis.operations import Around, pairs

if TYPE_CHECKING:
    from ivr.store.redis.commands import Link, Operation
    from ivr.store.redis.places import RedisPlace

#: Of the layout in `keys` and `form`. A store of a later one is refused.
VERSION: Final = 1
#: What a copy that is not whole has in its place, before the name of the store it is a copy of.
COPYING: Final = "copying"

_ASKED: Final = (
    on(keys.VERSION_KEY, "GET"),
    on(keys.HERE, "HGETALL"),
    on(keys.RECONCILED, "SMEMBERS"),
    Command(("INFO", "memory"), None),
)


def read(link: Link, place: RedisPlace, *, new: bool, used: bool) -> Operation[Around]:
    """Read it. A store that is `new` is made ours; else, or if it is not for us, `StoreError`.

    One that was `used` and is gone was lost, and an empty one in its place would hide that.
    """
    version, days, reconciled, memory = yield _ASKED
    if version is None and used:
        link.primaries()  # one that follows an empty server by now is another matter
        raise StoreError(
            f"the Redis at {place.shown} is empty: bring its data back, or restart ivr to begin "
            "with an empty store"
        )
    if version is None and new:  # only then: a server may take no writes, and be read
        yield [on(keys.VERSION_KEY, "SET", VERSION, "NX")]
        version, days, reconciled, memory = yield _ASKED
    check_version(version, place)
    check_eviction(memory, place)
    trusted = set(link.primaries()) <= set(reconciled)
    if reconciled and not trusted:
        yield from _trust_nobody()
    by_month = {month.decode(): int(bits) for month, bits in pairs(days)}
    return Around(by_month, trusted, place.replicas)


def _trust_nobody() -> Operation[None]:
    """Else a server of before would be trusted if it took over again, with still more lost.

    One that takes no writes now (too few replicas, no memory) is read all the same, and told so
    again at the next look.
    """
    with suppress(StoreError):
        yield [on(keys.RECONCILED, "DEL"), scripts.DOUBT([keys.DOUBTED])]


def check_version(version: bytes | None, place: RedisPlace) -> None:
    """Raise `StoreError` unless it is that of a store that can be used."""
    if version is None:
        raise StoreError(
            f"there is no store at {place.shown}: start the engine once, or say where the store is"
        )
    if version.startswith(COPYING.encode()):
        raise StoreError(
            f"the store at {place.shown} is a copy that is not whole: run `ivr store copy` to its "
            "end first"
        )
    if not version.isdigit() or int(version) > VERSION:
        raise StoreError(
            f"the store at {place.shown} was written by a newer ivr (version {version.decode()}, "
            f"this one knows {VERSION}): install the newer ivr"
        )


def check_eviction(memory: bytes, place: RedisPlace) -> None:
    """A server that throws keys away where memory is short would forget grants and appeals."""
    told = dict(line.split(b":", 1) for line in memory.split(b"\r\n") if b":" in line)
    if told.get(b"maxmemory_policy", b"").startswith(b"allkeys") and told[b"maxmemory"] != b"0":
        raise StoreError(
            f"the Redis at {place.shown} throws away what it keeps when memory is short: set its"
            " `maxmemory-policy` to `noeviction`"
        )
