"""Why a call went where it went, for who reads a test that failed: the tree of `ivr explain`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ivr.logs.decisions import as_json
from ivr.tools.explain.drawing import WIDTH, Pen
from ivr.tools.explain.tree import path

if TYPE_CHECKING:
    from collections.abc import Iterable
    from zoneinfo import ZoneInfo

    from ivr.callers.caller import Instant
    from ivr.engine.interfaces import Decided

#: How far in the report of a failure the tree stands.
INDENT: Final = 7
_PEN: Final = Pen(width=WIDTH - INDENT)


def traced(decisions: Iterable[tuple[Instant, Decided]], zone: ZoneInfo) -> list[str]:
    """The path of a call as lines, all its decisions in one tree."""
    forms = [as_json(decided, at, zone, mask=True) for at, decided in decisions]
    return list(path({"path": [turn for form in forms for turn in form["path"]]}, _PEN))
