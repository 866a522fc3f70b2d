"""Any table, by a mapping."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.callers.contacts import Outcome
from ivr.tools.place import UsageExit
from ivr.tools.recorded.calls import RecordedCall
from ivr.tools.recorded.table import seconds
from tests.tools.recorded.files import HEAD, MAPPING, ZONE, read, table

ROW = "054-1111111,2026-01-02,10:00:00,yes,gold,1-800-123456,main,Dana,0:01:30,48,PS\n"
TEN = datetime(2026, 1, 2, 10, tzinfo=ZONE).timestamp()


def test_a_row_tells_all_of_a_call() -> None:
    (call,) = table(ROW).calls
    assert call == RecordedCall(
        2, "+972541111111", TEN, Outcome.ANSWERED, "+9721800123456", "main", "Dana", 90, 48,
        "general", vip=True,
    )  # fmt: skip


def test_what_a_row_does_not_say_is_nothing() -> None:
    (call,) = table("0,2026-01-02,10:00:00,gone,,,,,0,0,XX\n").calls
    assert call == RecordedCall(2, None, TEN, Outcome.ABANDONED)


def test_who_hung_up_had_no_agent() -> None:
    (call,) = table(ROW.replace("yes", "gone")).calls
    assert (call.agent, call.talk, call.hold) == (None, None, 90)


def test_callers_keep_the_names_that_the_log_has() -> None:
    (call,) = table(ROW, MAPPING.replace("is: number, ", "")).calls
    assert call.number == "054-1111111"
    (call,) = table(ROW.replace("054-1111111", "soon")).calls
    assert call.number is None


def test_rows_are_put_in_order_and_counted() -> None:
    later = ROW.replace("10:00", "11:00")
    found = table(later + ROW.replace("yes", "test") + ROW + "\n" + later)
    came = [(call.line, call.started - TEN) for call in found.calls]
    assert came == [(4, 0), (2, 3600), (6, 3600)]
    tally = found.recording.tally
    assert (tally.rows, tally.calls, tally.left_out, tally.skipped) == (4, 3, 1, 0)


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("yes", "maybe", "'maybe' is not in the mapping"),
        ("10:00:00", "noon", "is not of the form"),
        ("0:01:30", "long", "'long' are no seconds"),
        ("48", "-1", "'-1' are no seconds"),
    ],
)
def test_a_row_that_cannot_be_read_is_told_with_its_line(old: str, new: str, why: str) -> None:
    found = table(ROW + ROW.replace(old, new) + ROW)
    assert len(found.calls) == 2
    (told,) = found.told
    assert told.startswith("3: ")
    assert why in told


def test_columns_that_are_not_there_are_told() -> None:
    with pytest.raises(UsageExit, match="no column who; its first line says 'caller,day"):
        read(HEAD.replace("who", "caller") + ROW, MAPPING)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1255"])
def test_encodings(encoding: str) -> None:
    text = (HEAD + ROW.replace("Dana", "דנה")).encode(encoding)
    mapping = MAPPING + (f"encoding: {encoding}\n" if encoding == "cp1255" else "")
    assert read(text, mapping).calls[0].agent == "דנה"


LETTERS = st.characters(codec="utf-8", exclude_characters="\r\n\0")
WORDS = st.text(LETTERS, max_size=12).map(str.strip)


@given(st.lists(st.tuples(WORDS, WORDS, WORDS, st.integers(0, 10**7)), min_size=1))
def test_what_is_written_is_read(calls: list[tuple[str, str, str, int]]) -> None:
    def quoted(word: str) -> str:
        return '"' + word.replace('"', '""') + '"'

    rows = "".join(
        f"{quoted(who)},2026-01-02,10:00:00,yes,,,{quoted(queue)},{quoted(agent)},1,{talk},\n"
        for who, queue, agent, talk in calls
    )
    mapping = MAPPING.replace('is: number, unless: {who: ["0"]}', "unless: {}")
    found = table(rows, mapping.replace("[NOBODY]", "[]"))
    assert found.told == []
    assert [(c.number, c.queue, c.agent, c.talk) for c in found.calls] == [
        (who or None, queue or None, agent or None, talk) for who, queue, agent, talk in calls
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("90", 90), ("90.9", 90), ("0:01:30", 90), ("1:30", 90), ("1:00:00", 3600), ("0", 0)],
)
def test_seconds_as_they_are_written(text: str, expected: int) -> None:
    assert seconds(text) == expected


def test_the_times_may_be_utc() -> None:
    (call,) = read(HEAD + ROW, MAPPING, utc=True).calls
    assert call.started == datetime(2026, 1, 2, 10, tzinfo=UTC).timestamp()
