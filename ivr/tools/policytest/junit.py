"""The results as JUnit's XML, which build servers show. One suite for each file.

Callers' numbers are masked: a build server keeps what it is given. It says nothing of time: the
same tests write the same file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as Xml

from ivr.logs.masking import mask_line
from ivr.tools.policytest import paper
from ivr.tools.texts import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ivr.tools.policytest.runner import Ran

_NAME = "ivr test"


def as_junit(ran: Sequence[Ran]) -> str:
    """The document."""
    root = Xml.Element("testsuites", {"name": _NAME, **_counts(ran)})
    for file in dict.fromkeys(each.scenario.place.file for each in ran):
        own = [each for each in ran if each.scenario.place.file == file]
        suite = Xml.SubElement(root, "testsuite", {"name": printable(file), **_counts(own)})
        for each in own:
            _case(suite, each)
    Xml.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{Xml.tostring(root, "unicode")}\n'


def _counts(ran: Sequence[Ran]) -> dict[str, str]:
    failed = sum(not each.passed for each in ran)
    return {"tests": str(len(ran)), "failures": str(failed), "errors": "0", "time": "0"}


def _case(suite: Xml.Element, ran: Ran) -> None:
    place = ran.scenario.place
    file, name = printable(place.file), printable(ran.scenario.name)
    known = {"classname": file, "name": name, "file": file, "line": str(place.line), "time": "0"}
    case = Xml.SubElement(suite, "testcase", known)
    if not ran.passed:
        wrong = [line for failure in ran.failures for line in failure.wrong]
        failure = Xml.SubElement(case, "failure", type="failure", message=_masked(wrong, "; "))
        failure.text = _masked(paper.failures(ran), "\n")


def _masked(lines: Iterable[str], between: str) -> str:
    line: dict[str, object] = {"message": between.join(map(printable, lines))}
    mask_line(line)
    return str(line["message"])
