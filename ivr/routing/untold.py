"""Whether each announcement of an opening can be said, proven when the policy is loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ivr.policy.model import Opening, ToAnnouncement
from ivr.policy.problems import Problem
from ivr.routing.spoken import BLOCKS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ivr.policy.model import Policy, Route


def untold(policy: Policy) -> Iterator[Problem]:
    """A problem for each route that tells an opening with pieces that the manifest lacks.

    One that is missing makes the whole announcement fail, and a caller at night waits in the
    fallback queue, where nobody is.
    """
    lacking = [block for block in BLOCKS if block not in policy.prompts]
    named = ", ".join(map(repr, lacking[:3])) + (", …" if len(lacking) > 3 else "")
    for route in policy.routes:
        if lacking and _tells_an_opening(route):
            yield Problem(
                route.place,
                f"route {route.name!r} says 'opens', and {len(lacking)} of the pieces that it is "
                f"said in are not declared ({named})",
                "copy them from the sample's prompts.yaml",
            )


def _tells_an_opening(route: Route) -> bool:
    return any(
        isinstance(part, Opening)
        for stage in route.stages
        if isinstance(stage.target, ToAnnouncement)
        for part in stage.target.spoken
    )
