"""Where a step of a route sends the call: a queue, a number, an announcement, the end."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ivr.callers.numbers import dialled
from ivr.policy.forbidden import numbers_in, why_not
from ivr.policy.model import Opening, ToAnnouncement, ToHangup, ToNumber, ToPaidLine, ToQueue
from ivr.policy.paid import Method
from ivr.policy.reading import values
from ivr.policy.reading.fields import Fields
from ivr.policy.reading.nodes import Kind, Scalar, Table

if TYPE_CHECKING:
    from ivr.policy.model import Entrypoint, Spoken, Target
    from ivr.policy.reading.names import Names
    from ivr.policy.reading.nodes import Node
    from ivr.policy.reading.scope import Base, Scope

TARGETS: Final = ("queue", "dial", "announce", "hangup", "paid_line")

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
    """`announce`, `hangup` or `paid_line` for a step that needs no time, else None.

    A paid line that is dialled may be given one: how long it may ring.
    """
    if isinstance(target, ToHangup):
        return "hangup"
    if isinstance(target, ToPaidLine) and target.line.method is not Method.DIAL:
        return "paid_line"
    return "announce" if isinstance(target, ToAnnouncement) else None


def _read(key: str, node: Node, scope: Scope) -> Target | None:
    match key:
        case "queue":
            queue = scope.queues.value(node, scope.report)
            return ToQueue(queue) if queue else None
        case "dial":
            return _number(node, scope)
        case "announce":
            spoken = read_spoken(node, "'announce'", scope)
            return ToAnnouncement(spoken) if spoken else None
        case "paid_line":
            line = scope.paid_lines.value(node, scope.report)
            return ToPaidLine(line) if line else None
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
    return ToNumber(written) if may_dial(node, written, scope) else None


def may_dial(node: Node, dial: str, scope: Scope) -> bool:
    """Whether somebody may be sent to what `dial` calls; reported if not."""
    called = numbers_in(dial)
    found = [
        _is_paid(node, number, scope) or not is_free_to_call(node, number, scope.entrypoints, scope)
        for number in called
    ]
    return not any(found)


def _is_paid(node: Node, called: str, scope: Scope) -> bool:
    for name, line in scope.paid_lines.sound().items():
        if called.endswith(line.told.lstrip("0")):  # however it gets out, and with any country code
            wrong = f"{values.shown(called)} is the paid line {values.shown(name)}"
            instead = f"write paid_line: {name}, which tells the price and asks"
            scope.report.add(node.place, wrong, instead)
            return True
    return False


def is_free_to_call(node: Node, called: str, doors: Names[Entrypoint], base: Base) -> bool:
    """Whether a number is neither an emergency's, nor premium, nor our own; reported if it is."""
    region = base.settings.region
    why = why_not(called, region, base.settings.premium)
    instead = "write another number: nobody is sent there from here"
    for name, door in doors.sound().items():
        if dialled(called, region) in door.dialled:
            why = f"the entrypoint {values.shown(name)}"
            instead = "write another number: the call would come back without end"
    if why is not None:
        base.report.add(node.place, f"{values.shown(called)} is {why}", instead)
    return why is None


def read_spoken(node: Node, what: str, base: Base) -> Spoken:
    """Prompts and moments that are heard one after the other; () if one of them is wrong."""
    parts = [_spoken(item, what, base) for item in values.listed(node, what, base.report)]
    found = tuple(part for part in parts if part is not None)
    return found if len(found) == len(parts) else ()


def _spoken(node: Node, what: str, base: Base) -> str | Opening | None:
    if not isinstance(node, Table):
        return base.prompts.find(node, base.report)
    fields = Fields(node, f"a part of {what}", ("opens",), base.report)
    calendar = fields.need("opens", "write a prompt's name, or {opens: CALENDAR}")
    found = base.calendars.value(calendar, base.report) if calendar else None
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
