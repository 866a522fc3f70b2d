"""A process that is made to be killed: tells a real store of contacts, and prints what was kept.

`python -m tests.store.killed STORE FIRST` tells of the contacts numbered from FIRST on, twenty at a
time and each of them twice, and now and then of a case, a mark on the contact, and a consent. A
line is printed once its acknowledgement is there, and not before: `c 17`, `g 20`, `m 20`, `a 20`.
"""

from __future__ import annotations

import itertools
import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from twisted.internet.defer import Deferred

from ivr.callers.changes import OpenCase
from ivr.engine.interfaces import Annotation, StoreError
from ivr.store.opening import open_store
from ivr.store.pump import Pump
from tests.store.samples import DANA, LONG_AGO, NOAM, author, consent, contact

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ivr.callers.contacts import Contact
    from ivr.engine.interfaces import Store

AT_ONCE = 20
MARKED = Annotation(marked=True)


def numbered(sequence: int) -> Contact:
    """The contact with this number, the same in every process."""
    return contact(sequence, number=(DANA, NOAM, None)[sequence % 3])


def say(line: str) -> None:
    """Print in one write, so that a kill cuts no line."""
    os.write(1, f"{line}\n".encode())


async def tell_again(store: Store, contact: Contact) -> None:
    """As Asterisk's report beside a hangup handler's."""
    with suppress(StoreError):  # the other will hear of it
        await store.record(contact)


async def tell(store: Store, numbers: Iterator[int], say: Callable[[str], None] = say) -> None:
    """Tell of one contact after the other, until killed."""
    for sequence in numbers:
        again = Deferred.fromCoroutine(tell_again(store, numbered(sequence)))
        await store.record(numbered(sequence))
        say(f"c {sequence}")
        await again
        if sequence % 20 == 0:
            await store.change(DANA, OpenCase(f"K{sequence}", "x", complex=False), author())
            say(f"g {sequence}")
            await store.annotate(numbered(sequence).id, MARKED, author())
            say(f"m {sequence}")
            await store.consent(DANA, consent(sequence), lambda _: True, LONG_AGO)
            say(f"a {sequence}")


async def run(store: Store, first: int) -> None:
    numbers = itertools.count(first)
    tellers = [Deferred.fromCoroutine(tell(store, numbers)) for _ in range(AT_ONCE)]
    for teller in tellers:
        await teller


if __name__ == "__main__":
    pump = Pump()
    say("ready")
    pump.run(run(open_store(sys.argv[1], pump.deliver), int(sys.argv[2])))
