"""Quick lines are those that the whole way would write: for any decision, after any others."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterator
from dataclasses import fields, replace
from enum import Enum
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.callers.caller import Caller, Consent, Record
from ivr.engine.interfaces import Decided
from ivr.logs.decisions import as_json, quick
from ivr.logs.decisions.lines import PACKED, head_of, line_of
from ivr.logs.decisions.quick import QuickLines
from ivr.policy.conditions import Asked, Verdict
from ivr.policy.model import Place, Tier
from ivr.policy.paid import Method, PaidLine
from ivr.policy.when import AnyOf, CallingPrefix, Field, IsOneOf, NoneOf
from ivr.routing.steps import (
    Action,
    Agree,
    Answer,
    Appeal,
    Ask,
    GaveUp,
    Go,
    Judged,
    Kept,
    KeyPressed,
    LetGo,
    NewCall,
    NoKey,
    NotKept,
    Paid,
    Price,
    PriceHeard,
    PromptFailed,
    Turn,
)
from ivr.routing.ticket import Hop, Kind, Post, Ticket
from tests.logs.decisions.samples import NOON, NUMBER, decided, policy
from tests.routing.paid import line as paid_line

ZONE = policy().zone
KEY = b"0123456789abcdef0123456789abcdef"
#: One ends as the moment below, one as a consent; one is what a policy names.
NUMBERS = (NUMBER, "+972545341600", "+972367654321", "+97236123456", None)
FIRST = 1_795_341_600
CONSENTS = ("d1", "aa7654321ff", "d1")

TICKET = Ticket("d1", "3f2a", FIRST, NUMBER, "+9721800123456")

HERE, THERE = Place("routes.yaml", 1, 1), Place("routes.yaml", 2, 5)
LEAVES: tuple[Any, ...] = (
    IsOneOf(Field.TIER, frozenset({"vip"}), HERE),
    IsOneOf(Field.TIER, frozenset({"vip"}), THERE),
    CallingPrefix((NUMBER,), HERE),
)
JOINS: tuple[Any, ...] = (AnyOf(LEAVES[:2], HERE), NoneOf(LEAVES[:2], HERE))
LINES = (paid_line(Method.DIAL), replace(paid_line(Method.DIAL), name="another"))

verdicts = st.sampled_from(Verdict)
words = st.sampled_from(["", "vip", "none", 'a "quoted" \u05d0', "5341600", "1234567"])
few = st.sampled_from([0, 1, 30])


def some(each: st.SearchStrategy[Any], most: int = 2) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(each, max_size=most).map(tuple)


@st.composite
def conditions(draw: st.DrawFn) -> Asked:
    if draw(st.booleans()):
        return Asked(draw(st.sampled_from(LEAVES)), draw(verdicts), draw(words))
    parts = tuple(Asked(leaf, draw(verdicts), draw(words)) for leaf in LEAVES[: draw(few) % 3])
    return Asked(draw(st.sampled_from(JOINS)), draw(verdicts), "", parts)


rules = st.builds(
    Judged,
    st.sampled_from(["tier", "route", "guard", "passed"]), words, st.sampled_from([HERE, THERE]),
    verdicts, some(conditions()), some(words),
)  # fmt: skip
posts = st.builds(Post, st.sampled_from(["main", "senior"]))
hops = st.builds(
    Hop, st.sampled_from(Kind), st.sampled_from([None, 30]), some(posts), some(words), words
)
tickets = st.builds(
    Ticket,
    st.sampled_from(["d1", "a1234567f", "d5341600"]), words, st.sampled_from([FIRST, FIRST + 1]),
    st.sampled_from(NUMBERS), st.sampled_from(["+9721800123456", NUMBER]), words, words,
    tier=st.sampled_from(Tier), topic=st.none() | words, route=words, head_start=few, taken=few,
    hops=some(hops),
)  # fmt: skip


@st.composite
def events(draw: st.DrawFn) -> Any:
    caller = draw(st.sampled_from([None, Caller(NUMBER, Record())]))
    earlier = draw(st.none() | tickets)
    new = NewCall(
        "d1", NUMBER, "*611", draw(few) + FIRST, caller,
        draw(st.sampled_from(["", "+97236123456", "withheld"])), draw(st.booleans()), earlier,
    )  # fmt: skip
    others = (
        new, KeyPressed("1"), KeyPressed("2"), NoKey(), PromptFailed(), Kept(), NotKept(),
        GaveUp(draw(words), draw(few)), PriceHeard(draw(few) / 7, draw(st.booleans())),
    )  # fmt: skip
    return draw(st.sampled_from(others))


@st.composite
def goings(draw: st.DrawFn) -> Go:
    paid = Paid(draw(words), draw(st.sampled_from(Method)), draw(st.sampled_from(CONSENTS)))
    return Go(
        draw(tickets), draw(st.sampled_from(Action)), draw(st.sampled_from(Answer)),
        draw(st.none() | posts), draw(few) - FIRST, draw(st.none() | few), draw(words),
        draw(some(words)), draw(st.booleans()), draw(st.none() | few),
        draw(st.none() | st.just(paid)),
    )  # fmt: skip


endings = goings() | st.builds(LetGo, tickets, words)


@st.composite
def steps(draw: st.DrawFn) -> Any:
    ticket = draw(tickets)
    consent = Consent("d1", "line", "price", "7", draw(words), NOON, "d1", "general")
    others: tuple[Any, ...] = (
        Ask(ticket, draw(some(words)), draw(few)), Price(ticket, draw(words)), Appeal(ticket),
        Agree(ticket, draw(st.sampled_from(LINES)), None, consent),  # type: ignore[arg-type] # is not looked at
        draw(endings),
    )  # fmt: skip
    return draw(st.sampled_from(others))


turns = st.builds(Turn, events(), some(rules, 3), steps(), words, words)


@st.composite
def decisions(draw: st.DrawFn) -> Decided:
    last = draw(endings)
    return Decided(
        draw(st.sampled_from(["a.1", "b.1234567"])), draw(st.booleans()), last.ticket, last,
        draw(st.lists(turns, max_size=3)), draw(few) / 7000, draw(few),
        draw(st.sampled_from(["", "withheld"])),
    )  # fmt: skip


def told(line: bytes) -> tuple[list[tuple[str, Any]], str]:
    """What stands in clear, in its order, and the text of the path."""
    head = head_of(line)
    assert head is not None
    path = zlib.decompress(base64.b64decode(head.pop(PACKED))).decode("ascii")
    return list(head.items()), path


def agree(lines: QuickLines, made: Decided, at: float, *, mask: bool, key: bytes = b"") -> None:
    whole = line_of(as_json(made, at, ZONE, mask=False), mask=mask, key=key)
    assert told(lines.line_of(made, at, ZONE)) == told(whole)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(decisions(), min_size=1, max_size=3), st.booleans(), st.sampled_from([b"", KEY]), few
)
def test_any_decision_after_any_others(
    made: list[Decided], mask: bool, key: bytes, later: int
) -> None:
    lines = QuickLines(mask=mask, key=key)
    for each in [*made, *made]:
        agree(lines, each, NOON + later / 7, mask=mask, key=key)


def everything() -> Decided:
    """A path with each kind of event and step in it, and all that a rule can say."""
    parts = tuple(Asked(leaf, Verdict.NO, "vip") for leaf in LEAVES[:2])
    asked = (Asked(LEAVES[0], Verdict.YES, "vip"), Asked(JOINS[0], Verdict.NO, "", parts))
    trace = (Judged("route", "one", HERE, Verdict.YES, asked, ("because",)),)
    hops = (Hop(Kind.QUEUE, 30, (Post("main"), Post("senior"))), Hop(Kind.DIAL, 20, target="x"))
    ticket = replace(TICKET, topic="fault", hops=hops)
    consent = Consent("d1", "line", "price", "7", "5", NOON, "d1", "general")
    go = Go(
        ticket, Action.QUEUE, Answer.BEFORE, Post("main"), -5, 30, "PJSIP/1", ("one",), cause=16,
        paid=Paid("air-time", Method.DIAL, "d1"),
    )  # fmt: skip
    caller = Caller(NUMBER, Record())
    call = NewCall("d1", NUMBER, "*611", FIRST, caller, "+97236123456", earlier=ticket)
    agree = Agree(ticket, LINES[0], None, consent)  # type: ignore[arg-type] # is not looked at
    path = [
        Turn(call, trace, Ask(ticket, ("one", "two"), 5), "in a menu", "topics"),
        Turn(KeyPressed("1"), trace, Price(ticket, "price")),
        Turn(PriceHeard(3.5, True), (), agree),
        Turn(Kept(), (), Appeal(ticket)),
        Turn(NotKept(), (), LetGo(ticket, "loop")),
        Turn(PromptFailed(), (), Appeal(ticket)),
        Turn(GaveUp("TIMEOUT", 30), (), go),
    ]
    return Decided("a.1", False, ticket, go, path, 0.001, 1, "")


@pytest.mark.parametrize("mask", [True, False])
def test_a_decision_that_differs_in_one_thing_is_told_so(mask: bool) -> None:
    lines, made = QuickLines(mask=mask), everything()
    agree(lines, made, NOON, mask=mask)
    others = list(differing(made))
    assert len(others) > 200
    for each in others:
        agree(lines, each, NOON, mask=mask)


def test_a_number_that_occurs_in_a_shape_is_masked_for_its_caller_alone() -> None:
    lines, made = QuickLines(mask=True), everything()
    asked = (Asked(LEAVES[2], Verdict.YES, "matched"),)
    turn = Turn(NoKey(), (Judged("route", "one", HERE, Verdict.YES, asked),), Appeal(TICKET))
    for number in ("+972547654321", NUMBER, "+972547654321"):
        ticket = replace(made.ticket, number=number)
        each = replace(made, ticket=ticket, path=[turn])
        agree(lines, each, NOON, mask=True)
        assert ("1234567" in told(lines.line_of(each, NOON, ZONE))[1]) is (number != NUMBER)
        agree(lines, replace(each, linked_id="pbx-1234567", path=[]), NOON, mask=True)


def differing(value: Any) -> Iterator[Any]:
    """Every value that is another in one place, however deep."""
    match value:
        case bool():
            yield not value
        case Enum():
            yield from (each for each in type(value) if each is not value)
        case int() | float():
            yield value + 1
        case str():
            yield f"{value}x"
        case tuple() | list():
            for place, each in enumerate(value):
                yield from ([*value[:place], new, *value[place + 1 :]] for new in differing(each))
                yield [*value[:place], *value[place + 1 :]]
        case None | Caller():
            return
        case PaidLine() | IsOneOf() | CallingPrefix() | AnyOf() | NoneOf():
            family = next(each for each in (LEAVES, JOINS, LINES) if value in each)
            yield from (each for each in family if each is not value)
        case _:
            yield from _differing_fields(value)


def _differing_fields(value: Any) -> Iterator[Any]:
    for each in fields(value):
        now = getattr(value, each.name)
        remade = type(now) if isinstance(now, tuple | list) else (lambda new: new)
        yield from (replace(value, **{each.name: remade(new)}) for new in differing(now))
        if now is not None and str(each.type).endswith("| None"):
            yield replace(value, **{each.name: None})


def test_callers_of_one_shape_share_it_and_no_number(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = QuickLines(mask=True)
    first = lines.line_of(decided(ani="0521234567"), NOON, ZONE)
    monkeypatch.setattr(quick, "as_json", None)  # nothing is formed anew
    for caller in range(200, 260):
        second = lines.line_of(decided(ani=f"0527654{caller:03}"), NOON, ZONE)
        assert told(second)[1] == told(first)[1]
        assert b"+972******67" not in second
        assert b"27654" not in second


def test_shapes_are_known_though_what_they_tell_is_made_anew() -> None:
    """Not by chance: identities of what is gone are given to what comes."""
    lines = QuickLines(mask=True)
    for number in range(300):
        here = Place("routes.yaml", number, 1)
        turn = Turn(NoKey(), (Judged("route", "one", here, Verdict.NO),), Appeal(TICKET))
        made = Decided("a.1", False, TICKET, LetGo(TICKET, "loop"), [turn], 0.001, 0, "")
        agree(lines, made, NOON, mask=True)
