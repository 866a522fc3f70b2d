"""The shared store as a copy sees it. Blocking: for commands.

A copy is told from a store by what is under `keys.VERSION_KEY`: no engine takes it for one. That
says which run writes, too: one that begins takes the place of any before it, which may only have
been suspended, and writes nothing more (see `run.Run.write`). So nobody else writes to a copy, and
each piece is written by plain commands, what an index says of it first. Each is on as many replicas
as the URL wants before the next is looked at.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from ivr.callers.erasure import ERASE
from ivr.callers.nuisance import Process
from ivr.engine.interfaces import StoreError
from ivr.store.documents import RELEASE, record_doc
from ivr.store.redis import form, keys
from ivr.store.redis.around import COPYING, check_eviction, check_version
from ivr.store.redis.commands import Command, on
from ivr.store.redis.operations import pairs
from ivr.store.redis.packing import day_number, month_number, packed
from ivr.store.redis.places import parse
from ivr.store.redis.run import Run
from ivr.store.sides import ALWAYS, Counts, Times, Whole, naming

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from ivr.callers.caller import Tally
    from ivr.callers.contacts import Contact
    from ivr.engine.interfaces import JournalEntry, OpenCall
    from ivr.store.redis.commands import Word

#: Ledgers and journals of those who withheld their number, and anything of ours, for `SCAN`.
_LEDGERS: Final = "ivr:{\\?*}:l"
_JOURNALS: Final = "ivr:{\\?*}:j"
_ANYTHING: Final = "ivr:*"
#: Entries of a list and fields of a hash that go in one command.
_WORDS: Final = 500
#: What a copy says of itself: where it comes from, and which run writes (an older ivr named none).
_BEGUN: Final = re.compile(rf"{COPYING} (.*?)(?: [0-9a-f]{{32}})?", re.DOTALL)
#: A caller tells this many sums of days; of more than that, as `scripts` has it, only the newest.
_MANY: Final = 96
_KEPT: Final = 64
#: As in `operations`.
_OPEN_FOR: Final = 7 * 86400


class RedisSide:
    """A `Side` (ivr.store.sides) in the Redis at `url`. Raises `places.PlaceError`."""

    def __init__(self, url: str) -> None:
        self._place = parse(url)
        self._server = Run(self._place)
        self.name = self._place.shown
        self.callers = _Callers(self._server, self.name)
        self.withheld = _Withheld(self._server, self.name)
        self.calls = _Calls(self._server, self.name)
        self._look()

    def _look(self) -> None:
        (version,) = self._server.ask([on(keys.VERSION_KEY, "GET")])
        check_version(version, self._place)

    def who(self) -> frozenset[object]:
        """See `Side.who`."""
        servers = self._server.link.primaries()
        return frozenset((server, self._place.db) for server in servers)

    def times(self) -> Times:
        """See `Side.times`."""
        here, retired = self._server.ask([on(keys.HERE, "HGETALL"), on(keys.RETIRED, "GET")])
        present = {month.decode(): int(days) for month, days in pairs(here)}
        return Times(present, retired.decode() if retired else "")

    def said(self) -> Iterator[Sequence[JournalEntry]]:
        """See `Side.said`."""
        for key in self._found(_JOURNALS):
            first = 0
            while True:
                (read,) = self._server.ask([on(key, "LRANGE", first, first + _WORDS - 1)])
                if not read:
                    break
                first += len(read)
                with naming(key, self.name):
                    yield [form.entry_from(each) for each in read]

    def counts(self) -> Counts:
        """See `Side.counts`. A number takes about 100 bytes meanwhile: a server may tell of one
        twice.
        """
        numbers: set[str] = set()
        totals = [0, 0, 0]
        for page in self.callers.pages():
            fresh = set(page) - numbers
            numbers |= fresh
            asked = [command for number in fresh for command in _sizes(number)]
            replies = self._server.ask(asked)
            totals = [total + sum(replies[n::3]) for n, total in enumerate(totals)]
        contacts, entries, consents = totals
        withheld = sum(self._server.ask([on(key, "HLEN") for key in self._found(_LEDGERS)]))
        entries += sum(self._server.ask([on(key, "LLEN") for key in self._found(_JOURNALS)]))
        return Counts(len(numbers), contacts + withheld, withheld, entries, consents)

    def close(self) -> None:
        """See `Side.close`."""
        self._server.link.close()

    def _found(self, pattern: str) -> Sequence[str]:
        """The keys of those who withheld their number: there are few, and each is told once."""
        return sorted({key for page in self._server.link.keys(pattern) for key in page})


class RedisTarget(RedisSide):
    """A `Target` (ivr.store.sides): a database that nothing of ours is in yet."""

    def _look(self) -> None:
        """There is nothing to be seen before it is begun."""

    def begin(self, source: str) -> None:
        """See `Target.begin`."""
        version, memory = self._server.ask(
            [on(keys.VERSION_KEY, "GET"), Command(("INFO", "memory"), None)]
        )
        check_eviction(memory, self._place)
        begun = None if version is None else _BEGUN.fullmatch(version.decode())
        if begun is None and (version or next(self._server.link.keys(_ANYTHING), None)):
            raise self._taken()
        if begun is not None and begun[1] != source:
            raise StoreError(
                f"{self.name} has a copy that was begun from {begun[1]}: go on with that one, or "
                f"empty the database to begin with another"
            )
        self._server.begin(version, source)

    def _taken(self) -> StoreError:
        return StoreError(
            f"there is a store at {self.name} already, and it was left as it is: a copy goes into "
            "a database that has nothing of ours (empty it, if nothing in it is wanted)"
        )

    def keep_times(self, times: Times) -> None:
        """See `Target.keep_times`."""
        days: list[Word] = [word for each in times.present.items() for word in each]
        self._server.write([
            on(keys.HERE, "DEL"),
            on(keys.RETIRED, "DEL"),
            *([on(keys.HERE, "HSET", *days)] if days else ()),
            *([on(keys.RETIRED, "SET", times.retired)] if times.retired else ()),
        ])  # fmt: skip

    def say_anew(self, said: Iterable[Sequence[JournalEntry]]) -> None:
        """See `Target.say_anew`."""
        self._server.write([on(key, "DEL") for key in self._found(_JOURNALS)])
        for page in said:
            self._server.write([
                on(keys.journal(keys.withheld(str(each.values["contact"]))), "RPUSH",
                   form.entry(each))
                for each in page
            ])  # fmt: skip

    def finish(self) -> None:
        """See `Target.finish`."""
        self._server.end()


class _Pieces:
    def __init__(self, server: Run, name: str) -> None:
        self._server = server
        self._name = name


class _Callers(_Pieces):
    """All that is known of numbers."""

    def pages(self) -> Iterator[Sequence[str]]:
        """See `Pieces.pages`."""
        for page in self._server.link.keys(keys.CALLERS):
            yield [keys.number_of(key) for key in page]

    def read(self, keys_: Sequence[str]) -> Sequence[Whole | None]:
        """See `Pieces.read`."""
        replies = self._server.ask([command for number in keys_ for command in _asked(number)])
        return [
            self._whole(number, *replies[5 * place : 5 * place + 5])
            for place, number in enumerate(keys_)
        ]

    def replace(self, old: Sequence[Whole], new: Sequence[Whole]) -> None:
        """See `Pieces.replace`."""
        self._server.write([command for each in old for command in _dropped(each)])
        self._server.write([command for each in new for command in _indexed(each)])
        self._server.write([command for each in new for command in _written(each)])

    def _whole(
        self, number: str, read: bytes | None, older: Sequence[bytes], entries: Sequence[bytes],
        contacts: Sequence[bytes], consents: Sequence[bytes],
    ) -> Whole | None:  # fmt: skip
        if read is None:
            return None
        with naming(number, self._name):
            known = form.known_from(read)
            caller = known.caller(number, ALWAYS, older, (), reconciled=True)
            kept = [form.kept_from(*pair, number) for pair in pairs(contacts)]
            given = [form.consent_from(each) for each in consents]
            return Whole(
                replace(caller, tallies=tuple(sorted(caller.tallies, key=_day_and_case))),
                known.agent_at, known.answered, known.answered_at,
                tuple(map(form.entry_from, entries)),
                tuple((each.generation, each.contact) for each in sorted(kept, key=_started)),
                tuple(sorted(
                    ((owner, each) for each, owner in given), key=lambda c: (c[1].at, c[1].id)
                )),
            )  # fmt: skip


class _Withheld(_Pieces):
    """Contacts that are nobody's."""

    def pages(self) -> Iterator[Sequence[str]]:
        """See `Pieces.pages`."""
        for page in self._server.link.keys(_LEDGERS):
            for key in page:
                (ids,) = self._server.ask([on(key, "HKEYS")])
                yield [id_.decode() for id_ in ids]

    def read(self, keys_: Sequence[str]) -> Sequence[Contact | None]:
        """See `Pieces.read`."""
        replies = self._server.ask([on(_ledger(id_), "HGET", id_) for id_ in keys_])
        return [
            None if read is None else self._contact(id_, read)
            for id_, read in zip(keys_, replies, strict=True)
        ]

    def replace(self, old: Sequence[Contact], new: Sequence[Contact]) -> None:
        """See `Pieces.replace`."""
        self._server.write([on(_ledger(each.id), "HDEL", each.id) for each in old])
        self._server.write([_unindexed(each.id) for each in old])
        self._server.write([_index(each.id, keys.withheld(each.id)) for each in new])
        self._server.write(
            [on(_ledger(each.id), "HSET", each.id, form.Kept(each, 0).packed()) for each in new]
        )

    def _contact(self, id_: str, read: bytes) -> Contact:
        with naming(id_, self._name):
            return form.kept_from(id_.encode(), read, None).contact


