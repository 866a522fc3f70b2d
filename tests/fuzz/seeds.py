"""Where fuzzing begins: things as they are meant to be, which a fuzzer would not guess."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from types import MappingProxyType

from ivr.callers.caller import Case, Grant, Mark, Record, Span
from ivr.callers.changes import GiveGrant
from ivr.callers.erasure import ERASE
from ivr.callers.nuisance import Process, Stage, Told
from ivr.engine.interfaces import JournalEntry, OpenCall
from ivr.store.documents import change_values, dumps, record_doc
from ivr.store.redis import form
from tests.asterisk.samples import OK, REQUEST, USAGE
from tests.store.samples import DANA, author, consent, contact

from .policy_rules import ROOT
from .store_rules import packed

GRANT = GiveGrant("golden-beam", 2e9)
RECORD = Record(
    0,
    (Grant("golden-beam", author(), 2e9), Grant("beam", author())),
    (Case("c1", "fault", True, author()), Case("c2", None, False, author())),
    (Mark("nuisance", author()),),
    author(),
    Process(Stage.PAID, "2026-08", Told("a", "b", 1.0), Told("c", "d", 2.0), 3.0),
    (Span(1.0, 2.0),),
)
KNOWN = form.Known(
    1, 0, (5.0,), "Agent/7", 6.0, "a", 7.0, 1, 0,
    [9800, "c1", 1, 1], [2026 * 12 + 9, "", 3, 1], (),
    record_doc(replace(RECORD, shared=None)),
).with_consent(consent())  # fmt: skip
TICKET = (
    b"1~d1~3f2a~1700000000~+972521234567~+9721800123456~support~he~company~vip~fault~r~0~1~"
    b"~q|300|main"
)


def _agi() -> Iterator[bytes]:
    yield b"\0\2" + b"\3abc" * 3
    yield b"\1" + TICKET
    yield b"\2" + bytes(6) + REQUEST
    for lines in (OK, USAGE, b"HANGUP\n", OK + b"HANGUP\n" + b"200 result= (timeout)\n"):
        yield b"\3" + bytes(6) + lines


def _policy() -> Iterator[bytes]:
    for folder in ("routes", "tests/policy"):
        for file in sorted((ROOT / folder).rglob("*.yaml")):
            if "tests" not in file.relative_to(ROOT / folder).parts:
                yield b"\0\0\0" + file.read_bytes()
                yield b"\1\0\0" + file.read_bytes()


def _documents() -> Iterator[bytes]:
    yield b"\0" + record_doc(RECORD).encode()
    yield b"\1\0" + dumps(change_values(GRANT)).encode()
    yield b"\2" + b"\1" + bytes(40)
    yield b"\2" + sound_rows()


def _replies() -> Iterator[bytes]:
    number = form.Kept(contact(), 0)
    forms = (
        contact().id.encode().ljust(40) + number.packed(),
        form.entry(JournalEntry(DANA, 0, "give-grant", change_values(GRANT), author())),
        form.entry(JournalEntry(DANA, 0, ERASE, {}, author())),
        form.consent(consent(), 0),
        form.open_call(OpenCall("1.1", DANA, "x", 5.0)),
    )
    yield from (b"\0" + each for each in forms)
    known = sound_reply()
    yield b"\1\1\1" + len(known).to_bytes(2, "big") + known
    erased = KNOWN.erased_by(2, 5.0).packed()
    yield b"\1\1\1" + len(erased).to_bytes(2, "big") + erased
    older = replace(KNOWN, since=9850).packed()
    yield b"\1\1\1" + len(older).to_bytes(2, "big") + older + packed([9800, "c1", 1, 1])


def sound_reply() -> bytes:
    """What a lookup reads of a caller of whom all is known."""
    return KNOWN.packed()


def sound_rows() -> bytes:
    """Six tables, in each a row of usual values."""
    return (b"\1" + bytes(40)) * 6


SEEDS: MappingProxyType[str, Callable[[], Iterator[bytes]]] = MappingProxyType(
    {"agi": _agi, "policy": _policy, "documents": _documents, "replies": _replies}
)
