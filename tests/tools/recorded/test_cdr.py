"""Asterisk's CDR: rows of one call become one call."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ivr.callers.contacts import Outcome
from ivr.tools.recorded.calls import RecordedCall
from ivr.tools.recorded.recording import Form
from tests.tools.recorded.files import SAMPLES, ZONE, Read, read, read_file

TEN = datetime(2026, 1, 2, 10, tzinfo=ZONE).timestamp()
VALUES = {
    "accountcode": "", "src": "0541111111", "dst": "1800123456", "dcontext": "ivr",
    "clid": '""Dana"" <0541111111>', "channel": "PJSIP/trunk-00000001",
    "dstchannel": "PJSIP/noam-00000002", "lastapp": "Queue", "lastdata": "main,t,,,",
    "start": "2026-01-02 10:00:00", "answer": "2026-01-02 10:00:12", "end": "2026-01-02 10:01:00",
    "duration": 60, "billsec": 48, "disposition": "ANSWERED", "amaflags": "DOCUMENTATION",
    "uniqueid": "1767340800.1", "userfield": "", "peeraccount": "", "linkedid": "1767340800.1",
    "sequence": 1,
}  # fmt: skip
CSV = list(VALUES)[:16]
LINKED = ["peeraccount", "linkedid", "sequence"]
CUSTOM = ["clid", *CSV[1:4], *CSV[5:16], "accountcode", "uniqueid", "userfield", "sequence"]
CALL = RecordedCall(
    1, "+972541111111", TEN, Outcome.ANSWERED, "+9721800123456", "main", "PJSIP/noam", 12, 48
)
WAITING = {"dstchannel": "", "billsec": 60, "answer": "2026-01-02 10:00:00"}


def row(columns: list[str], **values: object) -> str:
    cells = {**VALUES, **values}
    return ",".join(
        str(value) if isinstance(value := cells[name], int) else f'"{value}"' for name in columns
    )


def cdr(*rows: dict[str, object], columns: list[str] = [*CSV, "uniqueid", "userfield"]) -> Read:  # noqa: B006 (never changed)
    return read("".join(row(columns, **each) + "\n" for each in rows))


@pytest.mark.parametrize(
    "columns",
    [
        CSV, [*CSV, "uniqueid"], [*CSV, "userfield"], [*CSV, "uniqueid", "userfield"],
        [*CSV, *LINKED], [*CSV, "uniqueid", *LINKED], [*CSV, "uniqueid", "userfield", *LINKED],
        CUSTOM, CUSTOM[:-1],
    ],
)  # fmt: skip
def test_each_shape_of_a_cdr_is_known(columns: list[str]) -> None:
    found = cdr({}, columns=columns)
    assert (found.recording.form, found.told, found.calls) == (Form.CDR, [], [CALL])


def test_a_header_says_which_column_is_which() -> None:
    columns = ["calldate" if name == "start" else name for name in reversed(VALUES)]
    body = row(list(reversed(VALUES)))
    found = read("\ufeff" + ",".join(columns).upper() + "\n" + body + "\n")
    assert (found.calls[0].number, found.calls[0].hold, found.calls[0].line) == (
        CALL.number, CALL.hold, 2,
    )  # fmt: skip


def test_who_was_put_through_to_nobody_hung_up() -> None:
    (call,) = cdr(WAITING).calls
    assert (call.outcome, call.hold, call.talk, call.agent) == (Outcome.ABANDONED, 60, None, None)
    (call,) = cdr({**WAITING, "lastapp": "Playback", "lastdata": "closed"}).calls
    assert (call.queue, call.hold) == (None, None)


def test_rows_of_one_call_are_one_call() -> None:
    busy: dict[str, object] = {"disposition": "BUSY", "billsec": 0, "answer": ""}
    again: dict[str, object] = {"start": "2026-01-02 10:01:00", "answer": "2026-01-02 10:01:00",
                                "billsec": 5, "dstchannel": "PJSIP/dana-00000009"}  # fmt: skip
    other: dict[str, object] = {"uniqueid": "1767340800.2", "src": "0542222222"}
    found = cdr(busy, other, {}, again)
    assert [(call.number, call.agent, call.talk) for call in found.calls] == [
        ("+972541111111", "PJSIP/noam", 53), ("+972542222222", "PJSIP/noam", 48),
    ]  # fmt: skip


def test_the_agents_ends_of_calls_are_no_calls() -> None:
    leg: dict[str, object] = {"lastapp": "AppQueue", "uniqueid": "1767340800.9"}
    local: dict[str, object] = {"channel": "Local/1@agents-00000001;2", "uniqueid": "1767340800.8"}
    found = cdr(leg, {}, local)
    assert (len(found.calls), found.recording.tally.left_out) == (1, 2)


def test_a_channel_s_name_comes_again_after_a_restart() -> None:
    later: dict[str, object] = {"start": "2026-01-03 10:00:00", "answer": "2026-01-03 10:00:01"}
    assert len(cdr({}, later, columns=CSV).calls) == 2
    assert len(cdr(later, {}, columns=CSV).calls) == 2


def test_times_are_local_or_utc() -> None:
    text = row(CSV) + "\n"
    assert read(text).calls[0].started == TEN
    utc = datetime(2026, 1, 2, 10, tzinfo=UTC).timestamp()
    assert read(text, utc=True).calls[0].started == utc


def test_what_is_no_call_to_us_can_be_left_out() -> None:
    mapping = "leave_out: {dcontext: [from-internal]}\ntopics: {main: fault}\n"
    out = row(CSV, dcontext="from-internal") + "\n"
    found = read(out + row(CSV, channel="PJSIP/trunk-00000007") + "\n", mapping)
    assert [(call.line, call.topic) for call in found.calls] == [(2, "fault")]


def test_a_row_that_cannot_be_read_is_told() -> None:
    found = cdr({}, {"start": "soon", "uniqueid": "1.1"}, {"billsec": "x", "uniqueid": "1.2"})
    assert [told.split(":")[0] for told in found.told] == ["2", "3"]
    found = read(row(CSV) + "\n1,2,3\n" + "x" * 70_000 + "\n")
    assert found.told == ["2: has 3 columns, where 15 belong", "3: longer than 65,536 characters"]


def test_a_real_cdr_agrees_with_the_queue_log_of_the_same_calls() -> None:
    found = read_file(SAMPLES / "Master.csv", utc=True)
    assert (found.recording.form, found.told) == (Form.CDR, [])
    told = {call.number: call for call in read_file(SAMPLES / "queue_log").calls}
    assert {call.number for call in found.calls} == set(told)
    for call in found.calls:
        same = told[call.number]
        assert (call.started, call.outcome) == (same.started, same.outcome)
        if call.queue == same.queue and call.talk is not None and same.talk is not None:
            assert abs(call.talk - same.talk) <= 2
