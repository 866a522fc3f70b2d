"""Conditions as sums of products: alternatives, each a set of plain conditions that all hold.

Plain conditions are compared by what they mean: `tier: vip` implies `tier: [vip, nuisance]`,
`prefix: "052"` implies `prefix: "+972"`, `at_least: 5` implies `at_least: 2`. Whatever is not known
to follow does not.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING, Final, TypeAlias

from ivr.policy.when import (
    AllOf,
    AnyOf,
    CallingPrefix,
    ContactCount,
    Granted,
    HasOpenCase,
    InCalendar,
    IsForwarded,
    IsOneOf,
    IsUndocumented,
    IsWithheld,
    NoneOf,
    NuisanceAt,
)

if TYPE_CHECKING:
    from ivr.policy.when import Condition, Leaf

#: A condition with more alternatives than this is not compared.
MOST: Final = 64

#: A plain condition, and whether it must hold (or must not).
Literal: TypeAlias = "tuple[Leaf, bool]"
Product: TypeAlias = "tuple[Literal, ...]"


def alternatives(condition: Condition) -> list[Product] | None:
    """The ways in which a condition can hold, less those that contradict themselves.

    None if there are more than `MOST`.
    """
    products = _products(condition, True)
    if products is None:
        return None
    return [each for each in products if not contradicts_itself(each)]


# --- sums of products --------------------------------------------------------------------------


def _products(condition: Condition, holds: bool) -> list[Product] | None:
    """The alternatives under which the condition holds (or does not); None if they are too many."""
    match condition:
        case AllOf(conditions):
            parts, joined = [_products(each, holds) for each in conditions], holds
        case AnyOf(conditions):
            parts, joined = [_products(each, holds) for each in conditions], not holds
        case NoneOf(conditions):
            parts, joined = [_products(each, not holds) for each in conditions], holds
        case InCalendar() if not holds:
            return [((replace(condition, open=not condition.open), True),)]
        case IsWithheld() if not holds:
            return [((replace(condition, withheld=not condition.withheld), True),)]
        case IsForwarded() if not holds:
            return [((replace(condition, forwarded=not condition.forwarded), True),)]
        case _:
            return [((condition, holds),)]
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None
    return _all_at_once(known) if joined else _either(known)


def _all_at_once(parts: list[list[Product]]) -> list[Product] | None:
    alternatives: list[Product] = [()]
    for part in parts:
        alternatives = [(*one, *other) for one, other in product(alternatives, part)]
        if len(alternatives) > MOST:
            return None
    return alternatives


def _either(parts: list[list[Product]]) -> list[Product] | None:
    alternatives = [alternative for part in parts for alternative in part]
    return alternatives if len(alternatives) <= MOST else None


# --- what implies what -------------------------------------------------------------------------


def contradicts_itself(alternative: Product) -> bool:
    """Whether two of its plain conditions can never hold together."""
    return any(
        _exclude(one, other)
        for index, one in enumerate(alternative)
        for other in alternative[index + 1 :]
    )


def _exclude(one: Literal, other: Literal) -> bool:
    """Whether the two can never hold together."""
    (leaf, holds), (other_leaf, other_holds) = one, other
    if holds and other_holds:
        return _are_apart(leaf, other_leaf)
    if holds != other_holds:
        return _implies(leaf, other_leaf) if holds else _implies(other_leaf, leaf)
    return False


def _are_apart(leaf: Leaf, other: Leaf) -> bool:
    match leaf, other:
        case IsOneOf(field, values), IsOneOf(other_field, other_values):
            return field is other_field and values.isdisjoint(other_values)
        case InCalendar(calendar, is_open), InCalendar(other_calendar, other_open):
            return calendar.name == other_calendar.name and is_open is not other_open
        case _:
            return _are_flags(leaf, other) and _said(leaf) is not _said(other)


def covers(earlier: Product, later: Product) -> bool:
    """Whether every call that the later alternative takes is one of the earlier's."""
    return all(any(_entails(mine, theirs) for mine in later) for theirs in earlier)


def _entails(one: Literal, other: Literal) -> bool:
    (leaf, holds), (other_leaf, other_holds) = one, other
    if holds and other_holds:
        return _implies(leaf, other_leaf)
    if not holds and not other_holds:
        return _implies(other_leaf, leaf)
    return holds and _are_apart(leaf, other_leaf)


def _implies(leaf: Leaf, other: Leaf) -> bool:
    """Whether the other condition holds wherever the first does."""
    match leaf, other:
        case IsOneOf(field, values), IsOneOf(other_field, others):
            return field is other_field and values <= others
        case CallingPrefix(prefixes), CallingPrefix(others):
            return all(prefix.startswith(others) for prefix in prefixes)
        case InCalendar(calendar, is_open), InCalendar(other_calendar, other_open):
            return calendar.name == other_calendar.name and is_open is other_open
        case Granted(grants), Granted(others):
            return grants <= others
        case HasOpenCase(complex_, topic), HasOpenCase(other_complex, other_topic):
            return other_complex in (None, complex_) and other_topic in (None, topic)
        case NuisanceAt(stage), NuisanceAt(other_stage):
            return stage.reaches(other_stage)
        case ContactCount(), ContactCount():
            return _counts_more(leaf, other)
        case _:
            return _are_flags(leaf, other) and _said(leaf) is _said(other)


def _are_flags(leaf: Leaf, other: Leaf) -> bool:
    return type(leaf) is type(other) and _said(leaf) is not None


def _said(leaf: Leaf) -> bool | None:
    match leaf:
        case IsWithheld(said) | IsForwarded(said) | IsUndocumented(said):
            return said
        case _:
            return None


def _counts_more(leaf: ContactCount, other: ContactCount) -> bool:
    if leaf.days is None or other.days is None:
        fits = leaf.days is other.days
    else:
        fits = leaf.days <= other.days
    return (
        fits
        and leaf.at_least >= other.at_least
        and leaf.answered >= other.answered
        and leaf.about_case >= other.about_case
    )
