"""Conditions that can never match because an earlier one takes every call that they would.

A condition can never match if each of its alternatives (`ivr.policy.products`) contradicts itself,
or implies an alternative of one earlier condition.

What this does not see, so that nothing sound is ever refused: an alternative that several earlier
ones take only together (open, and later closed); calendars whose hours contain each other; and
conditions with more than `MOST` alternatives. An earlier alternative is looked for by one of its
plain conditions, so that thousands of routes are compared in a second.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from ivr.policy.products import alternatives, covers
from ivr.policy.when import CallingPrefix, Granted, IsOneOf

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from ivr.policy.products import Literal, Product
    from ivr.policy.when import Condition, Field, Leaf

#: What looking for one alternative costs, whatever is found.
_LOOKUP: Final = 40

_Values: TypeAlias = "dict[Field, frozenset[str]]"


def unreachable(
    conditions: Sequence[Condition], passing: Collection[int] = ()
) -> Iterator[tuple[int, int | None]]:
    """The index of each condition that can never match, with that of the one that takes its calls.

    The second is None where the condition contradicts itself. `passing` are those that let calls
    by though they match, as a route to a paid line does: they take nothing from the later ones.
    """
    earlier = Earlier()
    for index, condition in enumerate(conditions):
        possible = alternatives(condition)
        if possible is None:
            continue
        takers = [earlier.taker(each) for each in possible]
        if not possible:
            yield index, None
        elif None not in takers:
            yield index, max(taker for taker in takers if taker is not None)
        elif index not in passing:
            earlier.add(index, possible)


# --- finding an earlier one --------------------------------------------------------------------


class Earlier:
    """The alternatives of conditions so far, each under the rarest of its plain conditions.

    `cost` is what looking for them has cost so far, in units of about a microsecond.
    """

    def __init__(self) -> None:
        self.cost = 0
        self._always: int | None = None
        self._by_key: dict[object, list[tuple[int, Product, _Values]]] = {}

    def add(self, index: int, alternatives: Iterable[Product]) -> None:
        """Keep the alternatives of one condition."""
        for alternative in alternatives:
            if not alternative:
                self._always = index if self._always is None else self._always
                continue
            keys = min((list(_keys(each)) for each in alternative), key=self._load)
            entry = (index, alternative, _values(alternative))
            for key in keys:
                self._by_key.setdefault(key, []).append(entry)

    def taker(self, later: Product) -> int | None:
        """The first condition that has an alternative which takes all of this one's calls."""
        mine = _values(later)
        near = [
            entry
            for literal in later
            for key in _lookups(literal)
            for entry in self._by_key.get(key, ())
        ]
        self.cost += _LOOKUP + len(near)
        found = {
            index
            for index, alternative, values in near
            if _may_cover(values, mine) and covers(alternative, later)
        }
        if self._always is not None:
            found.add(self._always)
        return min(found) if found else None

    def touches(self, later: Product) -> bool:
        """False where no condition so far has an alternative that takes any call of this one's."""
        mine = _values(later)
        for literal in later:
            for key in _part_lookups(literal):
                entries = self._by_key.get(key, ())
                self.cost += len(entries)
                if any(_may_share(values, mine) for _, _, values in entries):
                    return True
        return self._always is not None

    def _load(self, keys: list[object]) -> int:
        return max(len(self._by_key.get(key, ())) for key in keys)


def _values(alternative: Product) -> _Values:
    """The values that each field is left with, of those that are named."""
    left: dict[Field, frozenset[str]] = {}
    for leaf, holds in alternative:
        if holds and isinstance(leaf, IsOneOf):
            left[leaf.field] = left.get(leaf.field, leaf.values) & leaf.values
    return left


def _may_cover(earlier: _Values, later: _Values) -> bool:
    """False where `covers` is, told by the named values alone, which is quick."""
    for field, values in earlier.items():
        mine = later.get(field)
        if mine is None or not mine <= values:
            return False
    return True


def _may_share(earlier: _Values, later: _Values) -> bool:
    """False where the earlier alternative takes no part of the later, told by named values alone.

    A field that only the earlier names is none of the later's parts: it splits by its own words.
    """
    for field, values in earlier.items():
        mine = later.get(field)
        if mine is None or mine.isdisjoint(values):
            return False
    return True


def _keys(literal: Literal) -> Iterator[object]:
    """Under what a literal is kept: wherever one that entails it may look."""
    leaf, holds = literal
    if not holds:
        yield _kind(leaf)
    elif isinstance(leaf, IsOneOf):
        yield from ((leaf.field, value) for value in leaf.values)
    elif isinstance(leaf, Granted):
        yield from (("grant", value) for value in leaf.grants)
    elif isinstance(leaf, CallingPrefix):
        yield from (("prefix", prefix) for prefix in leaf.prefixes)
    else:
        yield _kind(leaf)


def _lookups(literal: Literal) -> Iterator[object]:
    """Where whatever this literal entails is kept."""
    leaf, holds = literal
    yield _kind(leaf)
    if not holds:
        return
    if isinstance(leaf, IsOneOf):
        yield leaf.field, min(leaf.values)
    elif isinstance(leaf, Granted):
        yield "grant", min(leaf.grants)
    elif isinstance(leaf, CallingPrefix):
        first = leaf.prefixes[0]
        yield from (("prefix", first[:length]) for length in range(1, len(first) + 1))


def _part_lookups(literal: Literal) -> Iterator[object]:
    """Where whatever any single value of this literal entails is kept."""
    leaf, holds = literal
    yield _kind(leaf)
    if not holds:
        return
    if isinstance(leaf, CallingPrefix):
        for prefix in leaf.prefixes:
            yield from (("prefix", prefix[:length]) for length in range(1, len(prefix) + 1))
    else:
        yield from _keys(literal)


def _kind(leaf: Leaf) -> object:
    """What a literal is at least about: only those about the same can entail each other."""
    return leaf.field if isinstance(leaf, IsOneOf) else type(leaf)
