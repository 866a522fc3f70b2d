"""Parts of a rule that earlier rules take, so that they were written in vain.

Rules are tried in order, and most overlap by design: the special before the general, tiers beside
topics. None of that is a warning. What is one:

- a *word* of a list, or an alternative of `any`, all of whose calls earlier rules take: it has no
  effect where it stands;
- a *cell*, which is a word of one list with a word of another, that an earlier rule takes which is
  no special case of the later one: two rules claim the same calls, and nothing but their order
  decides;
- a rule all of whose parts are taken by earlier ones between them.

Where both lead to the same place nothing is said of the first two. Each warning is certain: a part
is taken only if one earlier rule takes every call of it (`ivr.policy.products`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias

from ivr.policy import products
from ivr.policy.doubts.doubt import Doubt, Kind
from ivr.policy.doubts.parts import is_branch, is_written
from ivr.policy.doubts.taken import Taken
from ivr.policy.model import Route, TierRule, ToPaidLine
from ivr.policy.products import alternatives, covers
from ivr.policy.reach import Earlier
from ivr.policy.when import NoneOf
from ivr.policy.words import asks

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from ivr.policy.doubts.taken import Part
    from ivr.policy.model import Place
    from ivr.policy.products import Literal, Product

Rule: TypeAlias = "Route | TierRule"

#: So much may looking at one list of rules cost, by `Earlier.cost`: about five seconds.
MOST: Final = 5_000_000
_SHOWN: Final = 3


@dataclass(slots=True)
class Search:
    """One pass over rules in order; afterwards `notes` say what was not looked at."""

    rules: Sequence[Rule]
    most: int = MOST
    _left: dict[str, list[Rule]] = field(default_factory=dict)
    _earlier: Earlier = field(default_factory=Earlier)
    _ways: dict[int, list[Product]] = field(default_factory=dict)

    def doubts(self) -> Iterator[Doubt]:
        """The warnings, rule by rule."""
        for index, rule in enumerate(self.rules):
            if self._earlier.cost > self.most:
                self._left["too many to compare all"] = list(self.rules[index:])
                return
            ways = alternatives(rule.when)
            if ways is None:
                self._left.setdefault(f"more than {products.MOST} alternatives", []).append(rule)
                continue
            yield from self._of(rule, ways)
            if not _lets_by(rule):
                self._earlier.add(index, ways)
                self._ways[index] = ways

    def notes(self) -> Iterator[str]:
        """What was not looked at, one for each reason."""
        for why, rules in self._left.items():
            more = f" and {len(rules) - 1} more" if len(rules) > 1 else ""
            yield f"{_label(rules[0])} ({rules[0].place}){more}: {why}"

    def _of(self, rule: Rule, ways: list[Product]) -> Iterator[Doubt]:
        taken = Taken(self._earlier)
        gone = [taken.look(way) for way in ways]
        if taken.too_many:
            self._left.setdefault("too many words to combine", []).append(rule)
        if all(gone):
            yield self._never(rule, taken.takers())
            return
        disputed = taken.disputed()
        branches = [part for part in taken.whole if is_written(part.calls)]
        if is_branch(rule.when):
            yield from (self._branch(rule, each) for each in branches if self._matters(rule, each))
        else:
            disputed += branches
        yield from self._words(rule, taken)
        yield from self._disputed(rule, ways, disputed)

    # --- telling -------------------------------------------------------------------------------

    def _never(self, rule: Rule, takers: Collection[int]) -> Doubt:
        wrong = f"{_label(rule)} can never match: {self._take(takers)} all its calls"
        return Doubt(rule.place, wrong, "put it earlier, or take it out", Kind.NEVER_MATCHES)

    def _branch(self, rule: Rule, part: Part) -> Doubt:
        return self._in_vain(rule, part.calls[0][0].place, _asked(part.calls), part.takers)

    def _words(self, rule: Rule, taken: Taken) -> Iterator[Doubt]:
        together: dict[tuple[Place, frozenset[int]], list[str]] = {}
        for leaf, takers in taken.in_vain().items():
            if self._differs(rule, takers):
                together.setdefault((leaf.place, takers), []).append(asks(leaf))
        for (place, takers), some in together.items():
            yield self._in_vain(rule, place, _listed(some), takers)

    def _in_vain(self, rule: Rule, place: Place, what: str, takers: Collection[int]) -> Doubt:
        wrong = f"'{what}' of {_label(rule)} has no effect: {self._take(takers)} these calls"
        instead = f"take it out here, or put {_what(rule)} earlier"
        return Doubt(place, wrong, instead, Kind.OVERLAP)

    def _disputed(self, rule: Rule, ways: list[Product], parts: Iterable[Part]) -> Iterator[Doubt]:
        by_takers: dict[frozenset[int], list[Part]] = {}
        for part in parts:
            if self._matters(rule, part) and not self._are_special(part.takers, ways):
                by_takers.setdefault(part.takers, []).append(part)
        for takers, some in by_takers.items():
            what = _listed([f"{{{_asked(part.calls)}}}" for part in some])
            wrong = f"{_label(rule)} overlaps earlier ones: {self._take(takers)} {what}"
            instead = "put the one first that these calls are meant for, or exclude them with 'not'"
            yield Doubt(some[0].calls[0][0].place, wrong, instead, Kind.OVERLAP)

    def _matters(self, rule: Rule, part: Part) -> bool:
        return self._differs(rule, part.takers)

    def _differs(self, rule: Rule, takers: Collection[int]) -> bool:
        """Whether the calls would go elsewhere if this rule took them."""
        return any(_leads_to(self.rules[taker]) != _leads_to(rule) for taker in takers)

    def _are_special(self, takers: Collection[int], ways: list[Product]) -> bool:
        """Whether those who take it are special cases of the rule: then order is meant."""
        return all(
            any(covers(way, special) for way in ways)
            for taker in takers
            for special in self._ways[taker]
        )

    def _take(self, takers: Collection[int]) -> str:
        """Who takes: `line 4 takes`, `lines 4 and 5 take`."""
        lines = [str(self.rules[taker].place.line) for taker in sorted(takers)]
        return f"line {lines[0]} takes" if len(lines) == 1 else f"lines {_listed(lines)} take"


def _lets_by(rule: Rule) -> bool:
    """Whoever the charge guard refuses goes on behind a route to a paid line."""
    return isinstance(rule, Route) and isinstance(rule.stages[0].target, ToPaidLine)


def _label(rule: Rule) -> str:
    return f"the route {rule.name!r}" if isinstance(rule, Route) else f"the rule for {rule.tier}"


def _what(rule: Rule) -> str:
    return "the route" if isinstance(rule, Route) else "the rule"


def _leads_to(rule: Rule) -> object:
    return (rule.stages, rule.head_start) if isinstance(rule, Route) else rule.tier


def _asked(calls: Product) -> str:
    return ", ".join(map(_literal, calls))


def _literal(literal: Literal) -> str:
    leaf, holds = literal
    return asks(leaf if holds else NoneOf((leaf,), leaf.place))


def _listed(written: list[str]) -> str:
    """Some of them, and how many more there are."""
    if len(written) > _SHOWN:
        return f"{', '.join(written[:_SHOWN])} and {len(written) - _SHOWN} more"
    return " and ".join([", ".join(written[:-1]), written[-1]] if len(written) > 1 else written)
