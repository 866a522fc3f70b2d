"""What is declared and leads nowhere, and what is asked for and never comes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ivr.policy.asked import asked, named
from ivr.policy.doubts.doubt import Doubt, Kind
from ivr.policy.model import Tier, ToPaidLine, ToQueue
from ivr.policy.when import Field, Granted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ivr.policy.model import Policy, Queue

_TAKE_OUT: Final = "or take it out"


def queues(policy: Policy) -> Iterator[Doubt]:
    """Queues that no step of a route leads to, nor a fallback of one that is led to."""
    used: set[str] = set()
    for route in policy.routes:
        for stage in route.stages:
            if isinstance(stage.target, ToQueue):
                used.update(queue.name for queue in _chain(stage.target.queue))
    for name, queue in policy.queues.items():
        if name not in used:
            yield Doubt(
                queue.place,
                f"nothing sends calls to the queue {name!r}{_behind(policy, name)}",
                f"let a route or a fallback lead to it, {_TAKE_OUT}",
                Kind.UNUSED_QUEUE,
            )


def _chain(queue: Queue | None) -> Iterator[Queue]:
    while queue is not None:
        yield queue
        queue = queue.fallback


def _behind(policy: Policy, name: str) -> str:
    """The queues that would fall back to this one, if there are any."""
    before = [
        each.name for each in policy.queues.values() if each.fallback and each.fallback.name == name
    ]
    return f", nor to {before[0]!r}, whose fallback it is" if before else ""


def tiers(policy: Policy) -> Iterator[Doubt]:
    """Tiers that are given and not asked for, and those that are asked for and not given."""
    wanted = {value for leaf in named(policy, Field.TIER) for value in leaf.values}
    given: set[str] = set()
    for rule in policy.tiers:
        if rule.tier not in wanted and rule.tier not in given:
            yield Doubt(
                rule.place,
                f"no route asks for the tier {rule.tier.value!r} that this rule gives",
                f"name it in a route, {_TAKE_OUT}",
                Kind.UNUSED_TIER,
            )
        given.add(rule.tier)
    for leaf in named(policy, Field.TIER):
        for value in sorted(leaf.values - given - {Tier.REGULAR.value}):
            yield Doubt(
                leaf.place,
                f"no rule of 'tiers' makes a caller {value!r}: nobody ever is",
                f"write a rule for it, {_TAKE_OUT}",
                Kind.TIER_WITHOUT_RULE,
            )


def topics(policy: Policy) -> Iterator[Doubt]:
    """Topics that a route asks for and no menu gives."""
    given = {
        choice.topic
        for menu in policy.menus.values()
        for choice in (*menu.keys.values(), menu.otherwise)
    }
    for leaf in named(policy, Field.TOPIC):
        for value in sorted(leaf.values - given):
            yield Doubt(
                leaf.place,
                f"no menu gives the topic {value!r}: no call is ever about it",
                f"give it a key in a menu, {_TAKE_OUT}",
                Kind.TOPIC_WITHOUT_KEY,
            )


def menus(policy: Policy) -> Iterator[Doubt]:
    """Menus that nothing leads to, and all of them where no route needs a topic."""
    reached = _reached(policy)
    needed = any(named(policy, Field.TOPIC)) or bool(_offered(policy))
    for name, menu in policy.menus.items():
        if name not in reached:
            wrong = f"the menu {name!r} is never played: no entrypoint or key leads to it"
            instead = f"name it in an entrypoint or at a key, {_TAKE_OUT}"
        elif not needed:
            wrong = f"the menu {name!r} is never played: no route asks for a topic"
            instead = f"ask for the topic in a route, {_TAKE_OUT}"
        else:
            continue
        yield Doubt(menu.place, wrong, instead, Kind.UNUSED_MENU)


def _reached(policy: Policy) -> set[str]:
    reached: set[str] = set()
    ahead = [door.menu for door in policy.entrypoints.values()]
    while ahead:
        name = ahead.pop()
        if name is None or name in reached:
            continue
        reached.add(name)
        menu = policy.menus[name]
        ahead.extend(choice.menu for choice in (*menu.keys.values(), menu.otherwise))
    return reached


def grants(policy: Policy) -> Iterator[Doubt]:
    """Grants without any effect. Where there is a nuisance process, each keeps it away."""
    if policy.nuisance is not None:
        return
    wanted = {grant for leaf in asked(policy) if isinstance(leaf, Granted) for grant in leaf.grants}
    for name, place in policy.granted_at.items():
        if name not in wanted:
            yield Doubt(
                place,
                f"nothing asks for the grant {name!r}: giving it changes nothing",
                f"ask for it in a tier or a route, {_TAKE_OUT}",
                Kind.UNUSED_GRANT,
            )


def paid_lines(policy: Policy) -> Iterator[Doubt]:
    """Paid lines that no route offers."""
    offered = _offered(policy)
    for name, line in policy.paid_lines.items():
        if name not in offered:
            yield Doubt(
                line.place,
                f"no route offers the paid line {name!r}",
                f"write a route with paid_line: {name}, {_TAKE_OUT}",
                Kind.UNUSED_PAID_LINE,
            )


def _offered(policy: Policy) -> set[str]:
    targets = (stage.target for route in policy.routes for stage in route.stages)
    return {target.line.name for target in targets if isinstance(target, ToPaidLine)}
