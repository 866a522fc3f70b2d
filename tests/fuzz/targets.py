"""What is fuzzed: from bytes to the rules that must hold for them. Needs no fuzzer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import MappingProxyType

from ivr.store.redis.operations import Around

from . import agi_rules, policy_rules, store_rules
from .feed import Feed

HEADER = b"agi_network_script: route\n\n"
AROUND = Around({"2026-10": (1 << 31) - 1, "2026-09": (1 << 30) - 1}, True)


def agi(data: bytes) -> None:
    """Bytes from a stranger, bytes after a good header, or values for variables."""
    feed = Feed(data)
    match feed.choice(4):
        case 0:
            values = [feed.text() for _ in range(1 + feed.choice(4))]
            agi_rules.check_variables({f"V{n}": value for n, value in enumerate(values)})
        case 1:
            store_rules.check_ticket(feed.rest().decode("utf-8", "replace"))
        case 2:
            cuts = [feed.number(2) for _ in range(3)]
            agi_rules.check_division(feed.rest(), cuts)
        case _:
            cuts = [feed.number(2) for _ in range(3)]
            agi_rules.check_division(HEADER + feed.rest(), cuts)


def policy(data: bytes) -> None:
    """A policy's text, alone or beside a sound one or within it."""
    feed = Feed(data)
    way, where = feed.choice(3), feed.number(2)
    text = feed.rest().decode("utf-8", "replace")
    if way == 0:
        policy_rules.check_alone(text)
    elif way == 1:
        policy_rules.check_beside(text)
    else:
        policy_rules.check_merged(text, where)


def documents(data: bytes) -> None:
    """The JSON of a record or a change, or rows of the embedded store."""
    feed = Feed(data)
    way = feed.choice(3)
    if way == 0:
        store_rules.check_document(feed.rest().decode("utf-8", "replace"))
    elif way == 1:
        kind = feed.number()
        store_rules.check_change(kind, feed.rest().decode("utf-8", "replace"))
    else:
        store_rules.check_rows(feed)


def replies(data: bytes) -> None:
    """What a shared store answers."""
    feed = Feed(data)
    if feed.choice(2) == 0:
        store_rules.check_forms(feed.rest())
        return
    around = replace(AROUND, reconciled=feed.choice(2) == 1)
    call = None if feed.choice(2) else feed.take(feed.number())
    size = feed.number(2)
    store_rules.check_reply([feed.take(size), call, feed.rest()], around)


TARGETS: MappingProxyType[str, Callable[[bytes], None]] = MappingProxyType(
    {"agi": agi, "policy": policy, "documents": documents, "replies": replies}
)
