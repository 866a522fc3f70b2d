"""The nuisance process for machines: plain JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from ivr.engine.process import NAMES
from ivr.tools.caller_json import entry_json, process_json
from ivr.tools.moments import iso

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from ivr.callers.caller import Instant
    from ivr.engine.process import Case, MonthSeen


def case_json(case: Case, now: Instant, zone: ZoneInfo) -> dict[str, Any]:
    """A number with its evidence and history."""
    found = case.situation
    return {
        "number": found.caller.number,
        "at": iso(now, zone),
        "stage": found.stage.value,
        "due": None if found.due is None else NAMES[found.due],
        "waits": found.hindered or None,
        "watched_in_a_row": found.standing.watched,
        "quiet_in_a_row": found.standing.quiet,
        "process": process_json(found.caller.record.process, zone),
        "months": [_month(seen) for seen in case.evidence],
        "journal": [entry_json(entry, zone) for entry in case.history.journal],
    }


def _month(seen: MonthSeen) -> dict[str, Any]:
    return {
        **asdict(seen.month),
        "days": {str(day): count for day, count in seen.days},
        "marked_by": dict(seen.marked_by),
    }
