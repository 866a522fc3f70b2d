"""Which routes a call can take at all, found without looking at the others. Pure.

Each route is filed under one condition that must hold for it: under the values that the condition
names, where the call's own value leads to them (its tier, topic, entrypoint, language, number
dialled, last agent, grants, or the beginning of its number), else under the condition itself, which
is then judged once for all routes that share it. Whichever has fewest routes is taken.

The work of a decision grows with the routes that a call *could* take up to the one that it takes,
and with the distinct conditions of the second kind that lead to routes before that one; the rest
costs nothing. Ten thousand routes that each ask for a window of contacts of its own are looked at
one after the other as ever.

What is found is what `routing.router` finds by looking at each route: tests/policy/test_index.py.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from heapq import heapify, heappop, heappush, heapreplace
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from ivr.policy.conditions import Verdict, judge
from ivr.policy.model import NOWHERE
from ivr.policy.when import AllOf, AnyOf, CallingPrefix, Field, Granted, InCalendar, IsOneOf, NoneOf
from ivr.policy.windows import windows

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping, Sequence

    from ivr.policy.facts import Facts
    from ivr.policy.model import Policy, Route
    from ivr.policy.when import Condition

#: A policy of fewer routes is looked at route by route: a microsecond for each, and it tells more.
FEW: Final = 20

#: What a route is filed under: a value (field, value), or a condition that is judged.
Key: TypeAlias = "tuple[str, Hashable]"

_PREFIX: Final = "prefix"
_GRANT: Final = "grant"
_ALWAYS: Final = "always"
_JUDGED: Final = "judged"


@dataclass(frozen=True, slots=True)
class Index:
    """Places of routes in their policy, in order, by what leads to them.

    `judged` are conditions with the places that hang on them, in the order of the first of these.
    `fields` are those under whose values routes are filed, `lengths` those of the prefixes.
    `topical` are all that hang on a topic: where one can still be asked for, each of them may hold.
    """

    values: Mapping[Key, tuple[int, ...]]
    fields: tuple[str, ...]
    lengths: tuple[int, ...]
    granted: bool
    topical: tuple[int, ...]
    judged: tuple[tuple[Condition, tuple[int, ...]], ...]

    def candidates(self, facts: Facts) -> Iterator[int]:
        """The places of the routes that may hold for a call, in order, each once."""
        heap = [(places[0], 0, places) for places in self._led_to(facts)]
        heapify(heap)
        judged = iter(self.judged)
        ahead = next(judged, None)
        last = -1
        while heap or ahead is not None:
            while ahead is not None and (not heap or ahead[1][0] < heap[0][0]):
                if judge(ahead[0], facts, []) is not Verdict.NO:
                    heappush(heap, (ahead[1][0], 0, ahead[1]))
                ahead = next(judged, None)
            if not heap:
                return
            place, at, places = heap[0]
            if at + 1 < len(places):
                heapreplace(heap, (places[at + 1], at + 1, places))
            else:
                heappop(heap)
            if place != last:
                last = place
                yield place

    def _led_to(self, facts: Facts) -> list[tuple[int, ...]]:
        """The lists of places to which the call's own values lead."""
        led = [places for key in self._keys(facts) if (places := self.values.get(key))]
        if facts.topic is None and facts.topic_askable and self.topical:
            led.append(self.topical)
        return led

    def _keys(self, facts: Facts) -> list[Key]:
        keys: list[Key] = [(field, getattr(facts, field)) for field in self.fields]
        keys.append((_ALWAYS, None))
        if facts.number is not None:
            keys += [(_PREFIX, facts.number[:length]) for length in self.lengths]
        if self.granted and facts.caller is not None:
            held = {grant.name for grant in facts.caller.record.grants if grant.holds(facts.now)}
            keys += [(_GRANT, name) for name in held]
        return keys


def indexed(policy: Policy) -> Policy:
    """The policy for an engine: with its windows, and an index unless its routes are few."""
    found = index(policy.routes) if len(policy.routes) >= FEW else None
    return replace(policy, index=found, windows=windows(policy))


def index(routes: Sequence[Route]) -> Index:
    """File the routes of a policy."""
    ways = [list(_ways(route.when)) for route in routes]
    popular = Counter(key for each in ways for keys, _ in each for key in keys)
    values: dict[Key, list[int]] = {}
    conditions: dict[Key, Condition] = {}
    for place, each in enumerate(ways):
        keys, condition = min(each, key=lambda way: max(popular[key] for key in way[0]))
        for key in keys:
            values.setdefault(key, []).append(place)
            if key[0] == _JUDGED:
                conditions[key] = condition
    topical = {p for key, places in values.items() if key[0] == Field.TOPIC for p in places}
    judged = [(condition, tuple(values.pop(key))) for key, condition in conditions.items()]
    return Index(
        {key: tuple(places) for key, places in values.items()},
        tuple(field.value for field in Field if any(kind == field for kind, _ in values)),
        tuple(sorted({len(str(value)) for kind, value in values if kind == _PREFIX})),
        any(kind == _GRANT for kind, _ in values),
        tuple(sorted(topical)),
        tuple(sorted(judged, key=lambda each: each[1][0])),
    )


def _ways(when: Condition) -> Iterator[tuple[tuple[Key, ...], Condition]]:
    """Every part that must hold, with the keys under one of which the call must then be."""
    parts = tuple(_musts(when))
    for part in parts:
        yield _keys(part) or ((_JUDGED, _bare(part)),), part
    if not parts:
        yield ((_ALWAYS, None),), when


def _musts(when: Condition) -> Iterator[Condition]:
    if not isinstance(when, AllOf):
        yield when
        return
    for part in when.conditions:
        yield from _musts(part)


def _keys(part: Condition) -> tuple[Key, ...]:
    """The values to one of which the call must lead for the condition to hold; (): no such."""
    match part:
        case IsOneOf(field, values):
            return tuple((field.value, value) for value in sorted(values))
        case CallingPrefix(prefixes):
            return tuple((_PREFIX, prefix) for prefix in prefixes)
        case Granted(grants):
            return tuple((_GRANT, name) for name in sorted(grants))
        case AnyOf(conditions):
            each = [_keys(condition) for condition in conditions]
            return tuple(key for keys in each for key in keys) if all(each) else ()
        case _:
            return ()


def _bare(part: Condition) -> Hashable:
    """What makes two conditions the same question: all but where they are written."""
    match part:
        case AnyOf(conditions) | NoneOf(conditions) | AllOf(conditions):
            return type(part).__name__, tuple(map(_bare, conditions))
        case InCalendar(calendar, is_open):
            return InCalendar.__name__, calendar.name, is_open  # a calendar's name is its own
        case _:
            bare: Any = replace(part, place=NOWHERE)
            return type(part).__name__, bare
