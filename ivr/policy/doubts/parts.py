"""The parts of a condition that were written one by one, so that each can be asked who takes it.

`tier: [vip, nuisance]` is two words, `any: [...]` as many alternatives, and `topic: [fault, other]`
beside the tiers makes four cells.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product
from math import prod
from typing import TYPE_CHECKING, Final

from ivr.policy.products import contradicts_itself
from ivr.policy.when import AllOf, AnyOf, CallingPrefix, Field, Granted, InCalendar, IsOneOf, NoneOf

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ivr.policy.products import Product
    from ivr.policy.when import Condition, Leaf

#: A condition with more cells than this is looked at word by word only.
MOST_CELLS: Final = 256


@dataclass(frozen=True, slots=True)
class Word:
    """One value of a list: where the list stands in its alternative, and the value alone."""

    index: int
    leaf: Leaf


def words(way: Product) -> dict[int, list[Word]]:
    """The words of each list in an alternative, by its place there; lists of one are left out."""
    return {
        index: [Word(index, each) for each in split]
        for index, (leaf, holds) in enumerate(way)
        if holds and not _is_implied(leaf, way) and len(split := _single(leaf)) > 1
    }


def narrowed(way: Product, chosen: tuple[Word, ...]) -> Product | None:
    """The alternative with each of the words for its list; None if it cannot hold."""
    literals = list(way)
    for word in chosen:
        literals[word.index] = (word.leaf, True)
    narrow = tuple(literals)
    return None if contradicts_itself(narrow) else narrow


def cells(lists: dict[int, list[Word]]) -> Iterator[tuple[Word, ...]] | None:
    """Every choice of one word of each list; None if they are too many."""
    if prod(map(len, lists.values())) > MOST_CELLS:
        return None
    return product(*lists.values())


def is_written(way: Product) -> bool:
    """Whether the alternative stands in the file as it is."""
    return not any(_is_implied(leaf, way) for leaf, _ in way)


def is_branch(condition: Condition) -> bool:
    """Whether its alternatives are those of a single `any`, so that each stands for itself."""
    found = list(_joins(condition))
    return len(found) == 1 and isinstance(found[0], AnyOf)


def _joins(condition: Condition) -> Iterator[Condition]:
    """What makes alternatives of a condition: `any`, and `not` of several things."""
    if isinstance(condition, AnyOf) or (isinstance(condition, NoneOf) and _is_deep(condition)):
        yield condition
    if isinstance(condition, AllOf | AnyOf):
        for part in condition.conditions:
            yield from _joins(part)


def _is_deep(condition: NoneOf) -> bool:
    return any(isinstance(part, AllOf | AnyOf | NoneOf) for part in condition.conditions)


def _is_implied(leaf: Leaf, way: Product) -> bool:
    """`calendar: closed` names the entrypoints of each calendar, though nobody wrote them."""
    if not (isinstance(leaf, IsOneOf) and leaf.field is Field.ENTRYPOINT):
        return False
    return any(isinstance(other, InCalendar) and other.place == leaf.place for other, _ in way)


def _single(leaf: Leaf) -> list[Leaf]:
    match leaf:
        case IsOneOf(values=values):
            return [replace(leaf, values=frozenset({value})) for value in sorted(values)]
        case Granted(grants):
            return [replace(leaf, grants=frozenset({grant})) for grant in sorted(grants)]
        case CallingPrefix(prefixes):
            return [replace(leaf, prefixes=(prefix,)) for prefix in prefixes]
        case _:
            return [leaf]
