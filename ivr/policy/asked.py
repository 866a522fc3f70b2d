"""What the conditions of a policy ask, wherever they stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ivr.policy.when import AllOf, AnyOf, IsOneOf, NoneOf

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ivr.policy.model import Policy
    from ivr.policy.when import Condition, Field, Leaf


def leaves(condition: Condition) -> Iterator[Leaf]:
    """The plain conditions within one."""
    if isinstance(condition, AllOf | AnyOf | NoneOf):
        for part in condition.conditions:
            yield from leaves(part)
    else:
        yield condition


def asked(policy: Policy) -> Iterator[Leaf]:
    """Every plain condition of tiers and routes."""
    for when in (*(rule.when for rule in policy.tiers), *(route.when for route in policy.routes)):
        yield from leaves(when)


def named(policy: Policy, field: Field) -> Iterator[IsOneOf]:
    """The conditions of routes about one field."""
    for route in policy.routes:
        for leaf in leaves(route.when):
            if isinstance(leaf, IsOneOf) and leaf.field is field:
                yield leaf
