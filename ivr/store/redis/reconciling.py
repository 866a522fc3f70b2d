"""After a change of primary: what the store has, and the word that it is all there is to have.

A failover, or a restart without the last second on disk, may lose writes that were acknowledged.
What people do for a caller is on a replica before it is acknowledged (`replicas=`), contacts are
in Asterisk's queue_log; but only a person can say that they were brought back. Until then each
caller is told as not reconciled, and the charge guard refuses.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from ivr.callers.caller import Record
from ivr.callers.changes import RefusedError, apply
from ivr.callers.erasure import ERASE
from ivr.callers.nuisance import Process
from ivr.engine.interfaces import Reconciliation
from ivr.store.annotations import ANNOTATE
from ivr.store.documents import DamagedError, change_from
from ivr.store.redis import form, keys, scripts
from ivr.store.redis.commands import on
from ivr.store.redis.operations import pairs
from ivr.store.redis.packing import opened, packed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ivr.callers.caller import Author
    from ivr.engine.interfaces import JournalEntry
    from ivr.store.redis.commands import Link, Operation

#: Problems that are told by name; the others are counted.
_NAMED: Final = 20


@dataclass(slots=True)
class _Findings:
    callers: int = 0
    stepped: int = 0
    contacts: int = 0
    repaired: int = 0
    newest_contact: float | None = None
    newest_change: float | None = None
    problems: list[str] = field(default_factory=list)
    more: int = 0

    def wrong(self, problem: str) -> None:
        if len(self.problems) < _NAMED:
            self.problems.append(problem)
        else:
            self.more += 1

    def reaches(self, contacts: Iterable[float], changes: Iterable[float]) -> None:
        """How far what is there reaches."""
        ends, made = [*contacts], [*changes]
        if ends:
            self.newest_contact = max(self.newest_contact or 0, *ends)
        if made:
            self.newest_change = max(self.newest_change or 0, *made)


def reconcile(link: Link, author: Author, *, accept: bool) -> Operation[Reconciliation]:
    """See `Shared.reconcile`: look at every caller, mend indices, then take the servers' word."""
    servers = link.primaries()
    signed, doubted = yield [on(keys.RECONCILIATIONS, "LRANGE", -1, -1), on(keys.DOUBTED, "GET")]
    found = _Findings()
    told: set[str] = set()
    for pattern in (keys.CALLERS, keys.LEDGERS):
        for page in link.keys(pattern):
            owners = {keys.number_of(key) for key in page} - told
            told |= owners
            yield from _look_at(sorted(owners), found)
    before = _callers_last(signed)
    if before and not found.callers:
        found.wrong(
            f"no caller is left, and {before} were there at the last reconciliation: is this the "
            "store?"
        )
    trusts = accept or not found.problems
    if trusts:
        yield [
            scripts.TRUST([keys.RECONCILED], *servers),
            on(keys.RECONCILIATIONS, "RPUSH", _signed(servers, author, found.callers)),
            on(keys.DOUBTED, "DEL"),
        ]
    return Reconciliation(
        len(set(servers) - _trusted_last(signed)), found.callers, found.stepped, found.contacts,
        found.repaired, found.newest_contact, found.newest_change, tuple(found.problems),
        found.more, trusts, None if doubted is None else float(doubted),
    )  # fmt: skip


def _look_at(owners: Sequence[str], found: _Findings) -> Operation[None]:
    """Some owners of contacts: numbers, and those who withheld theirs."""
    replies = yield [
        each
        for owner in owners
        for each in (
            on(keys.caller(owner), "GET"),
            on(keys.journal(owner), "LRANGE", 0, -1),
            on(keys.ledger(owner), "HGETALL"),
        )
    ]
    for place, owner in enumerate(owners):
        read, entries, contacts = replies[3 * place : 3 * place + 3]
        try:
            stepped = _judge(owner, read, entries, contacts, found)
        except DamagedError as error:
            found.wrong(f"{owner}: {error}")
            continue
        yield from _mend(owner, [id_ for id_, _ in pairs(contacts)], stepped, found)


def _judge(
    owner: str, read: bytes | None, entries: Sequence[bytes], contacts: Sequence[bytes],
    found: _Findings,
) -> bool:  # fmt: skip
    """Whether the caller is in the process. Raises `DamagedError`."""
    journal = [form.entry_from(each) for each in entries]
    kept = [form.kept_from(*pair, None).contact for pair in pairs(contacts)]
    known = form.tried_from(owner, read)
    found.callers += not keys.is_withheld(owner)
    found.contacts += len(kept)
    found.reaches((each.ended for each in kept), (each.author.at for each in journal))
    if not keys.is_withheld(owner) and _played(journal) != known.record:
        found.wrong(f"{owner}: what is known is not what the journal of its changes comes to")
    stepped = known.record.process != Process()
    found.stepped += stepped
    return stepped


def _played(journal: Sequence[JournalEntry]) -> Record:
    """The record that the changes of a journal come to."""
    record = Record()
    for entry in journal[_erased(journal) :]:
        if entry.kind == ANNOTATE:
            continue
        if entry.kind == ERASE:
            record = Record(entry.generation + 1)
            continue
        try:
            record = apply(record, change_from(entry.kind, dict(entry.values)), entry.author)
        except RefusedError as error:
            raise DamagedError(f"its journal cannot be played again: {error}") from error
    return record


def _erased(journal: Sequence[JournalEntry]) -> int:
    """Where the number was erased: what was kept of before is proof, and counts no more."""
    return next((place for place, entry in enumerate(journal) if entry.kind == ERASE), 0)


def _mend(owner: str, ids: Sequence[bytes], stepped: bool, found: _Findings) -> Operation[None]:
    """Write again what other servers, or an earlier moment, have of this caller."""
    places = [keys.index(id_.decode()) for id_ in ids]
    whose = yield [on(place, "HGET", field) for place, field in places]
    wanted = form.owner(owner)
    lost = [place for place, there in zip(places, whose, strict=True) if there != wanted]
    found.repaired += len(lost)
    yield [
        *(on(place, "HSET", field, wanted) for place, field in lost),
        *([on(keys.PROCESS, "SADD", owner)] if stepped else ()),
    ]


def _trusted_last(signed: Sequence[bytes]) -> set[bytes]:
    """The servers of the last reconciliation."""
    return {each for text in signed for each in opened(text, lambda values: values[0])}


def _callers_last(signed: Sequence[bytes]) -> int:
    """How many callers the last reconciliation found; 0 where an older ivr did not say."""
    return sum(int(each) for text in signed for each in opened(text, lambda values: values[5:]))


def _signed(servers: Sequence[bytes], author: Author, callers: int) -> bytes:
    return packed([list(servers), author.by, author.os_user, author.at, author.why, callers])
