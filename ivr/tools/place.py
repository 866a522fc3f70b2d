"""Where a command finds the store, and how it works with it: no reactor, the engine's own store."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ivr.callers.changes import RefusedError
from ivr.engine.desk import Desk, DeskError, case_id
from ivr.engine.interfaces import StoreError
from ivr.store.opening import open_store
from ivr.store.pump import Pump

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from zoneinfo import ZoneInfo

    from twisted.internet.defer import Deferred

    from ivr.callers.nuisance import Rules

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Place:
    """The context object of the commands that work with the store.

    `store` is a path or a URL; the rest is what the policy says of numbers, time, names, the
    nuisance process, and how many days contacts are kept.
    """

    store: str
    region: str
    timezone: ZoneInfo
    topics: tuple[str, ...]
    grants: tuple[str, ...]
    rules: Rules | None = None
    retention_days: int | None = None


class RefusedExit(click.ClickException):
    """What was asked was refused, or failed: one line that says what to do."""

    exit_code = 1


class UsageExit(click.ClickException):
    """What was given cannot be meant: one line that says what to give."""

    exit_code = 2


def at_desk(place: Place, use: Callable[[Desk], Coroutine[Deferred[Any], Any, T]]) -> T:
    """What `use` gives; its errors become one line and an exit code.

    The store must be there: a mistyped path would else answer that nobody is known.
    """
    pump = Pump()
    try:
        store = open_store(place.store, pump.deliver, new=False)
    except StoreError as error:
        raise RefusedExit(str(error)) from error
    new_id = partial(case_id, secrets.choice)
    desk = Desk(store, place.region, place.topics, place.grants, new_id)

    async def session() -> T:
        try:
            return await use(desk)
        finally:
            await store.close()

    try:
        return pump.run(session())
    except DeskError as error:
        raise UsageExit(str(error)) from error
    except (RefusedError, StoreError) as error:
        raise RefusedExit(str(error)) from error
