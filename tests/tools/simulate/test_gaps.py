from __future__ import annotations

from ivr.callers.contacts import Outcome
from ivr.tools.recorded.calls import RecordedCall
from ivr.tools.simulate.crews import crews
from ivr.tools.simulate.learned import Learner
from tests.tools.simulate.worlds import TEN, policy


def answered(
    at: float, agent: str, talk: int, hold: int = 0, queue: str | None = None,
    topic: str | None = None,
) -> RecordedCall:  # fmt: skip
    return RecordedCall(
        0, None, TEN + at, Outcome.ANSWERED, agent=agent, talk=talk, hold=hold, queue=queue,
        topic=topic,
    )  # fmt: skip


def learned(*calls: RecordedCall) -> Learner:
    learner = Learner()
    assert list(learner.hear(calls)) == list(calls)
    return learner


def test_a_gap_is_told_by_a_caller_who_waited_all_the_while() -> None:
    """Ann is done at 100; the next caller waits since 50 and is taken at 112."""
    work = learned(answered(0, "Ann", 100), answered(50, "Ann", 60, hold=62)).work
    found = work.gaps()
    assert (found.events, found.times) == (1, (12.0,))


def test_without_a_caller_a_gap_tells_nothing() -> None:
    work = learned(answered(0, "Ann", 100), answered(300, "Ann", 60)).work
    assert work.gaps().seen == 0


def test_a_gap_in_which_another_took_the_last_caller_was_longer_than_that() -> None:
    calls = (
        answered(0, "Ann", 100), answered(0, "Bob", 110), answered(50, "Bob", 60, hold=80),
        answered(400, "Ann", 60),
    )  # fmt: skip
    found = learned(*calls).work.gaps()
    # Bob's own gap of 20 s is told; Ann's is cut at 130, when nobody waited any more.
    assert (found.events, found.seen, found.times) == (1, 2, (20.0,))


def test_callers_of_a_kind_that_the_agent_does_not_take_do_not_press_him() -> None:
    calls = (
        answered(0, "Ann", 100, topic="fault"), answered(400, "Ann", 60, topic="fault"),
        answered(50, "Bob", 60, hold=300, topic="stock"),
    )  # fmt: skip
    assert learned(*calls).work.gaps().seen == 0


def test_who_is_away_for_long_took_no_pause_of_that_length() -> None:
    found = learned(answered(0, "Ann", 100), answered(50, "Ann", 9, hold=5000)).work.gaps()
    assert (found.events, found.seen) == (0, 1)


def test_who_takes_the_last_caller_at_once_took_no_pause() -> None:
    found = learned(answered(0, "Ann", 100), answered(50, "Ann", 60, hold=50)).work.gaps()
    assert (found.events, found.times) == (1, (0.0,))


def test_a_few_gaps_are_no_estimate_and_many_are() -> None:
    calls = [answered(0, "Ann", 100)]
    calls += [answered(100 * n - 10, "Ann", 80, hold=30) for n in range(1, 51)]
    assert learned(*calls[:50]).learned(gaps=True).gaps is None
    found = learned(*calls).learned(gaps=True).gaps
    assert found is not None
    assert found.median() == 20


def test_a_log_without_pressure_leaves_the_pause_to_the_staffing() -> None:
    assert learned(answered(0, "Ann", 100)).learned(gaps=True).gaps is None


def test_agents_are_counted_by_half_hours() -> None:
    """Ann is at work for the whole half hour, Bob for half of it, Cid for seconds."""
    calls = [
        *(answered(600 * n, "Ann", 590) for n in range(3)),
        answered(0, "Bob", 900), answered(10, "Cid", 20),
    ]  # fmt: skip
    (group,) = crews(learned(*calls).work.agents, [policy()])
    assert (group.name, [serves.queue for serves in group.serves]) == (
        "agents", ["main", "senior", "spare"],
    )  # fmt: skip
    assert group.seen == ((TEN, 2), (TEN + 1800, 0))


def test_who_was_seen_at_work_at_all_is_one_agent_at_least() -> None:
    (group,) = crews(learned(answered(0, "Cid", 20)).work.agents, [policy()])
    assert group.seen == ((TEN, 1), (TEN + 1800, 0))


def test_a_long_silence_is_no_work() -> None:
    calls = answered(0, "Ann", 900), answered(3600, "Ann", 1800)
    (group,) = crews(learned(*calls).work.agents, [policy()])
    assert group.seen == ((TEN, 1), (TEN + 1800, 0), (TEN + 3600, 1), (TEN + 5400, 0))


def test_agents_are_grouped_by_the_queues_that_they_serve() -> None:
    calls = [
        answered(0, "Ann", 9, queue="main"), answered(0, "Ann", 9, queue="senior"),
        answered(0, "Bob", 9, queue="main"), answered(0, "Cid", 9, queue="gone"),
    ]  # fmt: skip
    found = crews(learned(*calls).work.agents, [policy()])
    assert [group.name for group in found] == ["main", "main+senior", "main+senior+spare"]
