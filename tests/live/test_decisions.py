"""What the engine decides is what the caller gets; what becomes of it goes to /next."""

from __future__ import annotations

import itertools

import pytest

from tests.live.double import Session, decision, queue
from tests.live.line import Line, lasted, seconds_between

SOUND = "pls-hold-while-try"
"""Some two seconds of speech that comes with Asterisk."""


def test_a_fixed_decision_is_queued(line: Line) -> None:
    name = line.queue("stay")
    line.engine.answers["route", line.dialled] = queue(name, QUEUE_PRIO="-77", IVR_MUSIC="default")
    call = line.call()
    connected = line.connected(name)
    joined = line.joined(name)
    assert joined["CallerIDNum"] == "0521234567"
    call.ear.wait_loud()
    line.agent_hangs_up(connected)
    call.wait_over()
    assert call.when("received", "BYE")
    assert [row[5:] for row in line.log(joined, "IVRDECISION")] == [
        ["d1", joined["Linkedid"], "regular", "test", "queue", "-77"]
    ]
    assert {(row["dst"], row["dcontext"]) for row in line.cdr(joined)} == {(line.dialled, "ivr")}


def test_the_priority_and_the_time_in_the_queue(line: Line) -> None:
    first, second = line.queue(), line.queue()
    line.engine.answers["route", line.dialled] = queue(first, QUEUE_PRIO="12", IVR_TIMEOUT="1")
    line.engine.answers["next", line.dialled] = queue(second, QUEUE_PRIO="12", IVR_STATE="1~two")
    call = line.call()
    joined = line.joined(first)
    assert line.priority(joined) == 12
    moved = line.joined(second)
    assert line.priority(moved) == 12
    assert 0.9 < seconds_between(joined, moved) < 2
    following = line.engine.wait("next", line.dialled)
    assert (following.get("status"), following.get("state"), following.get("hops")) == (
        "TIMEOUT",
        "1~test",
        "1",
    )
    assert lasted(following.get("waited"), joined, moved)
    call.hang_up()


@pytest.mark.parametrize(
    ("name", "status"),
    [("refusing", "JOINEMPTY"), ("no-such-queue", "UNKNOWN"), ("general", "UNKNOWN")],
)
def test_a_refusing_queue_goes_to_next(line: Line, name: str, status: str) -> None:
    line.engine.answers["route", line.dialled] = queue(name)
    line.engine.answers["next", line.dialled] = queue(line.fallback)
    call = line.call()
    line.joined(line.fallback)
    assert line.engine.wait("next", line.dialled).get("status") == status
    call.hang_up()


def test_a_full_queue_and_one_from_which_he_is_withdrawn(line: Line) -> None:
    line.engine.answers["route", line.dialled] = queue("full")
    line.engine.answers["next", line.dialled] = queue(line.fallback)
    call, other = line.call(), None
    joined = line.joined("full")
    other = line.call()
    line.joined(line.fallback)
    assert line.engine.wait("next", line.dialled).get("status") == "FULL"
    line.manager.action("QueueWithdrawCaller", Queue="full", Caller=joined["Channel"])
    line.joined(line.fallback, 2)
    assert line.engine.wait("next", line.dialled, 2).get("status") == "WITHDRAW"
    call.hang_up()
    other.hang_up()


def test_ten_hops_and_then_the_fallback_queue(line: Line) -> None:
    line.engine.answers["route", line.dialled] = queue("refusing")
    line.engine.answers["next", line.dialled] = queue("refusing")
    call = line.call()
    joined = line.joined(line.fallback)
    asked = [
        s.get("hops")
        for s in line.engine.sessions
        if s.script == "next" and s.get("dialled") == line.dialled
    ]
    assert asked == [str(hop) for hop in range(1, 11)]
    call.hang_up()
    line.gone(joined)
    assert line.log(joined, "IVRDECISION")[-1][8:10] == ["fallback", "hops"]