class _Calls(_Pieces):
    """What calls carry."""

    def pages(self) -> Iterator[Sequence[str]]:
        """See `Pieces.pages`."""
        (ids,) = self._server.ask([on(keys.OPEN, "ZRANGE", 0, -1)])
        yield [id_.decode() for id_ in ids]

    def read(self, keys_: Sequence[str]) -> Sequence[OpenCall | None]:
        """See `Pieces.read`."""
        replies = self._server.ask([on(keys.open_call(key), "GET") for key in keys_])
        with naming("an open call", self._name):
            return [form.open_call_from(*each) for each in zip(keys_, replies, strict=True)]

    def replace(self, old: Sequence[OpenCall], new: Sequence[OpenCall]) -> None:
        """See `Pieces.replace`."""
        ids = [call.linked_id for call in old]
        self._server.write([on(keys.open_call(id_), "DEL") for id_ in ids])
        self._server.write([on(keys.OPEN, "ZREM", *ids)] if ids else [])
        self._server.write([command for call in new for command in _put_down(call)])


# --- a caller in commands --------------------------------------------------------------------


def _asked(number: str) -> Sequence[Command]:
    return (
        on(keys.caller(number), "GET"),
        on(keys.older(number), "ZRANGE", 0, -1),
        on(keys.journal(number), "LRANGE", 0, -1),
        on(keys.ledger(number), "HGETALL"),
        on(keys.consents(number), "HVALS"),
    )


