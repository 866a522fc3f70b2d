"""A whole test file: what stands once at its top, and its tests."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from ivr.policy.model import Place
from ivr.policy.problems import Report
from ivr.policy.reading import values
from ivr.policy.reading.fields import Fields
from ivr.policy.reading.nodes import Hole, Items, Scalar, Table, parse
from ivr.tools.policytest.model import Scenario, Suite
from ivr.tools.policytest.reading.people import read_people
from ivr.tools.policytest.reading.scope import Scope, moment
from ivr.tools.policytest.reading.steps import is_judged, read_steps

if TYPE_CHECKING:
    from pathlib import Path

    from ivr.policy.model import Policy
    from ivr.policy.problems import Problems
    from ivr.policy.reading.nodes import Node

_KEYS: Final = ("policy", "start", "to", "callers", "tests")
_TEST: Final = ("name", "start", "callers", "steps")
#: Stands for a start that is missing or wrong, in a file that is not run.
_ANY_START: Final = datetime(2026, 1, 1, tzinfo=UTC)
_NO_TESTS: Final = "write tests: [{name: ..., steps: [{call: ...}]}]"


def policy_of(text: str, file: Path) -> str | None:
    """The path that a test file names under `policy`, None if it names none."""
    root = parse(str(file), text, Report())
    for key, value in root.entries if isinstance(root, Table) else ():
        if key.text == "policy" and isinstance(value, Scalar):
            return value.text
    return None


def read_suite(text: str, file: Path, policy: Policy) -> Suite | Problems:
    """The tests of a file, or everything that is wrong with it."""
    report = Report()
    root = parse(str(file), text, report)
    scenarios: tuple[Scenario, ...] = ()
    if root is None:
        report.add(Place(str(file), 1, 1), "this file is empty", _NO_TESTS)
    elif not isinstance(root, Hole):
        scenarios = _read(root, policy, report)
    return report.problems() if len(report) else Suite(file, policy, scenarios)


def _read(root: Node, policy: Policy, report: Report) -> tuple[Scenario, ...]:
    fields = Fields(root, "a test file", _KEYS, report)
    own = fields.get("policy")
    if own is not None:
        values.text(own, "'policy'", report)
    to = fields.get("to")
    dialled = values.text(to, "the number dialled", report) if to else _only_number(policy)
    scope = Scope(policy, report, to=dialled)
    scope.people.update(read_people(fields.get("callers"), scope))
    start = moment(fields.get("start"), "'start'", scope)
    tests = fields.need("tests", _NO_TESTS)
    if tests is None:
        return ()
    if not isinstance(tests, Items):
        values.wrong_type(tests, "'tests'", "a list: - {name: ..., steps: [...]}", report)
        return ()
    names: dict[str, Place] = {}
    wants_start = fields.get("start") is None
    return tuple(
        _test(item, scope, start, names, wants_start)
        for item in values.listed(tests, "'tests'", report)
    )


def _only_number(policy: Policy) -> str | None:
    numbers = [number for door in policy.entrypoints.values() for number in door.dialled]
    return numbers[0] if len(numbers) == 1 else None


def _test(
    node: Node,
    outer: Scope,
    start: datetime | None,
    names: dict[str, Place],
    wants_start: bool,
) -> Scenario:
    report = outer.report
    fields = Fields(node, "a test", _TEST, report)
    scope = Scope(outer.policy, report, dict(outer.people), outer.to)
    scope.people.update(read_people(fields.get("callers"), scope))
    own = fields.get("start")
    if own is None and wants_start and fields.is_table:
        instead = 'write start: "2026-11-22 12:00" here, or once at the top of the file'
        report.add(fields.place, "nothing says when the test begins", instead)
    begins = moment(own, "'start'", scope) if own else start
    written, before = fields.need("steps", "write steps: [{call: ...}]"), len(report)
    steps = read_steps(written, scope)
    if steps and len(report) == before and not any(map(is_judged, steps)):
        instead = "say what to expect: {call: ..., expect: {queue: main}}"
        report.add(fields.place, "this test expects nothing, and would count all the same", instead)
    return Scenario(
        name=_name(fields, names, report),
        place=fields.place,
        start=begins or _ANY_START,
        people=tuple(scope.people.values()),
        steps=steps,
    )


def _name(fields: Fields, names: dict[str, Place], report: Report) -> str:
    node = fields.need("name", "write name: ..., what the test is about")
    name = values.text(node, "the name", report) if node else None
    if node is None or name is None:
        return ""
    line = " ".join(name.split())
    if not line:
        report.add(node.place, "the name is empty", "write what the test is about")
    if line in names:
        wrong = f"a test of this name stands in line {names[line].line} already"
        report.add(node.place, wrong, "give one of them another name")
    names.setdefault(line, node.place)
    return line
