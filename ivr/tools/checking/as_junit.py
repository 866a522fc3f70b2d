"""What was found, as JUnit's XML, which Jenkins and GitLab show beside the tests.

One test case for each file of the policy: its name stays the same while lines move, so that both
can tell what is new. GitLab knows a case by `classname` and `name`, and shows one failure of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as Xml

from ivr.tools.checking.as_text import summary
from ivr.tools.texts import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ivr.policy.doubts import Doubt
    from ivr.policy.problems import Problem
    from ivr.tools.checking.looking import Checked

_NAME = "ivr check"


def as_junit(checked: Checked, *, strict: bool) -> str:
    """A document of one suite. Warnings are failures with `strict`, else a case's output."""
    suite = Xml.Element("testsuite", name=_NAME)
    for file in _files(checked):
        problems = [each for each in checked.problems if each.place.file == file]
        warnings = [each for each in checked.warnings if each.place.file == file]
        case = _case(suite, file, file=printable(file))
        _tell(case, problems, warnings, strict=strict, unread=not checked.files)
    if checked.recordings:
        _fail(_case(suite, "recordings"), "failure", "problem", checked.recordings)
    _output(suite, [*checked.notes, f"{checked.path}: {summary(checked)}"])
    root = Xml.Element("testsuites", name=_NAME)
    root.append(suite)
    for each in (root, suite):
        _count(each, suite)
    Xml.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{Xml.tostring(root, "unicode")}\n'


def _files(checked: Checked) -> list[str]:
    """The policy's files, and others in which something is missing."""
    problems = {each.place.file for each in checked.problems}
    warnings = {each.place.file for each in checked.warnings}
    return sorted({*checked.files} | problems | warnings)


def _case(suite: Xml.Element, name: str, **more: str) -> Xml.Element:
    known = {"classname": _NAME, "name": printable(name), "time": "0", **more}
    return Xml.SubElement(suite, "testcase", known)


def _tell(
    case: Xml.Element,
    problems: Sequence[Problem],
    warnings: Sequence[Doubt],
    *,
    strict: bool,
    unread: bool,
) -> None:
    """One failure, or one output, for all that there is of a file."""
    lines = [*map(str, problems), *map(str, warnings)]
    if unread:
        _fail(case, "error", "unread", lines)
    elif problems:
        _fail(case, "failure", "problem", lines)
    elif warnings and strict:
        _fail(case, "failure", "warning", lines)
    elif warnings:
        _output(case, lines)


def _fail(case: Xml.Element, tag: str, kind: str, lines: Sequence[str]) -> None:
    more = f" (and {len(lines) - 1} more)" if len(lines) > 1 else ""
    failure = Xml.SubElement(case, tag, type=kind, message=printable(lines[0]) + more)
    failure.text = _text(lines)


def _output(parent: Xml.Element, lines: Sequence[str]) -> None:
    Xml.SubElement(parent, "system-out").text = _text(lines)


def _text(lines: Sequence[str]) -> str:
    return "\n".join(map(printable, lines))


def _count(element: Xml.Element, suite: Xml.Element) -> None:
    tags = {"tests": "testcase", "failures": "testcase/failure", "errors": "testcase/error"}
    for name, tag in tags.items():
        element.set(name, str(len(suite.findall(tag))))
    element.set("time", "0")
