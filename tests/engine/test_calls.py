"""The use case of a call, with the store in memory and every way in which it can fail."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING, ClassVar
from zoneinfo import ZoneInfo

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from ivr.callers.caller import Author
from ivr.callers.changes import GiveGrant
from ivr.callers.contacts import Outcome
from ivr.callers.nuisance import Rules
from ivr.engine.calls import Calls
from ivr.engine.endings import Endings, outcome
from ivr.engine.keeping import Keeper
from ivr.engine.reports import Arrival, Ending
from ivr.policy.index import indexed
from ivr.policy.model import NOWHERE, Policy, Tier, TierRule
from ivr.policy.when import ContactCount
from ivr.routing import router
from ivr.routing.steps import Action, KeyPressed, LetGo
from ivr.routing.ticket import Hop, Kind, decode, encode
from ivr.store.memory import MemoryStore
from tests.engine.doubles import (
    BrokenStore,
    Ids,
    LineDouble,
    SilentStore,
    WatchDouble,
    names,
)
from tests.routing.policies import policy

if TYPE_CHECKING:
    from ivr.engine.interfaces import Found

POLICY = policy()
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=ZoneInfo("Asia/Jerusalem")).timestamp()
NUMBER = "+972521234567"


class Bench:
    """An engine without a network: one clock, one store, one watch."""

    def __init__(self, store: MemoryStore | None = None, policy: Policy = POLICY) -> None:
        self.clock = Clock()
        self.clock.advance(NOON)
        self.store = store or MemoryStore()
        self.watch = WatchDouble()
        keeper = Keeper(self.store, self.clock, self.clock.seconds, self.watch, 0.05, 2.0)
        self.calls = Calls(lambda: policy, keeper, self.watch, self.clock.seconds, Ids())
        self.endings = Endings(lambda: policy, keeper, self.clock.seconds)

    def route(self, arrival: Arrival, line: LineDouble) -> Deferred[None]:
        return Deferred.fromCoroutine(self.calls.route(arrival, line))

    def next(self, arrival: Arrival, line: LineDouble) -> Deferred[None]:
        return Deferred.fromCoroutine(self.calls.next(arrival, line))

    def ended(self, ending: Ending) -> bool:
        kept: list[bool] = []
        Deferred.fromCoroutine(self.endings.ended(ending)).addCallback(kept.append)
        self.clock.advance(2)
        return kept[0]

    def make_vip(self) -> None:
        author = Author("dana", "dana", NOON - 1, "asked for it")
        self.store.change(NUMBER, GiveGrant("golden-beam"), author)


def arrival(ani: str = "0521234567", **more: object) -> Arrival:
    return Arrival(**{"unique_id": "1.1", "linked_id": "1.1", "ani": ani,
                      "extension": "1800123456", "dialled": "1800123456",
                      "first": int(NOON), **more})  # type: ignore[arg-type] # a test's shorthand # fmt: skip


def routed(bench: Bench, call: Arrival, *keys: str) -> LineDouble:
    line = LineDouble([KeyPressed(key) for key in keys])
    bench.route(call, line)
    return line


def test_a_known_caller_is_looked_up_and_placed_in_one_go() -> None:
    bench = Bench()
    bench.make_vip()
    line = routed(bench, arrival())
    assert names(line.went) == ["senior"]
    assert line.asked == []
    [decided] = bench.watch.decisions
    assert (decided.ticket.tier, decided.degraded, decided.plays) == (Tier.VIP, "", 0)
    assert ("lookup", None) in bench.watch.asked


def test_no_more_is_read_of_a_caller_than_the_policy_counts() -> None:
    class Asked(MemoryStore):
        since: ClassVar[list[date]] = []

        def lookup(self, number: str | None, linked_id: str | None, since: date) -> Deferred[Found]:
            self.since.append(since)
            return super().lookup(number, linked_id, since)

    within_a_week = ContactCount(2, 7, False, False, POLICY.zone, NOWHERE)
    counting = replace(POLICY, tiers=(TierRule(Tier.VIP, within_a_week, NOWHERE),))
    for each in (POLICY, counting):
        routed(Bench(Asked(), indexed(each)), arrival(), "0")
    assert Asked.since == [date(2026, 11, 23), date(2026, 11, 17)]


def test_a_regular_caller_is_asked_and_then_placed() -> None:
    bench = Bench()
    line = routed(bench, arrival(), "1")
    assert names(line.went) == ["faults"]
    assert bench.watch.decisions[0].plays == 1
    assert bench.watch.degradations == []


def test_a_store_that_is_late_costs_the_caller_his_tier_and_fifty_milliseconds() -> None:
    bench = Bench(SilentStore())
    line = LineDouble([KeyPressed("0")])
    bench.route(arrival(), line)
    bench.clock.advance(0.049)
    assert line.asked == []
    bench.clock.advance(0.002)
    assert names(line.went) == ["main"]
    assert bench.watch.degradations == ["store-late"]
    assert bench.watch.asked[0] == ("lookup", "store-late")
    assert bench.watch.decisions[0].ticket.tier is Tier.REGULAR


def test_a_store_that_fails_costs_the_caller_his_tier_only() -> None:
    bench = Bench(BrokenStore())
    assert names(routed(bench, arrival(), "0").went) == ["main"]
    assert bench.watch.degradations == ["store-failed"]


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"presentation": "32"}, "withheld"),
        ({"privacy": "id"}, "withheld"),
        ({"ani": "anonymous"}, "withheld"),
        ({"ani": "12"}, "bad-number"),
        ({"attest": "C"}, "doubtful"),
    ],
)
def test_a_number_that_is_not_ours_to_use_is_used_for_nothing(
    more: dict[str, object], reason: str
) -> None:
    bench = Bench()
    bench.make_vip()
    line = routed(bench, arrival(**more), "0")  # type: ignore[arg-type] # a test's shorthand
    assert names(line.went) == ["main"]
    assert bench.watch.degradations == [reason]
    assert "521234567" not in encode(line.went[0].ticket)
    assert bench.watch.asked[:1] != [("lookup", None)], "nothing is looked up by it"


def test_a_bug_in_a_rule_costs_one_caller_his_tier(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> Tier:
        raise ZeroDivisionError

    bench = Bench()
    bench.make_vip()
    real = router.tier_of
    monkeypatch.setattr(
        "ivr.routing.step.tier_of",
        lambda rules, facts, trace: real(rules, facts, trace) if facts.caller is None else broken(),
    )
    line = routed(bench, arrival(), "1")
    assert names(line.went) == ["faults"]
    assert bench.watch.degradations == ["bug"]


def test_a_caller_who_leaves_in_the_menu_is_seen_to_have_left() -> None:
    bench = Bench()
    bench.route(arrival(), LineDouble(gone_after=0))
    assert bench.watch.left == ["1.1"]
    assert bench.watch.decisions == []


def test_next_goes_on_from_the_ticket_alone() -> None:
    bench = Bench()
    bench.make_vip()
    first = routed(bench, arrival()).went[0]
    elsewhere, line = Bench(BrokenStore()), LineDouble()
    state = encode(first.ticket)
    elsewhere.next(arrival(state=state, status="TIMEOUT", waited=30), line)
    assert names(line.went) == ["faults"]
    assert line.went[0].priority == first.priority
    assert elsewhere.watch.decisions[0].again
    assert ("lookup", None) not in elsewhere.watch.asked


def test_a_ticket_that_cannot_be_read_makes_the_call_a_new_one_of_a_regular_caller() -> None:
    bench = Bench()
    bench.make_vip()
    line = LineDouble([KeyPressed("0")])
    bench.next(arrival(state="1~garbage", status="TIMEOUT"), line)
    assert names(line.went) == ["main"]
    assert bench.watch.degradations == ["bad-state"]


def test_what_nothing_is_left_for_is_let_go() -> None:
    bench = Bench()
    line = LineDouble()
    state = encode(routed(bench, arrival(dialled="4711", extension="4711")).went[0].ticket)
    bench.next(arrival(state=state, status="TIMEOUT"), line)
    assert names(line.went) == ["senior"]
    state = encode(line.went[0].ticket)
    line = LineDouble()
    bench.next(arrival(state=state, status="TIMEOUT"), line)
    assert line.went == []
    assert isinstance(bench.watch.decisions[-1].step, LetGo)


# --- transfers -------------------------------------------------------------------------------


def test_a_channel_that_is_not_the_callers_finds_his_open_call_by_the_linked_id() -> None:
    bench = Bench()
    bench.make_vip()
    first = routed(bench, arrival()).went[0]
    line = routed(bench, arrival("1800123456", unique_id="1.7", first=int(NOON) + 300))
    assert names(line.went) == ["senior"]
    ticket = line.went[0].ticket
    assert (ticket.number, ticket.tier) == (NUMBER, Tier.VIP)
    assert line.went[0].priority == first.priority
    assert ticket.decision != first.ticket.decision


def test_a_channel_that_is_not_the_callers_never_takes_its_own_number() -> None:
    bench = Bench()
    bench.make_vip()
    line = routed(bench, arrival(unique_id="1.7", linked_id="1.6"), "0")
    assert line.went[0].ticket.number is None
    assert line.went[0].ticket.tier is Tier.REGULAR


# --- ends ------------------------------------------------------------------------------------


def ending(bench: Bench, **more: object) -> Ending:
    state = encode(routed(bench, arrival(), "1").went[0].ticket)
    return Ending(**{"linked_id": "1.1", "unique_id": "1.1", "system": "pbx1", "state": state,
                     "queue": "faults", "agent": "Dana", "hold": 5, "talk": 60,
                     **more})  # type: ignore[arg-type] # a test's shorthand # fmt: skip


def test_an_end_becomes_a_contact_told_twice_it_counts_once() -> None:
    bench = Bench()
    report = ending(bench)
    assert bench.ended(report)
    assert bench.ended(report)
    (contact, new), (_, again) = bench.watch.contacts
    assert (new, again) == (True, False)
    assert contact.number == NUMBER
    assert (contact.queue, contact.agent, contact.hold, contact.talk) == ("faults", "Dana", 5, 60)
    assert contact.outcome is Outcome.ANSWERED
    assert contact.topic == "fault"


def test_a_transferred_call_is_one_caller_and_two_conversations() -> None:
    bench = Bench()
    assert bench.ended(ending(bench, transfer="blind", peer="Yossi", peer_talk=90))
    told = [(c.agent, c.talk, c.number, c.decision) for c, _ in bench.watch.contacts]
    assert told == [("Dana", 60, NUMBER, "d1"), ("Yossi", 90, NUMBER, "d1.2")]


def test_a_conversation_that_we_led_the_caller_into_does_not_count_against_him() -> None:
    bench = Bench()
    bench.ended(ending(bench, transfer="blind", peer="Yossi", peer_talk=90))
    again = routed(bench, arrival(state=ending(bench).state))
    bench.ended(ending(bench, state=encode(again.went[0].ticket)))
    assert [c.asked_for for c, _ in bench.watch.contacts] == [False, True, True]


def test_a_conversation_that_he_pays_for_does_not_count_against_him() -> None:
    bench = Bench()
    ticket = decode(ending(bench).state)
    paid = replace(ticket, hops=(Hop(Kind.PAID, target="air-time"), *ticket.hops))
    bench.ended(ending(bench, state=encode(paid)))
    assert [c.asked_for for c, _ in bench.watch.contacts] == [True]


@pytest.mark.parametrize(
    ("talk", "by", "expected"),
    [
        (4, "agent", Outcome.BROKEN),
        (5, "agent", Outcome.ANSWERED),
        (4, "caller", Outcome.ANSWERED),
        (None, "agent", Outcome.BROKEN),
    ],
)
def test_what_broke_off_on_our_side_is_told_apart_where_there_is_a_process(
    talk: int | None, by: str, expected: Outcome
) -> None:
    bench = Bench()
    report = ending(bench, talk=talk, by=by)
    assert outcome(report, decode(report.state), Rules(30, 10)) is expected
    assert outcome(report, decode(report.state), None) is Outcome.ANSWERED


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"agent": "", "talk": 0, "abandoned": True}, Outcome.ABANDONED),
        ({"agent": "", "talk": 0, "by": "caller"}, Outcome.ABANDONED),
        ({"agent": "", "talk": 0, "fallback": "hops"}, Outcome.OVERFLOWED),
        ({"agent": "", "talk": 0, "state": "rubbish"}, Outcome.OVERFLOWED),
    ],
)
def test_an_end_without_an_agent_is_told_apart(more: dict[str, object], expected: Outcome) -> None:
    bench = Bench()
    bench.ended(ending(bench, **more))
    assert bench.watch.contacts[0][0].outcome is expected


def test_a_report_tells_of_a_fallback_and_of_a_ticket_that_cannot_be_read() -> None:
    bench = Bench()
    bench.ended(ending(bench))
    assert (bench.watch.fallbacks, bench.watch.unreadable) == ([], [])
    bench.ended(Ending("2.1", "2.1", fallback="undecided"))
    assert (bench.watch.fallbacks, bench.watch.unreadable) == (["undecided"], [])
    bench.ended(Ending("3.1", "3.1", state="rubbish"))
    assert bench.watch.unreadable == ["3.1"]


def test_a_call_that_is_transferred_back_on_its_own_channel_stays_what_it_was() -> None:
    bench = Bench()
    bench.make_vip()
    before = routed(bench, arrival()).went[0].ticket
    bench.clock.advance(60)
    elsewhere = Bench(BrokenStore())
    elsewhere.clock.advance(60)
    back = arrival("0529999999", state=encode(before), dialled="1800123456", extension="*611")
    after = routed(elsewhere, back, "0").went[0].ticket
    assert (after.tier, after.number, after.first) == (Tier.VIP, NUMBER, before.first)
    assert after.entrypoint == "star", "the door he came to now, not the one dialled first"


def test_an_announcement_that_ends_the_call_declines_it() -> None:
    bench = Bench()
    bench.clock.advance(12 * 3600)
    line = routed(bench, arrival())
    assert line.went[0].action is Action.ANNOUNCE
    bench.ended(Ending("1.1", "1.1", state=encode(line.went[0].ticket)))
    assert bench.watch.contacts[0][0].outcome is Outcome.DECLINED


def test_an_end_that_cannot_be_kept_is_said_to_be_lost() -> None:
    bench = Bench(BrokenStore())
    assert not bench.ended(ending(bench))
    assert bench.watch.losses[0][1] == "store-failed"
    assert "the disk is gone" in bench.watch.reasons, "an operator needs to know why"


def test_a_clock_that_is_set_back_takes_no_time_from_anything() -> None:
    bench, backwards = Bench(), iter(range(10**6, 0, -1))
    keeper = replace(bench.endings.keeper, now=lambda: float(next(backwards)))
    calls = replace(bench.calls, keeper=keeper, now=keeper.now)
    Deferred.fromCoroutine(calls.route(arrival(), LineDouble([KeyPressed("1")])))
    assert min(*bench.watch.took, *(each.busy for each in bench.watch.decisions)) >= 0


def test_an_ended_call_is_forgotten_a_transferred_one_is_not() -> None:
    bench = Bench()
    bench.ended(ending(bench, transfer="attended", peer="Yossi"))
    assert names(routed(bench, arrival(unique_id="1.7")).went) == ["faults"]
    bench.ended(ending(bench))
    assert routed(bench, arrival(unique_id="1.7"), "0").went[0].ticket.number is None
