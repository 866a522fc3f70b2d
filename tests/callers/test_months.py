"""Calendar months: over daylight-saving changes and years, and what protection does to them."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.callers.caller import Author, Caller, Case, Grant, Mark, MonthTally, Record, Span
from ivr.callers.months import (
    FURTHEST,
    earliest,
    first_needed,
    is_whole,
    month_of,
    months,
    protection,
    stage_of,
)
from ivr.callers.nuisance import Month, Process, Rules, Stage, stage

ISRAEL = ZoneInfo("Asia/Jerusalem")
#: Zones with different rules: summer in the south, midnight changes, half hours, no changes.
ZONES = st.sampled_from(
    [
        ISRAEL,
        ZoneInfo("America/New_York"),
        ZoneInfo("America/Santiago"),
        ZoneInfo("Australia/Lord_Howe"),
        ZoneInfo("Asia/Kolkata"),
        ZoneInfo("UTC"),
    ]
)
NAMES = st.builds(
    lambda year, month: f"{year:04}-{month:02}", st.integers(2000, 2040), st.integers(1, 12)
)
#: Whole seconds from 2000 to 2040.
MOMENTS = st.integers(946_900_000, 2_240_000_000).map(float)


def local(zone: ZoneInfo, *moment: int) -> float:
    return datetime(*moment, tzinfo=zone).timestamp()  # type: ignore[misc,arg-type] # year, month…


def author(at: float) -> Author:
    return Author("Ronit", "ronit", at, "why")


def caller(record: Record, here: frozenset[str], *tallies: MonthTally) -> Caller:
    return Caller("+972541111111", record, months=tallies, here=here)


def shifted(name: str, by: int) -> str:
    count = int(name[:4]) * 12 + int(name[5:]) - 1 + by
    return f"{count // 12:04}-{count % 12 + 1:02}"


# --- which month ------------------------------------------------------------------------------


@given(ZONES, MOMENTS)
def test_a_moment_is_in_the_month_of_its_local_day(zone: ZoneInfo, at: float) -> None:
    local_day = datetime.fromtimestamp(at, zone).date()
    assert month_of(zone, at) == local_day.isoformat()[:7]


@pytest.mark.parametrize(
    ("moment", "month"),
    [
        ((2026, 2, 28, 23, 59), "2026-02"),
        ((2026, 3, 1, 0, 0), "2026-03"),
        ((2026, 12, 31, 23, 59), "2026-12"),
        ((2027, 1, 1, 0, 0), "2027-01"),
        ((2026, 3, 31, 23, 30), "2026-03"),  # summer time: 20:30 UTC
        ((2026, 4, 1, 0, 30), "2026-04"),  # 21:30 UTC, still March there
        ((2026, 10, 31, 23, 30), "2026-10"),  # winter time since the 25th
        ((2026, 11, 1, 0, 30), "2026-11"),
    ],
)
def test_months_change_at_local_midnight(moment: tuple[int, ...], month: str) -> None:
    assert month_of(ISRAEL, local(ISRAEL, *moment)) == month


# --- which months count -----------------------------------------------------------------------


@given(ZONES, MOMENTS, st.integers(0, FURTHEST + 20), st.booleans())
def test_every_month_that_is_over_is_there_once_and_in_order(
    zone: ZoneInfo, now: float, back: int, stepped: bool
) -> None:
    present = month_of(zone, now)
    first = shifted(present, -back)
    record = Record(process=Process(Stage.WARNED, first)) if stepped else Record()
    tallies = () if stepped else (MonthTally(first, 1, 0),)
    names = [month.name for month in months(caller(record, frozenset(), *tallies), zone, now)]
    whole = [shifted(present, -ago) for ago in range(back, 0, -1)]
    assert names == (whole if stepped else whole[-FURTHEST:])


@given(ZONES, MOMENTS)
def test_a_caller_without_evidence_has_no_months(zone: ZoneInfo, now: float) -> None:
    assert months(caller(Record(), frozenset()), zone, now) == ()


def test_quiet_months_between_are_told() -> None:
    tallies = (
        MonthTally("2025-11", 20, 5),
        MonthTally("2026-02", 7, 1),
        MonthTally("2026-03", 9, 9),
    )
    here = frozenset({"2025-11", "2025-12", "2026-01", "2026-02"})
    now = local(ISRAEL, 2026, 3, 15)
    assert months(caller(Record(), here, *tallies), ISRAEL, now) == (
        Month("2025-11", 20, 5),
        Month("2025-12", 0, 0),
        Month("2026-01", 0, 0),
        Month("2026-02", 7, 1),
    )


def test_a_month_without_the_store_is_void() -> None:
    now = local(ISRAEL, 2026, 4, 1)
    found = months(
        caller(Record(), frozenset({"2026-02"}), MonthTally("2026-02", 9, 9)), ISRAEL, now
    )
    assert [(month.name, bool(month.void)) for month in found] == [
        ("2026-02", False),
        ("2026-03", True),
    ]


# --- protection -------------------------------------------------------------------------------


def voided(record: Record, zone: ZoneInfo, name: str) -> bool:
    """Whether a month of evidence, seen three months later, does not count."""
    record = Record(
        record.generation, record.grants, record.cases, record.marks, record.shared,
        Process(record.process.reached, shifted(name, -1), appeal=record.process.appeal),
        record.protected,
    )  # fmt: skip
    now = local(zone, int(shifted(name, 3)[:4]), int(shifted(name, 3)[5:]), 15)
    found = {month.name: month for month in months(caller(record, frozenset({name})), zone, now)}
    return bool(found[name].void)


@given(ZONES, NAMES, st.integers(-5_000_000, 5_000_000), st.integers(1, 5_000_000))
def test_a_span_voids_the_months_whose_days_it_touches(
    zone: ZoneInfo, name: str, offset: int, length: int
) -> None:
    begins = local(zone, int(name[:4]), int(name[5:]), 1)
    span = Span(begins + offset, begins + offset + length)
    day, last = (datetime.fromtimestamp(at, zone).date() for at in (span.start, span.end - 1))
    touched = set()
    while day <= last:
        touched.add(day.isoformat()[:7])
        day += timedelta(days=1)
    assert voided(Record(protected=(span,)), zone, name) == (name in touched)


@pytest.mark.parametrize(
    ("start", "end", "void"),
    [
        ((2026, 2, 10), (2026, 3, 1), False),  # ends as March begins
        ((2026, 2, 10), (2026, 3, 1, 0, 0, 1), True),
        ((2026, 4, 1), (2026, 4, 2), False),  # begins as March is over: 1 April, summer time
        ((2026, 3, 31, 23, 59, 59), (2026, 4, 2), True),
        ((2026, 3, 27, 2, 30), (2026, 3, 27, 2, 45), True),  # in the hour that there was not
        ((2026, 1, 1), (2026, 12, 31), True),
    ],
)
def test_spans_at_a_month_s_border(
    start: tuple[int, ...], end: tuple[int, ...], void: bool
) -> None:
    span = Span(local(ISRAEL, *start), local(ISRAEL, *end))
    assert voided(Record(protected=(span,)), ISRAEL, "2026-03") is void


MARCH_5 = local(ISRAEL, 2026, 3, 5)


@pytest.mark.parametrize(
    "record",
    [
        Record(grants=(Grant("golden-beam", author(MARCH_5)),)),
        Record(grants=(Grant("golden-beam", author(MARCH_5), MARCH_5 + 60),)),
        Record(cases=(Case("K7", None, False, author(MARCH_5)),)),
        Record(process=Process(appeal=MARCH_5)),
        Record(protected=(Span(MARCH_5, MARCH_5 + 60),)),
    ],
)
def test_whatever_protects_voids_its_month_and_none_before(record: Record) -> None:
    assert len(list(protection(record))) == 1
    assert voided(record, ISRAEL, "2026-03")
    assert not voided(record, ISRAEL, "2026-02")


def test_a_grant_that_is_over_protects_no_month_after() -> None:
    grant = Grant("golden-beam", author(MARCH_5), MARCH_5 + 60)
    assert not voided(Record(grants=(grant,)), ISRAEL, "2026-04")


# --- what a lookup brings ---------------------------------------------------------------------


@given(NAMES, st.integers(1, 28), st.none() | NAMES)
def test_a_lookup_reaches_as_far_back_as_months_can_ask(
    present: str, day: int, since: str | None
) -> None:
    process = Process(Stage.WARNED, since) if since else Process()
    today = date(int(present[:4]), int(present[5:]), day)
    month_before = (today.replace(day=1) - timedelta(days=1)).replace(day=1)
    for reached in (today, month_before, min(month_before, today - timedelta(days=31))):
        first = earliest(process, reached)
        assert first <= shifted(present, -FURTHEST)
        assert first >= min(since or present, shifted(present, -FURTHEST - 2))
        assert since is None or first <= since


@given(st.none() | NAMES, st.lists(NAMES, unique=True).map(sorted))
def test_presence_is_asked_of_every_month_that_is_judged(
    since: str | None, names: list[str]
) -> None:
    process = Process(Stage.WARNED, since) if since else Process()
    tallies = tuple(MonthTally(name, 1, 0) for name in names)
    first = first_needed(process, tallies)
    now = local(ISRAEL, 2041, 6, 1)
    judged = months(caller(Record(process=process), frozenset(), *tallies), ISRAEL, now)
    assert (first is None) == (not judged)
    assert all(first is not None and month.name >= first for month in judged)


@given(NAMES)
def test_a_month_is_whole_with_all_its_days_and_not_with_one_less(name: str) -> None:
    length = monthrange(int(name[:4]), int(name[5:]))[1]
    every = sum(1 << day for day in range(length))
    assert is_whole(name, every)
    for day in range(length):
        assert not is_whole(name, every - (1 << day))


@st.composite
def callers(draw: st.DrawFn) -> Caller:
    """Callers of some years: quiet and watched months, months without any, the store not there."""
    names = [shifted("2026-01", -back) for back in range(draw(st.integers(0, 45)), -2, -1)]
    watched, told = draw(st.floats(0, 1)), draw(st.floats(0, 1))
    random = draw(st.randoms(use_true_random=False))
    tallies = [
        MonthTally(name, 9 if random.random() < watched else 1, 2)
        for name in names
        if random.random() < told
    ]
    here = frozenset(name for name in names if random.random() < 0.9)
    process = Process(
        draw(st.sampled_from([Stage.CLEAR, Stage.WARNED, Stage.PAID])),
        draw(st.sampled_from(["", *names])),
        appeal=draw(st.sampled_from([None, None, 5.0])),
    )
    marks = draw(st.sampled_from([(), (Mark("nuisance", author(1.0)),)]))
    shared = draw(st.sampled_from([None, None, author(1.0)]))
    spans = () if draw(st.booleans()) else (Span(NOW - 1e7, NOW - 5e6),)
    return caller(Record(0, (), (), marks, shared, process, spans), here, *tallies)


NOW = local(ISRAEL, 2026, 1, 15, 12)


@given(callers(), st.none() | st.builds(Rules, st.just(5), st.just(1), quiet=st.integers(1, 4)))
def test_the_last_months_tell_the_stage_that_all_of_them_tell(
    caller: Caller, rules: Rules | None
) -> None:
    expected = stage(rules, caller.record, months(caller, ISRAEL, NOW), NOW)
    assert stage_of(caller, rules, ISRAEL, NOW) is expected


@given(callers(), st.builds(Rules, st.just(5), st.just(1), quiet=st.integers(1, 4)))
def test_months_before_those_that_a_lookup_brings_tell_nothing(
    caller: Caller, rules: Rules
) -> None:
    first = earliest(caller.record.process, datetime.fromtimestamp(NOW, ISRAEL).date())
    brought = tuple(month for month in caller.months if month.name >= first)
    found = replace(caller, months=brought)
    assert stage_of(found, rules, ISRAEL, NOW) is stage_of(caller, rules, ISRAEL, NOW)


def test_the_month_of_the_last_step_clears_nobody() -> None:
    stepped = Record(process=Process(Stage.PAID, "2025-12"))
    quiet = caller(stepped, frozenset({"2025-12"}), MonthTally("2025-12", 1, 0))
    assert stage_of(quiet, Rules(5, 1, quiet=1), ISRAEL, NOW) is Stage.PAID
