"""The charge guard: what each condition is for, one at a time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from ivr.callers.caller import Author, Caller, Case, Consent, Grant, Mark, MonthTally
from ivr.callers.nuisance import Rules, Stage
from ivr.policy.paid import Method, PaidLine
from ivr.routing.charge import (
    Agreement,
    ChargedCall,
    Refusal,
    dials,
    disagreements,
    earlier_consent,
    refusals,
)
from tests.routing.paid import (
    AUTHOR,
    CHARGEABLE,
    DAY,
    LINE,
    NOON,
    NOTICED,
    NUMBER,
    PROCESS,
    RECORD,
    RULES,
    WARNED,
    ZONE,
    line,
)

BY_KEY = ChargedCall(NUMBER, "billing", by_key=True)


@dataclass(frozen=True)
class Question:
    """All that the guard is asked with; it says yes to this one."""

    line: PaidLine = LINE
    call: ChargedCall = BY_KEY
    caller: Caller | None = CHARGEABLE
    rules: Rules | None = RULES
    now: float = NOON
    zone: ZoneInfo = ZONE

    def answer(self) -> tuple[Refusal, ...]:
        return refusals(self.line, self.call, self.caller, self.rules, self.zone, self.now)


def call(**changes: Any) -> Question:
    return Question(call=replace(Question().call, **changes))


def record(**changes: Any) -> Question:
    return Question(caller=replace(CHARGEABLE, record=replace(RECORD, **changes)))


def process(**changes: Any) -> Question:
    return record(process=replace(PROCESS, **changes))


C = Stage.CLEAR
LATER = Author("dana", "dana", NOON + 1, "")

REFUSED = {
    "withheld": (call(number=None), {Refusal.WITHHELD}),
    "withheld, whatever else": (
        Question(call=ChargedCall(None, None, by_key=False, forwarded=True), caller=None),
        {Refusal.WITHHELD},
    ),
    "not read": (Question(caller=None), {Refusal.NOT_READ}),
    "another's record": (
        Question(caller=replace(CHARGEABLE, number="+972521234568")), {Refusal.ANOTHER},
    ),
    "no rules": (Question(rules=None), {Refusal.PROCESS}),
    "one step short": (process(reached=Stage.WARNED), {Refusal.PROCESS}),
    "cleared by two quiet months": (
        Question(caller=replace(CHARGEABLE, months=())), {Refusal.PROCESS},
    ),
    "cleared by too few marks": (
        Question(caller=replace(CHARGEABLE, months=(MonthTally("2026-09", 20, 1),))),
        {Refusal.PROCESS},
    ),
    "no warning": (process(warned=None), {Refusal.NOTICES}),
    "no notice": (process(noticed=None), {Refusal.NOTICES}),
    "nobody warned": (process(warned=replace(WARNED, by=" ")), {Refusal.NOTICES}),
    "nobody gave notice": (process(noticed=replace(NOTICED, by="")), {Refusal.NOTICES}),
    "warned in no way": (process(warned=replace(WARNED, how="")), {Refusal.NOTICES}),
    "notice in no way": (process(noticed=replace(NOTICED, how="\t")), {Refusal.NOTICES}),
    "notice before warning": (process(noticed=replace(NOTICED, at=WARNED.at)), {Refusal.NOTICES}),
    "notice in time to come": (process(noticed=replace(NOTICED, at=NOON + 1)), {Refusal.NOTICES}),
    "shared": (record(shared=AUTHOR), {Refusal.SHARED, Refusal.PROCESS}),
    "forwarded": (call(forwarded=True), {Refusal.FORWARDED}),
    "transferred": (call(transferred=True), {Refusal.TRANSFERRED}),
    "doubtful": (call(doubtful=True), {Refusal.DOUBTFUL}),
    "another prefix": (Question(line=line(valid_for=("+97250", "+1"))), {Refusal.PREFIX}),
    "no prefix": (Question(line=line(valid_for=())), {Refusal.PREFIX}),
    "a case": (record(cases=(Case("1", None, False, AUTHOR),)), {Refusal.CASE}),
    "a grant": (record(grants=(Grant("golden-beam", AUTHOR),)), {Refusal.GRANT}),
    "a grant with an end": (
        record(grants=(Grant("golden-beam", AUTHOR, NOON + 1),)), {Refusal.GRANT},
    ),
    "a grant from a faster clock": (
        record(grants=(Grant("golden-beam", LATER),)), {Refusal.GRANT},
    ),
    "an appeal": (process(appeal=NOON - 5), {Refusal.APPEAL, Refusal.PROCESS}),
    "a broken promise": (
        Question(caller=replace(CHARGEABLE, broken_promise=True)), {Refusal.PROMISE},
    ),
    "not reconciled": (
        Question(caller=replace(CHARGEABLE, reconciled=False)), {Refusal.UNRECONCILED},
    ),
    "no topic": (call(topic=None), {Refusal.NO_TOPIC}),
    "an empty topic": (call(topic=""), {Refusal.NO_TOPIC}),
    "a topic by silence": (call(by_key=False), {Refusal.NO_TOPIC}),
    "an exempt topic": (call(topic="fault"), {Refusal.EXEMPT}),
    **{
        f"unconfirmed {method}": (
            Question(line=line(method, carrier_bills_caller=None)), {Refusal.UNCONFIRMED},
        )
        for method in (Method.DIAL, Method.REFER, Method.REDIRECT)
    },
}  # fmt: skip


@pytest.mark.parametrize(("asked", "why"), REFUSED.values(), ids=REFUSED)
def test_each_condition_refuses_by_itself_and_says_why(asked: Question, why: set[Refusal]) -> None:
    assert set(asked.answer()) == why


def test_every_reason_is_tried() -> None:
    tried = set().union(*(why for _, why in REFUSED.values()))
    agreement = {Refusal.PRICE, Refusal.NO_CONSENT}
    assert tried | agreement == set(Refusal)


@pytest.mark.parametrize(
    "asked",
    [
        Question(),
        Question(line=line(Method.TELL, carrier_bills_caller=None)),
        record(grants=(Grant("golden-beam", AUTHOR, NOON),)),
        Question(caller=replace(CHARGEABLE, months=CHARGEABLE.months[:1])),
        process(noticed=replace(NOTICED, at=NOON)),
        process(warned=replace(WARNED, at=NOTICED.at - 0.5)),
    ],
    ids=[
        "all holds", "tell needs no carrier", "a grant that is over", "one quiet month",
        "the notice was just now", "told one after the other",
    ],
)  # fmt: skip
def test_where_all_holds_the_line_may_be_offered(asked: Question) -> None:
    assert asked.answer() == ()


def test_an_operators_mark_changes_nothing_at_the_last_stage() -> None:
    assert record(marks=(Mark("nuisance", AUTHOR),)).answer() == ()
    only_marked = record(marks=(Mark("nuisance", AUTHOR),), process=replace(PROCESS, reached=C))
    assert set(only_marked.answer()) == {Refusal.PROCESS}


@pytest.mark.parametrize(
    ("zone", "why"), [("Pacific/Kiritimati", {Refusal.PROCESS}), ("Pacific/Midway", set())]
)
def test_a_month_is_over_when_it_is_in_the_zone_of_the_policy(zone: str, why: set[Refusal]) -> None:
    """On the last of October, 12:00 UTC: two quiet months where it is November, else one."""
    caller = replace(CHARGEABLE, months=())
    last = datetime(2026, 10, 31, 12, tzinfo=UTC).timestamp()
    assert set(Question(caller=caller, now=last, zone=ZoneInfo(zone)).answer()) == why


@pytest.mark.parametrize(
    ("heard", "why"),
    [
        (Agreement(6.0, True, "5"), ()),
        (Agreement(60.0, True, "5"), ()),
        (Agreement(5.99, True, "5"), (Refusal.PRICE,)),
        (Agreement(60.0, False, "5"), (Refusal.PRICE,)),
        (Agreement(6.0, True, "1"), (Refusal.NO_CONSENT,)),
        (Agreement(6.0, True, ""), (Refusal.NO_CONSENT,)),
        (Agreement(0.0, False, ""), (Refusal.PRICE, Refusal.NO_CONSENT)),
    ],
)
def test_only_a_key_after_the_whole_price_is_consent(
    heard: Agreement, why: tuple[Refusal, ...]
) -> None:
    assert disagreements(LINE, heard) == why


def test_a_line_without_a_length_or_a_key_is_never_agreed_to() -> None:
    assert disagreements(line(price_seconds=0), Agreement(9, True, "5")) == (Refusal.PRICE,)
    assert disagreements(line(consent_key=""), Agreement(9, True, "")) == (Refusal.NO_CONSENT,)
    assert disagreements(line(price_seconds=1), Agreement(1, True, "5")) == ()


# --- an earlier consent ------------------------------------------------------------------------

CONSENT = Consent("d0", "air-time", "what-it-costs", "7", "5", NOON - 5 * DAY, "d0", "billing")
MONTH = 30 * DAY


def found(*consents: Consent, offered: PaidLine = LINE, **process: Any) -> Consent | None:
    told = replace(RECORD, process=replace(PROCESS, **process))
    caller = replace(CHARGEABLE, record=told, consents=consents)
    return earlier_consent(offered, caller, NOON)


def test_an_earlier_consent_to_the_same_price_holds_for_its_days() -> None:
    assert found() is None
    assert found(CONSENT) == CONSENT
    assert found(replace(CONSENT, version="6"), CONSENT) == CONSENT
    assert found(replace(CONSENT, at=NOON - MONTH + 1)) is not None
    assert found(CONSENT, noticed=replace(NOTICED, at=CONSENT.at - 1)) == CONSENT


@pytest.mark.parametrize(
    "changes",
    [
        {"line": "another"}, {"prompt": "another"}, {"version": "6"}, {"key": "1"}, {"key": ""},
        {"at": NOON - MONTH}, {"at": NOON}, {"at": NOON + 1}, {"at": 0},
    ],
)  # fmt: skip
def test_a_consent_to_something_else_or_of_another_time_is_none(changes: dict[str, Any]) -> None:
    assert found(replace(CONSENT, **changes)) is None


def test_a_consent_before_the_notice_is_none() -> None:
    assert found(CONSENT, noticed=replace(NOTICED, at=CONSENT.at)) is None
    assert found(CONSENT, noticed=None) is None


def test_a_line_without_consents_has_none() -> None:
    assert found(replace(CONSENT, key=""), offered=line(consent_key="")) is None
    assert found(CONSENT, offered=line(consent_days=0)) is None


# --- dialling it another way --------------------------------------------------------------------


@pytest.mark.parametrize(
    "target",
    [
        "PJSIP/0529999999@trunk", "PJSIP/+972529999999@trunk", "PJSIP/trunk/sip:529999999@host",
        "Local/052-999-9999@out", "PJSIP/100&PJSIP/9052.999.9999@trunk", LINE.dial,
    ],
)  # fmt: skip
def test_the_paid_number_is_known_however_it_is_written(target: str) -> None:
    assert dials(LINE, target)


@pytest.mark.parametrize("target", ["PJSIP/100", "PJSIP/0529999998@trunk", "", "PJSIP/reception"])
def test_another_number_is_not_the_paid_one(target: str) -> None:
    assert not dials(LINE, target)


def test_a_paid_line_without_digits_is_known_by_what_dials_it() -> None:
    named = line(told="", dial="PJSIP/paid")
    assert dials(named, "PJSIP/paid")
    assert not dials(named, "PJSIP/100")
