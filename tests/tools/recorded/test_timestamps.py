"""Moments are what strptime makes of them, in any form and zone."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.engine.desk import DeskError
from ivr.tools.recorded.timestamps import check_form, moments

FORMS = [
    "%Y-%m-%d %H:%M:%S", "%y%m%d %H:%M:%S", "%d/%m/%Y %H:%M", "%m/%d/%y %I:%M:%S %p",
    "%Y%m%d%H%M%S", "%d.%m.%Y %H", "%Y-%m-%dT%H:%M:%S.%f", "%a, %d %b %Y %H:%M:%S",
]  # fmt: skip
#: Lord Howe puts its clock on by half an hour.
ZONES = ["Asia/Jerusalem", "Australia/Lord_Howe", "UTC"]

LOCAL = st.datetimes(datetime(1975, 1, 1), datetime(2040, 1, 1))  # noqa: DTZ001 (of any zone)


@given(LOCAL, st.sampled_from(FORMS), st.sampled_from(ZONES), st.lists(st.integers(0, 9000)))
def test_as_strptime(moment: datetime, form: str, zone: str, later: list[int]) -> None:
    where = ZoneInfo(zone)
    read = moments(form, where)
    for seconds in (0, *later):
        text = (moment + timedelta(seconds=seconds)).strftime(form)
        assert read(text) == datetime.strptime(text, form).replace(tzinfo=where).timestamp()


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("day", ["2026-03-27", "2026-10-25", "2026-04-05", "2026-10-04"])
def test_the_hour_in_which_clocks_change(zone: str, day: str) -> None:
    form, where = "%Y-%m-%d %H:%M:%S", ZoneInfo(zone)
    read = moments(form, where)
    for minute in range(0, 300, 7):
        text = f"{day} {minute // 60:02}:{minute % 60:02}:59"
        assert read(text) == datetime.strptime(text, form).replace(tzinfo=where).timestamp()


def test_an_offset_that_is_written_counts() -> None:
    read = moments("%Y-%m-%d %H:%M:%S%z", ZoneInfo("Asia/Jerusalem"))
    assert read("2026-01-01 00:00:00+0000") == 1767225600


def test_hours_with_one_digit() -> None:
    read = moments("%y%m%d %H:%M:%S", ZoneInfo("UTC"))
    assert read("990201 7:02:47") == read("990201 07:02:47") == read("990201 7:2:47") == 917852567


@pytest.mark.parametrize("text", ["", "soon", "2026-01-01", "2026-02-30 10:00:00",
                                  "2026-01-01 10:60:00", "\x00" * 99, "٢٠٢٦"])  # fmt: skip
def test_anything_else_is_refused(text: str) -> None:
    read = moments("%Y-%m-%d %H:%M:%S", ZoneInfo("UTC"))
    read("2026-01-01 10:00:00")
    with pytest.raises(DeskError, match="is not of the form"):
        read(text)


def test_seconds_since_1970() -> None:
    read = moments("epoch", ZoneInfo("Asia/Jerusalem"))
    assert read("1767225600.25") == 1767225600.25
    for text in ("", "nan", "inf", "-1", "99999999999", "1e400"):
        with pytest.raises(DeskError, match="seconds since 1970"):
            read(text)


def test_a_form_that_cannot_be_read_is_told() -> None:
    check_form("epoch")
    for form in FORMS:
        check_form(form)
    with pytest.raises(DeskError, match="cannot be read"):
        check_form("%H:%M:%Q")
