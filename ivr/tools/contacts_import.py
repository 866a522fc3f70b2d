"""`ivr contacts import`: what queue_log has and the ledger lacks, without a double.

Each line is judged by the code that judges a report of `/ended`, so its contact has the same id,
and what the ledger knows already changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import islice
from math import inf
from typing import TYPE_CHECKING, BinaryIO, Final

from twisted.internet.defer import Deferred, FirstError, gatherResults

from ivr.asterisk.queuelog import BadLineError, Ended, read_ended
from ivr.callers.erasure import ERASE
from ivr.engine.desk import DeskError
from ivr.engine.endings import contacts
from ivr.engine.windows import reach
from ivr.routing.ticket import BadTicketError, Ticket, decode, encode
from ivr.tools.progress import behind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import date
    from zoneinfo import ZoneInfo

    from ivr.callers.contacts import Contact
    from ivr.callers.nuisance import Rules
    from ivr.engine.interfaces import History, Store

#: Contacts that are told at once: the store puts them into few transactions.
BATCH: Final = 250

#: Contacts that are looked for under another system name before anything is told.
_CHECKED: Final = 50


@dataclass(slots=True)
class ContactsImport:
    """One import. `skip` hears of each line that is damaged; `dry` tells the store nothing.

    `new` were kept (or would be), `known` were there already, or were removed (too old, or the
    number is erased), `withheld` of the new ones belong to nobody. A dry run cannot tell whether
    those are known.
    """

    store: Store
    zone: ZoneInfo
    rules: Rules | None
    system: str
    skip: Callable[[int, str], None]
    breathe: Callable[[], None]
    dry: bool = False
    new: int = 0
    known: int = 0
    withheld: int = 0
    skipped: int = 0
    _checked: int = 0
    _retired: date | None = None
    _seen: set[str] = field(default_factory=set)

    async def run(self, file: BinaryIO, progress: Callable[[int], None]) -> None:
        """Tell the store of every end in the file; `progress` hears how many bytes are behind us.

        Raises `DeskError` where the file is another Asterisk's than `system`, and `StoreError`;
        what was told by then stays, and telling it again does no harm.
        """
        self._retired = await self.store.retired_before() if self.dry else None
        lines = self._lines(file)
        while batch := list(islice(lines, BATCH)):
            told = [contact for line in batch for contact in await self._contacts(*line)]
            await self._check(told)
            await self._tell(told)
            progress(behind(file))
            self.breathe()

    def _lines(self, file: BinaryIO) -> Iterator[tuple[int, Ended]]:
        for number, raw in enumerate(file, 1):
            try:
                found = read_ended(raw.decode(errors="replace"), self.system)
            except BadLineError as error:
                self._skip(number, str(error))
            else:
                if found is not None:
                    yield number, found

    async def _contacts(self, number: int, line: Ended) -> Sequence[Contact]:
        ending = line.ending
        if not line.complete:
            ending = replace(ending, state=await self._state(line))
        elif ending.state and not _is_ticket(ending.state):
            self._skip(number, "has a state that cannot be read")
            return ()
        return contacts(ending, self.zone, self.rules, line.at)

    async def _state(self, line: Ended) -> str:
        """What a line without a state was about: the engine may still know the call.

        Else the contact has its decision, and belongs to nobody.
        """
        since = reach(self.zone, line.at)
        call = (await self.store.lookup(None, line.ending.linked_id, since)).open_call
        if call is not None and _is_ticket(call.state, line.decision):
            return call.state
        return encode(Ticket(line.decision, "", line.at, None, ""))

    async def _check(self, told: Sequence[Contact]) -> None:
        """Refuse a wrong system name: it would make a double of every contact."""
        for contact in told:
            if contact.number is None or not contact.decision or self._checked >= _CHECKED:
                continue
            self._checked += 1
            for known in (await self.store.history(contact.number)).contacts:
                same = (known.linked_id, known.decision) == (contact.linked_id, contact.decision)
                if same and known.system != contact.system:
                    raise DeskError(
                        f"the ledger has these calls of system {known.system!r}, not"
                        f" {self.system!r}: say --system as asterisk.conf's systemname does"
                    )

    async def _tell(self, told: Sequence[Contact]) -> None:
        tell = self._would_be_new if self.dry else self.store.record
        try:
            answers = await gatherResults(
                [Deferred.fromCoroutine(_asked(tell, contact)) for contact in told],
                consumeErrors=True,
            )
        except FirstError as first:
            first.subFailure.raiseException()
            raise
        for contact, new in zip(told, answers, strict=True):
            self.new += new
            self.known += not new
            self.withheld += new and contact.number is None

    async def _would_be_new(self, contact: Contact) -> bool:
        if contact.id in self._seen or (self._retired and contact.day < self._retired):
            return False
        self._seen.add(contact.id)
        return contact.number is None or not _is_known(
            contact, await self.store.history(contact.number)
        )

    def _skip(self, number: int, why: str) -> None:
        self.skipped += 1
        self.skip(number, why)


def _is_known(contact: Contact, history: History) -> bool:
    """Whether a contact of this number is there, or ended before the number was erased."""
    erasures = (entry.author.at for entry in history.journal if entry.kind == ERASE)
    if contact.ended <= max(erasures, default=-inf):
        return True
    return any(known.id == contact.id for known in history.contacts)


async def _asked(tell: Callable[[Contact], object], contact: Contact) -> bool:
    return bool(await tell(contact))  # type: ignore[misc] # a Deferred or a coroutine


def _is_ticket(state: str, decision: str | None = None) -> bool:
    """Whether a state can be read, and is that of a decision if one is given."""
    try:
        ticket = decode(state)
    except BadTicketError:
        return False
    return decision in (None, ticket.decision)
