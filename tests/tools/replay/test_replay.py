"""What a replay counts, by hand; and that it decides what production would have decided."""

from __future__ import annotations

import pickle
from dataclasses import replace
from itertools import islice
from random import Random
from typing import TYPE_CHECKING

import pytest

from ivr.callers.caller import Author
from ivr.callers.changes import GiveGrant
from ivr.callers.contacts import Contact, Outcome
from ivr.callers.nuisance import Stage
from ivr.engine.desk import DeskError
from ivr.engine.reports import Ending
from ivr.engine.windows import local_day
from ivr.tools.nuisance_simulate.living import Log, Simulation
from ivr.tools.replay.figures import Figures
from ivr.tools.replay.replay import Assumed, Replay
from ivr.tools.world import Incoming, Script, World
from tests.policy.samples import ZONE, at
from tests.tools.replay.logs import (
    ABANDONED,
    ANSWERED,
    DANA,
    NOAM,
    PROCESS,
    VIP,
    call,
    counts,
    policy,
    replayed,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ivr.routing.steps import Judged
    from ivr.tools.recorded.calls import RecordedCall
    from ivr.tools.replay.side import Decision

#: 2026-11-22 is a Sunday. The service is open from 8 to 20.
DAY = [
    call(2, DANA, "2026-11-22 09:00", topic="fault", hold=10),
    call(3, NOAM, "2026-11-22 09:10", outcome=ABANDONED, hold=200, talk=None, agent=None),
    call(4, VIP, "2026-11-22 09:20", topic="billing", hold=None, vip=True),
    call(5, None, "2026-11-22 10:00", topic="travel", hold=30),
    call(6, VIP, "2026-11-23 21:00", outcome=ABANDONED, hold=None, talk=None, agent=None),
]


def test_calls_are_counted_by_tier_route_and_place() -> None:
    [part] = replayed(DAY, policy())["policies"]
    assert counts(part["tiers"]) == {"regular": 3, "vip": 2}
    assert counts(part["routes"]) == {"everyone": 2, "closed": 1, "faults": 1, "vip": 1}
    assert {(row["action"], row["name"]): row["calls"] for row in part["places"]} == {
        ("queue", "main"): 2, ("announce", ""): 1, ("queue", "faults"): 1, ("queue", "senior"): 1,
    }  # fmt: skip
    assert part["unused_routes"] == ["heavy", "wrong-number", "desk"]
    assert part["degraded"] == {"withheld": 1}


def test_waits_and_ends_are_those_of_the_log() -> None:
    form = replayed(DAY, policy())
    [regular, vip] = form["policies"][0]["tiers"]
    assert regular["outcomes"] == {"abandoned": 1, "answered": 2}
    assert regular["waits"] == {
        "calls": 3, "answered": 2, "abandoned": 1, "mean": 80.0, "median": 30, "p90": 200,
        "longest": 200, "limit": 180, "past_limit": 1,
    }  # fmt: skip
    # Answered without a queue is no wait; gone before any queue is none that could be counted.
    assert (vip["waits"]["calls"], vip["waits"]["mean"]) == (1, 0.0)
    assert form["volume"]["waits"]["calls"] == 4


def test_when_calls_came_is_told_by_day_and_hour() -> None:
    volume = replayed(DAY, policy())["volume"]
    assert [(day["day"], day["weekday"], day["calls"]) for day in volume["by_day"]] == [
        ("2026-11-22", "Sun", 4), ("2026-11-23", "Mon", 1),
    ]  # fmt: skip
    sunday = volume["by_weekday_and_hour"][6]
    assert (sunday[9], sunday[10], sum(sunday)) == (3, 1, 4)
    assert volume["busiest"][0] == {
        "weekday": "Sun", "hour": 9, "calls": 3, "days": 1, "average": 3.0,
    }  # fmt: skip
    assert volume["quietest"][-1] == volume["busiest"][0]


def test_the_log_itself_is_told() -> None:
    log = replayed(DAY, policy())["log"]
    assert log == {
        "file": "log", "calls": 5, "history": 0, "from": "2026-11-22T09:00:00+02:00",
        "to": "2026-11-23T21:00:00+02:00", "days": 2, "days_without_a_call": 0, "callers": 3,
        "withheld": 1, "vip_calls": 1, "without_topic": 2, "topics_unknown": {"travel": 1},
    }  # fmt: skip


def test_an_empty_log_has_figures_too() -> None:
    form = replayed([], policy(), policy())
    assert form["volume"]["calls"] == 0
    assert form["log"]["from"] is None
    assert form["against"]["calls"] == 0


# --- what later calls know ---------------------------------------------------------------------

SECOND = ("{open_case: {complex: true}}", "{contacts: {at_least: 1, within: 2d}}")


def test_a_call_is_known_to_those_that_begin_after_its_end() -> None:
    calls = [
        call(2, DANA, "2026-11-22 09:00", talk=600),
        call(3, DANA, "2026-11-22 09:05"),
        call(4, DANA, "2026-11-22 09:10"),
    ]
    [part] = replayed(calls, policy(SECOND))["policies"]
    assert counts(part["tiers"]) == {"regular": 2, "senior-required": 1}


def test_earlier_calls_are_history_and_not_counted() -> None:
    calls = [call(2, DANA, "2026-11-22 09:00"), call(3, DANA, "2026-11-23 09:00")]
    form = replayed(calls, policy(SECOND), since=at("2026-11-23 00:00"))
    assert counts(form["policies"][0]["tiers"]) == {"senior-required": 1}
    assert (form["log"]["calls"], form["log"]["history"]) == (1, 1)


def test_a_vip_of_the_log_is_one_from_that_call_on() -> None:
    calls = [
        call(2, VIP, "2026-11-22 09:00"),
        call(3, VIP, "2026-11-22 10:00", vip=True),
        call(4, VIP, "2026-11-22 11:00"),
    ]
    [part] = replayed(calls, policy())["policies"]
    assert counts(part["tiers"]) == {"vip": 2, "regular": 1}
    assert part["vip_grant"] == "golden-beam"


def test_of_several_grants_one_must_be_named() -> None:
    two = policy(("[golden-beam]", "[golden-beam, silver]"))
    calls = [call(2, VIP, "2026-11-22 09:00", vip=True)]
    with pytest.raises(DeskError, match="--vip-grant"):
        replayed(calls, two)
    named = replayed(calls, two, assumed=Assumed(grant="golden-beam"))
    assert counts(named["policies"][0]["tiers"]) == {"vip": 1}
    with pytest.raises(DeskError, match="'gold' is no grant"):
        replayed(calls, two, assumed=Assumed(grant="gold"))


def test_a_log_without_numbers_dialled_is_of_the_first_entrypoint_or_as_said() -> None:
    calls = [call(2, DANA, "2026-11-22 09:00", topic="fault")]
    assert counts(replayed(calls, policy())["policies"][0]["routes"]) == {"faults": 1}
    bare = replayed(calls, policy(), assumed=Assumed(number="1800-999999"))
    assert counts(bare["policies"][0]["routes"]) == {"desk": 1}
    own = replayed([replace(calls[0], dialled="1800999999")], policy())
    assert counts(own["policies"][0]["routes"]) == {"desk": 1}


def test_a_mistake_in_a_rule_costs_a_caller_his_tier_and_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    replay = Replay(policy())
    player = replay.parts[0].side._player
    play = type(player).play
    failed: list[bool] = []

    def broken(self: object, arriving: object, topic: str | None, now: float) -> object:
        if not failed:
            failed.append(True)
            raise KeyError("a bug")
        return play(player, arriving, topic, now)  # type: ignore[arg-type] # as it was given

    monkeypatch.setattr(type(player), "play", broken)
    replay.run([call(2, DANA, "2026-11-22 09:00")])
    assert dict(replay.parts[0].figures.degraded) == {"bug": 1}


# --- as production would -----------------------------------------------------------------------

RICH = policy(
    ("{open_case: {complex: true}}", "{contacts: {at_least: 3, within: 3d, answered: true}}"),
    ("  - {name: heavy", """\
  - name: again
    when: {contacts: {at_least: 12, within: month}, undocumented: true}
    queue: patience
  - {name: own, when: {last_agent: avi}, queue: senior}
  - {name: heavy"""),
)  # fmt: skip


class Kept(Figures):
    """Figures that keep each decision."""

    def __init__(self) -> None:
        super().__init__()
        self.decisions: list[Decision] = []

    def add(self, call: RecordedCall, decision: Decision, hour: int, wait: int | None) -> None:
        self.decisions.append(decision)


def made_up(count: int) -> list[RecordedCall]:
    rng, now = Random(7), at("2026-09-29 06:00")
    calls = []
    for line in range(count):
        now += rng.choice([20, 300, 4000, 20000])
        answered = rng.random() < 0.7
        calls.append(
            replace(
                call(line, f"+97254111111{rng.randrange(6)}", "2026-11-22 09:00"),
                started=now,
                outcome=ANSWERED if answered else ABANDONED,
                agent=rng.choice(["noa", "avi"]) if answered else None,
                hold=rng.randrange(1, 300),
                talk=rng.randrange(900) if answered else None,
                topic=rng.choice(["fault", "billing", None]),
                vip=rng.random() < 0.01,
            )
        )
    return [replace(c, number=None) if rng.random() < 0.1 else c for c in calls]


def test_every_decision_is_the_one_that_production_makes() -> None:
    calls = made_up(400)
    replay = Replay(RICH, assumed=Assumed(noted=False))
    kept = Kept()
    replay.parts[0].figures = kept
    replay.run(calls)
    lived = list(in_world(calls))
    assert len({repr(trace) for _, trace in lived}) > 40  # not all alike
    for played, (queue, trace) in zip(kept.decisions, lived, strict=True):
        assert tuple(turn.trace for turn in played.played.turns) == trace
        assert (played.where.name if played.where.action == "queue" else "") == queue


def in_world(calls: list[RecordedCall]) -> Iterator[tuple[str, tuple[tuple[Judged, ...], ...]]]:
    """The same calls through production's use cases, over a store in memory."""
    world = World(RICH, calls[0].started)
    begins = [(each.started, 1, n) for n, each in enumerate(calls)]
    ends = [(each.ended, 0, n) for n, each in enumerate(calls)]
    placed = {}
    vips = set()
    for when, begin, n in sorted(begins + ends):
        each = calls[n]
        world.advance(when - world.now)
        if begin:
            if each.vip and each.number and each.number not in vips:
                vips.add(each.number)
                author = Author("the log", "", world.now, "vip")
                world.run(world.desk.change(each.number, GiveGrant("golden-beam"), author))
            keys = {"fault": ("1",), "billing": ("2",), None: ()}[each.topic]
            placed[n] = world.call(Incoming(each.number or "", "1800123456"), Script(keys))
        else:
            ending = Ending(
                "", queue="main", agent=each.agent or "", hold=each.hold, talk=each.talk,
                abandoned=each.outcome is ABANDONED,
            )  # fmt: skip
            assert world.ended(placed[n], ending)
    for n in range(len(calls)):
        decided = placed[n].decided
        assert decided is not None
        post = getattr(decided.step, "post", None)
        yield post.queue if post else "", tuple(turn.trace for turn in decided.path)


# --- the nuisance process ----------------------------------------------------------------------


def monthly(number: str, months: str, times: int) -> Iterator[RecordedCall]:
    for month in months.split():
        for n in range(times):
            yield call(0, number, f"{month}-{n + 2:02} 09:00")


def a_year() -> list[RecordedCall]:
    whole = "2026-01 2026-02 2026-03 2026-04 2026-05 2026-06"
    calls = [
        *monthly(DANA, whole, 6),
        *monthly(NOAM, "2026-01 2026-02 2026-05", 5),
        *monthly(VIP, whole, 4),
        call(1, "+972540000000", "2026-01-01 00:10"),
        call(1, "+972540000000", "2026-06-30 23:50"),
    ]
    return [
        replace(each, line=line)
        for line, each in enumerate(sorted(calls, key=lambda each: each.started), 2)
    ]


def test_who_comes_how_far_is_told_with_when() -> None:
    form = replayed(a_year(), policy(more=PROCESS), assumed=Assumed(marked=True))
    process = form["policies"][0]["process"]
    assert [(each["number"], each["stage"], each["since"]) for each in process["callers"]] == [
        (DANA, "paid", "2026-06"), (NOAM, "warned", "2026-03"),
    ]  # fmt: skip
    furthest = {each["stage"]: each for each in process["furthest"]}
    assert furthest["warned"] == {
        "stage": "warned", "callers": 1, "reached": {"2026-03": 2},
    }  # fmt: skip
    assert furthest["paid"]["reached"] == {"2026-06": 1}
    assert process["callers"][0]["months"][0] == {"name": "2026-01", "contacts": 6, "marks": 6}


def test_nobody_who_is_not_marked_or_confirmed_goes_on() -> None:
    nuisance = policy(more=PROCESS)
    unmarked = replayed(a_year(), nuisance)["policies"][0]["process"]
    assert unmarked["callers"] == []
    alone = replayed(a_year(), nuisance, assumed=Assumed(marked=True, confirms=False))
    assert [
        (each["number"], each["stage"]) for each in alone["policies"][0]["process"]["callers"]
    ] == [(DANA, "warning-due"), (NOAM, "warning-due")]
    assert replayed(a_year(), policy())["policies"][0]["process"] is None


def test_a_vip_is_not_led_into_the_process() -> None:
    calls = [replace(each, vip=each.number == DANA) for each in a_year()]
    form = replayed(calls, policy(more=PROCESS), assumed=Assumed(marked=True))
    assert [each["number"] for each in form["policies"][0]["process"]["callers"]] == [NOAM]


def test_the_process_is_that_of_the_simulation() -> None:
    rng = Random(3)
    calls = [
        replace(each, number=f"+97254000000{rng.randrange(4)}")
        for each in a_year()
        if rng.random() < 0.9 or each.line == 2
    ]
    nuisance = policy(more=PROCESS)
    replay = Replay(nuisance, assumed=Assumed(marked=True))
    replay.run(calls)
    assert nuisance.nuisance is not None
    log = Log()
    for each in calls:
        day = local_day(ZONE, each.ended)
        contact = Contact("", "", "", each.number, each.started, each.ended, day, ANSWERED,
                          marked_by="assumed")  # fmt: skip
        log.covers(local_day(ZONE, each.started))
        log.add(contact, vip=False)
    fates = {
        fate.caller: (fate.stage, fate.reached)
        for fate in Simulation(log, nuisance.nuisance, ZONE).fates()
        if fate.stage is not Stage.CLEAR
    }
    assert fates
    assert {n: tuple(fate) for n, fate in replay.parts[0].known.lives.fates.items()} == fates


def test_a_day_without_a_call_is_no_hole_in_the_store() -> None:
    """A centre that is closed on Saturdays has whole months all the same."""
    replay = Replay(policy(more=PROCESS), assumed=Assumed(marked=True))
    replay.run(a_year())
    assert "2026-03" in replay.parts[0].side.ledger.caller(VIP, at("2026-07-01 00:00")).here


# --- memory ------------------------------------------------------------------------------------


def many() -> Iterator[RecordedCall]:
    rng, now, line = Random(1), at("2026-01-01 00:00"), 1
    while True:
        line, now = line + 1, now + rng.randrange(5)
        number = f"+97254{rng.randrange(50):07}"
        outcome = rng.choice([Outcome.ANSWERED, Outcome.ABANDONED])
        topic = rng.choice(["fault", "billing", None])
        yield replace(DAY[0], line=line, number=number, started=now, outcome=outcome, topic=topic,
                      hold=rng.randrange(0, 900, 60))  # fmt: skip


def test_memory_does_not_grow_with_calls() -> None:
    def size(count: int) -> int:
        replay = Replay(RICH, policy())
        replay.run(islice(many(), count))
        return len(pickle.dumps(replay))

    assert size(5000) < size(1500) * 1.1