def test_what_an_earlier_queue_left_is_not_taken_for_the_next_answer(line: Line) -> None:
    steps = itertools.chain(
        [decision(IVR_ACTION="dial", IVR_DIAL="Local/busy_x@agents/n")],
        itertools.repeat(queue(line.fallback)),
    )
    line.engine.answers["route", line.dialled] = queue("no-such-queue")
    line.engine.answers["next", line.dialled] = lambda session: next(steps)(session)
    call = line.call()
    line.joined(line.fallback)
    assert [line.engine.wait("next", line.dialled, n).get("status") for n in (1, 2)] == [
        "UNKNOWN",
        "BUSY",
    ]
    call.hang_up()


@pytest.mark.parametrize(
    ("then", "status"),
    [("a queue", ""), ("a number", "ANSWER")],
)
def test_an_end_is_told_by_the_last_step_alone(line: Line, then: str, status: str) -> None:
    """The first queue's status is not the end's: the caller was served afterwards."""
    name = line.queue("brief")
    line.engine.answers["route", line.dialled] = queue("no-such-queue")
    line.engine.answers["next", line.dialled] = (
        queue(name)
        if then == "a queue"
        else decision(IVR_ACTION="dial", IVR_DIAL=f"Local/brief_{name}@agents/n")
    )
    line.call().wait_over()
    ended = line.engine.wait("ended", line.dialled)
    assert (ended.get("status"), ended.get("by")) == (status, "agent")


@pytest.mark.parametrize("then", ["queue", "nothing"])
def test_a_caller_who_was_served_is_never_queued_again(line: Line, then: str) -> None:
    name = line.queue("brief")
    line.engine.answers["route", line.dialled] = queue(name, IVR_QUEUE_OPTIONS="c")
    line.engine.answers["next", line.dialled] = (
        queue(line.fallback) if then == "queue" else (lambda session: None)
    )
    call = line.call()
    joined, connected = line.joined(name), line.connected(name)
    call.wait_over()
    assert call.when("received", "BYE")
    assert line.engine.wait("next", line.dialled).get("status") == "CONTINUE"
    assert not line.manager.find(
        lambda e: e["Event"] == "QueueCallerJoin" and e["Queue"] == line.fallback
    )
    ended = line.engine.wait("ended", line.dialled)
    assert lasted(ended.get("talk"), connected, line.parted(connected))
    assert len(line.log(joined, "IVRENDED")) == 1


def test_a_number_is_dialled_and_talked_to(line: Line) -> None:
    agent = line.queue()
    line.engine.answers["route", line.dialled] = decision(
        IVR_ACTION="dial", IVR_DIAL=f"Local/stay_{agent}@agents/n", IVR_ANSWER="no"
    )
    call = line.call()
    bridged = line.manager.wait(
        lambda e: e["Event"] == "BridgeEnter" and f"stay_{agent}" in e["Channel"]
    )
    call.ear.wait_loud()
    line.manager.action("Hangup", Channel=bridged["Channel"])
    call.wait_over()
    ended = line.engine.wait("ended", line.dialled)
    assert (ended.get("status"), ended.get("by")) == ("ANSWER", "agent")
    assert f"stay_{agent}" in ended.get("agent_interface")


@pytest.mark.parametrize(
    ("number", "status"),
    [
        ("Local/busy_x@agents/n", "BUSY"),
        ("Local/none@agents/n", "CHANUNAVAIL"),
        ("NoSuchTech/1", "CHANUNAVAIL"),
        ("Local/deaf_x@agents/n", "NOANSWER"),
    ],
)
def test_a_number_that_does_not_answer_goes_to_next(line: Line, number: str, status: str) -> None:
    line.engine.answers["route", line.dialled] = decision(
        IVR_ACTION="dial", IVR_DIAL=number, IVR_TIMEOUT="1"
    )
    line.engine.answers["next", line.dialled] = queue(line.fallback)
    call = line.call()
    line.joined(line.fallback)
    assert line.engine.wait("next", line.dialled).get("status") == status
    call.hang_up()


# Who pays, and what is heard. -----------------------------------------------------------------