def _put_down(call: OpenCall) -> Sequence[Command]:
    return (
        on(keys.open_call(call.linked_id), "SET", form.open_call(call), "EX", _OPEN_FOR),
        on(keys.OPEN, "ZADD", repr(call.at), call.linked_id),
    )


def _sizes(number: str) -> Sequence[Command]:
    return (
        on(keys.ledger(number), "HLEN"),
        on(keys.journal(number), "LLEN"),
        on(keys.consents(number), "HLEN"),
    )


def _dropped(whole: Whole) -> Iterator[Command]:
    yield from _cleared(whole.number)
    yield from map(_unindexed, whole.ids)
    if whole.caller.record.process != Process():
        yield on(keys.PROCESS, "SREM", whole.number)


def _cleared(number: str) -> Iterator[Command]:
    for place in (keys.caller, keys.older, keys.journal, keys.ledger, keys.consents):
        yield on(place(number), "DEL")


def _indexed(whole: Whole) -> Iterator[Command]:
    """The index may say too much, and never too little."""
    yield from (_index(id_, whole.number) for id_ in whole.ids)
    if whole.caller.record.process != Process():
        yield on(keys.PROCESS, "SADD", whole.number)


def _written(whole: Whole) -> Iterator[Command]:
    """The caller itself first: what has one is looked at when a copy is run again."""
    number = whole.number
    yield from _cleared(number)
    older, known = _known(whole)
    yield on(keys.caller(number), "SET", known.packed())
    sums = [(day_number(each.day), packed(_sum(each))) for each in older]
    yield from _pieces(sums, lambda words: on(keys.older(number), "ZADD", *words))
    entries = [(form.entry(each),) for each in whole.journal]
    yield from _pieces(entries, lambda words: on(keys.journal(number), "RPUSH", *words))
    kept = [(each.id, form.Kept(each, owner).packed()) for owner, each in whole.contacts]
    yield from _pieces(kept, lambda words: on(keys.ledger(number), "HSET", *words))
    given = [(each.id, form.consent(each, owner)) for owner, each in whole.consents]
    yield from _pieces(given, lambda words: on(keys.consents(number), "HSET", *words))


