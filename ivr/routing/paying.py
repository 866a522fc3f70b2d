"""What a caller answers to the offer of a paid line. Every doubt leads to the free way.

phase                 event                     what happens
-------------------   -----------------------   ------------------------------------------------
hearing the price     PriceHeard, to its end    asked to agree (tell: hears the number)
hearing the price     cut short, or failed      the free way
asked to agree        the consent key           the consent is kept, under the guard
asked to agree        the appeal key            an appeal is kept
asked to agree        another key, none         again; then the free ways are told
asked to agree        failed                    the free way
agreeing              Kept                      the call moves (redirect: from the next call on)
agreeing              NotKept                   the free way
hearing the free ways the appeal key            an appeal is kept
hearing the free ways another key, none         the end of the call
hearing the free ways failed                    the free way
appealing             Kept, NotKept             the free way: a person
hearing the number    the repeat key            the number again
hearing the number    another key, none         what the route says for then; else the free ways
                                                are told
hearing the number    failed                    the free way
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from ivr.policy.paid import Method
from ivr.routing import offer
from ivr.routing.call import CallState, Phase
from ivr.routing.charge import Agreement, Refusal, disagreements
from ivr.routing.decide import decide_free
from ivr.routing.steps import Appeal, KeyPressed

if TYPE_CHECKING:
    from ivr.callers.caller import Instant
    from ivr.policy.model import Policy
    from ivr.routing.steps import Event, Judged, PriceHeard, Step

#: A person, in every menu and at every question.
PERSON_KEY: Final = "0"

#: How often a number is told to somebody who keeps pressing the key that repeats it.
MOST_TIMES: Final = 5


def heard(
    policy: Policy, state: CallState, event: PriceHeard, now: Instant, trace: list[Judged]
) -> tuple[CallState, Step]:
    """The price was played: whole, or the line is offered no more."""
    state = replace(state, heard=event, plays=0)
    if Refusal.PRICE in _against(state, key=""):
        return decide_free(policy, state, now, trace)
    if state.line and state.line.method is Method.TELL:
        return offer.tell(state)
    return offer.ask(state)


def answered(
    policy: Policy, state: CallState, event: Event, now: Instant, trace: list[Judged]
) -> tuple[CallState, Step]:
    """He agreed, appealed, or did neither."""
    key = event.key if isinstance(event, KeyPressed) else ""
    if key == PERSON_KEY:
        return decide_free(policy, state, now, trace)
    if _appeals(state, key):
        return _appeal(state)
    against = _against(state, key)
    if not against:
        return offer.agree(state, key, now)
    if against == (Refusal.NO_CONSENT,) and state.line and state.plays < state.line.tries:
        return offer.ask(state)
    return _decline(policy, state, now, trace)


def kept(
    policy: Policy, state: CallState, _event: Event, now: Instant, trace: list[Judged]
) -> tuple[CallState, Step]:
    """The consent is kept. A call that was answered cannot be redirected any more."""
    if state.line is None or state.line.method is Method.REDIRECT:
        return decide_free(policy, state, now, trace)
    return offer.moved(policy, state, state.ticket.decision, now)


def after_declining(
    policy: Policy, state: CallState, event: Event, now: Instant, trace: list[Judged]
) -> tuple[CallState, Step]:
    """The free ways were told."""
    key = event.key if isinstance(event, KeyPressed) else ""
    if key == PERSON_KEY:
        return decide_free(policy, state, now, trace)
    return _appeal(state) if _appeals(state, key) else offer.hang_up(state)


def after_telling(
    policy: Policy, state: CallState, event: Event, now: Instant, trace: list[Judged]
) -> tuple[CallState, Step]:
    """The number was told; this call costs nothing."""
    key = event.key if isinstance(event, KeyPressed) else ""
    if key == PERSON_KEY:
        return decide_free(policy, state, now, trace)
    if _appeals(state, key):
        return _appeal(state)
    if state.line and key and key == state.line.repeat_key and state.plays < MOST_TIMES:
        return offer.tell(state)
    return offer.afterwards(policy, state, now) or _decline(policy, state, now, trace)


def free(
    policy: Policy, state: CallState, _event: Event, now: Instant, trace: list[Judged]
) -> tuple[CallState, Step]:
    """Something failed, or an appeal stops all: the free way, and a person."""
    return decide_free(policy, state, now, trace)


def _decline(
    policy: Policy, state: CallState, now: Instant, trace: list[Judged]
) -> tuple[CallState, Step]:
    return offer.decline(state, now) or decide_free(policy, state, now, trace)


def _appeal(state: CallState) -> tuple[CallState, Step]:
    return replace(state, phase=Phase.APPEALING), Appeal(state.ticket)


def _appeals(state: CallState, key: str) -> bool:
    return bool(state.line and key and key == state.line.appeal_key)


def _against(state: CallState, key: str) -> tuple[Refusal, ...]:
    if state.line is None or state.heard is None:
        return (Refusal.PRICE, Refusal.NO_CONSENT)
    agreement = Agreement(state.heard.seconds, state.heard.to_its_end, key)
    return disagreements(state.line, agreement)
