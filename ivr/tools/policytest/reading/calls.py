"""`call:` who calls which number, and what he does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ivr.policy.reading import values
from ivr.policy.reading.fields import Fields
from ivr.policy.reading.nodes import Scalar, Table
from ivr.tools.policytest.model import Call
from ivr.tools.policytest.reading.contacts import talk, text
from ivr.tools.policytest.reading.expect import OF_CALL, read_expect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ivr.policy.model import Place
    from ivr.policy.reading.nodes import Node
    from ivr.tools.policytest.reading.scope import Scope

_KEYS: Final = (
    "from", "to", "forwarded_by", "attest", "verify", "keys", "hang_up_at", "failing",
    "price_heard", "patience", "store", "agent", "talk", "hung_up_by", "note", "marked",
)  # fmt: skip
_PHONE: Final = frozenset("0123456789*#")
_WITHHELD: Final = "withheld"
_SIDES: Final = ("caller", "agent")

#: How a store behaves, and in what.
MODES: Final = ("answers", "late", "failed")
OPERATIONS: Final = ("lookup", "record", "change", "consent", "remember")
#: What a call itself asks of the store; the report of its end comes later.
_IN_CALL: Final = ("lookup", "change", "consent", "remember")


def read_call(node: Node, expect: Node | None, place: Place, scope: Scope) -> Call:
    """One call and what is expected of it."""
    report = scope.report
    fields = Fields(node, "a call", _KEYS, report)
    who, ani = _caller(fields.need("from", "write from: a caller, a number or withheld"), scope)
    at, price = fields.get("hang_up_at"), fields.get("price_heard")
    store, side = fields.get("store"), fields.get("hung_up_by")
    marked, patience = fields.get("marked"), fields.get("patience")
    return Call(
        place=place,
        who=who,
        ani=ani,
        dialled=_dialled(fields, scope),
        forwarded_by=text(fields, "forwarded_by", scope) or "",
        attest=text(fields, "attest", scope) or "",
        verify=text(fields, "verify", scope) or "",
        keys=tuple(_keys(fields.get("keys"), scope)),
        hang_up_at=values.whole(at, "'hang_up_at'", 1, 50, report) if at else None,
        failing=tuple(_failing(fields.get("failing"), scope)),
        price_heard=_seconds(price, "'price_heard'", scope),
        patience=_seconds(patience, "'patience'", scope),
        store=read_modes(store, _IN_CALL, scope) if store else {},
        agent=text(fields, "agent", scope) or "agent",
        talk=talk(fields, scope),
        hung_up_by=(values.one_of(side, "the side", _SIDES, report) if side else None) or "caller",
        note=text(fields, "note", scope),
        marked=bool(marked and values.boolean(marked, "'marked'", report)),
        expect=read_expect(expect, OF_CALL, scope),
    )


def _caller(node: Node | None, scope: Scope) -> tuple[str, str]:
    """What the caller is called, and the number that arrives ("": withheld)."""
    found = values.text(node, "the caller", scope.report) if node else None
    if node is None or found is None:
        return "", ""
    if found == _WITHHELD:
        return found, ""
    if found[:1] in ("", *"+(0123456789*#") and found not in scope.people:
        return "a number", found
    person = scope.person(node)
    return found, person.number if person else ""


def _dialled(fields: Fields, scope: Scope) -> str:
    node = fields.get("to")
    if node is not None:
        return values.text(node, "the number dialled", scope.report) or ""
    if scope.to is None and fields.is_table:
        instead = 'write to: "1800123456" here, or once at the top of the file'
        scope.report.add(fields.place, "nothing says which number is called", instead)
    return scope.to or ""


def _keys(node: Node | None, scope: Scope) -> Iterator[str]:
    """One for each question; "" is none."""
    for item in values.listed(node, "'keys'", scope.report) if node else ():
        key = values.text(item, "the key", scope.report)
        if key is None:
            continue
        if key and key not in _PHONE:
            wrong = f"the key {values.shown(key)} is on no telephone"
            instead = 'write one of 0 to 9, * and #, for each question; "" where none is pressed'
            scope.report.add(item.place, wrong, instead)
        yield key


def _failing(node: Node | None, scope: Scope) -> Iterator[str]:
    for item in values.listed(node, "'failing'", scope.report) if node else ():
        yield scope.prompts.find(item, scope.report) or ""


def _seconds(node: Node | None, what: str, scope: Scope) -> int | None:
    return values.duration(node, what, "0s", "24h", scope.report) if node else None


def read_modes(node: Node, operations: tuple[str, ...], scope: Scope) -> dict[str, str]:
    """How the store behaves: one word for all that it does, or one for each."""
    if isinstance(node, Scalar):
        mode = values.one_of(node, "the store", MODES, scope.report) or MODES[0]
        return dict.fromkeys(operations, mode)
    if not isinstance(node, Table):
        values.wrong_type(node, "'store'", "late, failed or answers", scope.report)
        return {}
    fields = Fields(node, "'store'", OPERATIONS, scope.report)
    found = {}
    for operation in fields.present(OPERATIONS):
        written = fields.get(operation)
        said = values.one_of(written, "the store", MODES, scope.report) if written else None
        found[operation] = said or MODES[0]
    return found
