"""Asterisk's queue_log: lines of one call become one call."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.callers.contacts import Outcome
from ivr.tools.recorded import queue_log
from ivr.tools.recorded.calls import RecordedCall
from ivr.tools.recorded.recording import Form
from tests.tools.recorded.files import SAMPLES, Read, read, read_file

DAY = 1_767_225_600


def lines(text: str, mapping: str | None = None) -> Read:
    """Read lines that begin with the seconds since `DAY`, of calls named by a letter."""
    found = []
    for line in text.split():
        at, call, rest = line.split("|", 2)
        found.append(f"{DAY + int(at)}|{call}|{rest.replace('_', ' ')}\n")
    return read("".join(found), mapping)


def one(text: str, mapping: str | None = None) -> RecordedCall:
    found = lines(text, mapping)
    assert found.told == []
    (call,) = found.calls
    return call


def test_a_call_that_an_agent_took() -> None:
    call = one("""
        0|a|main|NONE|ENTERQUEUE||0541111111|1
        9|a|main|Dana_Levi|RINGNOANSWER|4000
        12|a|main|Noam|CONNECT|12|b|3
        60|a|main|Noam|COMPLETECALLER|12|48|1
    """)
    assert call == RecordedCall(
        1, "+972541111111", DAY, Outcome.ANSWERED, "", "main", "Noam", 12, 48
    )


@pytest.mark.parametrize(
    ("event", "outcome"),
    [
        ("ABANDON|1|1|12", Outcome.ABANDONED),
        ("EXITWITHTIMEOUT|1|1|12", Outcome.OVERFLOWED),
        ("EXITEMPTY|1|1|12", Outcome.OVERFLOWED),
        ("EXITWITHKEY|5|1|1|12", Outcome.OVERFLOWED),
        ("WITHDRAW|1|1|12|closing", Outcome.OVERFLOWED),
        ("SYSCOMPAT|", Outcome.BROKEN),
    ],
)
def test_a_call_that_nobody_took(event: str, outcome: Outcome) -> None:
    call = one(f"0|a|main|NONE|ENTERQUEUE||0541111111|1 12|a|main|NONE|{event}")
    assert (call.outcome, call.hold, call.talk, call.agent) == (outcome, 12, None, None)


def test_two_queues_one_after_the_other_are_one_call() -> None:
    call = one("""
        0|a|first|NONE|ENTERQUEUE||0541111111|1
        30|a|first|NONE|EXITWITHTIMEOUT|1|1|30
        35|a|second|NONE|ENTERQUEUE||0541111111|1
        60|a|second|Dana|CONNECT|25|b|3
        99|a|second|Dana|COMPLETEAGENT|25|39|1
    """)
    assert (call.queue, call.hold, call.talk, call.outcome) == ("second", 60, 39, Outcome.ANSWERED)


@pytest.mark.parametrize(
    "event", ["BLINDTRANSFER|100|x|10|20|1", "ATTENDEDTRANSFER|BRIDGE|abc|10|20|1",
              "ATTENDEDTRANSFER|LINK|a|b|10|20|1", "TRANSFER|100|x|10|20"],
)  # fmt: skip
def test_a_transfer_into_a_second_queue(event: str) -> None:
    call = one(f"""
        0|a|first|NONE|ENTERQUEUE||0541111111|1
        10|a|first|Dana|CONNECT|10|b|3
        30|a|first|Dana|{event}
        31|a|second|NONE|ENTERQUEUE||0541111111|1
        51|a|second|NONE|ABANDON|1|1|20
    """)
    assert (call.queue, call.agent, call.hold, call.talk) == ("first", "Dana", 10, 20)
    assert call.outcome is Outcome.ANSWERED


def test_withheld_numbers_are_nobody_s() -> None:
    for number in ("", "anonymous", "unknown", "12"):
        assert one(f"0|a|q|NONE|ENTERQUEUE||{number}|1 1|a|q|NONE|ABANDON|1|1|1").number is None


def test_the_number_dialled_as_freepbx_logs_it() -> None:
    call = one("""
        0|a|NONE|NONE|DID|1800123456
        1|a|main|NONE|ENTERQUEUE||0541111111|1
        2|a|main|NONE|ABANDON|1|1|1
    """)
    assert (call.dialled, call.line) == ("+9721800123456", 1)


def test_topics_by_queue() -> None:
    text = "0|a|main|NONE|ENTERQUEUE||0541111111|1 1|a|main|NONE|ABANDON|1|1|1"
    assert one(text, "topics: {main: fault}").topic == "fault"
    assert one(text, "topics: {other: fault}").topic is None


def test_calls_come_in_order_of_their_beginning() -> None:
    found = lines("""
        0|a|q|NONE|ENTERQUEUE||0541111111|1
        1|b|q|NONE|ENTERQUEUE||0542222222|2
        5|b|q|NONE|ABANDON|2|2|4
        9|a|q|NONE|ABANDON|1|1|9
    """)
    assert [call.line for call in found.calls] == [1, 2]


def test_a_file_that_was_rotated_tells_what_it_lacks() -> None:
    found = lines("""
        0|a|q|Dana|CONNECT|3|x|1
        1|a|q|Dana|COMPLETEAGENT|3|1|1
        2|b|q|NONE|ENTERQUEUE||0541111111|1
        3|c|q|NONE|ENTERQUEUE||0542222222|1
        4|c|q|Dana|CONNECT|1|x|1
    """)
    assert [(call.line, call.outcome, call.talk) for call in found.calls] == [
        (4, Outcome.ANSWERED, None)
    ]
    assert found.told == [
        "2: the beginning of its call is not in this file",
        "3: the end of its call is not in this file, and is left out",
        "4: the end of its call is not in this file",
    ]


def test_calls_without_an_end_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue_log, "_GOING", 10)
    entered = "".join(f"{n}|call{n}|q|NONE|ENTERQUEUE||0541111111|1\n" for n in range(100))
    found = lines(entered + "100|call99|q|NONE|ABANDON|1|1|1\n")
    assert [call.line for call in found.calls] == [100]
    assert len(found.told) == 99


@given(st.lists(st.integers(0, 400), min_size=1, max_size=40), st.data())
def test_whatever_comes_between_two_lines_of_a_call(waits: list[int], data: st.DataObject) -> None:
    """Calls that run side by side are told apart."""
    events = []
    for n, wait in enumerate(waits):
        start = data.draw(st.integers(0, 300))
        events.append((start, 0, f"c{n}|q|NONE|ENTERQUEUE||05{n:08}|1"))
        events.append((start + wait, 1, f"c{n}|q|NONE|ABANDON|1|1|{wait}"))
    found = lines("\n".join(f"{at}|{text}" for at, _, text in sorted(events)))
    assert found.told == []
    assert sorted((call.number, call.hold) for call in found.calls) == [
        (f"+9725{n:08}", wait) for n, wait in enumerate(waits)
    ]


# -- as a real Asterisk with this dialplan wrote it (tests/live: contacts, overflow)


def test_a_real_log() -> None:
    found = read_file(SAMPLES / "queue_log")
    assert (found.recording.form, found.told) == (Form.QUEUE_LOG, [])
    calls = {call.number: call for call in found.calls}
    assert list(calls) == sorted(calls, key=lambda number: calls[number].started)
    assert len(calls) == len(found.calls) == 17
    in_prompt = calls["+972527000001"]
    assert (in_prompt.outcome, in_prompt.dialled, in_prompt.queue, in_prompt.hold) == (
        Outcome.ABANDONED, "+9721800500001", None, None,
    )  # fmt: skip
    into_the_ivr, beside = calls["+972527000006"], calls["+972527000008"]
    assert (into_the_ivr.agent, into_the_ivr.talk) == ("talks-main 0", 2 + 3)
    assert (into_the_ivr.dialled, beside.dialled) == ("+9721800400001", "+9721800400001")
    assert (beside.queue, beside.talk) == ("talks-main", 7 + 3)
    assert calls["+972527000016"].queue == "overflow-main"


def test_the_dialplan_s_own_lines_tell_the_topic_and_the_beginning() -> None:
    who = "+972541111111~+9721800123456"
    state = f"1~d1~p1~1767225590~{who}~support~he~company~regular~fault~faults~0~0~~"
    call = one(f"""
        0|a|main|NONE|ENTERQUEUE|||1
        5|a|main|NONE|ABANDON|1|1|5
        5|a|main|NONE|IVRENDED|d1|a|5|0|1||caller|||1767225590|1800123456|||{state}
    """)
    assert (call.number, call.dialled, call.started) == (
        "+972541111111", "+9721800123456", DAY - 10,
    )  # fmt: skip
    assert (call.topic, call.hold, call.outcome) == ("fault", 5, Outcome.ABANDONED)
    found = lines("5|a|main|NONE|IVRENDED|d1|a|5|0|1")
    assert (found.calls, len(found.told)) == ([], 1)
