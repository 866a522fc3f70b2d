"""What the dialplan does with a paid line, whatever an engine says: answers of wood."""

from __future__ import annotations

from typing import Any

import pytest

from tests.live.ami import Event
from tests.live.double import Answer, decision, queue
from tests.live.engine import wooden
from tests.live.line import Line, seconds_between
from tests.live.sipp import Call

NUMBER = "0529990001"
STATE = "1~a|b|test"

BOUND = 5
"""Seconds in which a REFER is to be confirmed."""
AT_ONCE = 1.5


def paid(method: str, **values: str) -> Answer:
    given = {
        "IVR_ACTION": "paid",
        "IVR_PAID_LINE": "air-time",
        "IVR_PAID_METHOD": method,
        "IVR_CONSENT": "c1",
        "IVR_DIAL": f"PJSIP/{NUMBER}@carrier" if method == "dial" else f"sip:{NUMBER}@carrier.test",
        "IVR_ANSWER": "no" if method == "redirect" else "before",
        "IVR_STATE": STATE,
    }
    return decision(**{**given, **values})


@pytest.fixture
def free(line: Line) -> str:
    """The queue to which `/next` sends."""
    return line.queue()


def _placed(line: Line, free: str, answer: Answer, **call: Any) -> Call:
    """A call with this decision; who comes back waits in the free queue."""
    line.engine.answers["route", line.dialled] = answer
    line.engine.answers["next", line.dialled] = queue(free, QUEUE_PRIO="-5")
    return line.call(**call)


def _refers(call: Call) -> list[str]:
    return [text for _, way, text in call.messages() if way == "received" and text[:5] == "REFER"]


# No decision. ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "lacking",
    [
        {"IVR_PAID_METHOD": "tell"},
        {"IVR_PAID_METHOD": ""},
        {"IVR_PAID_METHOD": "redial"},
        {"IVR_DIAL": ""},
        {"IVR_CONSENT": ""},
        {"IVR_PAID_LINE": ""},
    ],
    ids=str,
)
def test_what_is_not_whole_is_no_decision(line: Line, free: str, lacking: dict[str, str]) -> None:
    call = _placed(line, free, paid("dial", **lacking))
    joined = line.joined(line.fallback)
    call.hang_up()
    assert line.engine.wait("ended", line.dialled).get("fallback") == "undecided"
    assert not _dialled(line, joined)


def test_nobody_is_charged_whose_number_is_withheld(line: Line, free: str) -> None:
    anonymous = "<sip:anonymous@anonymous.invalid>"
    call = _placed(line, free, paid("dial"), from_header=anonymous)
    joined = line.joined(line.fallback)
    hidden = line.call(headers={"P-Asserted-Identity": f"<sip:052@{call.local}>", "Privacy": "id"})
    other = line.joined(line.fallback, 2)
    call.hang_up()
    hidden.hang_up()
    assert not _dialled(line, joined)
    assert not _dialled(line, other)


def _dialled(line: Line, joined: Event) -> list[dict[str, str]]:
    """The call detail records of a call that name the paid number."""
    line.gone(joined)
    return [row for row in line.cdr(joined) if any(NUMBER in value for value in row.values())]


# Dialled. -------------------------------------------------------------------------------------


def test_the_number_rings_with_the_callers_own(line: Line, free: str) -> None:
    carrier = line.carrier("answers")
    call = _placed(line, free, paid("dial"), number="0547654321")
    invite = carrier.wait("INVITE")
    assert invite.startswith(f"INVITE sip:{NUMBER}@")
    assert "<sip:0547654321@" in next(each for each in invite.splitlines() if each[:5] == "From:")
    assert "Diversion:" not in invite, "who diverts is who pays"
    carrier.wait("ACK")
    call.hang_up()
    carrier.wait("BYE")
    ended = line.engine.wait("ended", line.dialled)
    assert (ended.get("status"), ended.get("fallback"), ended.get("hops")) == ("ANSWER", "", "0")
    assert ended.get("agent_interface").startswith("PJSIP/carrier-")
    began = _by_number(line)
    (decided,) = line.log(began, "IVRDECISION")
    assert decided[8:] == ["test", "paid", "-5", "air-time", "dial", "c1"]
    (row,) = line.log(began, "IVRENDED")
    assert row[14:] == [ended.get("first"), ended.get("dialled"), "", row[17], *STATE.split("|")]
    assert row[17].startswith("PJSIP%2Fcarrier-")


def _by_number(line: Line) -> Event:
    return line.manager.wait(lambda e: (e["Event"], e.get("Exten")) == ("Newchannel", line.dialled))


