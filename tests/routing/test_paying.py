"""The offer of a paid line, row by row of the table in `ivr.routing.paying`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ivr.callers.caller import Caller, Case, Consent
from ivr.policy.model import Opening, Policy, ToAnnouncement, ToHangup, ToNumber, ToQueue
from ivr.policy.model import Stage as Step
from ivr.policy.paid import Method
from ivr.routing.call import ARRIVING, carried
from ivr.routing.charge import ChargedCall, Refusal
from ivr.routing.onward import FIXED_DATE
from ivr.routing.paying import MOST_TIMES
from ivr.routing.step import Outcome, step
from ivr.routing.steps import (
    Action,
    Agree,
    Answer,
    Appeal,
    Ask,
    Event,
    GaveUp,
    Go,
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
)
from ivr.routing.ticket import Hop, Kind, Post, decode, encode
from tests.routing.paid import AUTHOR, CHARGEABLE, FREE, LINE, NOON, NUMBER, line, paid_policy

POLICY = paid_policy()
SENIOR = Step(ToQueue(POLICY.queues["senior"]))
PLACE = FIXED_DATE - int(NOON)
CONSENT = Consent("d0", "air-time", "what-it-costs", "7", "5", NOON - 86_400, "d0", "billing")

WHOLE = PriceHeard(6.5, True)
TOPIC, YES, APPEAL, REPEAT = (KeyPressed(key) for key in "2579")
ASKING_METHODS = [Method.DIAL, Method.REFER, Method.REDIRECT]
MOVING_METHODS = [Method.DIAL, Method.REFER]


def new(caller: Caller | None = CHARGEABLE, **more: Any) -> NewCall:
    return NewCall("d1", NUMBER, FREE, int(NOON), caller, **more)


def play(*events: Event, policy: Policy = POLICY, caller: Caller | None = CHARGEABLE) -> Outcome:
    outcome = step(policy, ARRIVING, new(caller), NOON)
    for event in events:
        outcome = step(policy, outcome.state, event, NOON)
    return outcome


def by(method: Method, *then: Step, **changes: Any) -> Policy:
    return paid_policy(line(method, **changes), *then)


def test_a_call_that_the_paid_line_forwarded_is_let_go() -> None:
    outcome = step(POLICY, ARRIVING, new(forwarded_by=LINE.number), NOON)
    assert outcome.step == LetGo(outcome.state.ticket, "loop")


def queue(what: object) -> str:
    assert isinstance(what, Go), what
    assert what.post is not None, what
    assert what.paid is None
    assert what.priority == PLACE, "the place of the first moment"
    return what.post.queue


def sounds(what: object) -> tuple[str, ...]:
    assert isinstance(what, Ask), what
    return what.sounds


# --- the offer -------------------------------------------------------------------------------


@pytest.mark.parametrize("method", Method)
def test_the_topic_is_asked_first_and_then_the_price_is_told_to_its_end(method: Method) -> None:
    policy = by(method)
    assert sounds(play(policy=policy).step) == ("ivr/welcome", "ivr/topics")
    assert play(TOPIC, policy=policy).step == Price(
        play(TOPIC, policy=policy).state.ticket, "ivr/what-it-costs"
    )


@pytest.mark.parametrize("method", Method)
@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ([KeyPressed("1")], "patience"),
        ([KeyPressed("0")], "patience"),
        ([NoKey(), NoKey()], "patience"),
        ([KeyPressed("3"), NoKey(), NoKey()], "patience"),
        ([KeyPressed("7"), KeyPressed("7")], "patience"),
        ([PromptFailed()], "patience"),
    ],
    ids=["exempt", "a person", "silence", "silence in a second menu", "wrong keys", "failed"],
)
def test_without_a_topic_by_key_that_is_not_exempt_the_call_is_free(
    method: Method, keys: list[Event], expected: str
) -> None:
    assert queue(play(*keys, policy=by(method)).step) == expected


@pytest.mark.parametrize(
    "more", [{"forwarded_by": "+97235555555"}, {"forwarded_by": "withheld"}, {"doubtful": True}]
)
@pytest.mark.parametrize("method", Method)
def test_a_forwarded_or_doubtful_call_is_free(method: Method, more: dict[str, Any]) -> None:
    policy = by(method)
    outcome = step(policy, ARRIVING, new(**more), NOON)
    assert queue(step(policy, outcome.state, TOPIC, NOON).step) == "patience"


def test_a_call_that_comes_back_from_an_agent_is_free_by_whatever_door() -> None:
    earlier = play(TOPIC).state.ticket
    for dialled in (FREE, "*611", "4711"):
        again = NewCall("d2", None, dialled, int(NOON), CHARGEABLE, earlier=earlier)
        outcome = step(POLICY, ARRIVING, again, NOON)
        while isinstance(outcome.step, Ask):
            outcome = step(POLICY, outcome.state, TOPIC, NOON)
        assert queue(outcome.step) == "patience"


def test_the_trace_says_why_a_caller_is_not_offered_the_line() -> None:
    record = replace(CHARGEABLE.record, cases=(Case("1", None, False, AUTHOR),))
    outcome = play(TOPIC, caller=replace(CHARGEABLE, record=record))
    [guard] = [judged for judged in outcome.trace if judged.kind == "guard"]
    assert (guard.name, guard.why) == ("air-time", (Refusal.CASE,))
    assert queue(outcome.step) == "patience"


# --- hearing the price -----------------------------------------------------------------------


@pytest.mark.parametrize("method", ASKING_METHODS)
def test_the_whole_price_leads_to_the_question(method: Method) -> None:
    ask = play(TOPIC, WHOLE, policy=by(method)).step
    assert isinstance(ask, Ask)
    assert (ask.sounds, ask.wait) == (("ivr/press-five",), 8)


def test_the_whole_price_leads_to_the_number_told_twice() -> None:
    ask = play(TOPIC, WHOLE, policy=by(Method.TELL)).step
    assert isinstance(ask, Ask)
    assert ask.sounds == tuple(f"digits/{digit}" for digit in "0529999999" * 2)
    assert ask.whole, "a number with a digit left out is another's"


@pytest.mark.parametrize("method", Method)
@pytest.mark.parametrize(
    "heard",
    [PriceHeard(5.9, True), PriceHeard(60, False), PriceHeard(0, True), PromptFailed()],
    ids=["too short", "cut", "nothing", "failed"],
)
def test_a_price_that_was_not_heard_makes_the_call_free(method: Method, heard: Event) -> None:
    assert queue(play(TOPIC, heard, policy=by(method)).step) == "patience"


# --- asked to agree --------------------------------------------------------------------------


@pytest.mark.parametrize("method", ASKING_METHODS)
def test_the_consent_key_has_the_consent_kept_with_all_that_proves_it(method: Method) -> None:
    agree = play(TOPIC, WHOLE, YES, policy=by(method)).step
    assert isinstance(agree, Agree)
    assert agree.line == line(method)
    assert agree.call == ChargedCall(NUMBER, "billing", by_key=True)
    assert agree.consent == Consent(
        id="d1", line="air-time", prompt="what-it-costs", version="7", key="5", at=NOON,
        decision="d1", topic="billing",
    )  # fmt: skip


@pytest.mark.parametrize("other", [KeyPressed("1"), KeyPressed("#"), NoKey()])
def test_anything_else_is_asked_again_and_then_the_free_ways_are_told(other: Event) -> None:
    again = play(TOPIC, WHOLE, other)
    assert sounds(again.step) == ("ivr/press-five",)
    assert isinstance(step(POLICY, again.state, YES, NOON).step, Agree)
    declined = play(TOPIC, WHOLE, other, other).step
    assert isinstance(declined, Ask)
    assert (declined.sounds, declined.wait) == (("ivr/free-ways",), 8)


def test_the_question_is_asked_as_often_as_the_policy_says() -> None:
    once = by(Method.DIAL, tries=1)
    assert sounds(play(TOPIC, WHOLE, NoKey(), policy=once).step) == ("ivr/free-ways",)


def test_a_question_that_cannot_be_played_makes_the_call_free() -> None:
    assert queue(play(TOPIC, WHOLE, PromptFailed()).step) == "patience"


def test_a_line_that_says_nothing_to_who_declines_is_declined_to_a_person() -> None:
    door = replace(POLICY.calendars["service"], name="always")
    for declined in ((), (Opening(door),)):
        policy = by(Method.DIAL, declined=declined)
        assert queue(play(TOPIC, WHOLE, NoKey(), NoKey(), policy=policy).step) == "patience"


# --- agreeing --------------------------------------------------------------------------------


@pytest.mark.parametrize("method", MOVING_METHODS)
def test_a_consent_that_is_kept_moves_the_call(method: Method) -> None:
    go = play(TOPIC, WHOLE, YES, Kept(), policy=by(method)).step
    assert isinstance(go, Go)
    assert (go.action, go.answer, go.dial) == (Action.PAID, Answer.BEFORE, LINE.dial)
    assert go.paid == Paid("air-time", method, "d1")
    assert go.priority == PLACE, "if all else fails, the fallback queue takes him at his place"
    assert (go.timeout, go.post, go.sounds, go.cause) == (None, None, (), None)
    assert go.ticket.route == "paid"


def test_the_time_that_the_route_gives_the_line_is_its_time() -> None:
    policy = paid_policy()
    paid = policy.routes[2]
    timed = replace(paid, stages=(replace(paid.stages[0], seconds=20), SENIOR))
    policy = replace(policy, routes=(*policy.routes[:2], timed, *policy.routes[3:]))
    go = play(TOPIC, WHOLE, YES, Kept(), policy=policy).step
    assert isinstance(go, Go)
    assert go.timeout == 20


def test_a_redirect_takes_effect_from_the_next_call_on() -> None:
    assert queue(play(TOPIC, WHOLE, YES, Kept(), policy=by(Method.REDIRECT)).step) == "patience"


@pytest.mark.parametrize("method", ASKING_METHODS)
def test_a_consent_that_is_not_kept_makes_the_call_free(method: Method) -> None:
    assert queue(play(TOPIC, WHOLE, YES, NotKept(), policy=by(method)).step) == "patience"


# --- declined, appealed ----------------------------------------------------------------------

DECLINED = (TOPIC, WHOLE, NoKey(), NoKey())


@pytest.mark.parametrize("other", [NoKey(), KeyPressed("5"), KeyPressed("1")])
def test_who_was_told_the_free_ways_has_heard_all_there_is(other: Event) -> None:
    go = play(*DECLINED, other).step
    assert isinstance(go, Go)
    assert (go.action, go.answer, go.cause) == (Action.HANGUP, Answer.BEFORE, 16)
    assert (go.ticket.hops, go.priority, go.paid) == ((), PLACE, None)


def test_free_ways_that_cannot_be_told_make_the_call_free() -> None:
    assert queue(play(*DECLINED, PromptFailed()).step) == "patience"


@pytest.mark.parametrize("kept", [Kept(), NotKept()])
@pytest.mark.parametrize(
    ("method", "before"),
    [(Method.DIAL, (TOPIC, WHOLE)), (Method.DIAL, DECLINED), (Method.TELL, (TOPIC, WHOLE))],
    ids=["asked", "declined", "told"],
)
def test_an_appeal_is_kept_and_leads_to_a_person(
    method: Method, before: tuple[Event, ...], kept: Event
) -> None:
    outcome = play(*before, APPEAL, policy=by(method))
    assert outcome.step == Appeal(outcome.state.ticket)
    assert queue(step(by(method), outcome.state, kept, NOON).step) == "patience"


def test_a_line_without_an_appeal_key_takes_no_key_for_one() -> None:
    policy = by(Method.DIAL, appeal_key="")
    assert isinstance(play(TOPIC, WHOLE, NoKey(), policy=policy).step, Ask)
    assert isinstance(play(TOPIC, WHOLE, KeyPressed(""), policy=policy).step, Ask)


def test_a_key_that_means_both_appeals() -> None:
    both = by(Method.DIAL, appeal_key="5")
    assert isinstance(play(TOPIC, WHOLE, YES, policy=both).step, Appeal)


# --- the number is told ----------------------------------------------------------------------


def test_the_number_is_repeated_a_bounded_number_of_times() -> None:
    policy = by(Method.TELL)
    outcome = play(TOPIC, WHOLE, policy=policy)
    first = sounds(outcome.step)
    for _ in range(MOST_TIMES - 1):
        outcome = step(policy, outcome.state, REPEAT, NOON)
        assert sounds(outcome.step) == first
    assert sounds(step(policy, outcome.state, REPEAT, NOON).step) == ("ivr/free-ways",)


@pytest.mark.parametrize("other", [NoKey(), KeyPressed("5")])
def test_after_the_number_the_free_ways_are_told(other: Event) -> None:
    policy = by(Method.TELL)
    assert sounds(play(TOPIC, WHOLE, other, policy=policy).step) == ("ivr/free-ways",)
    hangup = by(Method.TELL, Step(ToHangup()))
    assert sounds(play(TOPIC, WHOLE, other, policy=hangup).step) == ("ivr/free-ways",)


def test_after_the_number_the_route_goes_on_if_it_says_how() -> None:
    go = play(TOPIC, WHOLE, NoKey(), policy=by(Method.TELL, SENIOR)).step
    assert queue(go) == "senior"
    assert isinstance(go, Go)
    assert go.answer is Answer.BEFORE


def test_a_number_that_cannot_be_told_makes_the_call_free() -> None:
    assert queue(play(TOPIC, WHOLE, PromptFailed(), policy=by(Method.TELL)).step) == "patience"


# --- redirected by an earlier consent --------------------------------------------------------

AGREED = replace(CHARGEABLE, consents=(CONSENT,))


def test_an_earlier_consent_redirects_before_the_answer() -> None:
    go = play(policy=by(Method.REDIRECT), caller=AGREED).step
    assert isinstance(go, Go)
    assert (go.action, go.answer) == (Action.PAID, Answer.NO)
    assert go.paid == Paid("air-time", Method.REDIRECT, "d0")
    assert (go.dial, go.priority, go.sounds) == (LINE.dial, PLACE, ())


@pytest.mark.parametrize("method", [Method.TELL, Method.DIAL, Method.REFER])
def test_an_earlier_consent_is_for_a_redirect_only(method: Method) -> None:
    assert sounds(play(policy=by(method), caller=AGREED).step) == ("ivr/welcome", "ivr/topics")


@pytest.mark.parametrize(
    "consent",
    [
        replace(CONSENT, topic="fault"),
        replace(CONSENT, topic=""),
    ],
)
def test_a_consent_about_an_exempt_topic_or_none_redirects_nobody(consent: Consent) -> None:
    outcome = play(policy=by(Method.REDIRECT), caller=replace(CHARGEABLE, consents=(consent,)))
    assert queue(outcome.step) == "patience"


def test_a_menu_that_was_played_has_answered_the_call() -> None:
    policy = by(Method.REDIRECT)
    first = replace(policy.routes[4], name="faults-first")
    policy = replace(policy, routes=(first, *policy.routes))
    assert sounds(play(policy=policy, caller=AGREED).step) == ("ivr/welcome", "ivr/topics")
    assert isinstance(play(TOPIC, policy=policy, caller=AGREED).step, Price)
    assert queue(play(KeyPressed("1"), policy=policy, caller=AGREED).step) == "faults"


# --- the line does not answer ----------------------------------------------------------------

NOT_ANSWERED = ["BUSY", "NOANSWER", "CONGESTION", "CHANUNAVAIL", "FAILURE", "UNSUPPORTED", "", "?"]


def after(status: str, policy: Policy, *events: Event, caller: Caller = CHARGEABLE) -> Go | LetGo:
    go = play(*events, policy=policy, caller=caller).step
    assert isinstance(go, Go)
    assert go.paid is not None
    text = encode(go.ticket)
    what = step(policy, carried(decode(text)), GaveUp(status, 20), NOON + 20).step
    assert isinstance(what, Go | LetGo)
    return what


@pytest.mark.parametrize("status", NOT_ANSWERED)
@pytest.mark.parametrize("method", MOVING_METHODS)
def test_a_line_that_does_not_answer_leads_to_the_free_way(method: Method, status: str) -> None:
    events = (TOPIC, WHOLE, YES, Kept())
    assert queue(after(status, by(method), *events)) == "patience"
    assert queue(after(status, by(method, SENIOR), *events)) == "senior"


@pytest.mark.parametrize("status", NOT_ANSWERED)
def test_a_redirect_that_is_refused_leads_to_the_free_way(status: str) -> None:
    assert queue(after(status, by(Method.REDIRECT), caller=AGREED)) == "patience"


@pytest.mark.parametrize(
    "then", [ToHangup(21), ToAnnouncement(("sorry",)), ToNumber("PJSIP/0529999999@other")]
)
def test_what_is_no_queue_is_no_way_for_who_agreed(then: Any) -> None:
    policy = by(Method.DIAL, Step(then))
    assert queue(after("BUSY", policy, TOPIC, WHOLE, YES, Kept())) == "patience"


def test_a_call_that_was_answered_there_is_over() -> None:
    go = after("ANSWER", POLICY, TOPIC, WHOLE, YES, Kept())
    assert isinstance(go, Go)
    assert (go.action, go.paid) == (Action.HANGUP, None)


# --- other ways to the number ----------------------------------------------------------------


@pytest.mark.parametrize("dial", ["PJSIP/0529999999@trunk", "PJSIP/+972529999999@elsewhere"])
def test_no_route_dials_the_paid_number(dial: str) -> None:
    desk = replace(POLICY.routes[-1], stages=(Step(ToNumber(dial)), SENIOR))
    policy = replace(POLICY, routes=(desk,))
    assert queue(play(policy=policy).step) == "senior"


def test_no_ticket_leads_to_the_paid_number() -> None:
    here = Hop(Kind.QUEUE, 30, posts=(Post("main"),))
    ways = (
        Hop(Kind.PAID, target="air-time"),
        Hop(Kind.DIAL, target="PJSIP/0529999999@trunk"),
    )
    last = Hop(Kind.QUEUE, posts=(Post("senior"),))
    ticket = replace(play(TOPIC).state.ticket, hops=(here, *ways, last))
    state = carried(decode(encode(ticket)))
    assert queue(step(POLICY, state, GaveUp("TIMEOUT", 30), NOON).step) == "senior"
    alone = carried(replace(ticket, hops=(here, *ways)))
    assert isinstance(step(POLICY, alone, GaveUp("TIMEOUT", 30), NOON).step, LetGo)


def test_a_paid_line_that_comes_later_in_a_route_is_passed_by() -> None:
    later = replace(
        POLICY.routes[2],
        stages=(replace(SENIOR, seconds=5), POLICY.routes[2].stages[0], Step(ToQueue(
            POLICY.queues["main"]))),
    )  # fmt: skip
    policy = replace(POLICY, routes=(later, POLICY.routes[-1]))
    go = play(policy=policy).step
    assert queue(go) == "senior"
    assert isinstance(go, Go)
    assert all(hop.kind is not Kind.PAID for hop in go.ticket.hops)
