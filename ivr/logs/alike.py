"""When two traces say the same: most calls of an hour meet the same rules, which see the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

    from ivr.policy.conditions import Asked
    from ivr.routing.steps import Judged


def alike(trace: Iterable[Judged]) -> Hashable:
    """What is equal for traces that read the same, told in a microsecond or two.

    A policy's conditions and places are known by their identity, which is theirs only as long as
    they are held: whoever keeps what this gives must keep the trace too.
    """
    return tuple(
        [
            (rule.kind, rule.name, id(rule.place), id(rule.verdict), rule.why, _seen(rule.asked))
            for rule in trace
        ]
    )


def _seen(asked: Iterable[Asked]) -> Hashable:
    return tuple(
        [
            (id(each.condition), id(each.verdict), each.saw, each.parts and _seen(each.parts))
            for each in asked
        ]
    )
