from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from ivr.policy.model import Calendar, Hours, Interval
from ivr.tools.simulate.staffing import Change, Group, Serves, Shift, changed, levels

ZONE = ZoneInfo("Asia/Jerusalem")


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).timestamp()


def calendar(*hours: tuple[int, int]) -> Calendar:
    day: Hours = tuple(Interval(*each) for each in hours)
    return Calendar("", ZONE, (day, day, day, day, day, day, day))


def shown(*shifts: Shift, first: str = "2027-03-01", last: str = "2027-03-02") -> list[str]:
    group = Group("g", (Serves("main"),), shifts)
    found = levels(group, at(first), at(last), ZONE)
    return [
        f"{datetime.fromtimestamp(moment, ZONE):%m-%d %H:%M} {count}" for moment, count in found
    ]


def test_agents_are_there_while_their_calendar_is_open() -> None:
    assert shown(Shift(5, calendar((480, 973)))) == [
        "03-01 00:00 0", "03-01 08:00 5", "03-01 16:13 0",
    ]  # fmt: skip


def test_shifts_add_up() -> None:
    assert shown(Shift(5, calendar((480, 960))), Shift(3, calendar((600, 720))), Shift(1)) == [
        "03-01 00:00 1", "03-01 08:00 6", "03-01 10:00 9", "03-01 12:00 6", "03-01 16:00 1",
    ]  # fmt: skip


def test_a_shift_over_midnight_is_there_before_the_first_day_begins() -> None:
    assert shown(Shift(2, calendar((1320, 1560)))) == [
        "03-01 00:00 2", "03-01 02:00 0", "03-01 22:00 2",
    ]  # fmt: skip


def test_a_night_on_which_the_clock_jumps_is_an_hour_shorter() -> None:
    found = levels(
        Group("g", (), (Shift(1, calendar((0, 240))),)), at("2027-03-26"), at("2027-03-27"), ZONE
    )
    (_, one), (over, none) = found[:2]
    assert (one, none, over - at("2027-03-26")) == (1, 0, 3 * 3600)


@pytest.mark.parametrize(
    ("change", "counts"),
    [
        (Change("g", 8), [0, 8, 8]),
        (Change("g", 2, relative=True), [0, 3, 7]),
        (Change("g", -2, relative=True), [0, 0, 3]),
        (None, [0, 1, 5]),
    ],
)
def test_a_change_counts_where_somebody_is_on_duty(
    change: Change | None, counts: list[int]
) -> None:
    plain = ((0.0, 0), (10.0, 1), (20.0, 5))
    assert [count for _, count in changed(plain, change)] == counts
