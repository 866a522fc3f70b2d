"""With an index a call takes the same route as without, and its trace says what was passed by."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from ivr.callers.caller import Caller
from ivr.policy.conditions import Verdict
from ivr.policy.index import index
from ivr.policy.loader import load
from ivr.policy.model import Policy
from ivr.routing.call import ARRIVING
from ivr.routing.step import Outcome, step
from ivr.routing.steps import Event, KeyPressed, NewCall, NoKey
from tests.routing.policies import TEXT
from tests.routing.test_step import HEAVY, NIGHT, NOON, PLAIN, SENIOR, VIP

#: What is asked of calls, by turns.
WHENS = (
    "{prefix: '%s'}", "{tier: vip, prefix: ['%s', '+97252']}", "{topic: fault, prefix: '%s'}",
    "{tier: senior-required, language: en, prefix: '%s'}",
    "{any: [{prefix: '%s'}, {topic: billing, calendar: {service: open}}], language: en}",
    "{not: {topic: [fault, billing]}, prefix: '%s'}",
)  # fmt: skip
COUNT = 40


def policy(count: int) -> Policy:
    whens = [WHENS[n % len(WHENS)].replace("%s", f"+97254{n:02}") for n in range(count)]
    more = "".join(
        f"  - {{name: r{n}, when: {when}, queue: senior}}\n" for n, when in enumerate(whens)
    )
    loaded = load({"policy.yaml": TEXT.replace("routes:\n", f"routes:\n{more}", 1)})
    assert isinstance(loaded, Policy), str(loaded)
    return loaded


LINEAR = policy(COUNT)
INDEXED = replace(LINEAR, index=index(LINEAR.routes))
numbers = st.integers(0, COUNT - 1).map("+97254{:02}12345".format) | st.sampled_from(
    ["+972521234567", "+15551234567"]
)
callers = st.sampled_from([VIP, SENIOR, HEAVY, PLAIN])


@given(
    numbers, callers, st.booleans(),
    st.lists(st.sampled_from([KeyPressed("1"), KeyPressed("2"), KeyPressed("8"), NoKey()]),
             max_size=3),
    st.sampled_from([NOON, NIGHT]),
)  # fmt: skip
def test_the_index_changes_no_decision(
    number: str, caller: Caller, known: bool, keys: list[Event], at: float
) -> None:
    about = replace(caller, number=number) if known else None
    call = NewCall("d1", number, "+9721800123456", int(NOON), about)
    slow, quick = ARRIVING, ARRIVING
    for event in (call, *keys):
        one, other = step(LINEAR, slow, event, at), step(INDEXED, quick, event, at)
        assert (one.step, one.state) == (other.step, other.state)
        assert _matched(one) == _matched(other)
        if one.state.ticket.route:
            return
        slow, quick = one.state, other.state


def _matched(outcome: Outcome) -> list[tuple[str, str]]:
    return [
        (judged.kind, judged.name)
        for judged in outcome.trace
        if judged.verdict is not Verdict.NO and judged.kind != "tier"
    ]


def test_routes_that_were_passed_by_are_told_together() -> None:
    call = NewCall("d1", "+972540612345", "+9721800999999", int(NOON), PLAIN)
    trace = step(INDEXED, ARRIVING, call, NOON).trace
    first = next(judged for judged in trace if judged.kind == "passed")
    assert first.name == "r0 … r5"
    assert first.why == ("6 routes ask for what this call is not",)
    assert str(first.place) == str(LINEAR.routes[0].place)
    assert sum(judged.kind in ("route", "passed") for judged in trace) < 20
