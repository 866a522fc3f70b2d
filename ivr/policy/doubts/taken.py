"""Which parts of a rule earlier ones take: alternatives, words of lists, and words together."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ivr.policy.doubts.parts import cells, narrowed, words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ivr.policy.doubts.parts import Word
    from ivr.policy.products import Product
    from ivr.policy.reach import Earlier
    from ivr.policy.when import Leaf


@dataclass(frozen=True, slots=True)
class Part:
    """Some of a rule's calls, and which earlier rules take all of them between them, if any do."""

    calls: Product
    takers: frozenset[int]


@dataclass(slots=True)
class Taken:
    """What earlier rules take of one rule, whose alternatives are looked at one after the other.

    `earlier` finds the first earlier rule that takes a whole product. `whole` are alternatives that
    are taken, `words` each word with what is left of it in the other alternatives, `cells` words
    that are taken together, but not each for itself. `too_many` says that cells were not looked at.
    """

    earlier: Earlier
    whole: list[Part] = field(default_factory=list)
    words: dict[Leaf, list[Part]] = field(default_factory=dict)
    cells: list[Part] = field(default_factory=list)
    too_many: bool = False

    def look(self, way: Product) -> bool:
        """Note what is taken of an alternative; whether all of it is."""
        taker = self.earlier.taker(way)
        if taker is not None:
            self.whole.append(Part(way, frozenset({taker})))
            return True
        lists = words(way)
        touched = bool(lists) and self.earlier.touches(way)
        parts = {
            word: self._part(way, (word,), touched=touched)
            for each in lists.values()
            for word in each
        }
        left = {
            at: [word for word in each if (part := parts[word]) and not part.takers]
            for at, each in lists.items()
        }
        if touched and len(left) > 1 and all(left.values()):
            self._look_at_cells(way, left, parts)
        for word, part in parts.items():
            if part is not None:
                self.words.setdefault(word.leaf, []).append(part)
        return any(_all_taken(parts[word] for word in each) for each in lists.values())

    def in_vain(self) -> dict[Leaf, frozenset[int]]:
        """The words that are taken wherever they count, each with who takes it."""
        return {
            leaf: frozenset().union(*(part.takers for part in parts))
            for leaf, parts in self.words.items()
            if _all_taken(parts)
        }

    def disputed(self) -> list[Part]:
        """What is taken beside: cells, and words that are taken in some alternatives only."""
        in_vain = self.in_vain()
        some = [
            part
            for leaf, parts in self.words.items()
            if leaf not in in_vain
            for part in parts
            if part.takers
        ]
        return [*some, *self.cells]

    def takers(self) -> frozenset[int]:
        """Everyone who takes anything."""
        found = (*self.whole, *self.disputed())
        return frozenset().union(*(part.takers for part in found), *self.in_vain().values())

    def _part(self, way: Product, chosen: tuple[Word, ...], *, touched: bool = True) -> Part | None:
        """What is left of an alternative with these words alone; None if no call can be so."""
        calls = narrowed(way, chosen)
        if calls is None:
            return None
        taker = self.earlier.taker(calls) if touched else None
        return Part(calls, frozenset() if taker is None else frozenset({taker}))

    def _look_at_cells(
        self, way: Product, lists: dict[int, list[Word]], parts: dict[Word, Part | None]
    ) -> None:
        """Note which cells are taken. A word none of whose cells is left is taken itself."""
        choices = cells(lists)
        if choices is None:
            self.too_many = True
            return
        found = {each: part for each in choices if (part := self._part(way, each))}
        for word in {word for each in found for word in each}:
            with_it = [part for each, part in found.items() if word in each]
            mine = parts[word]
            if mine is not None and _all_taken(with_it):
                takers = frozenset().union(*(part.takers for part in with_it))
                parts[word] = Part(mine.calls, takers)
        for each, part in found.items():
            if part.takers and not any((mine := parts[word]) and mine.takers for word in each):
                self.cells.append(part)


def _all_taken(parts: Iterable[Part | None]) -> bool:
    """Whether of all that is possible nothing is left."""
    possible = [part for part in parts if part is not None]
    return bool(possible) and all(part.takers for part in possible)
