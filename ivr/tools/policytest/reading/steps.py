"""The steps of a test, in order: what happens, and what is expected of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ivr.callers.nuisance import Stage
from ivr.policy.reading import values
from ivr.policy.reading.fields import Fields
from ivr.policy.reading.nodes import Hole, Scalar
from ivr.tools.policytest.model import Call, Expected, Look, Pass, People, States, StoreState
from ivr.tools.policytest.reading import scope as single
from ivr.tools.policytest.reading.calls import OPERATIONS, read_call, read_modes
from ivr.tools.policytest.reading.contacts import read_meanwhile, text
from ivr.tools.policytest.reading.expect import OF_CALLER, read_expect
from ivr.tools.policytest.reading.people import until
from ivr.tools.policytest.reading.states import NAMED, read_states

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ivr.policy.model import Place
    from ivr.policy.reading.nodes import Node
    from ivr.tools.policytest.model import Step
    from ivr.tools.policytest.reading.scope import Scope

#: What people do, and what each takes besides `of`, `by` and `why`.
VERBS: Final[Mapping[str, tuple[str, ...]]] = {
    "confirm": ("step", "how"),
    "attempted": ("step", "how"),
    "appeal": (),
    "decide": ("upheld",),
    "clear": (),
    "grant": ("name", "until"),
    "revoke": ("name",),
    "open_case": ("topic", "complex"),
    "close_case": ("case",),
    "mark": ("until",),
    "unmark": (),
    "share": (),
    "unshare": (),
    "release": (),
}
_OF_PROCESS: Final = ("confirm", "attempted", "appeal", "decide", "clear")
_TIME: Final = ("pass", "until")
KINDS: Final = ("call", *_TIME, *NAMED, "store", "look", *VERBS)
_BESIDE: Final = ("expect", "refused", "meanwhile")

_PASSES: Final = re.compile(r"([1-9][0-9]{0,2}) months?")
_MOST_MONTHS: Final = 36


def is_judged(step: Step) -> bool:
    """Whether it is said what to expect of a step."""
    match step:
        case Call(expect=expect) | Look(expect=expect):
            return bool(expect)
        case People(refused=refused):
            return refused is not None
        case _:
            return False


def read_steps(node: Node | None, scope: Scope) -> tuple[Step, ...]:
    """The steps that are sound."""
    if node is None or isinstance(node, Hole):
        return ()
    found = [_step(item, scope) for item in values.listed(node, "'steps'", scope.report)]
    return tuple(step for step in found if step is not None)


def _step(node: Node, scope: Scope) -> Step | None:
    fields = Fields(node, "a step", (*KINDS, *_BESIDE), scope.report)
    written = fields.present(KINDS)
    if len(written) != 1:
        if fields.is_table:
            _one_kind(fields, written, scope)
        return None
    kind = written[0]
    _beside(fields, kind, scope)
    value = fields.get(kind)
    return _of_kind(kind, value, fields, scope) if value else None


def _of_kind(kind: str, value: Node, fields: Fields, scope: Scope) -> Step | None:
    place, expect = fields.at(kind), fields.get("expect")
    if kind == "call":
        return read_call(value, expect, place, scope)
    if kind in _TIME:
        return _pass(kind, value, fields, scope)
    if kind in NAMED:
        return States(place, dict(read_states(kind, value, scope)))
    if kind == "store":
        return StoreState(place, read_modes(value, OPERATIONS, scope))
    if kind == "look":
        person = scope.person(value)
        wanted = read_expect(expect, OF_CALLER, scope)
        return Look(place, person, wanted) if person else None
    return _people(kind, value, fields, scope)


def _one_kind(fields: Fields, written: list[str], scope: Scope) -> None:
    if not written:
        wrong, instead = "a step in which nothing happens", "write a call, or how time passes"
        scope.report.add(fields.place, wrong, instead)
        return
    wrong = f"a step with {' and '.join(written)}"
    instead = "begin another step (- ) before it"
    scope.report.add(fields.at(written[1]), wrong, instead)


def _beside(fields: Fields, kind: str, scope: Scope) -> None:
    """What may stand beside what happens."""
    fits = {"call": "expect", "look": "expect", "pass": "meanwhile", "until": "meanwhile"}
    allowed = "refused" if kind in VERBS else fits.get(kind)
    for key in fields.present(_BESIDE):
        if key != allowed:
            wrong = f"'{key}' of '{kind}'"
            instead = f"write '{allowed}', or take it out" if allowed else "take it out"
            scope.report.add(fields.at(key), wrong, instead)
    if kind == "look" and fields.get("expect") is None:
        wrong, instead = "a look without 'expect'", "write expect: {process: warned}"
        scope.report.add(fields.place, wrong, instead)


def _pass(kind: str, value: Node, fields: Fields, scope: Scope) -> Pass:
    place, written = fields.at(kind), fields.get("meanwhile")
    meanwhile = tuple(read_meanwhile(written, scope)) if written else ()
    if kind == "until":
        moment = single.moment(value, "'until'", scope)
        return Pass(place, until=moment, meanwhile=meanwhile)
    match = _PASSES.fullmatch(value.text) if isinstance(value, Scalar) else None
    if match is None:
        seconds = values.duration(value, "'pass'", "1s", "800d", scope.report)
        return Pass(place, seconds=seconds, meanwhile=meanwhile)
    if int(match[1]) > _MOST_MONTHS:
        scope.report.add(value.place, f"{match[0]} at once", f"write at most {_MOST_MONTHS} months")
    return Pass(place, months=int(match[1]), meanwhile=meanwhile)


# --- people ----------------------------------------------------------------------------------


def _people(verb: str, node: Node, step: Fields, scope: Scope) -> People | None:
    report = scope.report
    own = VERBS[verb]
    fields = Fields(node, f"'{verb}'", ("of", "by", "why", *own), report)
    person = scope.person(fields.need("of", "write of: and the caller's name"))
    complex_, upheld = fields.get("complex"), fields.get("upheld")
    topic = fields.get("topic")
    if verb == "decide":
        upheld = fields.need("upheld", "write upheld: true or upheld: false")
    if person is None:
        return None
    return People(
        place=step.at(verb),
        verb=verb,
        of=person,
        by=text(fields, "by", scope) or "ruth",
        why=text(fields, "why", scope) or "a test",
        how=text(fields, "how", scope) or "telephone",
        step=_process_step(verb, fields, scope),
        name=_name(fields, scope),
        topic=scope.topics.find(topic, report) if topic else None,
        complex=bool(complex_ and values.boolean(complex_, "'complex'", report)),
        upheld=bool(upheld and values.boolean(upheld, "'upheld'", report)),
        until=until(fields.get("until"), scope),
        refused=_refused(step, scope),
    )


def _process_step(verb: str, fields: Fields, scope: Scope) -> Stage | None:
    if verb in _OF_PROCESS:
        _need_process(fields.place, scope)
    if "step" not in VERBS[verb]:
        return None
    node = fields.need("step", "write step: warned or step: noticed")
    steps = {"warned": Stage.WARNED, "noticed": Stage.PAID}
    found = values.one_of(node, "the step", tuple(steps), scope.report) if node else None
    return steps[found] if found else None


def _need_process(place: Place, scope: Scope) -> None:
    if scope.policy.nuisance is None:
        wrong = "the policy has no nuisance process ('nuisance')"
        scope.report.add(place, wrong, "take the step out, or write the process into the policy")


def _name(fields: Fields, scope: Scope) -> str | None:
    """A grant, or the number of a case in the order in which they were opened."""
    grant, case = fields.get("name"), fields.get("case")
    if case is not None:
        number = values.whole(case, "'case'", 1, 999, scope.report)
        return f"case-{number}"
    return scope.grants.find(grant, scope.report) if grant else None


def _refused(step: Fields, scope: Scope) -> Expected | None:
    said = text(step, "refused", scope)
    return Expected("refused", step.at("refused"), said) if said is not None else None
