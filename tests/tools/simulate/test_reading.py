from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.policy.problems import Problems
from ivr.tools.simulate.reading import read_staffing
from ivr.tools.simulate.staffing import QueueRules, Serves, Staffing
from tests.tools.simulate.worlds import policy

WHOLE = """
# Who is on duty when.
agents:
  general:
    queues: [main, {queue: senior, penalty: 5}]
    shifts:
      - {calendar: service, count: 12}
      - {days: [sun, mon], hours: "10:00-14:00", count: 3}
  night:
    queues: spare
    shifts: {count: 1}
queues:
  main: {joinempty: yes}
  senior: {maxlen: 20, weight: 1, leavewhenempty: no}
fallback: main
wrap_up: 15s
"""


def read(text: str) -> Staffing | Problems:
    return read_staffing("staffing.yaml", text, (policy(),))


def problems(text: str) -> str:
    found = read(text)
    assert isinstance(found, Problems)
    return str(found)


def test_a_whole_file() -> None:
    found = read(WHOLE)
    assert isinstance(found, Staffing), str(found)
    general, night = found.groups
    assert general.serves == (Serves("main"), Serves("senior", 5))
    assert [shift.count for shift in general.shifts] == [12, 3]
    assert general.shifts[0].calendar is not None
    assert general.shifts[0].calendar.name == "service"
    assert (night.serves, night.shifts[0].calendar) == ((Serves("spare"),), None)
    assert found.queues == {
        "main": QueueRules(joinempty=True, leavewhenempty=False),
        "senior": QueueRules(leavewhenempty=False, maxlen=20, weight=1),
    }
    assert (found.fallback, found.wrap_up) == ("main", 15)


def test_names_of_either_policy_will_do() -> None:
    other = policy("  - {name: all, queue: main}\n")
    found = read_staffing("s.yaml", WHOLE, (policy(), other))
    assert isinstance(found, Staffing)


GROUP = "agents: {a: {queues: [main], shifts: [%s]}}"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", "1:1: the file holds nothing: write agents:"),
        ("# only a comment\n", "the file holds nothing"),
        ("- a\n", "a staffing file is a list: write a mapping"),
        ("queues: {}\n", "a staffing file has no 'agents': write agents:"),
        ("agents: {}\n", "'agents' is empty: write agents:"),
        ("agents: 5\n", "'agents' is '5': write a mapping"),
        ("agent: {}\n", "has no key 'agent': did you mean 'agents'?"),
        ("agents: {a: {shifts: [{count: 1}]}}", "the group 'a' has no 'queues'"),
        ("agents: {a: {queues: [main]}}", "the group 'a' has no 'shifts'"),
        ("agents: {a: {queues: [], shifts: []}}", "'queues' of the group 'a' is an empty list"),
        ("agents: {a: {queues: [mian], shifts: []}}", "'mian' is not declared: did you mean"),
        ("agents: {a: {queues: [main, main], shifts: []}}", "serves this queue already"),
        ("agents: {a b: {queues: [main], shifts: []}}", "a group's name 'a b' has a character"),
        ("agents: {a: {queues: [{penalty: 1}], shifts: []}}", "has no 'queue'"),
        ("agents: {a: {queues: [{queue: main, penalty: -1}], shifts: []}}", "'penalty' is '-1'"),
        (GROUP % "{}", "a shift has no 'count'"),
        (GROUP % "{count: many}", "'count' is 'many': write a number from 0 to 10000"),
        (GROUP % "{count: 10001}", "'count' is 10001"),
        (GROUP % "{count: 1.5}", "'count' is '1.5'"),
        (GROUP % "{count: 1, calendar: sevrice}", "'sevrice' is not declared: did you mean"),
        (
            GROUP % "{count: 1, calendar: service, days: [sun], hours: '08:00-09:00'}",
            "keep the one",
        ),
        (GROUP % "{count: 1, hours: '08:00-09:00'}", "has no 'days'"),
        (GROUP % "{count: 1, days: [sunday], hours: '08:00-09:00'}", "the day 'sunday' is unknown"),
        (GROUP % "{count: 1, days: [sun], hours: 8-9}", "the hours '8-9' are not from"),
        ("agents: &a {x: *a}\n", "aliases (*a) are not read"),
        ("agents: {a: &g {queues: [main], shifts: []}}", "anchors (&g) are not read"),
        ("agents: !!python/object:os.system {}\n", "tags"),
        ("agents: {a: 1, a: 2}", "'a' stands here twice"),
        ("\tagents:\n", "indent with spaces"),
        ("agents: \x00", "U+0000 is not allowed"),
        ("[" * 100, "nested deeper than 40 levels"),
        (WHOLE + "queues: {}\n", "'queues' stands here twice"),
        (WHOLE.replace("fallback: main", "fallback: nowhere"), "'nowhere' is not declared"),
        (WHOLE.replace("15s", "15"), "'wrap_up' '15' is not a time: write 15s"),
        (WHOLE.replace("15s", "2h"), "write a time from 0s to 1h"),
        (WHOLE.replace("joinempty: yes", "joinempty: strict"), "'joinempty' is 'strict'"),
        (WHOLE.replace("maxlen: 20", "maxlen: 0"), "'maxlen' is 0"),
        (WHOLE.replace("main: {joinempty", "mein: {joinempty"), "'mein' is not declared"),
    ],
)
def test_each_mistake_is_told_with_its_place_and_what_to_write(text: str, wanted: str) -> None:
    found = problems(text)
    assert wanted in found
    assert all(line.startswith("staffing.yaml:") for line in found.splitlines())


def test_all_mistakes_are_told_at_once() -> None:
    text = "agents: {a: {queues: [x], shifts: [{count: y}]}}\nfallback: z\n"
    assert len(problems(text).splitlines()) == 3


@given(st.text(max_size=200))
def test_whatever_it_is_it_is_read_or_refused(text: str) -> None:
    assert isinstance(read(text), Staffing | Problems)
    assert isinstance(read(f"agents: {text}"), Staffing | Problems)
