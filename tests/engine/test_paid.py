"""A paid call through the engine: what the store is asked when, and what each failure leads to."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ivr.callers.caller import Author, Caller, Case, Consent, Grant
from ivr.callers.process import FileAppeal
from ivr.policy.model import Policy
from ivr.policy.paid import Method
from ivr.routing.charge import Refusal
from ivr.routing.onward import FIXED_DATE
from ivr.routing.steps import Action, Go, KeyPressed, NoKey, Paid, PriceHeard, PromptFailed
from ivr.routing.ticket import encode
from tests.engine.doubles import LineDouble, PaidStore, names
from tests.engine.test_calls import Bench, arrival
from tests.routing.paid import AUTHOR, CHARGEABLE, NOON, NUMBER, RECORD, line, paid_policy

POLICY = paid_policy()
PLACE = FIXED_DATE - int(NOON)
YES = ("2", "5")


def call(
    store: PaidStore, *keys: str, policy: Policy = POLICY, line: LineDouble | None = None,
    **more: object,
) -> tuple[Bench, LineDouble]:  # fmt: skip
    """One whole call; each key answers one prompt, and nothing is pressed after them."""
    bench = Bench(store, policy)
    line = line or LineDouble()
    line.keys = [KeyPressed(key) if key else NoKey() for key in keys]
    done: list[object] = []
    bench.route(arrival(**more), line).addBoth(done.append)  # type: ignore[arg-type] # a test's shorthand
    bench.clock.pump([0.5] * 8)
    assert done == [None]
    return bench, line


def free(line: LineDouble) -> None:
    """He waits for a person, at the place of the first moment."""
    assert names(line.went) == ["patience"]
    assert line.went[0].priority == PLACE


def test_a_caller_who_agrees_is_moved_and_his_consent_is_kept_with_all_that_proves_it() -> None:
    store = PaidStore(CHARGEABLE)
    bench, line = call(store, *YES)
    [go] = line.went
    assert (go.action, go.dial) == (Action.PAID, "PJSIP/0529999999@trunk")
    assert go.paid == Paid("air-time", Method.DIAL, "d1")
    assert go.priority == PLACE
    assert [price.sound for price in line.priced] == ["ivr/what-it-costs"]
    [(number, consent)] = store.consents
    assert number == NUMBER
    assert consent == Consent(
        "d1", "air-time", "what-it-costs", "7", "5", NOON, "d1", "billing",
    )  # fmt: skip
    assert bench.watch.charges == [("d1", "air-time", True)]
    [decided] = bench.watch.decisions
    assert decided.degraded == ""
    assert decided.plays == 3, "the menu, the price, the question"


# --- the store -------------------------------------------------------------------------------


@pytest.mark.parametrize(("fate", "why"), [("fail", "store-failed"), ("late", "store-late")])
def test_a_store_that_stops_before_the_offer_makes_the_caller_regular_and_free(
    fate: str, why: str
) -> None:
    store = PaidStore(CHARGEABLE)
    store.fates["lookup"] = fate
    bench, line = call(store, *YES)
    assert names(line.went) == ["main"]
    assert line.went[0].priority == PLACE
    assert (line.priced, store.consents) == ([], [])
    assert bench.watch.degradations == [why]


@pytest.mark.parametrize("fate", ["fail", "lost", "late"])
def test_a_store_that_stops_between_offer_and_key_makes_the_call_free(fate: str) -> None:
    store = PaidStore(CHARGEABLE)
    store.fates["consent"] = fate
    bench, line = call(store, *YES)
    free(line)
    assert line.went[0].paid is None
    assert bench.watch.charges == [("d1", "air-time", False)]


CHANGES = {
    "a grant": replace(RECORD, grants=(Grant("golden-beam", AUTHOR),)),
    "a grant of this second": replace(
        RECORD, grants=(Grant("golden-beam", replace(AUTHOR, at=NOON + 1)),)
    ),
    "a case": replace(RECORD, cases=(Case("1", None, False, AUTHOR),)),
    "an appeal": replace(RECORD, process=replace(RECORD.process, appeal=NOON)),
    "shared": replace(RECORD, shared=AUTHOR),
    "cleared": replace(RECORD, process=replace(RECORD.process, reached=type(
        RECORD.process.reached).CLEAR)),
}  # fmt: skip


@pytest.mark.parametrize("record", CHANGES.values(), ids=CHANGES)
def test_what_changed_between_the_offer_and_the_consent_is_seen_by_the_fresh_read(
    record: object,
) -> None:
    fresh = replace(CHARGEABLE, record=record)  # type: ignore[arg-type] # each is a record
    store = PaidStore(CHARGEABLE, fresh)
    bench, line = call(store, *YES)
    assert len(line.priced) == 1, "it was offered"
    free(line)
    assert store.consents == [], "nothing is kept"
    assert bench.watch.charges == [("d1", "air-time", False)]


@pytest.mark.parametrize("record", CHANGES.values(), ids=CHANGES)
def test_what_was_so_before_is_never_offered(record: object) -> None:
    store = PaidStore(replace(CHARGEABLE, record=record))  # type: ignore[arg-type] # each is a record
    bench, line = call(store, *YES)
    assert (line.priced, store.consents, bench.watch.charges) == ([], [], [])
    assert [go.action for go in line.went] == [Action.QUEUE]


@pytest.mark.parametrize(
    ("rdnis", "reason"),
    [
        ("0549999999", True),
        ("anonymous", True),
        ("100", True),
        ("חסוי", True),
        ("", False),
        ("unknown", False),
    ],
)
def test_whoever_forwards_a_call_forwards_it_also_without_a_number(
    rdnis: str, reason: bool
) -> None:
    bench, line = call(PaidStore(CHARGEABLE), *YES, rdnis=rdnis)
    guards = [judged.why for judged in bench.watch.decisions[0].trace if judged.kind == "guard"]
    assert (guards[-1] == (Refusal.FORWARDED,)) is reason
    assert (line.went[0].action is Action.PAID) is not reason


# --- the caller ------------------------------------------------------------------------------


@pytest.mark.parametrize("heard", [PriceHeard(5.9, True), PriceHeard(60, False), PromptFailed()])
def test_a_price_that_was_not_heard_to_its_end_is_not_asked_about(
    heard: PriceHeard | PromptFailed,
) -> None:
    store = PaidStore(CHARGEABLE)
    _, line = call(store, *YES, line=LineDouble(prices=[heard]))
    free(line)
    assert [ask.sounds[-1] for ask in line.asked] == ["ivr/topics"]
    assert store.consents == []


def test_who_does_not_press_the_key_hears_the_free_ways() -> None:
    store = PaidStore(CHARGEABLE)
    _, line = call(store, "2", "", "1", "")
    assert [ask.sounds[-1] for ask in line.asked] == [
        "ivr/topics", "ivr/press-five", "ivr/press-five", "ivr/free-ways",
    ]  # fmt: skip
    assert [go.action for go in line.went] == [Action.HANGUP]
    assert store.consents == []


@pytest.mark.parametrize("keys", [("2", "7"), ("2", "", "", "7")], ids=["asked", "declined"])
def test_an_appeal_by_key_is_kept_with_who_and_when_and_leads_to_a_person(
    keys: tuple[str, ...],
) -> None:
    store = PaidStore(CHARGEABLE)
    _, line = call(store, *keys)
    assert store.changes == [
        (NUMBER, FileAppeal(), Author("the caller", "ivr", NOON, "appealed by key"))
    ]
    free(line)
    assert store.consents == []


@pytest.mark.parametrize("fate", ["fail", "lost", "late"])
def test_an_appeal_that_cannot_be_kept_leads_to_a_person_all_the_same(fate: str) -> None:
    store = PaidStore(CHARGEABLE)
    store.fates["change"] = fate
    _, line = call(store, "2", "7")
    free(line)


def test_an_appeal_that_was_filed_meanwhile_is_as_good() -> None:
    appealed = replace(RECORD, process=replace(RECORD.process, appeal=NOON - 1))
    store = PaidStore(CHARGEABLE, replace(CHARGEABLE, record=appealed))
    _, line = call(store, "2", "7")
    free(line)


# --- the methods ------------------------------------------------------------------------------


def test_a_number_is_told_without_a_consent() -> None:
    store = PaidStore(CHARGEABLE)
    policy = paid_policy(line(Method.TELL, carrier_bills_caller=None))
    _, told = call(store, "2", "9", "", "", policy=policy)
    digits = tuple(f"digits/{digit}" for digit in "0529999999" * 2)
    assert [ask.sounds for ask in told.asked][1:] == [digits, digits, ("ivr/free-ways",)]
    assert len(told.priced) == 1
    assert (told.went[0].action, store.consents) == (Action.HANGUP, [])


def test_a_consent_to_a_redirect_counts_from_the_next_call_on() -> None:
    store = PaidStore(CHARGEABLE)
    policy = paid_policy(line(Method.REDIRECT))
    _, first = call(store, *YES, policy=policy)
    free(first)
    [(_, consent)] = store.consents
    again = PaidStore(replace(CHARGEABLE, consents=(replace(consent, at=NOON - 60),)))
    bench, second = call(again, policy=policy)
    [go] = second.went
    assert go.paid == Paid("air-time", Method.REDIRECT, "d1")
    assert (second.asked, second.priced, again.consents) == ([], [], [])
    assert bench.watch.charges == [], "no consent was given in this call"


# --- afterwards ------------------------------------------------------------------------------


def after(status: str, policy: Policy = POLICY, caller: Caller = CHARGEABLE) -> Go:
    bench, first = call(PaidStore(caller), *YES, policy=policy)
    state = encode(first.went[0].ticket)
    line = LineDouble()
    bench.next(arrival(state=state, status=status, waited=20), line)
    assert (line.asked, line.priced) == ([], [])
    [go] = line.went
    return go


@pytest.mark.parametrize("status", ["BUSY", "NOANSWER", "CONGESTION", "CHANUNAVAIL", "FAILURE"])
@pytest.mark.parametrize("method", [Method.DIAL, Method.REFER])
def test_a_line_that_does_not_answer_leads_to_the_free_queue_at_the_same_place(
    method: Method, status: str
) -> None:
    go = after(status, paid_policy(line(method)))
    assert (names([go]), go.priority, go.paid) == (["patience"], PLACE, None)


def test_a_call_that_was_answered_there_is_over() -> None:
    go = after("ANSWER")
    assert (go.action, go.paid) == (Action.HANGUP, None)
