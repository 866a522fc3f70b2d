"""What two policies do otherwise with the same call: in groups that are alike, and by caller.

Two treatments are the same if the caller would notice nothing: tier, route, place and what may
follow, the place in the queue, what is heard, and whether a paid line is offered or charges.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from ivr.routing.steps import Ask, Go, Price

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ivr.routing.ticket import Hop
    from ivr.tools.recorded.calls import RecordedCall
    from ivr.tools.replay.side import Decision

#: Callers for each of whom a call with both its traces is kept.
SHOWN_CALLERS: Final = 20


class Treatment(NamedTuple):
    """What a caller gets. `then` are the steps that may follow, in words.

    `answer` is whether the call is answered first (an `Answer`, "": nobody said).
    """

    tier: str
    route: str
    action: str
    place: str
    head_start: int
    timeout: int | None
    then: tuple[str, ...]
    language: str
    answer: str
    offered: str
    charged: str


class Group(NamedTuple):
    """Calls that are treated otherwise in the same way. `differs` names in what."""

    before: Treatment
    after: Treatment
    differs: tuple[str, ...]


class Example(NamedTuple):
    """A call with what both sides did with it."""

    call: RecordedCall
    before: Decision
    after: Decision


@dataclass(slots=True)
class Share:
    """How many calls of a group there are, and the first of them."""

    example: Example
    calls: int = 0


@dataclass(slots=True)
class Otherwise:
    """One caller's calls that are treated otherwise: how many of each group; the first's line."""

    line: int
    groups: dict[int, int] = field(default_factory=dict)

    @property
    def calls(self) -> int:
        """All of them."""
        return sum(self.groups.values())


@dataclass(slots=True)
class Difference:
    """Compares decisions, and keeps what differs: one example a group, and a few of callers'."""

    calls: int = 0
    shares: dict[Group, Share] = field(default_factory=dict)
    callers: dict[str, Otherwise] = field(default_factory=dict)
    examples: dict[str, Example] = field(default_factory=dict)
    _numbers: dict[Group, int] = field(default_factory=dict)

    def add(self, call: RecordedCall, before: Decision, after: Decision) -> None:
        """Compare what both sides did with a call."""
        if _alike(before, after):
            return
        example = Example(call, before, after)
        one, other = treatment(before), treatment(after)
        group = Group(one, other, tuple(_differs(one, other, example)))
        self.calls += 1
        share = self.shares.get(group)
        if share is None:
            share = self.shares[group] = Share(example)
            self._numbers[group] = len(self._numbers)
        share.calls += 1
        if call.number is not None:
            self._caller(call.number, self._numbers[group], example)

    def groups(self) -> list[tuple[int, Group, Share, int]]:
        """Each group's number, what it is, its calls and how many callers; the biggest first."""
        callers = [0] * len(self._numbers)
        for each in self.callers.values():
            for number in each.groups:
                callers[number] += 1
        found = [(self._numbers[g], g, share, callers[self._numbers[g]])
                 for g, share in self.shares.items()]  # fmt: skip
        return sorted(found, key=lambda each: (-each[2].calls, each[0]))

    def most(self) -> list[tuple[str, Otherwise]]:
        """Every caller who is treated otherwise, who is so the most often first."""
        return sorted(
            self.callers.items(),
            key=lambda item: (-item[1].calls, item[0] not in self.examples, item[1].line),
        )

    def _caller(self, number: str, group: int, example: Example) -> None:
        found = self.callers.get(number)
        if found is None:
            found = self.callers[number] = Otherwise(example.call.line)
        found.groups[group] = found.groups.get(group, 0) + 1
        if number in self.examples:
            return
        if len(self.examples) >= SHOWN_CALLERS:
            least = min(self.examples, key=lambda each: self.callers[each].calls)
            if self.callers[least].calls >= found.calls:
                return
            del self.examples[least]
        self.examples[number] = example


def treatment(decision: Decision) -> Treatment:
    """What a caller gets by a decision."""
    ticket, final = decision.ticket, decision.played.final
    timeout, answer = (final.timeout, final.answer.value) if isinstance(final, Go) else (None, "")
    return Treatment(
        ticket.tier.value, ticket.route, *decision.where, ticket.head_start, timeout,
        tuple(_hops(ticket.hops)), ticket.language, answer, decision.offered, decision.charged,
    )  # fmt: skip


def _hops(hops: tuple[Hop, ...]) -> Iterator[str]:
    """What may follow the first place; a queue's fallbacks belong to it."""
    for index, hop in enumerate(hops):
        names = [post.queue for post in hop.posts] or ([hop.target] if hop.target else [])
        name = f"{hop.kind.name.lower()} {' or '.join(names)}".strip()
        if index:
            yield f"{name} for {hop.seconds} s" if hop.seconds else name
        elif len(names) > 1:
            yield f"if it refuses: {' or '.join(names[1:])}"


def _alike(before: Decision, after: Decision) -> bool:
    """Whether nothing differs; most calls of most changes come through here."""
    one, other = before.ticket, after.ticket
    return (
        one.route == other.route
        and one.tier is other.tier
        and before.where == after.where
        and one.hops == other.hops
        and one.head_start == other.head_start
        and one.language == other.language
        and _answer(before) == _answer(after)
        and before.offered == after.offered
        and before.charged == after.charged
        and _heard(before) == _heard(after)
    )


def _answer(decision: Decision) -> object:
    final = decision.played.final
    return final.answer if isinstance(final, Go) else None


def _heard(decision: Decision) -> list[tuple[str, ...]]:
    """What the caller hears before he is placed, turn by turn."""
    heard = []
    for _, outcome in decision.played.path:
        step = outcome.step
        if isinstance(step, Ask | Go):
            heard.append(step.sounds)
        elif isinstance(step, Price):
            heard.append((step.sound,))
    return heard


def _differs(before: Treatment, after: Treatment, example: Example) -> Iterator[str]:
    for name, one, other in zip(Treatment._fields, before, after, strict=True):
        if one != other:
            yield name
    if _heard(example.before) != _heard(example.after):
        yield "heard"
    one_way, other_way = example.before.ticket.hops, example.after.ticket.hops
    if _later(one_way) != _later(other_way):
        yield "heard_later"
    same_queues = before.place == after.place and before.then == after.then
    if same_queues and [hop.posts for hop in one_way] != [hop.posts for hop in other_way]:
        yield "options"


def _later(hops: tuple[Hop, ...]) -> list[tuple[str, ...]]:
    """Announcements that may follow the first place."""
    return [hop.sounds for hop in hops[1:] if hop.sounds]
