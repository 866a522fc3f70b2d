"""Opening hours: which interval wins, what is cut, and when it opens next."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ivr.policy.calendar import HORIZON, hours_on, is_open, next_opening
from ivr.policy.holidays import is_eve, is_holiday, public_holidays
from ivr.policy.model import Calendar, Hours, Interval, Week
from tests.policy.samples import ZONE, at

CLOSED: Week = ((), (), (), (), (), (), ())


def hours(*written: tuple[int, int]) -> Hours:
    """Intervals in whole hours."""
    return tuple(Interval(start * 60, end * 60) for start, end in written)


def week(**days: Hours) -> Week:
    mon, tue, wed, thu, fri, sat, sun = (
        days.get(day, ()) for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    )
    return mon, tue, wed, thu, fri, sat, sun


SERVICE = Calendar(
    "service",
    ZONE,
    week(
        **dict.fromkeys(("sun", "mon", "tue", "wed", "thu"), hours((7, 24))),
        fri=hours((7, 14)),
        sat=hours((20, 24)),
    ),
    holidays="IL",
    eve_hours=hours((7, 13)),
)


def opens(calendar: Calendar, written: str) -> str | None:
    opening = next_opening(calendar, at(written, calendar.zone))
    return opening.strftime("%Y-%m-%d %H:%M") if opening else None


# --- the week --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("2026-11-22 06:59", False),
        ("2026-11-22 07:00", True),
        ("2026-11-22 23:59", True),
        ("2026-11-23 00:00", False),  # 24:00 is the end of Sunday
        ("2026-11-27 13:59", True),
        ("2026-11-27 14:00", False),
        ("2026-11-28 12:00", False),  # Saturday
        ("2026-11-28 20:00", True),
    ],
)
def test_weekly_hours_begin_at_their_minute_and_end_before_it(when: str, expected: bool) -> None:
    assert is_open(SERVICE, at(when)) is expected


def test_an_interval_over_midnight_belongs_to_the_day_it_begins_on() -> None:
    calendar = Calendar("night", ZONE, week(thu=hours((22, 26))))
    assert is_open(calendar, at("2026-11-26 23:00"))
    assert is_open(calendar, at("2026-11-27 01:59"))  # Friday, which the week leaves empty
    assert not is_open(calendar, at("2026-11-27 02:00"))
    assert not is_open(calendar, at("2026-11-26 01:00"))


def test_a_closed_date_cuts_at_midnight() -> None:
    calendar = Calendar("night", ZONE, week(thu=hours((22, 26))), dates={date(2026, 11, 27): ()})
    assert is_open(calendar, at("2026-11-26 23:59"))
    assert not is_open(calendar, at("2026-11-27 00:00"))


def test_a_date_with_hours_does_not_cut_what_runs_into_it() -> None:
    calendar = Calendar(
        "night", ZONE, week(thu=hours((22, 26))), dates={date(2026, 11, 27): hours((10, 12))}
    )
    assert is_open(calendar, at("2026-11-27 01:00"))
    assert is_open(calendar, at("2026-11-27 11:00"))


def test_a_closed_eve_cuts_at_midnight_too() -> None:
    calendar = Calendar(
        "night",
        ZONE,
        week(sat=hours((22, 26)), sun=hours((22, 26))),
        holidays="IL",
        eve_hours=(),
    )
    assert is_eve("IL", date(2026, 9, 20))  # of Yom Kippur, a Sunday
    assert not is_open(calendar, at("2026-09-20 01:00"))
    assert not is_open(calendar, at("2026-09-20 23:00"))


# --- holidays and eves -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "name"),
    [
        (date(2026, 9, 12), "Rosh Hashana, first day"),
        (date(2026, 9, 13), "Rosh Hashana, second day"),
        (date(2026, 9, 21), "Yom Kippur"),
        (date(2026, 9, 26), "Sukkot"),
        (date(2026, 10, 3), "Shemini Atzeret"),
        (date(2026, 4, 2), "Pesach"),
        (date(2026, 4, 8), "Seventh day of Pesach"),
        (date(2026, 5, 22), "Shavuot"),
        (date(2026, 4, 22), "Independence Day"),
        (date(2025, 5, 1), "Independence Day, moved from a Saturday"),
        (date(2024, 5, 14), "Independence Day, moved from a Monday"),
    ],
)
def test_israels_days_of_rest(day: date, name: str) -> None:
    assert is_holiday("IL", day), name
    assert not is_open(SERVICE, at(f"{day} 12:00"))


@pytest.mark.parametrize(
    ("day", "name"),
    [
        (date(2026, 9, 11), "Rosh Hashana"),
        (date(2026, 9, 20), "Yom Kippur"),
        (date(2026, 9, 25), "Sukkot"),
        (date(2026, 10, 2), "Shemini Atzeret"),
        (date(2026, 4, 1), "Pesach"),
        (date(2026, 4, 7), "Seventh day of Pesach"),
        (date(2026, 5, 21), "Shavuot"),
        (date(2026, 4, 21), "Independence Day"),
    ],
)
def test_israels_eves(day: date, name: str) -> None:
    assert is_eve("IL", day), name
    assert is_open(SERVICE, at(f"{day} 12:59"))
    assert not is_open(SERVICE, at(f"{day} 13:00"))


@pytest.mark.parametrize(
    ("day", "name"),
    [
        (date(2026, 4, 5), "between the days of Pesach"),
        (date(2026, 9, 29), "between the days of Sukkot"),
        (date(2026, 3, 3), "Purim"),
        (date(2026, 12, 7), "Hanukkah"),
        (date(2026, 7, 23), "Tisha B'Av"),
    ],
)
def test_working_days_that_look_like_holidays(day: date, name: str) -> None:
    assert not is_holiday("IL", day), name
    assert is_open(SERVICE, at(f"{day} 18:00"))


def test_the_second_day_has_no_eve_of_its_own() -> None:
    assert not is_eve("IL", date(2026, 9, 12))
    assert not is_open(SERVICE, at("2026-09-12 12:00"))


def test_an_eve_never_opens_what_the_week_leaves_closed() -> None:
    assert is_eve("IL", date(2025, 4, 12))  # of Pesach, a Saturday
    assert hours_on(SERVICE, date(2025, 4, 12)) == ()


def test_an_eve_over_the_end_of_a_year() -> None:
    assert is_eve("US", date(2026, 12, 31))


def test_holidays_may_have_hours() -> None:
    calendar = Calendar("shop", ZONE, CLOSED, holidays="IL", holiday_hours=hours((10, 12)))
    assert is_open(calendar, at("2026-09-21 11:00"))
    assert not is_open(calendar, at("2026-09-22 11:00"))


def test_the_operators_own_dates_win_over_holidays() -> None:
    calendar = Calendar(
        "service",
        ZONE,
        SERVICE.weekly,
        holidays="IL",
        dates={date(2026, 4, 22): hours((9, 11)), date(2026, 11, 23): ()},
    )
    assert is_open(calendar, at("2026-04-22 10:00"))
    assert not is_open(calendar, at("2026-11-23 10:00"))


def test_a_country_that_is_not_known() -> None:
    with pytest.raises(KeyError):
        public_holidays("XX", 2026)


# --- when it opens next ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-11-22 03:00", "2026-11-22 07:00"),
        ("2026-11-22 12:00", "2026-11-22 12:00"),  # open now
        ("2026-11-27 14:00", "2026-11-28 20:00"),
        ("2026-09-11 13:00", "2026-09-14 07:00"),  # over Rosh Hashana, a Saturday and a Sunday
    ],
)
def test_next_opening(now: str, expected: str) -> None:
    assert opens(SERVICE, now) == expected


def test_a_calendar_that_does_not_open_within_the_horizon() -> None:
    assert opens(Calendar("never", ZONE, CLOSED), "2026-11-22 12:00") is None
    last = Calendar("last", ZONE, CLOSED, dates={date(2027, 1, 21): hours((9, 10))})
    assert opens(last, "2026-11-22 12:00") == "2027-01-21 09:00"
    beyond = Calendar("beyond", ZONE, CLOSED, dates={date(2027, 1, 22): hours((9, 10))})
    assert opens(beyond, "2026-11-22 12:00") is None


# The clock in Jerusalem goes from 02:00 to 03:00 on 27 March 2026, a Friday,
# and from 02:00 back to 01:00 on 25 October 2026, a Sunday.


def test_an_opening_in_the_hour_that_is_left_out_is_where_the_clock_lands() -> None:
    calendar = Calendar("night", ZONE, week(fri=(Interval(150, 300),)))
    assert opens(calendar, "2026-03-27 00:00") == "2026-03-27 03:00"


def test_hours_that_fall_into_the_hour_left_out_do_not_open() -> None:
    calendar = Calendar("night", ZONE, week(fri=hours((2, 3))))
    assert opens(calendar, "2026-03-27 00:00") == "2026-04-03 02:00"


def test_the_hour_that_comes_twice_is_open_twice() -> None:
    calendar = Calendar("night", ZONE, week(sun=hours((1, 2))))
    assert is_open(calendar, at("2026-10-25 01:30"))
    assert is_open(calendar, at("2026-10-25 01:30", fold=1))
    assert not is_open(calendar, at("2026-10-25 02:00"))


def test_what_was_over_opens_again_when_the_clock_goes_back() -> None:
    calendar = Calendar("night", ZONE, week(sun=(Interval(0, 90),)))
    closed = at("2026-10-25 01:45")
    assert not is_open(calendar, closed)
    opening = next_opening(calendar, closed)
    assert opening is not None
    assert opening.timestamp() == at("2026-10-25 01:00", fold=1)


def test_an_opening_in_the_hour_that_comes_twice_comes_twice() -> None:
    calendar = Calendar("night", ZONE, week(sun=(Interval(90, 120),)))
    between = at("2026-10-25 01:10", fold=1)
    assert not is_open(calendar, between)
    opening = next_opening(calendar, between)
    assert opening is not None
    assert opening.timestamp() == at("2026-10-25 01:30", fold=1)


# --- against every minute --------------------------------------------------------------------

INTERVALS = st.lists(
    st.tuples(st.integers(0, 1439), st.integers(1, 1439)).map(
        lambda pair: Interval(pair[0], pair[0] + pair[1])
    ),
    max_size=2,
).map(tuple)
ZONES = st.sampled_from(
    ["Asia/Jerusalem", "Europe/Berlin", "Asia/Beirut", "Australia/Lord_Howe", "UTC"]
)
#: Begins of days next to changes of the clock, to holidays, to the turn of a year.
DAYS = st.sampled_from(
    [
        "2026-03-26",
        "2026-10-24",
        "2026-03-28",
        "2026-04-04",
        "2026-04-01",
        "2026-09-10",
        "2026-12-30",
    ]
)


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    near = [date(2026, month, day) for month, day in ((3, 27), (4, 2), (9, 12), (10, 25), (12, 31))]
    return Calendar(
        "any",
        ZoneInfo(draw(ZONES)),
        draw(st.tuples(*[INTERVALS] * 7)),
        holidays=draw(st.sampled_from([None, "IL"])),
        holiday_hours=draw(INTERVALS),
        eve_hours=draw(st.none() | INTERVALS),
        dates=draw(st.dictionaries(st.sampled_from(near), INTERVALS, max_size=2)),
    )


def minute_by_minute(calendar: Calendar, now: float, minutes: int) -> datetime | None:
    moments = (now + 60 * minute for minute in range(minutes + 1))
    found = next((moment for moment in moments if is_open(calendar, moment)), None)
    return None if found is None else datetime.fromtimestamp(found, calendar.zone)


@settings(deadline=None, max_examples=80)
@given(calendars(), DAYS, st.integers(0, 1439))
@example(Calendar("x", ZoneInfo("Asia/Beirut"), week(sun=((Interval(0, 30)),))), "2026-03-28", 0)
def test_next_opening_is_the_first_open_minute(calendar: Calendar, day: str, minute: int) -> None:
    span = 3 * 1440
    now = at(f"{day} 00:00", calendar.zone) + 60 * minute
    expected = minute_by_minute(calendar, now, span)
    found = next_opening(calendar, now)
    if expected is None:
        assert found is None or found.timestamp() > now + 60 * span
    else:
        assert found == expected


@settings(deadline=None, max_examples=200)
@given(calendars(), DAYS, st.integers(0, 86399))
def test_next_opening_is_open_and_not_before_now(calendar: Calendar, day: str, second: int) -> None:
    now = at(f"{day} 00:00", calendar.zone) + second
    found = next_opening(calendar, now)
    assert is_open(calendar, now) is (found is not None and found.timestamp() == now)
    if found is not None:
        assert found.tzinfo is calendar.zone
        assert now <= found.timestamp() <= now + (HORIZON + timedelta(days=1)).total_seconds()
        assert is_open(calendar, found.timestamp())
