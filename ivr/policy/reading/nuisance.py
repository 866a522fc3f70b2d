"""`nuisance:` what it takes to come from one stage of the nuisance process to the next."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from ivr.callers.nuisance import Rules, Stage
from ivr.policy.asked import leaves
from ivr.policy.reading.fields import Fields
from ivr.policy.reading.values import duration, shown, whole
from ivr.policy.when import NuisanceAt

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ivr.policy.model import Route, TierRule
    from ivr.policy.problems import Report
    from ivr.policy.reading.nodes import Node

_KEYS: Final = ("contacts", "marks", "months", "broken_off")
_MONTHS: Final = ("before_warning", "before_notice", "quiet")
_EXAMPLE: Final = "write nuisance: {contacts: 30, marks: 10}"

#: Less than about one contact a week is nobody's nuisance.
_LEAST_CONTACTS: Final = 5
_MOST: Final = 10_000
_MOST_MONTHS: Final = 12
#: Whoever was talked to for longer was talked to.
_LONGEST_BREAK: Final = "60s"
#: One month alone may be a bad month.
_LEAST_BEFORE_WARNING: Final = 2


def read_nuisance(node: Node | None, report: Report) -> Rules | None:
    """The rules of the process; None if the policy has none, or they are wrong."""
    if node is None:
        return None
    before = len(report)
    fields = Fields(node, "'nuisance'", _KEYS, report)
    contacts, marks = fields.need("contacts", _EXAMPLE), fields.need("marks", _EXAMPLE)
    rules = _with_months(
        Rules(
            contacts=_number(contacts, "'contacts'", _LEAST_CONTACTS, _MOST, report, 0),
            marks=_number(marks, "'marks'", 1, _MOST, report, 0),
            broken_off=_broken_off(fields.get("broken_off"), report),
        ),
        fields.get("months"),
        report,
    )
    if marks is not None and rules.marks > rules.contacts > 0:
        wrong = f"{rules.marks} marks of {rules.contacts} contacts"
        report.add(marks.place, wrong, "write at most as many marks as contacts")
    return rules if fields.is_table and len(report) == before else None


def _with_months(rules: Rules, node: Node | None, report: Report) -> Rules:
    if node is None:
        return rules
    fields = Fields(node, "'months'", _MONTHS, report)
    warning, notice, quiet = (fields.get(key) for key in _MONTHS)
    return replace(
        rules,
        before_warning=_number(
            warning, "'before_warning'", _LEAST_BEFORE_WARNING, _MOST_MONTHS, report,
            rules.before_warning,
        ),
        before_notice=_before_notice(notice, rules.before_notice, report),
        quiet=_number(quiet, "'quiet'", 1, _MOST_MONTHS, report, rules.quiet),
    )  # fmt: skip


def _before_notice(node: Node | None, usual: int, report: Report) -> int:
    found = _number(node, "'before_notice'", 0, _MOST_MONTHS, report, usual)
    if node is not None and found == 0:
        wrong = "a process with no second notice: nobody may pay after a single warning"
        report.add(node.place, wrong, "write before_notice: 2, or 1 at least")
    return found


def _broken_off(node: Node | None, report: Report) -> int:
    found = duration(node, "'broken_off'", "0s", _LONGEST_BREAK, report) if node else None
    return Rules(0, 0).broken_off if found is None else found


def _number(node: Node | None, what: str, least: int, most: int, report: Report, usual: int) -> int:
    found = whole(node, what, least, most, report) if node else None
    return usual if found is None else found


def check_process(
    tiers: Iterable[TierRule], routes: Iterable[Route], declared: bool, report: Report
) -> None:
    """Without rules a mark opens observation, and nothing leads further: say where it is asked."""
    if declared:
        return
    conditions = (*(rule.when for rule in tiers), *(route.when for route in routes))
    for condition in conditions:
        for asked in leaves(condition):
            if isinstance(asked, NuisanceAt) and asked.stage is not Stage.OBSERVED:
                wrong = f"nobody comes to the stage {shown(asked.stage)}: there is no 'nuisance'"
                report.add(asked.place, wrong, _EXAMPLE)
