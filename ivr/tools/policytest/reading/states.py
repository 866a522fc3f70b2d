"""`queues:`, `numbers:`, `lines:` how the places that calls come to behave."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ivr.policy.reading import values
from ivr.policy.reading.fields import Fields, entries
from ivr.policy.reading.nodes import Scalar
from ivr.tools.policytest.model import State

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ivr.policy.reading.nodes import Node
    from ivr.tools.policytest.reading.scope import Scope

_QUEUE_STATES: Final = {
    "answers": State(),
    "slow": State("", None),
    "full": State("FULL"),
    "empty": State("JOINEMPTY"),
    "left-empty": State("LEAVEEMPTY"),
    "unavailable": State("JOINUNAVAIL"),
    "missing": State(""),
}
_NUMBER_STATES: Final = {
    "answers": State(),
    "slow": State("", None),
    "busy": State("BUSY"),
    "unavailable": State("CHANUNAVAIL"),
    "congestion": State("CONGESTION"),
}
_LINE_STATES: Final = {
    **_NUMBER_STATES, "refused": State("FAILURE"), "unconfirmed": State("UNCONFIRMED"),
}  # fmt: skip
#: The words for each kind of place.
NAMED: Final = {"queues": _QUEUE_STATES, "numbers": _NUMBER_STATES, "lines": _LINE_STATES}
_STATUS: Final = re.compile(r"[A-Z]{2,20}")


def read_states(kind: str, node: Node, scope: Scope) -> Iterator[tuple[tuple[str, str], State]]:
    """Each place by its kind and name, and how it is."""
    for key, value in entries(node, f"'{kind}'", scope.report):
        state = _state(kind, value, scope)
        name = _place_named(kind, key, scope)
        if state is not None and name is not None:
            yield (kind, name), state


def _place_named(kind: str, key: Scalar, scope: Scope) -> str | None:
    """Asterisk's name of a queue; a number and a paid line as the policy has them."""
    if kind == "queues":
        name = scope.queues.find(key, scope.report)
        return scope.policy.queues[name].asterisk if name else None
    if kind == "lines":
        return scope.lines.find(key, scope.report)
    return scope.numbers.find(key, scope.report)


def _state(kind: str, node: Node, scope: Scope) -> State | None:
    named = NAMED[kind]
    if isinstance(node, Scalar):
        found = values.one_of(node, "the state", tuple(named), scope.report)
        return named[found] if found else None
    fields = Fields(node, "a state", ("answers_after", "status", "after"), scope.report)
    answers, status = fields.get("answers_after"), fields.get("status")
    if (answers is None) == (status is None) and fields.is_table:
        wrong, instead = "a state that is not clear", "write {answers_after: 4m} or {status: FULL}"
        scope.report.add(fields.place, wrong, instead)
    if answers is not None:
        return State(after=_duration(answers, "'answers_after'", scope))
    return State(_status(status, scope), _duration(fields.get("after"), "'after'", scope))


def _status(node: Node | None, scope: Scope) -> str:
    found = values.text(node, "the status", scope.report) if node else None
    if node is not None and found is not None and not _STATUS.fullmatch(found):
        wrong = f"the status {values.shown(found)} is none of Asterisk's"
        scope.report.add(node.place, wrong, "write one such as FULL, JOINEMPTY or CHANUNAVAIL")
    return found or ""


def _duration(node: Node | None, what: str, scope: Scope) -> int:
    return (values.duration(node, what, "0s", "24h", scope.report) if node else None) or 0
