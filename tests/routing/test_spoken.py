"""Moments as building blocks: what callers are told, and never a time before the opening."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ivr.asterisk import dialplan
from ivr.policy.calendar import is_open, next_opening
from ivr.policy.model import Calendar, Hours, Interval, Opening
from ivr.routing.spoken import BLOCKS, DIGITS, FOLDER, sound, sounds

ISRAEL = ZoneInfo("Asia/Jerusalem")
CLOSED: Hours = ()


def daily(start: int, end: int) -> Calendar:
    hours = (Interval(start, end),)
    return Calendar("service", ISRAEL, (hours,) * 7)


def on(weekday: int, start: int, end: int) -> Calendar:
    """Open on one day of the week only; 0 is Monday."""
    weekly = [CLOSED] * 7
    weekly[weekday] = (Interval(start, end),)
    mon, tue, wed, thu, fri, sat, sun = weekly
    return Calendar("service", ISRAEL, (mon, tue, wed, thu, fri, sat, sun))


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ISRAEL).timestamp()


def said(calendar: Calendar, now: str) -> list[str]:
    return [name.removeprefix("ivr/") for name in sounds((Opening(calendar),), at(now))]


def test_prompts_are_found_below_the_folder_that_the_dialplan_knows() -> None:
    assert dialplan.SOUNDS == FOLDER
    assert sound("welcome") == "ivr/welcome"


def test_digits_are_asterisks_own() -> None:
    assert [sound(name) for name in DIGITS] == [f"digits/{digit}" for digit in range(10)]


def test_an_announcement_keeps_its_order() -> None:
    spoken = ("closed-hours", Opening(daily(420, 1440)), "quiet-hours")
    assert sounds(spoken, at("2027-03-10T05:00")) == (
        "ivr/closed-hours",
        "ivr/opens",
        "ivr/day-today",
        "ivr/hour-07",
        "ivr/part-morning",
        "ivr/quiet-hours",
    )


# 10 March 2027 is a Wednesday.
@pytest.mark.parametrize(
    ("calendar", "now", "expected"),
    [
        (daily(420, 1080), "2027-03-10T00:10", "day-today hour-07 part-morning"),
        (daily(420, 1080), "2027-03-10T23:10", "day-tomorrow hour-07 part-morning"),
        (on(6, 420, 1080), "2027-03-10T12:00", "day-sunday hour-07 part-morning"),
        (on(1, 450, 1080), "2027-03-10T12:00", "day-tuesday hour-07 minute-30 part-morning"),
        (on(2, 420, 480), "2027-03-10T12:00", "day-later"),
        (on(2, 420, 780), "2027-03-10T06:00", "day-today hour-07 part-morning"),
        (daily(720, 780), "2027-03-10T11:00", "day-today hour-12 part-midday"),
        (daily(780, 790), "2027-03-10T11:00", "day-today hour-01 part-afternoon"),
        (daily(1200, 1440), "2027-03-10T11:00", "day-today hour-08 part-evening"),
        (daily(1320, 1440), "2027-03-10T11:00", "day-today hour-10 part-night"),
        (daily(30, 60), "2027-03-10T11:00", "day-tomorrow hour-12 minute-30 part-after-midnight"),
        (daily(0, 60), "2027-03-10T11:00", "day-tomorrow hour-midnight"),
    ],
)
def test_the_day_and_the_hour(calendar: Calendar, now: str, expected: str) -> None:
    assert said(calendar, now) == ["opens", *expected.split()]


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        (421, "day-today hour-07 minute-05 part-morning"),
        (476, "day-today hour-08 part-morning"),
        (719, "day-today hour-12 part-midday"),
        (1439, "day-tomorrow hour-midnight"),
    ],
)
def test_minutes_are_rounded_up(start: int, expected: str) -> None:
    assert said(daily(start, start + 60), "2027-03-10T03:00") == ["opens", *expected.split()]


def test_rounding_up_into_the_hour_that_the_clock_leaves_out() -> None:
    """On 26 March 2027 the clock goes from 02:00 to 03:00."""
    assert said(on(4, 118, 400), "2027-03-26T01:00")[2:] == ["hour-03", "part-after-midnight"]


def test_open_now_says_nothing() -> None:
    assert sounds((Opening(daily(420, 1080)),), at("2027-03-10T09:00:00.123457")) == ()


def test_no_opening_in_sight_says_nothing_of_it() -> None:
    never = Calendar("service", ISRAEL, (CLOSED,) * 7)
    assert sounds(("closed-hours", Opening(never)), at("2027-03-10T09:00")) == ("ivr/closed-hours",)


def test_holidays_of_a_week_are_no_date() -> None:
    away = {date(2027, 3, 10) + timedelta(days=days): CLOSED for days in range(9)}
    weekly = daily(420, 1080).weekly
    calendar = Calendar("service", ISRAEL, weekly, dates=away)
    assert said(calendar, "2027-03-10T09:00") == ["opens", "day-later"]


intervals = st.tuples(st.integers(0, 1439), st.integers(1, 1440)).map(
    lambda pair: Interval(pair[0], pair[0] + pair[1])
)
days = st.lists(intervals, max_size=2).map(tuple)
zones = st.sampled_from(["Asia/Jerusalem", "UTC", "America/St_Johns", "Australia/Lord_Howe"])
weeks = st.tuples(days, days, days, days, days, days, days)
calendars = st.builds(Calendar, st.just("any"), zones.map(ZoneInfo), weeks)
moments = st.floats(at("2027-01-01"), at("2029-01-01"))


@given(calendars, moments)
def test_only_building_blocks_are_said(calendar: Calendar, now: float) -> None:
    names = sounds((Opening(calendar),), now)
    assert set(names) <= {sound(block) for block in BLOCKS}
    assert all(re.fullmatch(r"[A-Za-z0-9_.:/@+*-]+", name) for name in names)


@given(calendars, moments)
def test_the_time_said_is_at_most_five_minutes_after_the_opening(
    calendar: Calendar, now: float
) -> None:
    opening = next_opening(calendar, now)
    names = [name.removeprefix("ivr/") for name in sounds((Opening(calendar),), now)]
    if opening is None or is_open(calendar, now):
        assert not names
        return
    assume("day-later" not in names)
    late = moment_of(names, datetime.fromtimestamp(now, calendar.zone)) - opening.timestamp()
    assert 0 <= late < 300 or opening.fold or near_a_change(opening)


def near_a_change(moment: datetime) -> bool:
    """Within the hours in which a time on the wall does not name one moment."""
    return (moment + timedelta(hours=2)).utcoffset() != (moment - timedelta(hours=2)).utcoffset()


def moment_of(names: list[str], now: datetime) -> float:
    """What a caller understands, read back from the names alone."""
    opens, day, *time = names
    assert opens == "opens"
    when = datetime.combine(day_of(day, now.date()), datetime.min.time(), now.tzinfo)
    return (when + timedelta(minutes=minutes_of(time))).timestamp()


def day_of(name: str, today: date) -> date:
    word = name.removeprefix("day-")
    if word in ("today", "tomorrow"):
        return today + timedelta(days=["today", "tomorrow"].index(word))
    ahead = (today + timedelta(days=days) for days in range(2, 7))
    return next(day for day in ahead if day.strftime("%A").lower() == word)


def minutes_of(names: list[str]) -> int:
    if names == ["hour-midnight"]:
        return 0
    hour, *minute, part = names
    twelve = int(hour.removeprefix("hour-")) % 12
    past = int(minute[0].removeprefix("minute-")) if minute else 0
    morning = part in ("part-after-midnight", "part-morning")
    return (twelve if morning else twelve + 12) * 60 + past