@pytest.mark.parametrize(
    ("does", "status"),
    [("is busy", "BUSY"), ("rings", "NOANSWER"), ("forwards", ""), ("is not there", "")],
)
def test_whoever_is_not_answered_comes_back(line: Line, free: str, does: str, status: str) -> None:
    if does != "is not there":
        carrier = line.carrier(does)
    call = _placed(line, free, paid("dial", IVR_TIMEOUT="2"))
    joined = line.joined(free)
    asked = line.engine.wait("next", line.dialled)
    assert asked.get("state") == STATE
    assert asked.get("status") not in ("", "ANSWER", "CONTINUE")
    assert status in ("", asked.get("status"))
    if does != "is not there":
        assert len(carrier.received("INVITE")) == 1, "nobody rings whom the number forwards to"
    assert line.priority(joined) == -5
    call.hang_up()
    line.gone(joined)
    assert not [row for row in _dialled(line, joined) if row["disposition"] == "ANSWERED"
                and NUMBER in row["lastdata"]]  # fmt: skip


# Moved by REFER. ------------------------------------------------------------------------------


def test_a_call_that_is_moved_is_over(line: Line, free: str) -> None:
    call = _placed(line, free, paid("refer"), on_refer="moved")
    call.wait_over()
    (refer,) = _refers(call)
    assert f"Refer-To: sip:{NUMBER}@carrier.test" in refer
    ended = line.engine.wait("ended", line.dialled)
    told = [ended.get(each) for each in ("status", "fallback", "by", "abandoned", "agent")]
    assert told == ["SUCCESS", "", "", "", ""]
    assert not [each for each in line.engine.sessions
                if each.script == "next" and each.get("dialled") == line.dialled]  # fmt: skip


def test_a_call_that_is_taken_without_a_word_was_not_abandoned(line: Line, free: str) -> None:
    _placed(line, free, paid("refer"), on_refer="taken").wait_over()
    ended = line.engine.wait("ended", line.dialled)
    assert [ended.get(each) for each in ("fallback", "by", "abandoned")] == ["", "", ""]


@pytest.mark.parametrize("refused", ["refused", "failed"])
def test_a_refer_that_fails_comes_back(line: Line, free: str, refused: str) -> None:
    call = _placed(line, free, paid("refer"), on_refer=refused)
    joined = line.joined(free)
    assert line.engine.wait("next", line.dialled).get("status") == "FAILURE"
    assert seconds_between(line.newchannel(joined), joined) < BOUND
    assert len(_refers(call)) == 1
    call.ear.wait_loud()
    call.hang_up()


def test_a_refer_that_nobody_confirms_comes_back_in_time(line: Line, free: str) -> None:
    call = _placed(line, free, paid("refer"), on_refer="silent")
    joined = line.joined(free, seconds=BOUND + 10)
    assert line.engine.wait("next", line.dialled).get("status") == "UNCONFIRMED"
    assert seconds_between(line.newchannel(joined), joined) < BOUND + AT_ONCE
    call.ear.wait_loud(300)  # six seconds: the bound is not still running
    line.engine.wait("next", line.dialled)
    call.hang_up()
    ended = line.engine.wait("ended", line.dialled)
    assert (ended.get("by"), ended.get("fallback")) == ("caller", "")


# Redirected by 302. ---------------------------------------------------------------------------


def test_a_redirected_call_is_never_answered(line: Line, free: str) -> None:
    call = _placed(line, free, paid("redirect"))
    call.wait_over()
    codes = [text[8:11] for _, way, text in call.messages() if way == "received"]
    assert [code for code in codes if code != "100"] == ["302"], "nothing is heard before it"
    (moved,) = [text for _, way, text in call.messages() if text.startswith("SIP/2.0 302")]
    assert f"Contact: <sip:{NUMBER}@carrier.test>" in moved
    ended = line.engine.wait("ended", line.dialled)
    told = [ended.get(each) for each in ("status", "fallback", "by", "abandoned")]
    assert told == ["SUCCESS", "", "", ""]
    (record,) = line.cdr(_by_number(line))
    assert (record["answer"], record["billsec"]) == ("", "0")


@pytest.mark.parametrize("heard", ["before", "early"])
def test_what_was_heard_is_not_redirected(line: Line, free: str, heard: str) -> None:
    """After the answer it would be a REFER, which the carrier may bill otherwise."""
    call = _placed(line, free, paid("redirect", IVR_ANSWER=heard), on_refer="moved")
    line.joined(free)
    assert line.engine.wait("next", line.dialled).get("status") == "UNSUPPORTED"
    assert not _refers(call)
    assert call.when("received", "SIP/2.0 302") is None
    call.hang_up()


# Why the fallback queue was used. -------------------------------------------------------------


def test_no_fallback_is_told_where_the_second_engine_decides(line: Line) -> None:
    name, second = line.queue("stay"), ""
    line.engine.answers["route", line.dialled] = decision(IVR_ACTION="paid", IVR_PAID_METHOD="?")
    other = wooden(name)
    try:
        second = other.address
        call = line.call(ENGINE2=second)
        line.connected(name)
        call.hang_up()
        assert line.engine.wait("ended", line.dialled).get("fallback") == ""
    finally:
        other.close()
