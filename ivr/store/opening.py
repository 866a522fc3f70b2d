"""Which store is meant: the path of a file, or the URL of a Redis that several engines share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ivr.engine.interfaces import StoreError
from ivr.store.errors import explaining
from ivr.store.redis.places import PlaceError, is_redis, parse
from ivr.store.redis.store import RedisStore
from ivr.store.sqlite import SqliteStore
from ivr.store.threads import at_once

if TYPE_CHECKING:
    from collections.abc import Callable

    from ivr.engine.interfaces import Store
    from ivr.store.threads import Soon


def open_store(
    where: Path | str,
    deliver: Callable[..., object],
    *,
    new: bool = True,
    soon: Soon = at_once,
) -> Store:
    """The store, which is used from its first request on. Raises `StoreError`.

    `deliver` and `soon` are as in `threads.Worker`. Unless it may be `new`, one that no engine has
    begun is refused: a mistyped place would answer that nobody is known.
    """
    text = str(where)
    if is_redis(text):
        try:
            return RedisStore(text, deliver, new=new, soon=soon)
        except PlaceError as error:
            raise StoreError(str(error)) from error
    if not new:
        _must_exist(text)
    return SqliteStore(text, deliver, soon=soon)


def shown(where: Path | str) -> str:
    """The place as it may be told: without what says how to get in."""
    text = str(where)
    return parse(text).shown if is_redis(text) else text


def _must_exist(path: str) -> None:
    with explaining(path):
        is_there = Path(path).exists()
    if not is_there:
        raise StoreError(
            f"there is no store at {path}: start the engine once, or say where the store is"
        )
