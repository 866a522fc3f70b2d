"""A route made into the way that a call carries: every name resolved, every sound chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from ivr.policy.model import Opening, ToAnnouncement, ToHangup, ToNumber, ToPaidLine, ToQueue
from ivr.routing.charge import dials
from ivr.routing.spoken import sound, sounds
from ivr.routing.ticket import Hop, Kind, Post

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ivr.callers.caller import Instant
    from ivr.policy.model import Policy, Queue, Route, Stage


def way(route: Route, now: Instant) -> tuple[Hop, ...]:
    """The hops of a route. What an announcement says of time is right at `now`."""
    return tuple(_hop(stage, now) for stage in route.stages)


def free_way(policy: Policy, route: Route, now: Instant) -> tuple[Hop, ...]:
    """The hops of a route that cost the caller nothing.

    They are worked out once for all calls, but for announcements that tell of time.
    """
    name = f"way {route.name}"
    known = policy.worked_out.get(name)
    if known is not None:
        return cast("tuple[Hop, ...]", known)
    hops = unpaid(policy, way(route, now))
    if not any(map(_tells_time, route.stages)):
        policy.worked_out[name] = hops
    return hops


def _tells_time(stage: Stage) -> bool:
    target = stage.target
    return isinstance(target, ToAnnouncement) and any(
        isinstance(part, Opening) for part in target.spoken
    )


def unpaid(policy: Policy, hops: Iterable[Hop]) -> tuple[Hop, ...]:
    """The hops that cost the caller nothing: only a consent leads to a paid line, never a way."""
    return tuple(hop for hop in hops if not _costs(policy, hop))


def _costs(policy: Policy, hop: Hop) -> bool:
    if hop.kind is Kind.DIAL:
        return any(dials(line, hop.target) for line in policy.paid_lines.values())
    return hop.kind is Kind.PAID


def _hop(stage: Stage, now: Instant) -> Hop:
    match stage.target:
        case ToQueue(queue):
            posts = tuple(_post(each) for each in _chain(queue))
            return Hop(Kind.QUEUE, stage.seconds, posts=posts)
        case ToNumber(dial):
            return Hop(Kind.DIAL, stage.seconds, target=dial)
        case ToAnnouncement(spoken):
            return Hop(Kind.ANNOUNCE, stage.seconds, sounds=sounds(spoken, now))
        case ToHangup(cause):
            return Hop(Kind.HANGUP, target=str(cause))
        case ToPaidLine(line):
            return Hop(Kind.PAID, target=line.name)


def _chain(queue: Queue | None) -> Iterator[Queue]:
    while queue is not None:
        yield queue
        queue = queue.fallback


def _post(queue: Queue) -> Post:
    told = sound(queue.announce) if queue.announce else ""
    return Post(queue.asterisk, queue.options, queue.music, told)