def _pieces(
    values: Sequence[Sequence[Word]], command: Callable[[Sequence[Word]], Command]
) -> Iterator[Command]:
    for first in range(0, len(values), _WORDS):
        yield command([word for each in values[first : first + _WORDS] for word in each])


def _known(whole: Whole) -> tuple[Sequence[Tally], form.Known]:
    """Sums of days that lie elsewhere, and what a lookup reads, as `scripts` would have it."""
    caller = whole.caller
    older: Sequence[Tally] = ()
    recent: Sequence[Tally] = caller.tallies
    known = form.Known(
        generation=caller.record.generation,
        releases=[each.author.at for each in whole.journal if each.kind in (RELEASE, ERASE)],
        agent=caller.last_agent or "", agent_at=whole.agent_at,
        answered=whole.answered, answered_at=whole.answered_at, bare=int(caller.undocumented),
        months=[word for m in caller.months for word in (
            month_number(m.name), "", m.contacts, m.marks
        )],
        doc=record_doc(caller.record),
        erased=next((each.author.at for each in whole.journal if each.kind == ERASE), None),
    )  # fmt: skip
    if len(recent) > _MANY:
        first = recent[-_KEPT].day
        older = [each for each in recent if each.day < first]
        recent = recent[len(older) :]
        known = replace(known, since=day_number(first))
    for consent in caller.consents:
        known = known.with_consent(consent)
    return older, replace(known, days=[word for each in recent for word in _sum(each)])


def _sum(tally: Tally) -> list[int | str]:
    return [day_number(tally.day), tally.case or "", tally.ended, tally.answered]


def _index(id_: str, owner: str) -> Command:
    place, field = keys.index(id_)
    return on(place, "HSET", field, form.owner(owner))


def _unindexed(id_: str) -> Command:
    place, field = keys.index(id_)
    return on(place, "HDEL", field)


def _ledger(id_: str) -> str:
    return keys.ledger(keys.withheld(id_))


def _day_and_case(tally: Tally) -> tuple[int, str]:
    return day_number(tally.day), tally.case or ""


def _started(kept: form.Kept) -> tuple[float, str]:
    return kept.contact.started, kept.contact.id
