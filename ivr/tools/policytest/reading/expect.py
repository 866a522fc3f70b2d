"""`expect:` what a call, or a caller, is expected to be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ivr.callers.nuisance import Stage
from ivr.policy.model import Tier
from ivr.policy.paid import Method
from ivr.policy.reading import values
from ivr.policy.reading.fields import Fields
from ivr.policy.reading.nodes import Items, Kind, Scalar
from ivr.routing.charge import Refusal
from ivr.routing.steps import Action, Answer
from ivr.tools.policytest.model import Expected
from ivr.tools.policytest.reading.scope import NONE, is_none

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from ivr.policy.reading.nodes import Node
    from ivr.tools.policytest.model import Value
    from ivr.tools.policytest.reading.scope import Scope

    Read = Callable[[Node, Scope], "Value | None"]

#: What a way may name besides queues, numbers and paid lines.
ANNOUNCEMENT: Final = "announcement"
HANGUP: Final = "hangup"
FALLBACK: Final = "fallback"
#: Any prompts, or none, in a list of prompts.
ANY: Final = "..."

_DEGRADED: Final = (
    "withheld", "bad-number", "doubtful", "store-late", "store-failed", "bad-state", "bug",
)  # fmt: skip
_ENDS: Final = ("answered", "waiting", "abandoned", "told", "hung-up", "fallback", "gone")


def _word(what: str, choices: Iterable[str]) -> Read:
    listed = tuple(choices)
    return lambda node, scope: values.one_of(node, what, listed, scope.report)


def _or_none(read: Read) -> Read:
    return lambda node, scope: NONE if is_none(node) else read(node, scope)


def _or_false(read: Read) -> Read:
    """A name, `false` for none, or `true` for any."""

    def either(node: Node, scope: Scope) -> Value | None:
        if isinstance(node, Scalar) and node.kind is Kind.BOOLEAN:
            return values.boolean(node, "it", scope.report)
        return read(node, scope)

    return either


def _named(kind: str) -> Read:
    return lambda node, scope: getattr(scope, kind).find(node, scope.report)


def _truth(node: Node, scope: Scope) -> Value | None:
    return values.boolean(node, "it", scope.report)


def _time(node: Node, scope: Scope) -> Value | None:
    if isinstance(node, Scalar) and node.text == "0":
        return 0
    return values.duration(node, "the time", "0s", "24h", scope.report)


def _count(node: Node, scope: Scope) -> Value | None:
    return values.whole(node, "the number", 0, 100_000, scope.report)


def _any_text(node: Node, scope: Scope) -> Value | None:
    return values.text(node, "it", scope.report)


def _policys(what: str, names: str) -> Read:
    """A name that the policy has, of a kind that needs no section of its own."""

    def one(node: Node, scope: Scope) -> Value | None:
        return values.one_of(node, what, tuple(getattr(scope.policy, names)), scope.report)

    return one


def _items(node: Node, what: str, scope: Scope) -> Iterable[Node] | None:
    if isinstance(node, Items):
        return node.items
    found = values.listed(node, what, scope.report)
    return found or None


def _prompts(node: Node, scope: Scope) -> Value | None:
    found = []
    for item in _items(node, "'prompts'", scope) or ():
        is_any = isinstance(item, Scalar) and item.text == ANY
        found.append(ANY if is_any else scope.prompts.find(item, scope.report))
    return tuple(each for each in found if each is not None)


def _way(node: Node, scope: Scope) -> Value | None:
    places = (*scope.policy.queues, *scope.policy.paid_lines, *scope.numbers.values)
    known = (*places, ANNOUNCEMENT, HANGUP, FALLBACK)
    found: list[str] = []
    for item in _items(node, "'way'", scope) or ():
        text = values.text(item, "a place of the way", scope.report)
        if text is None:
            continue
        if text not in known:
            wrong = f"{values.shown(text)} is no place that the policy has"
            scope.report.add(item.place, wrong, values.advice(text, known))
        found.append(text)
    return tuple(found)


def _reasons(node: Node, scope: Scope) -> Value | None:
    known = [refusal.value for refusal in Refusal]
    found = [
        values.one_of(item, "the reason", known, scope.report)
        for item in _items(node, "'guard'", scope) or ()
    ]
    return tuple(each for each in found if each is not None)


#: What may be expected of a call.
OF_CALL: Final[Mapping[str, Read]] = {
    "entrypoint": _or_none(_policys("the entrypoint", "entrypoints")),
    "language": _policys("the language", "languages"),
    "topic": _or_none(_named("topics")),
    "tier": _word("the tier", [tier.value for tier in Tier]),
    "route": _or_none(_named("routes")),
    "action": _or_none(_word("the action", [*[action.value for action in Action], FALLBACK])),
    "queue": _or_none(_named("queues")),
    "way": _way,
    "head_start": _time,
    "dial": _or_none(_named("numbers")),
    "answer": _word("the answer", [answer.value for answer in Answer]),
    "cause": _count,
    "prompts": _prompts,
    "offered": _or_false(_named("lines")),
    "agreed": _or_false(_named("lines")),
    "charged": _or_false(_named("lines")),
    "method": _or_none(_word("the method", [method.value for method in Method])),
    "guard": _reasons,
    "degraded": _or_false(_word("the reason", _DEGRADED)),
    "hung_up": _truth,
    "ends": _word("the end", _ENDS),
    "waited": _time,
    "process": _word("the stage", [stage.value for stage in Stage]),
}

#: What may be expected of a caller.
OF_CALLER: Final[Mapping[str, Read]] = {
    "process": OF_CALL["process"],
    "due": _or_none(_word("the step", ("warned", "noticed"))),
    "hindered": _or_false(_any_text),
    "grants": lambda node, scope: _all(node, scope, "grants"),
    "cases": _count,
    "contacts": _count,
    "answered": _count,
    "abandoned": _count,
    "marked": _count,
    "appeal": _truth,
    "shared": _truth,
}


def _all(node: Node, scope: Scope, kind: str) -> Value | None:
    names = getattr(scope, kind)
    found = [names.find(item, scope.report) for item in _items(node, f"'{kind}'", scope) or ()]
    return tuple(sorted(each for each in found if each is not None))


def read_expect(node: Node | None, known: Mapping[str, Read], scope: Scope) -> tuple[Expected, ...]:
    """What is expected, in the order in which it is written."""
    return tuple(_read(node, known, scope)) if node else ()


def _read(node: Node, known: Mapping[str, Read], scope: Scope) -> Iterator[Expected]:
    fields = Fields(node, "'expect'", tuple(known), scope.report)
    if fields.is_table and not fields.present(tuple(known)):
        scope.report.add(fields.place, "'expect' is empty", "write what is expected: {queue: ...}")
    for key in fields.present(tuple(known)):
        written = fields.get(key)
        value = known[key](written, scope) if written else None
        if value is not None:
            yield Expected(key, fields.at(key), value)
