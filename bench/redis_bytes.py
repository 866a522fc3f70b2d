"""How many bytes a Redis takes for callers and their contacts.

    .venv/bin/python bench/redis_bytes.py [CALLERS] [CONTACTS] [OPTION...]

Starts a redis-server of its own (with the OPTIONs, as on its command line), tells the real store of
some callers with CONTACTS contacts each (ten by default, on as many days), and has the server copy
their keys until there are CALLERS of them (a million by default). The index is written for each
contact, under an id of its own. Bytes are the server's `used_memory`: its table of keys is in them.
What a lookup reads is asked key by key, too (`MEMORY USAGE`).
"""

from __future__ import annotations

import sys
from datetime import date, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Final

import click
import serving
from twisted.internet.defer import gatherResults

from ivr.callers.contacts import Contact, Outcome
from ivr.store.pump import Pump
from ivr.store.redis import form, keys
from ivr.store.redis.store import RedisStore

if TYPE_CHECKING:
    from collections.abc import Iterator

    from redis import Redis

#: Callers that the store itself is told of; the others are copies.
_TOLD: Final = 1000
_LAST: Final = date(2026, 11, 22)
_MIDNIGHT: Final = 1795298400.0
#: Commands in one pipeline, and contacts whose index entries are put together.
_AT_ONCE: Final = 10_000
_INDEXED: Final = 2_000_000


def number(caller: int) -> str:
    """The caller's number."""
    return f"+972{500_000_000 + caller}"


def contact(caller: int, sequence: int) -> Contact:
    """One of the size that contacts have: half of them with a note."""
    back, at = sequence % 50, caller * 31 + sequence * 1009
    started = _MIDNIGHT - 86400 * back + at % 86400 + 0.123456
    return Contact(
        system="pbx1", linked_id=f"{started:.0f}.{at % 1_000_000}", decision=f"{at:016x}",
        number=number(caller), started=started, ended=started + 183.654321,
        day=_LAST - timedelta(days=back), outcome=list(Outcome)[at % 4 and at % 5],
        dialled="1800123456", tier="regular", topic="fault", route="everyone", queue="main",
        agent=f"PJSIP/{1000 + at % 40}", hold=12, talk=171,
        note="asked why the line is slow" if at % 2 else None,
    )  # fmt: skip


def tell(port: int, contacts: int) -> None:
    """Tell the real store of the callers that the others are copies of."""
    pump = Pump()
    store = RedisStore(f"redis://127.0.0.1:{port}", pump.deliver)

    async def story() -> None:
        for caller in range(_TOLD):
            await gatherResults(
                [store.record(contact(caller, sequence)) for sequence in range(contacts)]
            )
        await store.close()

    pump.run(story())


def copied(callers: int, key: str) -> Iterator[tuple[str, ...]]:
    """Commands that copy a key of the callers told of, until so many have one."""
    for caller in range(_TOLD, callers):
        yield "COPY", key.format(number(caller % _TOLD)), key.format(number(caller))


def indexed(callers: int, contacts: int) -> Iterator[tuple[str | bytes, ...]]:
    """Commands that write the index of the contacts of the copies."""
    each = ((caller, sequence) for caller in range(_TOLD, callers) for sequence in range(contacts))
    while part := list(islice(each, _INDEXED)):
        shards: dict[str, list[bytes]] = {}
        for caller, sequence in part:
            shard, field = keys.index(f"{caller}/{sequence}/pbx1")
            shards.setdefault(shard, []).extend((field, form.owner(number(caller))))
        for shard, pairs in shards.items():
            yield "HSET", shard, *pairs


def ask(client: Redis, commands: Iterator[tuple[str | bytes, ...]]) -> int:
    """Ask them all; how many bytes the server takes afterwards."""
    while some := list(islice(commands, _AT_ONCE)):
        pipeline = client.pipeline(transaction=False)
        for command in some:
            pipeline.execute_command(*command)  # type: ignore[no-untyped-call]  # theirs
        pipeline.execute()
    return int(client.info("memory")["used_memory"])


def main(callers: str = "1000000", contacts: str = "10", *options: str) -> None:
    """Print bytes a caller and a contact."""
    people, times = int(callers), int(contacts)
    with serving.redis_server(serving.cores().rest, *options) as (_, client):
        tell(serving.port_of(client), times)
        told = [keys.caller(number(caller)) for caller in range(_TOLD)]
        usage = sorted(int(client.memory_usage(key, samples=0)) for key in told)
        begin = ask(client, iter(()))
        after = [
            ask(client, copied(people, "ivr:{{{}}}")),
            ask(client, copied(people, "ivr:{{{}}}:l")),
            ask(client, indexed(people, times)),
        ]
    new = people - _TOLD
    read, kept, index = (b - a for a, b in zip([begin, *after], after, strict=False))
    click.echo(
        f"{people} callers with {times} contacts each {' '.join(options)}\n"
        f"a lookup reads {usage[0]} to {usage[-1]} bytes (MEMORY USAGE), {read / new:.0f} with the"
        f" table of keys\na contact takes {kept / new / times:.0f} bytes in the ledger and"
        f" {index / new / times:.0f} in the index\nall: {after[-1] / 2**30:.2f} GiB;"
        f" 10 million callers: {(read + kept + index) / new * 1e7 / 2**30:.1f} GiB"
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
