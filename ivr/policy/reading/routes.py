"""`routes:` where calls go; the first that matches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ivr.policy.model import Route, Stage, ToPaidLine, ToQueue
from ivr.policy.reading import values
from ivr.policy.reading.conditions import read_condition
from ivr.policy.reading.fields import Fields
from ivr.policy.reading.nodes import Hole, Items
from ivr.policy.reading.targets import TARGETS, ends_by_itself, read_target
from ivr.policy.when import AllOf

if TYPE_CHECKING:
    from ivr.policy.model import Place, Target
    from ivr.policy.problems import Report
    from ivr.policy.reading.nodes import Node
    from ivr.policy.reading.scope import Scope

_KEYS: Final = ("name", "when", *TARGETS, "head_start", "then")
#: `paid_line` is among them to be told that it cannot stand there.
_THEN_KEYS: Final = ("after", *TARGETS)
_CATCH_ALL: Final = "end with - {name: everyone, queue: ...}, without 'when'"


def read_routes(node: Node | None, place: Place | None, scope: Scope) -> tuple[Route, ...]:
    """The routes that are sound, in order.

    `place` is where to say that there are none; None where that is not known, since they may stand
    in a file that could not be read.
    """
    if isinstance(node, Hole):
        return ()
    if not isinstance(node, Items):
        if node is not None:
            values.wrong_type(node, "'routes'", "a list: - {name: ..., queue: ...}", scope.report)
        elif place is not None:
            scope.report.add(place, "no 'routes'", _CATCH_ALL)
        return ()
    if not node.items:
        scope.report.add(node.place, "'routes' is empty", _CATCH_ALL)
    names: dict[str, Place] = {}
    read = [_read(item, names, scope) for item in node.items]
    if read and read[-1] is not None and not is_catch_all(read[-1]):
        wrong = "the last route has conditions: a call that none matches goes nowhere"
        scope.report.add(read[-1].place, wrong, _CATCH_ALL)
    return tuple(route for route in read if route is not None)


def is_catch_all(route: Route) -> bool:
    """Whether the route takes every call."""
    return isinstance(route.when, AllOf) and not route.when.conditions


def _read(node: Node, names: dict[str, Place], scope: Scope) -> Route | None:
    report = scope.report
    before = len(report)
    fields = Fields(node, "a route", _KEYS, report)
    name = _name(fields, names, report)
    when = fields.get("when")
    condition = read_condition(when, scope) if when else AllOf((), node.place)
    target = read_target(fields, "a route", scope)
    stages = _stages(target, fields.get("then"), scope)
    route = Route(
        name=name,
        when=condition or AllOf((), node.place),
        stages=stages,
        place=node.place,
        head_start=_head_start(fields, stages, report),
    )
    return route if len(report) == before and condition and stages else None


def _name(fields: Fields, names: dict[str, Place], report: Report) -> str:
    node = fields.need("name", "write name: ..., as logs and metrics show it")
    name = values.name(node, "the route", report) if node else None
    if node is None or name is None:
        return ""
    if name in names:
        wrong = f"the route {values.shown(name)} stands in line {names[name].line} already"
        report.add(node.place, wrong, "give one of them another name")
    names.setdefault(name, node.place)
    return name


def _head_start(fields: Fields, stages: tuple[Stage, ...], report: Report) -> int:
    node = fields.get("head_start")
    if node is None:
        return 0
    if stages and not any(isinstance(stage.target, ToQueue) for stage in stages):
        wrong = "a head start where nobody queues"
        report.add(fields.at("head_start"), wrong, "take it out, or write 'queue'")
    return values.duration(node, "'head_start'", "0s", "24h", report) or 0


def _stages(first: Target | None, then: Node | None, scope: Scope) -> tuple[Stage, ...]:
    """The steps of a route; none if one of them is wrong."""
    before: Target | None = first
    found: list[tuple[Target | None, int | None]] = []
    for item in values.listed(then, "'then'", scope.report) if then else ():
        fields = Fields(item, "a step of 'then'", _THEN_KEYS, scope.report)
        found.append((before, _after(fields, before, scope.report)))
        before = read_target(fields, "a step of 'then'", scope)
        if isinstance(before, ToPaidLine):
            wrong = "a paid line that others come to: it can only be the first step of a route"
            instead = "give it a route of its own, with when: {tier: nuisance, ...}"
            scope.report.add(fields.at("paid_line"), wrong, instead)
    found.append((before, None))
    stages = [Stage(target, seconds) for target, seconds in found if target is not None]
    return tuple(stages) if len(stages) == len(found) else ()


def _after(fields: Fields, before: Target | None, report: Report) -> int | None:
    """How long the step before may take. One that ends by itself has no such time."""
    if before is None:
        return None
    node = fields.get("after")
    ending = ends_by_itself(before)
    if ending == "hangup":
        report.add(fields.place, "a step after 'hangup'", "take one of them out")
    elif ending is not None and node is not None:
        what = "an announcement" if ending == "announce" else "a paid line"
        wrong = f"'after' of {what}, which takes as long as it takes"
        report.add(fields.at("after"), wrong, "take 'after' out")
    elif ending is None and node is None:
        if fields.is_table and not isinstance(before, ToPaidLine):
            wrong = "this step is never reached: the one before it has no end"
            report.add(fields.place, wrong, "write after: 30s, or how long it may take")
    elif node is not None:
        return values.duration(node, "'after'", "1s", "24h", report)
    return None
