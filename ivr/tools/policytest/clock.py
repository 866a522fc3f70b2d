"""Time that passes in a test, and the contacts of that time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ivr.callers.errors import RefusedError
from ivr.engine.interfaces import StoreError
from ivr.tools.policytest import times
from ivr.tools.policytest.errors import SceneError
from ivr.tools.policytest.history import Happened, happening

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from ivr.callers.caller import Instant
    from ivr.tools.policytest.model import Meanwhile, Pass
    from ivr.tools.world import World


def let_pass(world: World, step: Pass) -> None:
    """Let time pass, with what happens meanwhile. Raises `SceneError`."""
    end = _end(world, step)
    if end < world.now:
        raise SceneError(step.place, "time does not go back: write a later moment")
    found = [each for meanwhile in step.meanwhile for each in _of(world, meanwhile, end)]
    for each in sorted(found, key=lambda happened: happened.at):
        world.advance(max(0.0, each.at - world.now))
        try:
            each.do()
        except (RefusedError, StoreError) as error:
            raise SceneError(each.place, str(error)) from None
    world.advance(max(0.0, end - world.now))


def _end(world: World, step: Pass) -> Instant:
    if step.until is not None:
        return step.until.timestamp()
    if step.months is not None:
        now = times.local(world.policy.zone, world.now)
        return times.later_by_months(now, step.months).timestamp()
    return world.now + (step.seconds or 0)


def _of(world: World, meanwhile: Meanwhile, end: Instant) -> Iterator[Happened]:
    contacts, window = meanwhile.contacts, (world.now, end)
    if contacts.each_month:
        zone = world.policy.zone
        for month in times.months_ending(_local(world, world.now), times.local(zone, end)):
            yield from happening(world, meanwhile.of, contacts, times.days_of(month), window)
    elif contacts.month:
        days = times.days_of(contacts.month)
        yield from happening(world, meanwhile.of, contacts, days, window)
    elif contacts.day is not None:
        day = times.day_of(contacts.day, _local(world, world.now).date())
        yield from happening(world, meanwhile.of, contacts, [day], window)


def _local(world: World, at: Instant) -> datetime:
    return times.local(world.policy.zone, at)
