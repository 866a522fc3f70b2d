"""What a caller hears first, once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ivr.routing.spoken import sound

if TYPE_CHECKING:
    from ivr.policy.model import Policy
    from ivr.routing.call import CallState


def greeting(policy: Policy, state: CallState) -> tuple[str, ...]:
    """The entrypoint's greeting, unless it was heard already."""
    door = policy.entrypoints.get(state.ticket.entrypoint)
    if state.greeted or door is None or door.greeting is None:
        return ()
    return (sound(door.greeting),)
