"""Which tier a caller is of, and which route a call takes, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ivr.policy.conditions import Verdict, judge
from ivr.policy.model import Tier, ToPaidLine
from ivr.policy.paid import Method
from ivr.routing.charge import earlier_consent, refusals
from ivr.routing.steps import Judged

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ivr.callers.caller import Consent, Instant
    from ivr.policy.by_tier import OfTier
    from ivr.policy.conditions import Asked
    from ivr.policy.facts import Facts
    from ivr.policy.model import Place, Policy, Route, TierRule
    from ivr.policy.paid import PaidLine
    from ivr.policy.when import Condition
    from ivr.routing.call import CallState


def tier_of(rules: Sequence[TierRule], facts: Facts, trace: list[Judged]) -> Tier:
    """The tier of the first rule that matches. A caller of whom nothing is known is regular."""
    if facts.caller is None:
        return Tier.REGULAR
    for rule in rules:
        verdict = _judge("tier", rule.tier, rule.place, rule.when, facts, trace)
        if verdict is Verdict.YES:
            return rule.tier
    return Tier.REGULAR


def route_of(policy: Policy, state: CallState, now: Instant, trace: list[Judged]) -> Route | None:
    """The first route that matches, or None: a topic must be asked for before it can be said.

    A route to a paid line matches only if the charge guard lets this call be offered it; else the
    call goes on as if the route were not there.
    """
    facts = state.facts(now, state.ticket.tier, topic_askable=state.topic_askable)
    for route, refused in _meeting(policy, state.ticket.tier, facts, trace):
        if refused is not None:
            trace.append(refused)
            continue
        verdict = _judge("route", route.name, route.place, route.when, facts, trace)
        if verdict is Verdict.YES and (line := paid_line(route)) is not None:
            verdict = _guard(policy, state, line, now, trace)
        if verdict is Verdict.YES:
            return route
        if verdict is Verdict.NEEDS_TOPIC:
            return None
    raise AssertionError("a policy without a catch-all: the loader makes none")


def _meeting(policy: Policy, tier: Tier, facts: Facts, trace: list[Judged]) -> Iterator[OfTier]:
    """The routes that the call meets one after the other; those it never can are told together."""
    if policy.index is None:
        yield from policy.by_tier[tier]
        return
    following = 0
    for place in policy.index.candidates(facts):
        if place > following:
            trace.append(_passed(policy.routes, following, place))
        following = place + 1
        yield policy.routes[place], None


def _passed(routes: Sequence[Route], first: int, end: int) -> Judged:
    """Routes that ask for what this call is not: those from `first` on, up to `end` (excluded)."""
    route, last = routes[first], routes[end - 1]
    names = route.name if end - first == 1 else f"{route.name} … {last.name}"
    count = "1 route asks" if end - first == 1 else f"{end - first} routes ask"
    why = (f"{count} for what this call is not",)
    return Judged("passed", names, route.place, Verdict.NO, why=why)


def paid_line(route: Route) -> PaidLine | None:
    """The paid line that a route offers, if it is one of those."""
    target = route.stages[0].target
    return target.line if isinstance(target, ToPaidLine) else None


def redirect_consent(line: PaidLine, state: CallState, now: Instant) -> Consent | None:
    """The earlier consent by which an unanswered call may be redirected, if there is one."""
    if line.method is not Method.REDIRECT or state.caller is None or state.asked:
        return None
    return earlier_consent(line, state.caller, now)


def _guard(
    policy: Policy, state: CallState, line: PaidLine, now: Instant, trace: list[Judged]
) -> Verdict:
    if state.free:
        return Verdict.NO
    consent = redirect_consent(line, state, now)
    if consent is not None:
        state = state.with_ticket(topic=consent.topic)
    elif state.ticket.topic is None and state.topic_askable:
        return Verdict.NEEDS_TOPIC
    call = state.charged_call(by_key=consent is not None or state.by_key)
    against = refusals(line, call, state.caller, policy.nuisance, policy.zone, now)
    verdict = Verdict.NO if against else Verdict.YES
    trace.append(Judged("guard", line.name, line.place, verdict, why=against))
    return verdict


def _judge(
    kind: str, name: str, place: Place, when: Condition, facts: Facts, trace: list[Judged]
) -> Verdict:
    asked: list[Asked] = []
    verdict = judge(when, facts, asked)
    trace.append(Judged(kind, name, place, verdict, tuple(asked)))
    return verdict
