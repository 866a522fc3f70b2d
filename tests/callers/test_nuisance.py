"""The nuisance process: the table, every stage, every interruption, both ways out."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.callers.caller import Author, Caller, Case, Grant, Mark, MonthTally, Record, Span
from ivr.callers.changes import CloseCase, Release, RevokeGrant, apply
from ivr.callers.errors import RefusedError
from ivr.callers.months import FURTHEST, before, months
from ivr.callers.nuisance import (
    Month,
    Process,
    Sort,
    Stage,
    Standing,
    Told,
    stage,
    standing,
)
from ivr.callers.process import (
    STEPS,
    Attempt,
    ClearProcess,
    DecideAppeal,
    FileAppeal,
    confirmation,
    hindrance,
)
from tests.callers.life import HEAVY, RULES, Life, moment

ZONE = ZoneInfo("Asia/Jerusalem")
RONIT = Author("Ronit", "ronit", 1000.0, "explained by telephone")
NOAM = Author("Noam", "noam", 2000.0, "announced by telephone")
DANA = "+972541111111"

WATCHED = Month("", 10, 5)
QUIET = Month("", 9, 9)
VOID = Month("", 99, 99, "the store was not there all the month")
LETTERS = {"w": WATCHED, "q": QUIET, "v": VOID}

C, O, WD, W, ND, P = Stage  # noqa: E741 # the table reads as in the design


def row(letters: str, first: str = "2026-01") -> list[Month]:
    """Months in a row, one a letter: watched, quiet, void."""
    year, month = int(first[:4]), int(first[5:])
    since = 12 * year + month - 1
    names = [f"{n // 12:04}-{n % 12 + 1:02}" for n in range(since, since + len(letters))]
    return [replace(LETTERS[each], name=name) for each, name in zip(letters, names, strict=True)]


def at(reached: Stage) -> Process:
    told = Told("Ronit", "telephone", 1000.0)
    return Process(reached, "2025-12", told, told if reached is P else None)


# -- the table


@pytest.mark.parametrize(
    ("contacts", "marks", "sort"),
    [(10, 5, Sort.WATCHED), (9, 9, Sort.QUIET), (99, 4, Sort.QUIET), (0, 0, Sort.QUIET)],
)
def test_frequency_alone_proves_nothing(contacts: int, marks: int, sort: Sort) -> None:
    assert Month("2026-01", contacts, marks).sort(RULES) is sort
    assert Month("2026-01", contacts, marks, "a grant").sort(RULES) is Sort.VOID


@pytest.mark.parametrize(
    ("reached", "letters", "expected"),
    [
        (C, "", C), (C, "w", O), (C, "ww", O), (C, "www", WD), (C, "wwwwwwwwwwww", WD),
        (C, "wq", O), (C, "wqq", C), (C, "wqww", O), (C, "wqwww", WD), (C, "wwwq", O),
        (C, "wwwqww", O), (C, "wwwqwww", WD), (C, "wwwqq", C), (C, "v", C), (C, "vvvvv", C),
        (C, "wvwvw", WD), (C, "wvqvq", C), (C, "q", C), (C, "qqqq", C),
        (W, "", W), (W, "w", W), (W, "ww", ND), (W, "wwwwww", ND), (W, "wq", W), (W, "wqw", W),
        (W, "wqww", ND), (W, "wwq", W), (W, "wwqw", W), (W, "wwqww", ND), (W, "qq", C),
        (W, "qvq", C), (W, "wvw", ND), (W, "vvvv", W), (W, "qqww", O), (W, "qqwww", WD),
        (P, "", P), (P, "w", P), (P, "wwww", P), (P, "q", P), (P, "qw", P), (P, "qwq", P),
        (P, "qq", C), (P, "qvvq", C), (P, "vvvv", P), (P, "qqw", O), (P, "qqwwwww", WD),
    ],
)  # fmt: skip
def test_the_table(reached: Stage, letters: str, expected: Stage) -> None:
    assert standing(RULES, at(reached), row(letters)).stage is expected


def test_a_policy_may_need_one_month_only() -> None:
    quick = replace(RULES, before_warning=1, before_notice=1, quiet=1)
    assert standing(quick, at(C), row("w")).stage is WD
    assert standing(quick, at(W), row("w")).stage is ND
    assert standing(quick, at(P), row("q")).stage is C


def test_quiet_months_are_counted_beyond_what_clears() -> None:
    assert standing(RULES, at(P), row("qqq")) == Standing(C, 0, 3)


def test_months_up_to_the_last_step_count_no_more() -> None:
    warned = replace(at(W), since="2026-03")
    assert standing(RULES, warned, row("wwww")) == Standing(W, 1, 0)
    assert standing(RULES, warned, row("wwwww")).stage is ND


@given(st.text("wqv", max_size=14), st.sampled_from((C, W, P)))
def test_an_interrupted_month_neither_counts_nor_clears(letters: str, reached: Stage) -> None:
    without = letters.replace("v", "")
    assert standing(RULES, at(reached), row(letters)) == standing(RULES, at(reached), row(without))


@given(st.text("wqv", max_size=14), st.sampled_from((C, W, P)))
def test_a_quiet_month_starts_the_count_again(letters: str, reached: Stage) -> None:
    after = standing(RULES, at(reached), row(letters + "q"))
    assert after.watched == 0
    assert after.stage not in (WD, ND)


@given(st.text("wqv", max_size=14), st.text("v", max_size=3), st.sampled_from((C, W, P)))
def test_two_quiet_months_clear_from_every_stage(
    letters: str, between: str, reached: Stage
) -> None:
    assert standing(RULES, at(reached), row(f"{letters}q{between}q")).stage is C


@given(st.text("wqv", max_size=14), st.sampled_from((C, W, P)))
def test_evidence_leads_no_further_than_to_what_is_due(letters: str, reached: Stage) -> None:
    """Nothing is skipped, and nothing comes early: only months in a row make a step due."""
    found = standing(RULES, at(reached), row(letters)).stage
    counted = letters.replace("v", "")
    if found is WD:
        assert counted.endswith("www")
    if found is ND:
        assert reached is W
        assert counted.endswith("ww")
        assert "qq" not in counted
    if found is P:
        assert reached is P
        assert "qq" not in counted
    if found is W:
        assert reached is W


# -- what hides a stage, or opens one

MARKED = Mark("nuisance", RONIT)


@given(st.text("wqv", max_size=10), st.sampled_from((C, W, P)), st.booleans(), st.booleans())
def test_a_shared_number_and_an_appeal_never_go_past_observation(
    letters: str, reached: Stage, shared: bool, marked: bool
) -> None:
    own = Record(process=at(reached), marks=(MARKED,) if marked else ())
    stopped = (
        replace(own, shared=RONIT)
        if shared
        else replace(own, process=replace(own.process, appeal=5.0))
    )
    plain = stage(RULES, own, row(letters), 9e9)
    hidden = stage(RULES, stopped, row(letters), 9e9)
    assert hidden is (O if plain.reaches(O) else C)


def test_a_mark_opens_observation_and_no_more() -> None:
    record = Record(marks=(MARKED,))
    assert stage(None, record, (), 2000.0) is O
    assert stage(RULES, record, (), 2000.0) is O
    assert stage(RULES, record, row("w"), 2000.0) is O
    assert stage(RULES, record, row("www"), 2000.0) is WD
    assert stage(RULES, record, (), 999.0) is C
    assert stage(None, Record(process=at(P)), row("wwwww"), 2000.0) is C


# -- months

NOW = moment(2027, 3, 15)
ALL_2026 = frozenset(f"2026-{n:02}" for n in range(1, 13)) | {"2027-01", "2027-02"}


def who(record: Record | None = None, **tallies: int) -> Caller:
    found = tuple(MonthTally(name[1:].replace("_", "-"), n, n) for name, n in tallies.items())
    return Caller(DANA, record or Record(), months=found, here=ALL_2026)


def test_quiet_months_are_months_too_and_the_present_one_is_none() -> None:
    found = months(who(m2026_11=12, m2027_01=3, m2027_03=50), ZONE, NOW)
    assert [(m.name, m.contacts, m.void) for m in found] == [
        ("2026-11", 12, ""), ("2026-12", 0, ""), ("2027-01", 3, ""), ("2027-02", 0, ""),
    ]  # fmt: skip


def test_a_month_in_which_the_store_was_not_there_is_void() -> None:
    caller = replace(who(m2026_12=12), here=ALL_2026 - {"2027-01"})
    assert [bool(m.void) for m in months(caller, ZONE, NOW)] == [False, True, False]


@pytest.mark.parametrize(
    ("first", "last", "void"),
    [
        (moment(2026, 11, 30, 23, 59), moment(2026, 12, 1), "2026-11"),
        (moment(2026, 12, 1), moment(2026, 12, 1, 0, 1), "2026-12"),
        (moment(2026, 12, 31, 23, 59), moment(2027, 1, 1), "2026-12"),
        (moment(2026, 11, 30), moment(2027, 1, 1, 0, 1), "2026-11 2026-12 2027-01"),
    ],
)
def test_one_day_of_protection_is_enough(first: float, last: float, void: str) -> None:
    by = replace(RONIT, at=first)
    tallies = {"m2026_11": 12, "m2026_12": 12, "m2027_01": 12, "m2027_02": 12}
    for record in (
        Record(protected=(Span(first, last),)),
        Record(grants=(Grant("golden-beam", by, last),)),
        apply(Record(grants=(Grant("golden-beam", by),)), RevokeGrant(), replace(NOAM, at=last)),
        apply(Record(cases=(Case("K7", None, False, by),)), CloseCase(), replace(NOAM, at=last)),
        apply(
            apply(Record(), FileAppeal(), by),
            DecideAppeal(upheld=False, month="2027-03"),
            replace(NOAM, at=last),
        ),
    ):
        found = months(who(record, **tallies), ZONE, NOW)
        assert " ".join(m.name for m in found if m.void) == void


def test_what_still_lasts_voids_every_month_since() -> None:
    by = replace(RONIT, at=moment(2026, 12, 31, 23))
    for record in (
        Record(grants=(Grant("golden-beam", by),)),
        Record(cases=(Case("K7", None, False, by),)),
        Record(process=Process(appeal=by.at)),
    ):
        found = months(who(record, m2026_11=12), ZONE, NOW)
        assert [bool(m.void) for m in found] == [False, True, True, True]


def test_no_month_since_a_step_is_ever_forgotten() -> None:
    """Two quiet months cleared the number; ever so many later ones must not bring it back."""
    long_ago, now = "2020-01", moment(2026, 1, 1)
    here = frozenset(row_names("2020-02", "2025-12"))
    alternating = tuple(
        MonthTally(name, 20, 20) for n, name in enumerate(sorted(here)) if n > 1 and n % 2
    )
    caller = Caller(
        DANA, Record(process=replace(at(P), since=long_ago)), months=alternating, here=here
    )
    found = months(caller, ZONE, now)
    assert len(found) > FURTHEST
    assert stage(RULES, caller.record, found, now) is O


def row_names(first: str, last: str) -> list[str]:
    names = [last]
    for name in before(last):
        if name < first:
            return names
        names.append(name)
    raise AssertionError


def test_protection_since_a_step_is_never_forgotten() -> None:
    old = Span(1000.0, 2000.0)
    later = replace(NOAM, at=2000.0 + 50 * 31 * 86400)
    grant = Grant("golden-beam", later)
    with_step = Record(grants=(grant,), protected=(old,), process=at(W))
    assert old in apply(with_step, RevokeGrant(), later).protected
    without = Record(grants=(grant,), protected=(old,))
    assert old not in apply(without, RevokeGrant(), later).protected


# -- people's steps


def confirm(record: Record, step: Stage, author: Author = RONIT, letters: str = "www") -> Record:
    wanted = confirmation(record, step, "telephone", "2026-04", row(letters))
    return apply(record, wanted, author)


def test_a_confirmation_says_who_how_and_when() -> None:
    warned = confirm(Record(), W)
    assert warned.process == Process(W, "2026-04", Told("Ronit", "telephone", 1000.0))
    paid = confirm(warned, P, NOAM)
    assert paid.process.noticed == Told("Noam", "telephone", 2000.0)
    assert paid.process.reached is P


def test_the_evidence_goes_with_the_step() -> None:
    wanted = confirmation(Record(), W, "telephone", "2026-04", row("wv"))
    assert wanted.evidence == (
        ("2026-01", 10, 5, ""),
        ("2026-02", 99, 99, "the store was not there all the month"),
    )


@pytest.mark.parametrize(
    "name", ["Ronit", "ronit", " RONIT  ", "Ronit.", "Ro\u200bnit", "\uff32onit"]
)
def test_the_second_notice_is_somebody_else_s(name: str) -> None:
    with pytest.raises(RefusedError, match="Ronit gave the warning"):
        confirm(confirm(Record(), W), P, replace(NOAM, by=name))


def test_a_step_that_somebody_took_meanwhile_is_refused() -> None:
    stale = confirmation(Record(), W, "telephone", "2026-04", ())
    with pytest.raises(RefusedError, match="somebody took a step meanwhile"):
        apply(confirm(Record(), W), stale, NOAM)
    cleared = apply(confirm(Record(), W), ClearProcess("2026-04"), RONIT)
    with pytest.raises(RefusedError, match="somebody took a step meanwhile"):
        apply(cleared, stale, NOAM)


@pytest.mark.parametrize("reached", [C, P])
def test_a_notice_follows_a_warning_only(reached: Stage) -> None:
    with pytest.raises(RefusedError, match="comes after a warning"):
        confirm(Record(process=at(reached)), P, NOAM)
    with pytest.raises(RefusedError, match="comes after a warning"):
        confirm(Record(), O)


@pytest.mark.parametrize(
    ("record", "words"),
    [
        (Record(shared=RONIT), "shared"),
        (Record(cases=(Case("K7", None, False, RONIT),)), "a case is open"),
        (Record(grants=(Grant("golden-beam", RONIT),)), "has a grant"),
        (Record(process=Process(appeal=5.0)), "an appeal is open"),
    ],
)
def test_nothing_is_confirmed_over_a_protected_caller(record: Record, words: str) -> None:
    assert words in hindrance(record, 1000.0)
    with pytest.raises(RefusedError, match=words):
        confirm(record, W)


def test_a_grant_that_is_over_hinders_nobody() -> None:
    assert hindrance(Record(grants=(Grant("golden-beam", RONIT, 1500.0),)), 2000.0) == ""


def test_a_try_is_no_notice() -> None:
    assert apply(Record(), Attempt(W, "telephone"), RONIT) == Record()


def test_an_appeal_is_filed_once_and_decided_once() -> None:
    warned = confirm(Record(), W)
    appealed = apply(warned, FileAppeal(), NOAM)
    with pytest.raises(RefusedError, match="decide it first"):
        apply(appealed, FileAppeal(), NOAM)
    rejected = apply(appealed, DecideAppeal(upheld=False, month="2026-05"), NOAM)
    assert rejected.process == warned.process
    upheld = apply(appealed, DecideAppeal(upheld=True, month="2026-05"), NOAM)
    assert upheld.process == Process(C, "2026-05")
    for decided in (rejected, upheld):
        assert decided.protected == (Span(2000.0, 2000.0),)
        with pytest.raises(RefusedError, match="nothing to decide"):
            apply(decided, DecideAppeal(upheld=True, month="2026-05"), NOAM)


def test_clearing_leaves_an_appeal_open() -> None:
    appealed = apply(confirm(Record(), W), FileAppeal(), NOAM)
    cleared = apply(appealed, ClearProcess("2026-05"), NOAM)
    assert cleared.process == Process(C, "2026-05", appeal=2000.0)


# -- a caller's life


def test_five_months_of_a_caller_s_life() -> None:
    """Three months watched, the warning, two more, the notice: the paid line, in month six."""
    life = Life()
    assert life.months(HEAVY, HEAVY, HEAVY) == [C, O, O]
    assert life.stage is WD
    life.confirm("Ronit")
    assert life.stage is W
    assert life.months(HEAVY) == [W]  # the month of the warning does not count
    assert life.months(HEAVY, HEAVY) == [W, W]
    assert life.stage is ND
    life.confirm("Noam")
    assert life.stage is P


@pytest.mark.parametrize("reached", [O, WD, W, ND, P])
def test_both_ways_out_from_every_stage(reached: Stage) -> None:
    for leave in ("quiet", "clear", "appeal"):
        life = Life.at(reached)
        assert life.stage is reached
        if leave == "quiet":
            life.months(0, 0, 0)
        elif leave == "clear":
            life.change(ClearProcess(life.month))
        else:
            life.change(FileAppeal())
            assert life.stage is O
            life.change(DecideAppeal(upheld=True, month=life.month))
        assert life.stage is C


@pytest.mark.parametrize("reached", [WD, W, ND, P])
def test_an_appeal_that_is_rejected_gives_back_the_stage_and_voids_its_months(
    reached: Stage,
) -> None:
    life = Life.at(reached)
    life.change(FileAppeal())
    assert life.months(HEAVY, 0, 0) == [O, O, O]
    life.change(DecideAppeal(upheld=False, month=life.month))
    assert life.stage is reached


@pytest.mark.parametrize("how", ["grant", "case", "outage"])
@pytest.mark.parametrize("reached", [O, WD, W, ND, P])
def test_an_interruption_neither_counts_nor_clears(reached: Stage, how: str) -> None:
    life = Life.at(reached)
    life.interrupted(how, HEAVY, 0, 0)
    assert life.stage is reached


def test_a_new_owner_begins_anew() -> None:
    life = Life.at(P)
    life.change(Release())
    assert life.stage is C


STEPS_OF_LIFE = st.sampled_from(
    ["heavy", "heavy 2", "heavy 3", "quiet", "confirm Ronit", "confirm Noam", "appeal",
     "uphold", "reject", "clear", "grant", "case", "outage", "share", "unshare", "release"]
)  # fmt: skip


@given(st.sampled_from(Stage), st.lists(STEPS_OF_LIFE, max_size=30))
def test_whatever_happens_the_last_stage_was_earned(start: Stage, happenings: list[str]) -> None:
    """A model of its own: the story of months and steps that leads to the last stage."""
    life = Life.at(start)
    for happening in happenings:
        life.happens(happening)
        if life.stage is P:
            assert life.earned(), life.story
            process = life.record.process
            assert process.warned is not None
            assert process.noticed is not None
            assert process.warned.by != process.noticed.by
            assert process.warned.at < process.noticed.at
            assert life.record.shared is None
            assert process.appeal is None
        assert STEPS.get(life.stage) is None or life.stage in (WD, ND)


def test_the_model_knows_what_is_not_earned() -> None:
    life = Life()
    life.record = replace(life.record, process=at(P))
    assert not life.earned()
