"""`undocumented: true`, end to end: a conversation, the note, and where the next call goes."""

from __future__ import annotations

from typing import Any

from ivr.callers.caller import Author
from ivr.engine.interfaces import Annotation
from ivr.engine.reports import Ending
from ivr.routing.ticket import encode
from tests.engine.doubles import LineDouble, names
from tests.engine.test_calls import NOON, NUMBER, Bench, arrival, routed
from tests.routing.policies import TEXT, policy

FIRST = "  - {name: written-up, when: {undocumented: true}, queue: patience}\n"
POLICY = policy(TEXT.replace("  - {name: faults,", f"{FIRST}  - {{name: faults,"))


def talk(bench: Bench, line: LineDouble, **values: Any) -> None:
    """The call that was placed last ends."""
    told = {"agent": "Dana", "talk": 60, **values}
    ticket = line.went[-1].ticket
    post = line.went[-1].post
    told["queue"] = post.queue if post else ""
    assert bench.ended(Ending(f"call-{ticket.decision}", state=encode(ticket), **told))


def note(bench: Bench) -> None:
    found: list[Any] = []
    bench.store.history(NUMBER).addCallback(found.append)
    last = found[0].contacts[-1]
    author = Author("Dana", "dana", NOON, "a note")
    bench.store.annotate(last.id, Annotation(note="router replaced"), author)


def call(bench: Bench) -> LineDouble:
    return routed(bench, arrival(), "1")


def test_a_conversation_without_a_note_is_a_condition_until_there_is_one() -> None:
    bench = Bench(policy=POLICY)
    first = call(bench)
    assert names(first.went) == ["faults"]  # nothing was said with a stranger
    talk(bench, first)
    assert names(call(bench).went) == ["patience"]
    note(bench)
    assert names(call(bench).went) == ["faults"]


def test_a_call_that_nobody_answered_needs_no_note() -> None:
    bench = Bench(policy=POLICY)
    talk(bench, call(bench), agent="", abandoned=True)
    assert names(call(bench).went) == ["faults"]


def test_it_is_the_last_conversation_that_counts() -> None:
    bench = Bench(policy=POLICY)
    talk(bench, call(bench))
    note(bench)
    bench.clock.advance(600)
    second = call(bench)
    assert names(second.went) == ["faults"]
    talk(bench, second)
    assert names(call(bench).went) == ["patience"]
