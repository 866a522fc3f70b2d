"""The dialplan's lines in queue_log tell what /ended is told."""

from __future__ import annotations

import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.asterisk.queuelog import BadLineError, Ended, read_ended
from ivr.engine.reports import Ending
from ivr.routing.ticket import Hop, Kind, Post, Ticket, decode, encode

STATE = encode(
    Ticket(
        "d1", "a1b2", 1_800_000_000, "+972541111111", "+9721800123456", topic="fault",
        route="faults", hops=(
            Hop(Kind.QUEUE, 180, (Post("faults", "t", "he"), Post("main"))),
            Hop(Kind.QUEUE, None, (Post("senior"),)),
        ),
    )
)  # fmt: skip
OLD = "1800000100|17.1|faults|Dana Levi|IVRENDED|d1|17.1|12|48||blind|agent|PJSIP%2F100|30"
NEW = f"{OLD}|1800000000|1800123456||PJSIP%2Fdana|{STATE}"


def read(line: str, system: str = "pbx1") -> Ended:
    found = read_ended(line + "\n", system)
    assert found is not None
    return found


def test_a_line_tells_everything_that_ended_is_told() -> None:
    assert "|" in STATE
    assert read(NEW) == Ended(
        1_800_000_100,
        Ending(
            linked_id="17.1", unique_id="17.1", system="pbx1", state=STATE, first=1_800_000_000,
            dialled="1800123456", queue="faults", agent="Dana Levi", hold=12, talk=48,
            transfer="blind", peer="PJSIP/100", peer_talk=30, by="agent",
        ),
        "d1",
        True,
    )  # fmt: skip
    assert decode(read(NEW).ending.state).number == "+972541111111"


def test_a_line_of_an_older_dialplan_has_no_state() -> None:
    found = read(OLD)
    assert (found.complete, found.ending.state, found.decision) == (False, "", "d1")
    assert (found.ending.talk, found.ending.first) == (48, 0)


def test_an_abandoned_call_has_no_agent() -> None:
    line = (
        f"1800000100|17.1|NONE|NONE|IVRENDED|d1|17.1|12|0|1||caller|||1800000000|*611|hops||{STATE}"
    )
    found = read(line).ending
    assert (found.queue, found.agent, found.abandoned, found.by) == ("", "", True, "caller")
    assert (found.peer_talk, found.fallback, found.dialled) == (None, "hops", "*611")


def test_whoever_has_no_name_is_known_by_the_interface() -> None:
    assert read(NEW.replace("Dana Levi", "NONE")).ending.agent == "PJSIP/dana"


def test_a_call_without_a_decision_has_neither_number_nor_state() -> None:
    line = (
        "1800000100|17.1|main|NONE|IVRENDED||17.1|5|0|1||caller|||1800000000|1800123456|undecided||"
    )
    found = read(line)
    assert (found.complete, found.ending.state, found.decision) == (True, "", "")


@pytest.mark.parametrize(
    "line",
    [
        "1800000100|17.1|faults|Dana|CONNECT|12|17.2|3",
        "1800000100|NONE|NONE|NONE|QUEUESTART|",
        "1800000100|17.1|faults|NONE|IVRDECISION|d1|17.1|regular|faults|queue|-5",
        "1800000100|17.1|faults|NONE|ENTERQUEUE||0541111111|1",
    ],
)
def test_other_lines_are_none_of_ours(line: str) -> None:
    assert read_ended(line + "\n", "pbx1") is None


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", "fewer fields"),
        ("garbage", "fewer fields"),
        (OLD.rpartition("|")[0], "8 fields"),
        (f"{OLD}|1800000000", "10 fields"),
        (OLD.replace("1800000100", "soon"), "neither when"),
        (OLD.replace("d1|17.1", "d1|"), "has no call"),
        (NEW + "x" * 9000, "cut short"),
    ],
)
def test_a_damaged_line_is_told(line: str, words: str) -> None:
    with pytest.raises(BadLineError, match=words):
        read_ended(line + "\n", "pbx1")


def test_a_line_without_its_end_is_being_written() -> None:
    with pytest.raises(BadLineError, match="being written"):
        read_ended(NEW, "pbx1")


SAFE = st.text(string.ascii_letters + string.digits + "._-", min_size=1, max_size=20)
SECONDS = st.none() | st.integers(0, 10**6)


@given(SAFE, SAFE, SAFE, SECONDS, SECONDS, st.booleans(), st.sampled_from(["", "blind"]), SAFE)
def test_what_is_written_is_read(
    decision: str, linked: str, queue: str, hold: Any, talk: Any, left: bool, transfer: str, by: str
) -> None:
    seconds = ["" if each is None else str(each) for each in (hold, talk)]
    fields = [
        "1800000100", linked, queue, "Dana", "IVRENDED", decision, linked, *seconds,
        "1" if left else "", transfer, by, "", "", "17", "1800", "", "", STATE,
    ]  # fmt: skip
    found = read("|".join(fields))
    told = found.ending
    assert (found.decision, told.linked_id, told.hold, told.talk) == (decision, linked, hold, talk)
    assert (told.abandoned, told.transfer, told.by, told.state) == (left, transfer, by, STATE)


@given(st.text())
def test_nothing_in_a_file_raises_anything_else(text: str) -> None:
    try:
        read_ended(f"1|2|3|4|IVRENDED|{text}\n", "pbx1")
        read_ended(text, "pbx1")
    except BadLineError:
        pass
