"""A call finds the same route by the index as by looking at each, and looks at few."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.callers.caller import Author, Caller, Case, Grant, Record, Tally
from ivr.callers.nuisance import Stage
from ivr.callers.values import changed
from ivr.policy.conditions import Verdict, judge
from ivr.policy.index import FEW, index, indexed
from ivr.policy.model import Calendar, Place, Route, Tier
from ivr.policy.when import (
    AllOf,
    AnyOf,
    CallingPrefix,
    Condition,
    ContactCount,
    Field,
    Granted,
    HasOpenCase,
    InCalendar,
    IsForwarded,
    IsOneOf,
    IsUndocumented,
    IsWithheld,
    NoneOf,
    NuisanceAt,
)
from tests.policy.samples import FACTS
from tests.policy.test_loader import sound

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ivr.policy.facts import Facts

ZONE = ZoneInfo("Asia/Jerusalem")
NOW = FACTS.now
DAY = ((),) * 7
CALENDARS = [
    Calendar("never", ZONE, DAY),
    Calendar("by-date", ZONE, DAY, dates={date(2026, 1, 1): ()}),
]
places = st.builds(Place, st.just("routes.yaml"), st.integers(1, 9), st.just(1))
VALUES = {
    Field.TIER: ["vip", "regular"], Field.TOPIC: ["fault", "billing"], Field.ENTRYPOINT: ["a", "b"],
    Field.LANGUAGE: ["he", "en"], Field.DIALLED: ["+972180", "*611"], Field.LAST_AGENT: ["x", "y"],
}  # fmt: skip
PREFIXES = ["+9725", "+97252", "+97254", "+972541", "+1", ""]
GRANTS = ["beam", "silver"]


def some(of: Iterable[str]) -> st.SearchStrategy[frozenset[str]]:
    return st.frozensets(st.sampled_from(list(of)), min_size=1, max_size=2)


leaves: st.SearchStrategy[Condition] = st.one_of(
    *(st.builds(IsOneOf, st.just(field), some(values), places) for field, values in VALUES.items()),
    st.builds(
        CallingPrefix,
        st.lists(st.sampled_from(PREFIXES), min_size=1, max_size=2).map(tuple), places,
    ),
    st.builds(Granted, some(GRANTS), places),
    st.builds(InCalendar, st.sampled_from(CALENDARS), st.booleans(), places),
    st.builds(HasOpenCase, st.none() | st.booleans(), st.none() | st.just("fault"), places),
    st.builds(NuisanceAt, st.sampled_from(Stage), places),
    st.builds(
        ContactCount, st.integers(0, 3), st.none() | st.integers(1, 31), st.booleans(),
        st.booleans(), st.just(ZONE), places,
    ),
    st.builds(IsWithheld, st.booleans(), places),
    st.builds(IsForwarded, st.booleans(), places),
    st.builds(IsUndocumented, st.booleans(), places),
)  # fmt: skip
conditions = st.recursive(
    leaves,
    lambda inner: st.builds(
        lambda kind, parts, place: kind(tuple(parts), place),
        st.sampled_from([AllOf, AllOf, AnyOf, NoneOf]), st.lists(inner, max_size=3), places,
    ),
    max_leaves=5,
)  # fmt: skip
AUTHOR = Author("R", "r", NOW - 5, "")
callers = st.builds(
    lambda number, grants, cases, tallies, agent, bare: Caller(
        number, Record(grants=grants, cases=cases), tallies, agent, undocumented=bare
    ),
    st.just("+972541111111"),
    st.lists(st.builds(Grant, st.sampled_from(GRANTS), st.just(AUTHOR),
                       st.sampled_from([None, NOW - 1, NOW + 9])), max_size=2).map(tuple),
    st.lists(st.builds(Case, st.just("K"), st.sampled_from([None, "fault"]), st.booleans(),
                       st.just(AUTHOR)), max_size=1).map(tuple),
    st.lists(st.builds(Tally, st.just(datetime.fromtimestamp(NOW, ZONE).date()), st.none(),
                       st.integers(1, 3), st.integers(0, 1)), max_size=1).map(tuple),
    st.sampled_from([None, "x", "z"]), st.booleans(),
)  # fmt: skip
calls = st.builds(
    lambda caller, known, **values: replace(
        FACTS, caller=caller if known else None, **values
    ),
    callers, st.booleans(),
    number=st.sampled_from([None, "+972541111111", "+972521111111", "+15551234567"]),
    forwarded=st.booleans(), dialled=st.sampled_from(["+972180", "*611", "x"]),
    entrypoint=st.sampled_from(["a", "b", ""]), language=st.sampled_from(["he", "en", "ru"]),
    topic=st.sampled_from([None, "fault", "billing", "other"]), topic_askable=st.booleans(),
    tier=st.sampled_from(Tier), nuisance=st.sampled_from(Stage),
)  # fmt: skip


def route(when: Condition, number: int = 0) -> Route:
    return Route(f"r{number}", when, (), Place("routes.yaml", number + 1, 1))


def may_hold(routes: list[Route], facts: Facts) -> list[int]:
    """What looking at each comes to."""
    return [n for n, each in enumerate(routes) if judge(each.when, facts, []) is not Verdict.NO]


@given(st.lists(conditions, max_size=12), calls)
def test_no_route_that_may_hold_is_passed_by(whens: list[Condition], facts: Facts) -> None:
    routes = [route(when, n) for n, when in enumerate(whens)]
    found = list(index(routes).candidates(facts))
    assert found == sorted(set(found))
    assert set(may_hold(routes, facts)) <= set(found)


@pytest.mark.parametrize("field", Field)
def test_a_value_of_the_call_leads_to_the_routes_that_name_it(field: Field) -> None:
    facts = replace(FACTS, caller=Caller("+972541111111", last_agent="x"))
    if field is not Field.LAST_AGENT:
        facts = changed(facts, **{field: "x"})
    filed = index([route(one_of(field, "x")), route(one_of(field, "y"))])
    assert list(filed.candidates(facts)) == [0]


def test_a_grant_that_holds_leads_to_the_routes_that_name_it() -> None:
    place = Place("routes.yaml", 1, 1)
    filed = index([route(Granted(frozenset({name}), place)) for name in ("gold", "beam", "silver")])
    grants = (Grant("beam", AUTHOR), Grant("silver", AUTHOR, NOW - 1))
    caller = Caller("+972541111111", Record(grants=grants))
    assert list(filed.candidates(replace(FACTS, caller=caller))) == [1]


def one_of(field: Field, value: str) -> IsOneOf:
    return IsOneOf(field, frozenset({value}), Place("routes.yaml", 1, 1))


def prefix(text: str) -> CallingPrefix:
    return CallingPrefix((text,), Place("routes.yaml", 1, 1))


def many(count: int) -> list[Route]:
    """By turns what operators write: a prefix, with a tier, with a calendar, with a topic."""
    place = Place("routes.yaml", 1, 1)
    whens = [
        (
            prefix(f"+9725{n:05}"),
            AllOf((one_of(Field.TIER, "vip"), prefix(f"+9723{n:05}")), place),
            AllOf((prefix(f"+9724{n:05}"), InCalendar(CALENDARS[0], True, place)), place),
            AllOf((one_of(Field.TOPIC, "fault"), prefix(f"+9728{n:05}")), place),
        )[n % 4]
        for n in range(count - 1)
    ]
    return [route(when, n) for n, when in enumerate([*whens, AllOf((), place)])]


@pytest.mark.parametrize("count", [10, 100, 1000, 10_000])
@pytest.mark.parametrize("number", ["+972541111111", "+972500004", "+972300005123", None])
def test_a_call_looks_at_no_more_routes_however_many_there_are(
    count: int, number: str | None
) -> None:
    facts = replace(FACTS, number=number, tier=Tier.VIP, topic="fault")
    assert len(list(index(many(count)).candidates(facts))) <= 2


def test_a_question_that_many_routes_share_is_asked_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[Condition] = []

    def counted(condition: Condition, facts: Facts, trace: list[object]) -> Verdict:
        asked.append(condition)
        return judge(condition, facts, [])

    monkeypatch.setattr("ivr.policy.index.judge", counted)
    closed = [InCalendar(CALENDARS[0], True, Place("routes.yaml", n, 1)) for n in range(1, 500)]
    routes = [route(when, n) for n, when in enumerate(closed)]
    routes.append(route(AllOf((), Place("routes.yaml", 1, 1)), 500))
    assert list(index(routes).candidates(FACTS)) == [499]
    assert len(asked) == 1


def test_a_topic_that_can_still_be_asked_for_leads_to_all_that_hang_on_one() -> None:
    routes = [route(one_of(Field.TOPIC, name), n) for n, name in enumerate(["fault", "billing"])]
    facts = replace(FACTS, topic=None, topic_askable=True)
    assert list(index(routes).candidates(facts)) == [0, 1]
    assert list(index(routes).candidates(replace(facts, topic_askable=False))) == []


def test_only_a_policy_of_many_routes_is_indexed() -> None:
    lines = "".join(
        f"  - {{name: r{n}, when: {{prefix: '+9725{n:02}'}}, queue: main}}\n" for n in range(FEW)
    )
    last = "  - {name: everyone, queue: main}\n"
    assert indexed(sound(f"routes:\n{lines}{last}")).index is not None
    assert indexed(sound(f"routes:\n{last}")).index is None
