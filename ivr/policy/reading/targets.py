"""Where a step of a route sends the call: a queue, a number, an announcement, the end."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ivr.policy.model import Opening, ToAnnouncement, ToHangup, ToNumber, ToQueue
from ivr.policy.reading import values
from ivr.policy.reading.fields import Fields
from ivr.policy.reading.nodes import Kind, Scalar, Table

if TYPE_CHECKING:
    from ivr.policy.model import Target
    from ivr.policy.reading.nodes import Node
    from ivr.policy.reading.scope import Scope

TARGETS: Final = ("queue", "dial", "announce", "hangup")

#: ISDN causes (Q.850) run from 1 to 127.
_LAST_CAUSE: Final = 127
_DIALLED: Final = re.compile(r"[A-Za-z0-9]+/[^/]+(/.*)?")


def read_target(fields: Fields, what: str, scope: Scope) -> Target | None:
    """The one target of a step; None if there is none, or several, or it is wrong."""
    written = fields.present(TARGETS)
    if len(written) > 1:
        wrong = f"{what} goes to one place, this one to {' and '.join(written)}"
        scope.report.add(fields.at(written[1]), wrong, "move what comes later into 'then'")
        return None
    node = fields.get(written[0]) if written else None
    if node is None:
        if fields.is_table:
            wrong = f"{what} that goes nowhere"
            scope.report.add(fields.place, wrong, "write queue, dial, announce or hangup")
        return None
    return _read(written[0], node, scope)


def ends_by_itself(target: Target) -> str | None:
    """`announce` or `hangup` for a step that needs no time to be given, else None."""
    if isinstance(target, ToHangup):
        return "hangup"
    return "announce" if isinstance(target, ToAnnouncement) else None


def _read(key: str, node: Node, scope: Scope) -> Target | None:
    match key:
        case "queue":
            queue = scope.queues.value(node, scope.report)
            return ToQueue(queue) if queue else None
        case "dial":
            return _number(node, scope)
        case "announce":
            return _announcement(node, scope)
        case _:
            return _hangup(node, scope)


def _number(node: Node, scope: Scope) -> ToNumber | None:
    written = values.name(node, "'dial'", scope.report)
    if written is None:
        return None
    if not _DIALLED.fullmatch(written):
        wrong = f"{values.shown(written)} is nothing that Dial() can reach"
        scope.report.add(node.place, wrong, "write PJSIP/100, or PJSIP/0521234567@TRUNK")
        return None
    return ToNumber(written)


def _announcement(node: Node, scope: Scope) -> ToAnnouncement | None:
    parts = [_spoken(item, scope) for item in values.listed(node, "'announce'", scope.report)]
    found = tuple(part for part in parts if part is not None)
    return ToAnnouncement(found) if found and len(found) == len(parts) else None


def _spoken(node: Node, scope: Scope) -> str | Opening | None:
    if not isinstance(node, Table):
        return scope.prompts.find(node, scope.report)
    fields = Fields(node, "a part of 'announce'", ("opens",), scope.report)
    calendar = fields.need("opens", "write a prompt's name, or {opens: CALENDAR}")
    found = scope.calendars.value(calendar, scope.report) if calendar else None
    return Opening(found) if found else None


def _hangup(node: Node, scope: Scope) -> ToHangup | None:
    """`hangup: true`, or with an ISDN cause: `hangup: 21`."""
    if isinstance(node, Scalar) and node.kind is Kind.BOOLEAN:
        said = values.boolean(node, "'hangup'", scope.report)
        if said is False:
            scope.report.add(node.place, "'hangup: false' says nothing", "take it out")
        return ToHangup() if said else None
    cause = values.whole(node, "'hangup'", 1, _LAST_CAUSE, scope.report)
    return None if cause is None else ToHangup(cause)
