"""Two policies side by side: whom another one would treat otherwise, and in what."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ivr.tools.replay.replay import Assumed, Replay
from tests.policy.samples import at
from tests.tools.replay.logs import DANA, NOAM, PROCESS, VIP, call, policy, replayed
from tests.tools.replay.test_replay import DAY, a_year, made_up

if TYPE_CHECKING:
    from ivr.tools.replay.form import Form

CALLS = [
    *DAY,
    call(7, DANA, "2026-11-24 09:00", topic="fault"),
    call(8, NOAM, "2026-11-24 09:30", topic="fault"),
    call(9, None, "2026-11-24 10:00", topic="fault"),
]


def against(*changes: tuple[str, str], calls: Any = CALLS, more: str = "", **options: Any) -> Form:
    found: Form = replayed(calls, policy(), policy(*changes, more=more), **options)["against"]
    return found


def test_the_same_policy_treats_every_call_alike() -> None:
    assert against(calls=made_up(100)) == {
        "calls": 0, "share": 0.0, "callers": 0, "groups": [], "by_caller": [],
    }  # fmt: skip


def test_one_changed_route_is_one_group_with_both_traces() -> None:
    found = against(("topic: fault}, queue: faults}", "topic: fault}, queue: senior}"))
    assert (found["calls"], found["share"], found["callers"]) == (4, 0.5, 2)
    [group] = found["groups"]
    assert (group["calls"], group["callers"], group["differs"]) == (4, 2, ["place", "then"])
    assert (group["from"]["place"], group["to"]["place"]) == ("faults", "senior")
    assert (group["from"]["route"], group["to"]["route"]) == ("faults", "faults")
    example = group["example"]
    assert (example["line"], example["number"], example["wait"]) == (2, DANA, 10)
    for side, queue in (("from", "faults"), ("to", "senior")):
        path = example[side]["path"]
        assert [turn["event"]["kind"] for turn in path] == ["new-call", "key"]
        assert path[-1]["step"]["queue"] == queue


def test_callers_are_told_who_is_treated_otherwise_most_often_first() -> None:
    found = against(("topic: fault}, queue: faults}", "topic: fault}, queue: senior}"))
    assert [(each["number"], each["calls"], each["line"]) for each in found["by_caller"]] == [
        (DANA, 2, 2), (NOAM, 1, 8),
    ]  # fmt: skip
    assert found["by_caller"][0]["groups"] == [{"group": 0, "calls": 2}]
    assert found["by_caller"][1]["example"]["line"] == 8


def test_the_biggest_group_comes_first() -> None:
    found = against(
        ("topic: fault}, queue: faults}", "topic: fault}, queue: senior}"),
        ("head_start: 20m", "head_start: 10m"),
    )
    assert [(group["calls"], group["differs"]) for group in found["groups"]] == [
        (4, ["place", "then"]), (1, ["head_start"]),
    ]  # fmt: skip
    assert found["groups"][1]["to"]["head_start"] == 600


def differs(*changes: tuple[str, str]) -> list[list[str]]:
    return [group["differs"] for group in against(*changes)["groups"]]


def test_whatever_a_caller_would_notice_differs() -> None:
    assert differs(("{name: faults, when", "{name: defects, when")) == [["route"]]
    assert differs(("{after: 3m, queue: senior}", "{after: 4m, queue: senior}")) == [["timeout"]]
    assert differs(("{after: 3m, queue: senior}", "{after: 3m, queue: faults}")) == [["then"]]
    assert differs(("music: calm", "music: loud")) == [["options"], ["options"]]
    assert differs(("prompt: topics", "prompt: more")) == [["heard"], ["heard"]]
    assert differs(("languages: [he, en]", "languages: [en, he]")) == [["language"]] * 4
    assert differs(("free: {pays: company", "free: {pays: caller")) == [["answer"]] * 2
    assert differs(("announce: sorry", "announce: closed-hours")) == [["heard_later"]]
    assert differs(("announce: closed-hours", "announce: sorry")) == [["heard"]]


def test_nobody_s_calls_are_of_no_caller() -> None:
    calls = [call(2, None, "2026-11-22 09:00", topic="fault")]
    found = against(("topic: fault}, queue: faults}", "topic: fault}, queue: main}"), calls=calls)
    assert (found["calls"], found["callers"], found["by_caller"]) == (1, 0, [])
    assert found["groups"][0]["example"]["number"] == "withheld"


def test_of_many_callers_the_first_twenty_have_their_traces() -> None:
    calls = [
        replace(CALLS[0], line=line, number=f"+9725400000{n:02}", started=at("2026-11-22 09:00"))
        for line, n in enumerate([n for n in range(40) for _ in range(n + 1)])
    ]
    found = against(("topic: fault}, queue: faults}", "topic: fault}, queue: senior}"), calls=calls)
    callers = found["by_caller"]
    assert [each["calls"] for each in callers] == list(range(40, 0, -1))
    assert [each["example"] is not None for each in callers] == [True] * 20 + [False] * 20
    assert all(each["example"]["number"] == each["number"] for each in callers[:20])


# --- what each side knows ----------------------------------------------------------------------


def test_one_ledger_serves_both_unless_they_disagree_on_what_it_is_told() -> None:
    def are_one(*changes: tuple[str, str], more: str = "", **assumed: Any) -> bool:
        replay = Replay(policy(), policy(*changes, more=more), Assumed(**assumed))
        return replay.parts[0].known is replay.parts[1].known

    assert are_one(("queue: patience", "queue: main"))
    assert not are_one(("Asia/Jerusalem", "Europe/Berlin"))
    assert not are_one(more=PROCESS)
    assert not are_one(("golden-beam", "silver-beam"))
    assert not are_one(("golden-beam", "silver-beam"), grant=None)
    assert not are_one(agrees=True)


def test_each_side_has_its_own_process() -> None:
    found = against(more=PROCESS, calls=a_year(), assumed=Assumed(marked=True))
    assert {each["number"] for each in found["by_caller"]} == {DANA, NOAM}
    assert [(g["from"]["tier"], g["to"]["tier"]) for g in found["groups"]] == [
        ("regular", "nuisance")
    ]


def test_each_side_has_the_grant_that_it_knows() -> None:
    calls = [call(2, VIP, "2026-11-22 09:00", vip=True)]
    assert against(("golden-beam", "silver-beam"), calls=calls)["calls"] == 0


def test_both_are_called_at_the_same_number_if_both_have_it() -> None:
    moved = policy(
        ('dialled: ["1800123456"]', 'dialled: ["1800555555"]'),
        ('dialled: ["*611"]', 'dialled: ["*611", "1800123456"]'),
    )
    form = replayed(CALLS, policy(), moved)
    assert [part["dialled"] for part in form["policies"]] == ["+9721800123456"] * 2
    gone = policy(("1800123456", "1800777777"))
    assert replayed(CALLS, policy(), gone)["policies"][1]["dialled"] == "+9721800777777"


def test_no_number_is_told_where_numbers_are_masked() -> None:
    changed = policy(("topic: fault}, queue: faults}", "topic: fault}, queue: senior}"))
    text = json.dumps(replayed(CALLS, policy(), changed, mask=True))
    for number in (DANA, NOAM, VIP):
        assert number not in text
        assert number.removeprefix("+972") not in text
    assert "+972******11" in text