def test_early_media_is_heard_and_never_answered(line: Line) -> None:
    line.engine.answers["route", line.dialled] = decision(
        IVR_ACTION="announce", IVR_PROMPT=f"beep&{SOUND}", IVR_ANSWER="early", IVR_HANGUPCAUSE="16"
    )
    call = line.call()
    call.ear.wait_loud(30)
    call.wait_over()
    assert call.final() == 603
    assert not call.answered()
    ended = line.engine.wait("ended", line.dialled)
    records = line.asterisk.cdr(ended.get("uniqueid"))
    assert [(row["answer"], row["billsec"]) for row in records] == [("", "0")]


def test_an_announcement_is_answered_where_the_company_pays(line: Line) -> None:
    line.engine.answers["route", line.dialled] = decision(
        IVR_ACTION="announce", IVR_PROMPT=SOUND, IVR_ANSWER="before"
    )
    call = line.call()
    call.wait_over()
    assert call.answered()
    assert call.ear.loud > 50
    assert call.when("received", "BYE")


def test_a_prompt_is_heard_before_the_queue(line: Line) -> None:
    name = line.queue()
    line.engine.answers["route", line.dialled] = queue(name, IVR_PROMPT=SOUND)
    call = line.call()
    call.ear.wait_loud(30)
    assert not line.manager.find(lambda e: e.get("Queue") == name)
    line.joined(name)
    call.hang_up()


def test_waiting_is_never_silent(line: Line) -> None:
    name = line.queue()
    line.engine.answers["route", line.dialled] = decision(
        IVR_ACTION="queue", IVR_QUEUE=name, IVR_ANSWER="early"
    )
    call = line.call()
    line.joined(name)
    call.ear.wait_loud(50)
    assert not call.answered(), "a caller who pays waits unanswered"
    call.hang_up()
    call.wait_over()
    assert call.final() == 487


def test_a_caller_who_pays_is_not_answered_by_the_fallback_queue_either(line: Line) -> None:
    line.engine.answers["route", line.dialled] = decision(
        IVR_ACTION="queue", IVR_QUEUE="refusing", IVR_ANSWER="early"
    )
    call = line.call()
    line.joined(line.fallback)
    call.ear.wait_loud()
    assert not call.answered()


def test_a_number_that_says_nothing_is_heard_ringing(line: Line) -> None:
    line.engine.answers["route", line.dialled] = decision(
        IVR_ACTION="dial", IVR_DIAL="Local/deaf_x@agents/n", IVR_ANSWER="before"
    )
    line.call().ear.wait_loud(40)


def test_music_and_the_announcement_to_the_agent(line: Line) -> None:
    name = line.queue("stay")
    line.engine.answers["route", line.dialled] = queue(
        name, IVR_MUSIC="hold", IVR_ANNOUNCE="hello-world"
    )
    line.call()
    joined = line.joined(name)
    music = line.manager.wait(
        lambda e: (e["Event"], e.get("Uniqueid")) == ("MusicOnHoldStart", joined["Uniqueid"])
    )
    assert music["Class"] == "hold"
    line.connected(name)
    assert "Playing 'hello-world" in line.asterisk.read("messages")


def test_a_refusal_before_the_answer(line: Line) -> None:
    line.engine.answers["route", line.dialled] = decision(
        IVR_ACTION="hangup", IVR_ANSWER="no", IVR_HANGUPCAUSE="17"
    )
    call = line.call()
    call.wait_over()
    assert call.final() == 486


@pytest.mark.parametrize("action", ["announce", "hangup"])
def test_what_cannot_be_played_is_not_silence(line: Line, action: str) -> None:
    line.engine.answers["route", line.dialled] = decision(
        IVR_ACTION=action, IVR_PROMPT="ivr/no-such-recording", IVR_ANSWER="before"
    )
    call = line.call()
    line.joined(line.fallback)
    call.ear.wait_loud()
    call.hang_up()
    assert line.engine.wait("ended", line.dialled).get("fallback") == "unplayable"


