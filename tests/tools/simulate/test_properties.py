"""Whatever comes: nobody is lost, nobody outwaits his patience, nobody is idle beside a queue."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.callers.contacts import Outcome
from ivr.tools.simulate.staffing import Group, QueueRules, Serves, Shift
from tests.tools.simulate.worlds import MAIN, Call, agents, centre

CALLS = st.lists(
    st.builds(
        Call,
        at=st.integers(0, 600),
        talk=st.integers(0, 200),
        patience=st.integers(0, 400),
        gold=st.booleans(),
        wrap_up=st.integers(0, 30),
    ),
    min_size=1,
    max_size=25,
).map(lambda calls: sorted(calls, key=lambda call: call.at))
OVERFLOW = (
    "  - {name: all, queue: main, then: [{after: 1m, queue: senior}, {after: 1m, queue: spare}]}\n"
)
GROUPS = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.lists(st.sampled_from(["main", "senior", "spare"]), min_size=1, unique=True),
        st.integers(0, 2),
    ),
    min_size=1,
    max_size=3,
)
RULES = st.dictionaries(
    st.sampled_from(["main", "senior", "spare"]),
    st.builds(
        QueueRules, st.booleans(), st.booleans(), st.none() | st.integers(1, 3), st.integers(0, 1)
    ),
)


@settings(max_examples=60, deadline=None)
@given(CALLS, GROUPS, RULES, st.sampled_from([MAIN, OVERFLOW]), st.sampled_from([None, "spare"]))
def test_every_call_ends_once_and_within_its_patience(
    calls: list[Call],
    written: list[tuple[int, list[str], int]],
    rules: dict[str, QueueRules],
    routes: str,
    fallback: str | None,
) -> None:
    groups = [
        Group(str(n), tuple(Serves(queue, penalty) for queue in queues), (Shift(count),))
        for n, (count, queues, penalty) in enumerate(written)
    ]
    book = centre(calls, *groups, routes=routes, rules=rules, fallback=fallback)
    assert book.ends.total() == len(calls) == len(book.calls)
    for number, call in enumerate(calls):
        wait, outcome = book.of(number)
        assert 0 <= wait <= call.patience
        assert outcome is not Outcome.ABANDONED or wait == call.patience
    answered = [n for n in range(len(calls)) if book.of(n)[1] is Outcome.ANSWERED]
    busy = sum(calls[n].talk + calls[n].wrap_up for n in answered)
    assert sum(worked.busy for worked in book.agents.values()) == pytest.approx(busy)
    assert sum(worked.calls for worked in book.agents.values()) == len(answered)


@settings(max_examples=60, deadline=None)
@given(CALLS, st.integers(1, 4))
def test_nobody_waits_beside_a_free_agent(calls: list[Call], count: int) -> None:
    """Whoever waits does so while every agent is busy: at each such moment `count` calls are on."""
    book = centre(calls, agents(count))
    on = [
        (call.at + book.of(n)[0], call.at + book.of(n)[0] + call.talk + call.wrap_up)
        for n, call in enumerate(calls)
        if book.of(n)[1] is Outcome.ANSWERED
    ]
    for n, call in enumerate(calls):
        wait = book.of(n)[0]
        if wait > 1:
            middle = call.at + wait / 2 + 0.25
            assert sum(begin <= middle <= end for begin, end in on) >= count


@settings(max_examples=60, deadline=None)
@given(CALLS)
def test_one_more_agent_makes_nobody_wait_longer_where_all_are_alike(calls: list[Call]) -> None:
    """Calls of one length, answered in their order, by callers who stay."""
    alike = [Call(call.at, talk=90) for call in calls]
    one, two = centre(alike, agents(1)), centre(alike, agents(2))
    assert all(two.of(n)[0] <= one.of(n)[0] for n in range(len(alike)))
