"""What was before the start, time that passes, and people."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.tools.policytest.junit import as_junit
from ivr.tools.policytest.reached import reached
from tests.tools.policytest.samples import policy, ran, wrong


def callers(noam: str, start: str = "2026-11-22 12:00") -> str:
    return f'start: "{start}"\ncallers:\n  noam: {{number: "0521234567", {noam}}}\n'


def look(noam: str, expect: str, start: str = "2026-11-22 12:00") -> list[str]:
    return wrong(f"- look: noam\n  expect: {expect}", callers(noam, start))


@pytest.mark.parametrize(
    ("noam", "expect"),
    [
        ("grants: golden-beam", "{grants: [golden-beam]}"),
        ("grants: [{name: golden-beam, until: 2026-11-22}]", "{grants: golden-beam}"),
        ("grants: [{name: golden-beam, until: 2026-11-21}]", "{grants: []}"),
        ("cases: [{topic: fault}, {complex: true}]", "{cases: 2, hindered: a case is open}"),
        ("shared: true", "{shared: true, hindered: shared}"),
        ("shared: false", "{shared: false, hindered: false}"),
        ("appeal: {since: 2026-11-01}", "{appeal: true}"),
        ("marked: true", "{process: observed, due: none}"),
        ("contacts: [{month: 2026-08, count: 60, marked: 20}]", "{contacts: 60, marked: 20}"),
        ("contacts: [{month: 2026-11, count: 3}]", "{contacts: 3, answered: 3}"),
        ("contacts: [{days_ago: 0, count: 5, answered: false}]", "{contacts: 5, answered: 0}"),
        ("contacts: {on: 2026-11-22, at: '11:59'}", "{contacts: 1}"),
        ("contacts: {days_ago: 3, marked: true, note: n, agent: dana, talk: 1m}", "{marked: 1}"),
        ("contacts: {days_ago: 1, outcome: broken}", "{contacts: 1, answered: 0}"),
    ],
)
def test_what_was_before_is_there(noam: str, expect: str) -> None:
    assert not look(noam, expect)


STAGES = [
    ("clear", "none"), ("observed", "none"), ("warning-due", "warned"), ("warned", "none"),
    ("notice-due", "noticed"), ("paid", "none"),
]  # fmt: skip


@pytest.mark.parametrize(("stage", "due"), STAGES)
@pytest.mark.parametrize("start", ["2026-11-22 12:00", "2026-03-01 00:00", "2024-02-29 23:59"])
def test_the_process_has_come_as_far_as_is_said(stage: str, due: str, start: str) -> None:
    assert not look(f"process: {stage}", f"{{process: {stage}, due: {due}}}", start)


def test_what_protects_a_caller_comes_after_the_process() -> None:
    both = "process: paid, cases: [{}], grants: golden-beam"
    assert not look(both, "{process: paid, cases: 1}")


def test_months_that_go_before_are_not_made_twice() -> None:
    """The months of `process` have just enough contacts: others of the file come on top."""
    assert not look(
        "process: observed, contacts: [{month: 2026-09, count: 30, marked: 10}]",
        "{process: observed, contacts: 60}",
    )
    assert not look(
        "process: observed, contacts: [{month: 2026-09, count: 30, marked: 10},"
        " {month: 2026-08, count: 30, marked: 10}]",
        "{process: warning-due}",
    )


@pytest.mark.parametrize(
    ("noam", "why"),
    [
        ("contacts: {month: 2026-12}", "2026-12 is not before the start: write another day"),
        ("contacts: {days_ago: 0, at: '12:01'}", "2026-11-22 is not before the start"),
        ("grants: [{name: golden-beam, since: 2026-12-01}]", "this is after the start"),
        (
            "grants: [{name: golden-beam, until: 2026-10-01}]",
            "this cannot have been so at the start: 'until' lies in the past",
        ),
        (
            "process: paid, grants: [{name: golden-beam, since: 2026-01-01}]",
            "this cannot have been so at the start: the caller has a grant: nothing is due",
        ),
        ("contacts: {days_ago: 1, about: open-case}", "no case is open that the contact could"),
    ],
)
def test_what_cannot_have_been_fails_the_test_at_its_place(noam: str, why: str) -> None:
    [line] = look(noam, "{cases: 0}")
    assert why in line


def test_a_contact_is_about_the_open_case_unless_its_agent_says_otherwise() -> None:
    case = "cases: [{topic: fault}]"
    watched = "contacts: [{month: 2026-10, count: 30, marked: 10, topic: fault"
    earlier = case.replace("fault", "fault, since: 2026-09-30")
    assert not look(f"{earlier}, {watched}}}]", "{process: clear}")
    assert not look(f"{case}, {watched}}}]", "{process: observed}")
    nothing = "contacts: {days_ago: 1, topic: fault, about: nothing, note: n}"
    assert not look(f"{case}, {nothing}", "{contacts: 1}")
    assert not look(f"{case}, contacts: {{days_ago: 1, about: open-case}}", "{contacts: 1}")


def test_what_people_did_on_a_day_was_before_the_calls_of_that_day() -> None:
    both = "cases: [{days_ago: 1}], contacts: {days_ago: 1, at: '07:30', about: open-case}"
    assert not look(both, "{contacts: 1}")


def test_a_month_later_is_the_last_day_of_a_shorter_month() -> None:
    start = callers("grants: [{name: golden-beam, until: 2026-02-28}]", "2026-01-31 12:00")
    text = "- pass: 1 month\n- look: noam\n  expect: {grants: [golden-beam]}\n- pass: 1d\n"
    assert not wrong(f"{text}- look: noam\n  expect: {{grants: []}}", start)


def test_the_whole_process_in_few_lines() -> None:
    assert not wrong(
        """\
        - confirm: {of: noam, step: warned, by: dana}
          refused: no step is due
        - pass: 3 months
          meanwhile: {of: noam, each_month: true, count: 30, marked: 10}
        - look: noam
          expect: {process: warning-due, due: warned, contacts: 90, marked: 30}
        - attempted: {of: noam, step: warned, by: dana, how: letter, why: came back}
        - confirm: {of: noam, step: warned, by: dana}
        - confirm: {of: noam, step: warned, by: avi}
          refused: dana did so already
        - pass: 2 months
          meanwhile: {of: noam, each_month: true, count: 30, marked: 10}
        - look: noam
          expect: {process: warned}
        - until: "2027-05-01 09:00"
          meanwhile: [{of: noam, month: 2027-04, count: 30, marked: 10}]
        - confirm: {of: noam, step: noticed, by: D.ana}
          refused: the notice is confirmed by somebody else
        - confirm: {of: noam, step: noticed, by: avi}
        - look: noam
          expect: {process: paid}
        - appeal: {of: noam}
        - look: noam
          expect: {process: observed, appeal: true}
        - decide: {of: noam, upheld: false}
        - look: noam
          expect: {process: paid, appeal: false}
        - clear: {of: noam, by: dana, why: settled}
        - look: noam
          expect: {process: clear}
        """,
        'start: "2026-11-22 12:00"\ncallers: {noam: {number: "0521234567"}}\n',
    )


def test_people_decide_at_the_desk() -> None:
    assert not wrong("""\
        - grant: {of: noam, until: 2026-11-30}
        - grant: {of: ruth, name: golden-beam}
        - call: {from: noam}
          expect: {tier: vip}
        - revoke: {of: noam}
        - revoke: {of: noam}
          refused: no such grant
        - open_case: {of: noam, topic: fault, complex: true}
        - open_case: {of: noam}
        - call: {from: noam}
          expect: {tier: senior-required}
        - close_case: {of: noam}
          refused: name the case to close
        - close_case: {of: noam, case: 2}
        - close_case: {of: noam}
        - mark: {of: noam}
        - look: noam
          expect: {process: observed, cases: 0, grants: []}
        - unmark: {of: noam}
        - share: {of: noam}
        - look: noam
          expect: {process: clear, shared: true}
        - unshare: {of: noam}
        - look: noam
          expect: {shared: false}
        - mark: {of: noam}
        - release: {of: noam}
        - look: noam
          expect: {process: clear, shared: false}
    """)


def test_a_grant_ends_when_time_passes() -> None:
    assert not wrong(
        """\
        - call: {from: noam}
          expect: {tier: vip}
        - pass: 10h
        - pass: 119m
        - call: {from: noam}
          expect: {route: closed, tier: vip}
        - pass: 1m
        - call: {from: noam}
          expect: {tier: regular}
        - pass: 1 month
        - look: noam
          expect: {grants: []}
        """,
        callers("grants: [{name: golden-beam, until: 2026-11-22}]"),
    )


@pytest.mark.parametrize(
    ("step", "why"),
    [
        ('until: "2026-11-22 11:59"', "time does not go back: write a later moment"),
        (
            "pass: 1d\n  meanwhile: {of: noam, on: 2026-11-24}",
            "2026-11-24 is not in the time that passes: write another day",
        ),
        ("confirm: {of: noam, step: warned}", "confirm: no step is due for +972521234567"),
        ("revoke: {of: noam}", "revoke: no such grant to revoke; the number has: none"),
    ],
)
def test_what_cannot_be_ends_the_test_there(step: str, why: str) -> None:
    [line] = wrong(f"- {step}\n- call: {{from: noam, keys: ['1']}}\n  expect: {{queue: senior}}")
    assert why in line


@pytest.mark.parametrize("mode", ["late", "failed"])
def test_people_are_refused_while_the_store_is_in_trouble(mode: str) -> None:
    assert not wrong(f"- store: {mode}\n- grant: {{of: noam}}\n  refused: the store fails")


def test_what_happens_meanwhile_is_kept_whatever_the_store_does() -> None:
    assert not wrong("""\
        - store: late
        - pass: 2d
          meanwhile: {of: noam, on: 2026-11-23, count: 2}
        - look: noam
          expect: {contacts: 2}
    """)


def test_what_was_not_refused_is_told() -> None:
    assert wrong("- mark: {of: noam}\n  refused: never") == [
        "refused: expected never, got nothing: it was done"
    ]
    [line] = wrong("- unmark: {of: noam}\n  refused: never")
    assert line.startswith("refused: expected never, got the number carries no mark")


def test_what_was_before_with_other_callers_is_not_made() -> None:
    """Else a mistake there would fail every test of the file."""
    top = callers("contacts: {month: 2026-12}") + '  ruth: {number: "0541111111"}\n'
    assert not wrong("- {call: {from: ruth, keys: ['1']}, expect: {tier: regular}}", top)


SNIPPETS = [
    "- call: {from: ruth}", '- call: {from: noam, keys: ["1", "5"]}', "- call: {from: withheld}",
    '- call: {from: noam, keys: ["2", "5"], store: late}', "- call: {from: noam, hang_up_at: 1}",
    '- call: {from: noam, keys: ["2", "9"], failing: [price, topics]}', "- pass: 36 months",
    "- queues: {main: missing, senior: slow}", "- queues: {main: full}", "- store: late",
    "- store: failed", "- store: answers", "- appeal: {of: noam}", "- clear: {of: noam}",
    "- decide: {of: noam, upheld: true}", "- release: {of: noam}", "- pass: 800d",
    "- confirm: {of: noam, step: noticed}", "- open_case: {of: noam}", "- share: {of: noam}",
    "- close_case: {of: noam}", "- mark: {of: noam, until: 1999-01-01}",
    "- lines: {air-time: slow}",
    "- grant: {of: noam, until: 2199-12-31}", "- look: noam\n  expect: {cases: 7}",
    "- pass: 2 months\n  meanwhile: {of: noam, each_month: true, count: 31, marked: true, note: x}",
    "- call: {from: noam, patience: 0s, marked: true}", "- until: 2027-03-26 03:00",
]  # fmt: skip
STARTS = ["2026-11-22 12:00", "1990-01-01 00:00", "2200-12-31 23:59", "2026-10-25 01:30"]


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.sampled_from(SNIPPETS), max_size=7),
    st.sampled_from([stage for stage, _ in STAGES]),
    st.sampled_from(STARTS),
)
def test_whatever_happens_in_a_test_it_ends(found: list[str], stage: str, start: str) -> None:
    top = callers(f"process: {stage}, cases: [{{days_ago: 1100}}]", start)
    top += '  ruth: {number: "0541111111", contacts: [{days_ago: 1100}]}\n'
    test = ran("\n".join([*found, "- call: {from: ruth}"]), top)
    reached(policy(), test.trips)
    assert as_junit([test])
