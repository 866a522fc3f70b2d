"""What is printed is what the JSON says, in words."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ivr.tools.replay.paper import replay_text
from ivr.tools.replay.replay import Assumed
from ivr.tools.replay.tables import Column, percent, seconds, table
from ivr.tools.replay.wording import NO_WHOLE_MONTH
from tests.policy.samples import at
from tests.routing.paid import paid_policy
from tests.tools.replay.logs import DANA, NOAM, PROCESS, call, policy, replayed
from tests.tools.replay.test_replay import DAY, a_year

if TYPE_CHECKING:
    from ivr.policy.model import Policy
    from ivr.tools.replay.form import Form

MARKED = Assumed(marked=True)


def lines(form: Form) -> list[str]:
    return list(replay_text(form))


def test_the_process_is_told_with_when_and_why() -> None:
    said = lines(replayed(a_year(), policy(more=PROCESS), assumed=MARKED))
    assert "nuisance process (5 contacts and 1 marks a month): 2 callers come into it" in said
    assert "  1 to the warning, and no further; reached by 2 on 2026-03-01" in said
    assert (
        f"    {NOAM}  warned since 2026-03  (2026-01: 5, 2026-02: 5, 2026-05: 5)" in said
    )  # fmt: skip


def test_a_log_without_a_whole_month_says_why_nobody_comes_into_the_process() -> None:
    short = [each for each in a_year() if each.started < at("2026-01-20 00:00")]
    form = replayed(short, policy(more=PROCESS), assumed=MARKED)
    assert form["policies"][0]["process"]["whole_months"] == []
    assert f"  {NO_WHOLE_MONTH}" in lines(form)
    whole = replayed(a_year(), policy(more=PROCESS), assumed=MARKED)
    assert whole["policies"][0]["process"]["whole_months"][0] == "2026-01"
    assert f"  {NO_WHOLE_MONTH}" not in lines(whole)


def last_stage() -> Policy:
    """A policy with a paid line, and rules that lead there within four months."""
    ruled = policy(more=PROCESS).nuisance
    return replace(paid_policy(), nuisance=ruled)


#: After a year of his own, on a first of July: about billing, which is not exempt.
OFFERED = [*a_year(), call(900, DANA, "2026-07-01 09:00", topic="billing")]


def test_who_would_be_offered_a_paid_line_is_counted() -> None:
    form = replayed(OFFERED, last_stage(), assumed=MARKED)
    [part] = form["policies"]
    assert (part["offered"], part["charged"]) == ({"air-time": 1}, {})
    assert "paid line air-time: offered to 1 call, 0 would be charged" in lines(form)


def test_who_agrees_would_be_charged() -> None:
    form = replayed(OFFERED, last_stage(), assumed=Assumed(marked=True, agrees=True))
    [part] = form["policies"]
    assert (part["offered"], part["charged"]) == ({"air-time": 1}, {"air-time": 1})
    assert [row["calls"] for row in part["places"] if row["action"] == "paid"] == [1]


def test_what_follows_from_another_place_is_not_told_beside_it() -> None:
    changed = policy(("topic: fault}, queue: faults}", "topic: fault}, queue: senior}"))
    said = lines(replayed(DAY, policy(), changed))
    assert "1. 1 call (20.0%), 1 caller: differs in place" in said
    assert "  from  regular, route faults, queue faults, if it refuses: main" in said
    assert "every call is treated alike" in lines(replayed(DAY, policy(), policy()))


def test_tables_are_as_wide_as_they_must_be() -> None:
    rows = [["a", "7"], ["long", "1234"], ["\x1b[31m" + "x" * 60, "1"]]
    assert [line.rstrip() for line in table((Column("name", left=True), Column("n")), rows)] == [
        f"{'name':44}     n",
        f"{'a':44}     7",
        f"{'long':44}  1234",
        f"\\x1b[31m{'x' * 35}…     1",
    ]


def test_shares_and_seconds_are_written_for_people() -> None:
    assert (percent(0.1234), seconds(7), seconds(3600), seconds(None)) == (
        "12.3%", "0:07", "1:00:00", "-",
    )  # fmt: skip
