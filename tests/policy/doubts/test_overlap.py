"""What is said of overlaps, held against every call that there could be."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.policy.conditions import Verdict, judge
from ivr.policy.doubts import Kind
from ivr.policy.doubts.overlap import Search
from ivr.policy.doubts.parts import narrowed, words
from ivr.policy.doubts.taken import Taken
from ivr.policy.model import Place, Route, Stage, ToHangup
from ivr.policy.products import Product, alternatives
from ivr.policy.reach import Earlier
from ivr.policy.when import Condition
from tests.policy.test_reach import (
    CALLS,
    CONDITIONS,
    contacts,
    either,
    every,
    prefix,
    taken,
    tier,
    topic,
)


def holds(product: Product) -> set[int]:
    """The calls of `CALLS` for which all of the product holds."""
    return {
        n
        for n, facts in enumerate(CALLS)
        if all((judge(leaf, facts, []) is Verdict.YES) is said for leaf, said in product)
    }


def routes(*conditions: Condition) -> list[Route]:
    """Routes that lead each to a place of its own."""
    return [
        Route(f"r{n}", when, (Stage(ToHangup(n + 1)),), Place("routes.yaml", n + 1, 5))
        for n, when in enumerate(conditions)
    ]


@settings(deadline=None, max_examples=300)
@given(st.lists(CONDITIONS, min_size=2, max_size=5))
def test_whatever_is_said_to_be_taken_is_taken(conditions: list[Condition]) -> None:
    earlier = Earlier()
    for index, condition in enumerate(conditions):
        ways = alternatives(condition)
        if ways is None:
            continue
        seen = Taken(earlier)
        gone = [seen.look(way) for way in ways]
        parts = [*seen.whole, *seen.disputed(), *(p for each in seen.words.values() for p in each)]
        for part in parts:
            if part.takers:
                assert holds(part.calls) <= set().union(
                    *(taken(conditions[taker]) for taker in part.takers)
                )
        if all(gone):
            assert taken(condition) <= set().union(*map(taken, conditions[:index]))
        earlier.add(index, ways)


@settings(deadline=None, max_examples=300)
@given(st.lists(CONDITIONS, min_size=2, max_size=5))
def test_a_route_that_can_never_match_gets_no_call(conditions: list[Condition]) -> None:
    for doubt in Search(routes(*conditions)).doubts():
        if doubt.kind is Kind.NEVER_MATCHES:
            index = doubt.place.line - 1
            assert taken(conditions[index]) <= set().union(*map(taken, conditions[:index]))


def test_a_list_is_looked_at_whatever_its_length() -> None:
    numbers = [f"+97252{n:05}" for n in range(1000)]
    found = list(Search(routes(prefix(numbers[500]), prefix(*numbers))).doubts())
    assert [each.wrong for each in found] == [
        f"'prefix: \"{numbers[500]}\"' of the route 'r1' has no effect: line 1 takes these calls"
    ]


def test_many_words_are_told_by_the_first_few() -> None:
    found = list(
        Search(routes(topic(*"abcdef"), every(topic(*"abcdefg"), tier("vip", "regular")))).doubts()
    )
    assert [each.wrong for each in found] == [
        "'topic: a, topic: b, topic: c and 3 more' of the route 'r1' has no effect: "
        "line 1 takes these calls"
    ]


def test_thousands_of_routes_are_looked_at() -> None:
    many = [
        every(tier("vip", "regular"), prefix(f"+97252{n:05}"), topic("fault", "billing"))
        for n in range(3000)
    ]
    again = every(either(prefix("+97252017770"), prefix("+97254")), tier("vip"), topic("fault"))
    search = Search(routes(*many, again))
    assert ["'r3000' has no effect" in each.wrong for each in search.doubts()] == [True]
    assert list(search.notes()) == []


def test_what_would_take_too_long_is_left_and_said() -> None:
    ladder = [contacts(100 - n, n + 1) for n in range(30)]
    search = Search(routes(*ladder), most=250)
    assert list(search.doubts()) == []
    assert list(search.notes()) == [
        "the route 'r6' (routes.yaml:7:5) and 23 more: too many to compare all"
    ]


def test_one_route_may_take_all_of_another_part_by_part() -> None:
    earlier, later = either(topic("fault"), topic("billing")), topic("fault", "billing")
    assert [each.wrong for each in Search(routes(earlier, later)).doubts()] == [
        "the route 'r1' can never match: line 1 takes all its calls"
    ]


@settings(deadline=None, max_examples=300)
@given(st.lists(CONDITIONS, min_size=2, max_size=4))
def test_nothing_that_is_taken_is_overlooked_by_the_quick_look(conditions: list[Condition]) -> None:
    earlier = Earlier()
    for index, condition in enumerate(conditions):
        for way in alternatives(condition) or []:
            chosen = [(word,) for each in words(way).values() for word in each]
            parts = [way, *(part for each in chosen if (part := narrowed(way, each)))]
            if any(earlier.taker(part) is not None for part in parts):
                assert earlier.touches(way)
        earlier.add(index, alternatives(condition) or [])
