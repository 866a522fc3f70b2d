"""The desk: where people change what is known of a number. One place for CLI, AGI and API.

It takes numbers as people write them, lets only names through that the policy declares, and asks
of each change who makes it and why.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ivr.callers.caller import Author, Caller
from ivr.callers.changes import GiveGrant, OpenCase, SetMark
from ivr.callers.erasure import Bounds
from ivr.callers.nuisance import NUISANCE
from ivr.callers.numbers import parse_number
from ivr.engine.endings import FORGOTTEN

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from ivr.callers.caller import Instant, Record
    from ivr.callers.changes import Change
    from ivr.engine.interfaces import Erased, History, Store

#: Marks that an operator may set.
MARKS: Final = (NUISANCE,)

#: Letters and digits that nobody confuses on the telephone: no I, L, O, U, 0, 1.
_CASE_LETTERS: Final = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
_CASE_LENGTH: Final = 6

#: Characters. A record is read whole with each lookup, so its texts are bounded.
LONGEST_BY: Final = 80
_LONGEST_WHY: Final = 500


class DeskError(Exception):
    """What was given cannot be meant; the message says what to give instead."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Changes and questions about callers. `topics` and `grants` are those the policy declares.

    `new_id` gives a case's id, unique for its number over all its cases (`case_id`).
    """

    store: Store
    region: str
    topics: Sequence[str]
    grants: Sequence[str]
    new_id: Callable[[], str]

    def number(self, text: str) -> str:
        """E.164 of a number as somebody wrote it. Raises `DeskError`."""
        number = parse_number(text, self.region)
        if number is None:
            raise DeskError(
                f"{text!r} is no telephone number: write it as dialled, or with + and country code"
            )
        return number

    def give_grant(self, name: str | None, until: Instant | None) -> GiveGrant:
        """A grant that the policy declares; None means the only one. Raises `DeskError`."""
        if name is None and len(self.grants) != 1:
            raise DeskError(f"name the grant: {_listed(self.grants)}")
        return GiveGrant(_declared("grant", name or self.grants[0], self.grants), until)

    def open_case(self, topic: str | None, *, complex_: bool) -> OpenCase:
        """A case with an id of its own, about a declared topic or any. Raises `DeskError`."""
        if topic is not None:
            _declared("topic", topic, self.topics)
        return OpenCase(self.new_id(), topic, complex_)

    def set_mark(self, kind: str, until: Instant | None) -> SetMark:
        """A mark that there is. Raises `DeskError`."""
        return SetMark(_declared("mark", kind, MARKS), until)

    async def change(self, text: str, change: Change, author: Author) -> Record:
        """Make a change. Raises `DeskError`, `RefusedError`, `StoreError`."""
        return await self.store.change(self.number(text), change, author)

    async def change_many(
        self, changes: Sequence[tuple[str, Change]], author: Author
    ) -> Sequence[str | None]:
        """Make many, by E.164; for each why it was refused. Raises `StoreError`: see `Store`."""
        return await self.store.change_many(changes, author)

    async def caller(self, text: str, since: date) -> Caller:
        """What a decision would know of a number. Raises `DeskError`, `StoreError`."""
        found = await self.store.lookup(self.number(text), None, since)
        return found.caller or Caller(self.number(text))

    async def history(self, text: str) -> History:
        """All that is known of a number. Raises `DeskError`, `StoreError`."""
        return await self.store.history(self.number(text))

    async def erase(self, text: str, consents_from: Instant, author: Author) -> Erased:
        """Erase what is known of a number; consents given since that moment stay.

        Raises `DeskError`, `RefusedError`, `StoreError`.
        """
        bounds = Bounds(consents_from, author.at - FORGOTTEN)
        return await self.store.erase(self.number(text), bounds, author)


def author(by: str, why: str, os_user: str, now: Instant) -> Author:
    """Who makes a change, when and why. Raises `DeskError` unless both are told, within bounds."""
    return Author(told("by", by, LONGEST_BY), os_user, now, told("why", why, _LONGEST_WHY))


def case_id(choose: Callable[[str], str]) -> str:
    """An id that can be read out; `choose` picks one of the letters given (`secrets.choice`).

    One of 700 million, and asked to be unique among the cases of one number only.
    """
    return "".join(choose(_CASE_LETTERS) for _ in range(_CASE_LENGTH))


def _declared(what: str, name: str, names: Sequence[str]) -> str:
    if name not in names:
        raise DeskError(f"{name!r} is no {what} of the policy: take one of {_listed(names)}")
    return name


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) or "none, the policy declares none"


def told(what: str, text: str, longest: int) -> str:
    """A text on one line, as people write them. Raises `DeskError` outside of its bounds."""
    line = " ".join(text.split())
    if not line:
        raise DeskError(f"'{what}' is empty: each change keeps who made it and why")
    if len(line) > longest:
        raise DeskError(f"'{what}' has {len(line)} characters: shorten it to {longest}")
    if any(unicodedata.category(letter) in ("Cc", "Cs") for letter in line):
        raise DeskError(f"'{what}' has characters that are no text: write it in UTF-8")
    return line
