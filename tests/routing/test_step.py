"""What happens to a call, by the table of `ivr.routing.step`."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.callers.caller import Author, Caller, Case, Grant, Mark, Record
from ivr.policy.model import Pays, Tier
from ivr.routing import onward
from ivr.routing.call import ARRIVING, CallState, carried
from ivr.routing.keys import MOST_PLAYS
from ivr.routing.onward import FIXED_DATE, MOST_HOPS
from ivr.routing.step import Outcome, UnexpectedEventError, step
from ivr.routing.steps import (
    Action,
    Answer,
    Ask,
    Event,
    GaveUp,
    Go,
    KeyPressed,
    LetGo,
    NewCall,
    NoKey,
    PromptFailed,
)
from ivr.routing.ticket import Hop, Kind, Post, Ticket, decode, encode
from tests.routing.policies import TEXT, policy

POLICY = policy()
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=ZoneInfo("Asia/Jerusalem")).timestamp()
NIGHT = NOON + 12 * 3600
NUMBER = "+972521234567"
FREE, STAR = "+9721800123456", "*611"
DESK = "+9721800999999"
AUTHOR = Author("dana", "dana", NOON - 86400, "asked for it")

VIP = Caller(NUMBER, Record(grants=(Grant("golden-beam", AUTHOR),)))
SENIOR = Caller(NUMBER, Record(cases=(Case("1", "fault", True, AUTHOR),)))
HEAVY = Caller(NUMBER, Record(marks=(Mark("nuisance", AUTHOR),)))
PLAIN = Caller(NUMBER)


def new(caller: Caller | None = PLAIN, dialled: str = FREE, number: str | None = NUMBER) -> NewCall:
    return NewCall("d1", number, dialled, int(NOON), caller)


def play(*events: Event, at: float = NOON) -> Outcome:
    outcome = step(POLICY, ARRIVING, events[0], at)
    for event in events[1:]:
        outcome = step(POLICY, outcome.state, event, at)
    return outcome


def placed(*events: Event, at: float = NOON) -> Go:
    what = play(*events, at=at).step
    assert isinstance(what, Go), what
    return what


def asked(*events: Event) -> Ask:
    what = play(*events).step
    assert isinstance(what, Ask), what
    return what


def queue(go: Go) -> str:
    assert go.post is not None
    return go.post.queue


def test_a_regular_caller_is_greeted_and_asked_for_a_topic() -> None:
    ask = asked(new())
    assert ask.sounds == ("ivr/welcome", "ivr/topics")
    assert ask.wait == 5
    assert ask.ticket.tier is Tier.REGULAR
    assert ask.ticket.language == "he"


@pytest.mark.parametrize(("key", "expected"), [("1", "faults"), ("2", "main"), ("0", "main")])
def test_the_key_decides_the_queue(key: str, expected: str) -> None:
    go = placed(new(), KeyPressed(key))
    assert queue(go) == expected
    assert go.sounds == (), "the greeting was heard with the menu"
    assert go.answer is Answer.BEFORE


def test_a_vip_whose_route_needs_no_topic_hears_no_menu() -> None:
    go = placed(new(VIP))
    assert queue(go) == "senior"
    assert go.sounds == ("ivr/welcome",)
    assert go.ticket.tier is Tier.VIP
    assert go.timeout == 30
    assert go.post is not None
    assert (go.post.options, go.post.music, go.post.announce) == ("tr", "calm", "ivr/for-agents")


def test_a_head_start_is_a_place_in_time() -> None:
    assert placed(new(VIP)).priority == 1200 - (int(NOON) - FIXED_DATE)
    assert placed(new(), KeyPressed("1")).priority == -(int(NOON) - FIXED_DATE)


def test_a_just_complaint_stands_before_nuisance() -> None:
    both = Caller(NUMBER, Record(cases=SENIOR.record.cases, marks=HEAVY.record.marks))
    assert play(new(both)).state.ticket.tier is Tier.SENIOR_REQUIRED
    assert queue(placed(new(HEAVY))) == "patience"


@pytest.mark.parametrize("number", [None, NUMBER])
def test_a_caller_of_whom_nothing_is_known_is_regular(number: str | None) -> None:
    assert asked(new(None, number=number)).ticket.tier is Tier.REGULAR


def test_closed_hours_are_told_before_any_menu_and_end_the_call() -> None:
    go = placed(new(VIP), at=NIGHT)
    assert go.action is Action.ANNOUNCE
    assert go.sounds == ("ivr/welcome", "ivr/closed-hours")
    assert (go.answer, go.cause, go.then) == (Answer.BEFORE, 16, False)


def test_where_the_caller_pays_an_announcement_is_early_media() -> None:
    go = placed(new(dialled=STAR), at=NIGHT)
    assert (go.action, go.answer, go.ticket.pays) == (Action.ANNOUNCE, Answer.EARLY, Pays.CALLER)


def test_where_the_caller_pays_the_queue_answers_only_if_a_menu_did() -> None:
    assert placed(new(VIP, STAR)).answer is Answer.EARLY
    assert placed(new(dialled=STAR), KeyPressed("1")).answer is Answer.BEFORE


def test_no_key_means_again_once_more_slowly_then_otherwise() -> None:
    again = asked(new(), NoKey())
    assert again.sounds == ("ivr/topics-slow",)
    assert again.wait == 10
    go = placed(new(), NoKey(), NoKey())
    assert (queue(go), go.ticket.topic) == ("main", "general")


def test_a_wrong_key_counts_as_a_try() -> None:
    assert asked(new(), KeyPressed("7")).sounds == ("ivr/topics-slow",)
    assert queue(placed(new(), KeyPressed("7"), KeyPressed("#"))) == "main"


def test_a_prompt_that_cannot_be_played_leads_to_a_person_at_once() -> None:
    go = placed(new(), PromptFailed())
    assert (queue(go), go.ticket.topic) == ("main", None)


def test_a_key_opens_another_menu_and_may_set_the_language() -> None:
    assert asked(new(), KeyPressed("3")).sounds == ("ivr/more",)
    go = placed(new(), KeyPressed("3"), KeyPressed("1"))
    assert (go.ticket.topic, go.ticket.language) == ("billing", "en")


def test_every_menu_reaches_a_person_by_zero_and_by_silence() -> None:
    assert queue(placed(new(), KeyPressed("3"), KeyPressed("0"))) == "main"
    assert queue(placed(new(), KeyPressed("3"), NoKey(), NoKey())) == "main"


def test_a_language_alone_plays_the_same_menu_again() -> None:
    ask = asked(new(), KeyPressed("8"))
    assert (ask.sounds, ask.ticket.language) == (("ivr/topics",), "en")


def test_keys_without_end_reach_a_person() -> None:
    keys = [KeyPressed("8")] * MOST_PLAYS
    assert queue(placed(new(), *keys)) == "main"


def test_a_number_that_no_entrypoint_has_reaches_the_last_route() -> None:
    assert queue(placed(new(dialled="4711"))) == "main"


def test_a_route_to_a_number_is_dialled_unanswered() -> None:
    go = placed(new(dialled=DESK))
    assert (go.action, go.dial, go.answer, go.post) == (Action.DIAL, "PJSIP/100", Answer.NO, None)


def test_a_hangup_names_its_cause() -> None:
    go = placed(new(None, DESK, None))
    assert (go.action, go.cause, go.answer) == (Action.HANGUP, 21, Answer.NO)


# --- onward ----------------------------------------------------------------------------------


def on(go: Go, *gave_up: GaveUp) -> Go | LetGo:
    """Each through the text that the call carries, as in production."""
    what: Go | LetGo = go
    for event in gave_up:
        state = carried(decode(encode(what.ticket)))
        outcome = step(POLICY, state, event, NOON)
        assert isinstance(outcome.step, Go | LetGo)
        what = outcome.step
    return what


def onto(go: Go, *gave_up: GaveUp) -> Go:
    what = on(go, *gave_up)
    assert isinstance(what, Go), what
    return what


def test_when_the_time_is_up_the_next_step_follows_with_the_same_place() -> None:
    first = placed(new(VIP))
    second = onto(first, GaveUp("TIMEOUT", 30))
    assert (queue(second), second.timeout, second.priority) == ("faults", 60, first.priority)
    third = onto(second, GaveUp("TIMEOUT", 60))
    assert (third.action, third.sounds, third.then) == (Action.ANNOUNCE, ("ivr/sorry",), True)
    last = onto(third, GaveUp("PLAYED", 2))
    assert (queue(last), last.timeout) == ("main", None)


@pytest.mark.parametrize(
    "status", ["FULL", "JOINEMPTY", "LEAVEEMPTY", "JOINUNAVAIL", "LEAVEUNAVAIL", "UNKNOWN", "", "?"]
)
def test_a_refusal_leads_to_the_fallback_within_the_same_time(status: str) -> None:
    second = onto(placed(new(VIP)), GaveUp(status, 12))
    assert (queue(second), second.timeout) == ("faults", 18)
    third = onto(second, GaveUp(status, 30))
    assert (queue(third), third.timeout) == ("main", 1), "never 0, which ends at once"
    assert queue(onto(third, GaveUp(status))) == "faults", "no fallback left: what comes after"


def test_a_refusal_with_nothing_left_is_let_go_to_the_dialplans_fallback() -> None:
    what = on(placed(new(HEAVY)), GaveUp("JOINEMPTY"))
    assert isinstance(what, LetGo)
    assert what.reason == "exhausted"


@pytest.mark.parametrize("status", ["CONTINUE", "ANSWER"])
def test_a_call_that_was_answered_is_over_and_never_queued_again(status: str) -> None:
    over = onto(placed(new(VIP)), GaveUp(status, 100))
    assert (over.action, over.cause, over.ticket.hops) == (Action.HANGUP, 16, ())


def test_a_number_that_does_not_answer_is_followed_by_the_fallback_queue() -> None:
    assert isinstance(on(placed(new(dialled=DESK)), GaveUp("BUSY")), LetGo)


def way_of(*hops: Hop, pays: Pays = Pays.COMPANY) -> Go:
    ticket = Ticket("d", "p", int(NOON), None, FREE, pays=pays, hops=hops)
    what = onward.go(ticket)
    assert isinstance(what, Go)
    return what


def test_only_an_announcement_says_that_something_follows() -> None:
    said = Hop(Kind.ANNOUNCE, sounds=("ivr/sorry",))
    waits = Hop(Kind.QUEUE, 9, (Post("main"),))
    assert [way_of(*hops).then for hops in ((said, waits), (said,), (waits, said))] == [
        True, False, False
    ]  # fmt: skip


def test_nothing_is_concluded_of_a_caller_of_whom_nothing_is_known() -> None:
    """A late store is no reason to treat anybody as anything, whatever the rules say."""
    text = TEXT.replace("{nuisance: observed}", "{not: {granted: golden-beam}}")
    assert text != TEXT
    known = step(policy(text), ARRIVING, new(PLAIN), NOON).state.ticket.tier
    unknown = step(policy(text), ARRIVING, new(None), NOON).state.ticket.tier
    assert (known, unknown) == (Tier.NUISANCE, Tier.REGULAR)


def test_ten_hops_are_enough() -> None:
    what: Go | LetGo = way_of(*(Hop(Kind.QUEUE, 1, (Post(f"q{n}"),)) for n in range(12)))
    seen = []
    while isinstance(what, Go):
        seen.append(queue(what))
        what = on(what, GaveUp("TIMEOUT", 1))
    assert what.reason == "hops"
    assert seen == [f"q{n}" for n in range(MOST_HOPS)]


@pytest.mark.parametrize(
    ("pays", "answer"), [(Pays.COMPANY, Answer.BEFORE), (Pays.CALLER, Answer.EARLY)]
)
def test_a_queue_after_a_number_that_did_not_answer_is_heard(pays: Pays, answer: Answer) -> None:
    first = way_of(
        Hop(Kind.DIAL, 20, target="PJSIP/100"), Hop(Kind.QUEUE, posts=(Post("main"),)), pays=pays
    )
    following = onto(first, GaveUp("NOANSWER", 20))
    assert (first.answer, first.cause) == (Answer.NO, None)
    assert (following.answer, following.cause) == (answer, None)


# --- transferred back --------------------------------------------------------------------------


def back(dialled: str, earlier: Go) -> NewCall:
    return NewCall("d2", None, dialled, int(NOON) + 600, None, earlier=earlier.ticket)


def test_a_call_that_comes_back_keeps_caller_tier_clock_and_topic() -> None:
    earlier = placed(new(VIP), at=NOON)
    again = placed(back(FREE, earlier))
    assert queue(again) == "senior"
    assert (again.ticket.number, again.ticket.tier) == (NUMBER, Tier.VIP)
    assert (again.priority, again.ticket.decision) == (earlier.priority, "d2")
    assert again.sounds == (), "greeted once"


def test_a_call_that_comes_back_by_another_door_is_asked_there() -> None:
    earlier = placed(new(), KeyPressed("1"))
    assert queue(placed(back(FREE, earlier))) == "faults"
    assert queue(placed(back("4711", earlier))) == "faults", "an extension is no other door"
    assert asked(back(STAR, earlier)).sounds == ("ivr/topics",)


# --- the table -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "event"),
    [
        (ARRIVING, KeyPressed("1")),
        (ARRIVING, GaveUp("TIMEOUT")),
        (play(new()).state, new()),
        (play(new()).state, GaveUp("TIMEOUT")),
        (play(new(VIP)).state, NoKey()),
        (play(new(VIP)).state, new()),
    ],
)
def test_what_is_not_in_the_table_raises(state: CallState, event: Event) -> None:
    with pytest.raises(UnexpectedEventError):
        step(POLICY, state, event, NOON)


def test_the_trace_tells_what_was_judged_in_order() -> None:
    names = [(judged.kind, judged.name, judged.verdict.value) for judged in play(new(VIP)).trace]
    assert names == [("tier", "vip", "yes"), ("route", "closed", "no"), ("route", "vip", "yes")]


keys = st.one_of(
    st.builds(KeyPressed, st.sampled_from("0123456789*#")),
    st.just(NoKey()),
    st.just(PromptFailed()),
)
callers = st.sampled_from([None, PLAIN, VIP, SENIOR, HEAVY])


@settings(max_examples=300)
@given(
    callers, st.sampled_from([FREE, STAR, DESK, "100", ""]), st.lists(keys, min_size=20),
    st.lists(st.builds(GaveUp, st.sampled_from(["TIMEOUT", "FULL", "CONTINUE", "BUSY", ""]),
                       st.integers(0, 99999)), max_size=15), st.floats(0, 86400 * 7),
)  # fmt: skip
def test_every_call_gets_somewhere_whatever_is_pressed(
    caller: Caller | None, dialled: str, pressed: list[Event], gave_up: list[GaveUp], later: float
) -> None:
    outcome = step(POLICY, ARRIVING, new(caller, dialled), NOON + later)
    for event in pressed:
        if not isinstance(outcome.step, Ask):
            break
        outcome = step(POLICY, outcome.state, event, NOON + later)
    what = outcome.step
    assert isinstance(what, Go), "a caller who presses keys is never left in a menu"
    assert what.timeout is None or what.timeout > 0
    for event in gave_up:
        following = on(what, event)
        if isinstance(following, LetGo):
            break
        what = following
        assert what.timeout is None or what.timeout > 0
        assert what.action is not Action.QUEUE or what.post is not None


# -- loops


@pytest.mark.parametrize("dialled", [FREE, NUMBER])
def test_a_call_that_a_number_of_ours_forwarded_is_let_go(dialled: str) -> None:
    looped = step(policy(), ARRIVING, replace(new(), forwarded_by=dialled), NOON).step
    assert (isinstance(looped, LetGo) and looped.reason == "loop") is (dialled == FREE)
