"""Questions about every caller, page by page: between two pages others have their turn.

Nothing here is asked while somebody is on the line. Of candidates and of retirement, each caller is
judged alone: one that cannot be read holds up no other.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Protocol, TypeAlias, TypeVar

from ivr.callers.contacts import Outcome
from ivr.callers.nuisance import Process
from ivr.engine.interfaces import PassedOverError
from ivr.store.redis import form, keys, scripts
from ivr.store.redis.commands import on, together
from ivr.store.redis.operations import pairs
from ivr.store.redis.packing import day_number
from ivr.store.sound import DamagedError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence
    from datetime import date

    from ivr.callers.contacts import Contact
    from ivr.store.redis.commands import Operation
    from ivr.store.redis.session import Session

T = TypeVar("T")

#: Answered contacts of a ledger, by queue and whether they have no note.
Counts: TypeAlias = "Counter[tuple[str, bool]]"


class Ask(Protocol):
    """Has a thread do an operation."""

    def __call__(self, work: Callable[[Session], Operation[T]]) -> Awaitable[T]:
        """What it gives."""


async def candidates(ask: Ask, least: int, months: Sequence[str]) -> Sequence[str]:
    """See `Store.candidates`. A caller that cannot be read is none: a lookup of it fails and is
    counted, and `ivr store reconcile` names it.
    """
    found = set(await ask(lambda _: _stepped()))
    if months:
        evidence = await _sweep(ask, keys.CALLERS, lambda page: _evident(page, least, months))
        found.update(number for page in evidence for number in page)
    return tuple(sorted(found))


async def undocumented(ask: Ask, since: date) -> Sequence[tuple[str, int, int]]:
    """See `Store.undocumented`."""
    by_ledger: dict[str, Counts] = {}  # a ledger that moves meanwhile may come twice
    for page in await _sweep(ask, keys.LEDGERS, lambda page: _answered(page, since)):
        by_ledger.update(page)
    answered, bare = Counter[str](), Counter[str]()
    for of_ledger in by_ledger.values():
        for queue, is_bare in of_ledger.elements():
            answered[queue] += 1
            bare[queue] += is_bare
    return tuple((queue, answered[queue], bare[queue]) for queue in sorted(answered))


async def retire(ask: Ask, before: date, keep_from: date) -> int:
    """See `Store.retire`. Of a caller that cannot be read all contacts stay, since some may be
    evidence; `PassedOverError` says so when those of all others went.
    """
    await ask(lambda _: _no_more_before(before))
    pages = await _sweep(ask, keys.LEDGERS, lambda page: _retire_page(page, before, keep_from))
    damaged = sum(of_page for _, of_page in pages)
    if damaged:
        raise PassedOverError(
            "old contacts were removed, but not those of callers that cannot be read:"
            f" {damaged} (`ivr store reconcile` names them)"
        )
    return sum(went for went, _ in pages)


async def _sweep(ask: Ask, pattern: str, work: Callable[[Sequence[str]], Operation[T]]) -> list[T]:
    """What `work` makes of each page of keys."""
    pages: list[Iterator[Sequence[str]]] = []

    def one(session: Session) -> Operation[T | None]:
        if not pages:
            pages.append(session.link.keys(pattern))
        page = next(pages[0], None)
        return None if page is None else (yield from work(page))

    results: list[T] = []
    while (result := await ask(one)) is not None:
        results.append(result)
    return results


def _stepped() -> Operation[Sequence[str]]:
    """Numbers in whose process people have taken a step."""
    (numbers,) = yield [on(keys.PROCESS, "SMEMBERS")]
    read = yield [on(keys.caller(number.decode()), "GET") for number in numbers]
    return [
        number.decode()
        for number, text in zip(numbers, read, strict=True)
        if _fits(text, _has_stepped)
    ]


def _evident(page: Sequence[str], least: int, months: Sequence[str]) -> Operation[Sequence[str]]:
    read = yield [on(key, "GET") for key in page]
    return [
        keys.number_of(key)
        for key, text in zip(page, read, strict=True)
        if _fits(text, lambda known: known.has_month(least, months))
    ]


def _fits(text: bytes | None, wanted: Callable[[form.Known], bool]) -> bool:
    """Whether a caller is as wanted, which one that cannot be read is not."""
    try:
        return wanted(form.known_from(text))
    except DamagedError:
        return False


def _has_stepped(known: form.Known) -> bool:
    return known.record.process != Process()


def _answered(page: Sequence[str], since: date) -> Operation[dict[str, Counts]]:
    read = yield [on(key, "HGETALL") for key in page]
    counts = {
        key: Counter(
            (each.queue or "", each.note is None)
            for each in _since(contacts, day_number(since))
            if each.outcome is Outcome.ANSWERED
        )
        for key, contacts in zip(page, read, strict=True)
    }
    return {key: of_ledger for key, of_ledger in counts.items() if of_ledger}


def _since(contacts: Sequence[bytes], first: int) -> Iterator[Contact]:
    for pair in pairs(contacts):
        if form.owner_and_day(pair[1])[1] >= first:
            yield form.kept_from(*pair, None).contact


def _no_more_before(day: date) -> Operation[None]:
    """Contacts of before are taken no more: nobody could say whether they were counted."""
    yield [scripts.RETIRE([keys.RETIRED], day.isoformat())]


def _retire_page(page: Sequence[str], before: date, keep_from: date) -> Operation[tuple[int, int]]:
    """How many contacts went, and how many callers cannot be read."""
    owners = [keys.number_of(key) for key in page]
    results = yield from together([_retire(owner, before, keep_from) for owner in owners])
    went = damaged = 0
    for each in results:
        if isinstance(each, DamagedError):
            damaged += 1
        elif isinstance(each, Exception):
            raise each
        else:
            went += each
    return went, damaged


def _retire(owner: str, before: date, keep_from: date) -> Operation[int]:
    read, contacts = yield [
        on(keys.caller(owner), "GET"), on(keys.ledger(owner), "HGETALL")
    ]  # fmt: skip
    known = form.known_from(read)
    stepped = _has_stepped(known)
    first, first_kept = day_number(before), day_number(keep_from)
    old = []
    for id_, text in pairs(contacts):
        generation, day = form.owner_and_day(text)
        evidence = stepped and generation == known.generation
        if day < first and not (evidence and day >= first_kept):
            old.append(id_)
    if not old:
        return 0
    indices = (keys.index(id_.decode()) for id_ in old)
    went, *_ = yield [
        on(keys.ledger(owner), "HDEL", *old),
        *(on(place, "HDEL", field) for place, field in indices),
    ]
    return int(went)
