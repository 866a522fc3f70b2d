"""Whether every route's way fits into the ticket that a call carries, proven when it is loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ivr.policy.model import Pays, Tier, ToAnnouncement
from ivr.policy.problems import Problem
from ivr.routing.spoken import BLOCKS, sound
from ivr.routing.ticket import LIMIT, Hop, Kind, Ticket, length
from ivr.routing.way import way

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ivr.policy.model import Policy, Route, Stage

#: The most pieces that tell one moment, each as long as the longest there is.
_MOMENT: Final = (sound(max(BLOCKS, key=len)),) * 5


def too_long(policy: Policy) -> Iterator[Problem]:
    """A problem for each route whose ticket could come to more than its limit."""
    for route in policy.routes:
        size = length(_longest(policy, route))
        if size > LIMIT:
            yield Problem(
                route.place,
                f"route {route.name!r} is too long for a call to carry: {size} bytes of {LIMIT}",
                "shorten the names of queues, or the list of what follows",
            )


def _longest(policy: Policy, route: Route) -> Ticket:
    return Ticket(
        decision="0" * 16,
        policy=policy.hash,
        first=9_999_999_999,
        number="+" + "0" * 15,
        dialled="0" * 32,
        entrypoint=_longest_of(policy.entrypoints),
        language=_longest_of(policy.languages),
        pays=Pays.COMPANY,
        tier=max(Tier, key=len),
        topic=_longest_of(policy.topics) or None,
        route=route.name,
        head_start=route.head_start,
        taken=99,
        back=True,
        hops=tuple(map(_hop, route.stages, way(route, 0))),
    )


def _hop(stage: Stage, hop: Hop) -> Hop:
    if not isinstance(stage.target, ToAnnouncement):
        return hop
    said: list[str] = []
    for part in stage.target.spoken:
        said.extend([sound(part)] if isinstance(part, str) else _MOMENT)
    return Hop(Kind.ANNOUNCE, hop.seconds, sounds=tuple(said))


def _longest_of(names: Iterable[str]) -> str:
    return max(names, key=len, default="")
