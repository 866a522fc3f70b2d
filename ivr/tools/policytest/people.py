"""What people do about a caller in a test: at the desk, as the commands do it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ivr.callers.changes import CloseCase, Release, RemoveMark, RevokeGrant, SetShared
from ivr.callers.nuisance import NUISANCE, Stage
from ivr.callers.process import FileAppeal
from ivr.engine.desk import author
from ivr.tools.moments import parse_until

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from ivr.callers.caller import Author, Instant
    from ivr.callers.changes import Change
    from ivr.callers.nuisance import Rules
    from ivr.tools.policytest.model import People
    from ivr.tools.world import World


def act(world: World, step: People) -> None:
    """Do it. Raises what the desk raises: `RefusedError`, `DeskError`, `StoreError`."""
    who = author(step.by, step.why, step.by, world.now)
    number, rules = step.of.number, world.policy.nuisance
    if rules is not None and (waiting := _process(world, step, rules, who)) is not None:
        world.run(waiting)
    elif step.verb == "appeal":
        world.run(world.desk.change(number, FileAppeal(), who))
    else:
        world.run(world.desk.change(number, _change(world, step), who))


def _process(world: World, step: People, rules: Rules, who: Author) -> Awaitable[object] | None:
    process, number, stage = world.process(rules), step.of.number, step.step or Stage.WARNED
    match step.verb:
        case "confirm":
            return process.confirm(number, stage, step.how, who)
        case "attempted":
            return process.attempted(number, stage, step.how, who)
        case "appeal":
            return process.appeal(number, who)
        case "decide":
            return process.decide(number, who, upheld=step.upheld)
        case "clear":
            return process.clear(number, who)
        case _:
            return None


def _change(world: World, step: People) -> Change:
    match step.verb:
        case "grant":
            return world.desk.give_grant(step.name, _until(world, step))
        case "revoke":
            return RevokeGrant(step.name)
        case "open_case":
            return world.desk.open_case(step.topic, complex_=step.complex)
        case "close_case":
            return CloseCase(step.name)
        case "mark":
            return world.desk.set_mark(NUISANCE, _until(world, step))
        case "unmark":
            return RemoveMark(NUISANCE)
        case "share" | "unshare":
            return SetShared(step.verb == "share")
        case _:
            return Release()


def _until(world: World, step: People) -> Instant | None:
    return parse_until(step.until, world.policy.zone) if step.until else None
