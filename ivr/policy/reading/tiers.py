"""`tiers:` who is treated as what; the first that matches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ivr.policy.model import Tier, TierRule
from ivr.policy.reading.conditions import read_condition
from ivr.policy.reading.fields import Fields
from ivr.policy.reading.nodes import Items, Node, Table
from ivr.policy.reading.values import one_of, wrong_type

if TYPE_CHECKING:
    from ivr.policy.problems import Report
    from ivr.policy.reading.scope import Scope

_WRITTEN: Final = tuple(tier.value for tier in Tier if tier is not Tier.REGULAR)
_EXAMPLE: Final = "- {tier: vip, when: {granted: ...}}"

#: Conditions that cannot hold when tiers are judged, and why.
_NEVER: Final = {
    "tier": "tiers are being judged here: ask for what makes the caller one",
    "topic": "tiers are judged before any menu: ask for the topic in a route",
    "withheld": "a caller whose number is withheld is always regular: ask in a route",
}


def read_tiers(node: Node | None, scope: Scope) -> tuple[TierRule, ...]:
    """The rules that are sound, in order."""
    if node is not None and not isinstance(node, Items):
        wrong_type(node, "'tiers'", f"a list: {_EXAMPLE}", scope.report)
    rules = (_read(item, scope) for item in node.items) if isinstance(node, Items) else ()
    return tuple(rule for rule in rules if rule is not None)


def _read(node: Node, scope: Scope) -> TierRule | None:
    fields = Fields(node, "a tier", ("tier", "when"), scope.report)
    tier = _tier(fields.need("tier", f"write {_EXAMPLE}"), scope.report)
    when = fields.need("when", "write when: {...}: without it every caller would be one")
    if when is None:
        return None
    _check_asks(when, scope.report)
    if isinstance(when, Table) and not when.entries:
        wrong = "'when' is empty: every caller would be of this tier"
        scope.report.add(when.place, wrong, "write a condition")
    condition = read_condition(when, scope)
    return TierRule(tier, condition, node.place) if tier and condition else None


def _tier(node: Node | None, report: Report) -> Tier | None:
    if node is None:
        return None
    written = one_of(node, "the tier", tuple(Tier), report)
    if written == Tier.REGULAR:
        wrong = "'regular' is what is left: nothing makes a caller regular"
        report.add(node.place, wrong, f"take it out, or write one of: {', '.join(_WRITTEN)}")
        return None
    return None if written is None else Tier(written)


def _check_asks(node: Node, report: Report) -> None:
    """Conditions that could never hold in a tier, however deep they stand."""
    if isinstance(node, Items):
        for item in node.items:
            _check_asks(item, report)
    if isinstance(node, Table):
        for key, value in node.entries:
            if key.text in _NEVER:
                report.add(key.place, f"a tier cannot ask for '{key.text}'", _NEVER[key.text])
            elif key.text in ("any", "all", "not"):
                _check_asks(value, report)