def test_a_prompt_that_cannot_be_played_does_not_keep_a_caller_from_his_queue(line: Line) -> None:
    name = line.queue()
    line.engine.answers["route", line.dialled] = queue(name, IVR_PROMPT="ivr/no-such-recording")
    call = line.call()
    line.joined(name)
    call.hang_up()


@pytest.mark.parametrize(
    ("prompt", "status"), [(SOUND, "PLAYED"), ("ivr/no-such-recording", "FAILED")]
)
def test_something_follows_an_announcement(line: Line, prompt: str, status: str) -> None:
    line.engine.answers["route", line.dialled] = decision(
        IVR_ACTION="announce", IVR_PROMPT=prompt, IVR_ANSWER="before", IVR_THEN="1"
    )
    line.engine.answers["next", line.dialled] = queue(line.fallback)
    call = line.call()
    line.joined(line.fallback)
    assert line.engine.wait("next", line.dialled).get("status") == status
    call.hang_up()


def test_an_engine_that_renews_its_bound_may_take_its_time(line: Line) -> None:
    name = line.queue()

    def asks(session: Session) -> None:
        session.command("ANSWER")
        for _ in range(2):  # twice some two seconds: longer than the bound of three
            session.set(**{"TIMEOUT(absolute)": "4"})
            session.command(f'STREAM FILE "{SOUND}" ""')
        queue(name)(session)

    line.engine.answers["route", line.dialled] = asks
    call = line.call()
    joined = line.joined(name)
    assert seconds_between(line.newchannel(joined), joined) > 3.5
    call.hang_up()


def test_keys_reach_the_engine(line: Line) -> None:
    name, pressed = line.queue(), []

    def menu(session: Session) -> None:
        session.set(**{"TIMEOUT(absolute)": "9"})
        session.command("ANSWER")
        pressed.append(session.command(f'GET DATA "{SOUND}" 5000 2'))
        queue(name)(session)

    line.engine.answers["route", line.dialled] = menu
    call = line.call()
    call.ear.wait_loud()
    call.press("4#")
    line.joined(name)
    assert [reply.strip() for reply in pressed] == ["200 result=4"]
    call.hang_up()


# The number dialled. --------------------------------------------------------------------------


@pytest.mark.parametrize("dialled", ["+9721800123456", "*611", "1800123456"])
def test_the_number_dialled_is_kept(line: Line, dialled: str) -> None:
    call = line.call(dialled, engine="127.0.0.1:1")
    joined = line.joined(line.fallback)
    assert joined["Exten"] == dialled
    call.hang_up()
    line.gone(joined)
    assert [row["dst"] for row in line.cdr(joined)] == [dialled]


def test_the_cdr_keeps_the_number_when_the_engine_hangs(line: Line) -> None:
    line.engine.answers["route", line.dialled] = Session.hang
    call = line.call()
    joined = line.joined(line.fallback)
    call.hang_up()
    line.gone(joined)
    assert [row["dst"] for row in line.cdr(joined)] == [line.dialled]


def test_freepbx_queues(line: Line) -> None:
    name, full = line.queue("stay"), line.queue()
    line.engine.answers["route", line.dialled] = queue(full, IVR_TIMEOUT="1")
    line.engine.answers["next", line.dialled] = queue(name)
    call = line.call(FREEPBX="1")
    connected = line.connected(name)
    assert line.engine.wait("next", line.dialled).get("status") == "TIMEOUT"
    line.agent_hangs_up(connected)
    call.wait_over()
    ended = line.engine.wait("ended", line.dialled)
    assert (ended.get("queue"), ended.get("transfer"), ended.get("by")) == (name, "", "agent")
    assert ended.get("agent") == f"Agent {name} 0"


def test_a_freepbx_queue_that_is_not_there(line: Line) -> None:
    line.engine.answers["route", line.dialled] = queue("no-such-queue")
    call = line.call(FREEPBX="1", FALLBACK_QUEUE=line.fallback)
    assert line.engine.wait("next", line.dialled).get("status") == "UNKNOWN"
    line.joined(line.fallback)
    call.hang_up()
