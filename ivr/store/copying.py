"""Copies everything from one store to another. Blocking: for commands.

Each run looks at every piece on both sides, and writes those that differ. So one that was stopped,
however it was, is simply run again; and a run during which nobody writes to the source leaves
nothing out, whatever happened before. A mark of how far the last run came would save some reading,
and skip what changed behind it.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from ivr.engine.interfaces import StoreError
from ivr.store.redis.places import PlaceError, is_redis
from ivr.store.redis.side import RedisSide, RedisTarget
from ivr.store.sqlite_side import SqliteSide, SqliteTarget

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ivr.store.sides import Counts, Pieces, Side, Target

T = TypeVar("T")

#: Pieces that are read and written at once. A caller's is as large as its history.
_AT_ONCE: Final = 100


@dataclass(frozen=True, slots=True)
class Copied:
    """What a run did: pieces it wrote, and how much there is on both sides after it.

    `steady`: both sides were in the same files, or on the same servers, from its begin to its end.
    """

    written: int
    source: Counts
    target: Counts
    steady: bool

    @property
    def whole(self) -> bool:
        """Whether all is there."""
        return self.steady and self.source == self.target


@contextmanager
def opened(source: str, target: str) -> Iterator[tuple[Side, Target]]:
    """Both sides, each a path or a URL. Raises `StoreError`."""
    with ExitStack() as stack:
        try:
            theirs: Side = RedisSide(source) if is_redis(source) else SqliteSide(source)
            stack.callback(theirs.close)
            ours: Target = RedisTarget(target) if is_redis(target) else SqliteTarget(target)
            stack.callback(ours.close)
        except PlaceError as error:
            raise StoreError(str(error)) from error
        if theirs.who() & ours.who():
            raise StoreError(f"{source} and {target} are one store: name another to copy it to")
        ours.begin(theirs.name)
        yield theirs, ours


def copy(source: Side, target: Target, step: Callable[[int], object]) -> Copied:
    """Make the target hold what the source holds. `step` hears how many pieces are behind us.

    Raises `StoreError`; what was written by then is there when it is run again.
    """
    begun = source.who(), target.who()
    written = _bring(source.callers, target.callers, step)
    written += _bring(source.withheld, target.withheld, step)
    written += _bring(source.calls, target.calls, step)
    target.say_anew(source.said())
    target.keep_times(source.times())
    _sweep(source.calls, target.calls)
    theirs, ours = source.counts(), target.counts()
    if theirs != ours:  # all that the source has is there: what is more is gone at the source
        _sweep(source.callers, target.callers)
        _sweep(source.withheld, target.withheld)
        ours = target.counts()
    return Copied(written, theirs, ours, begun == (source.who(), target.who()))


def _bring(source: Pieces[T], target: Pieces[T], step: Callable[[int], object]) -> int:
    """Write what differs; how many pieces that were."""
    written = 0
    for page in source.pages():
        for keys in _cut(page):
            pairs = zip(source.read(keys), target.read(keys), strict=True)
            differ = [(new, old) for new, old in pairs if new is not None and new != old]
            if differ:
                target.replace(
                    [old for _, old in differ if old is not None], [new for new, _ in differ]
                )
            written += len(differ)
            step(len(keys))
    return written


def _sweep(source: Pieces[T], target: Pieces[T]) -> None:
    """Drop what the source has no more."""
    for page in target.pages():
        for keys in _cut(page):
            found = source.read(keys)
            gone = [key for key, piece in zip(keys, found, strict=True) if piece is None]
            if gone:
                target.replace([piece for piece in target.read(gone) if piece is not None], ())


def _cut(keys: Sequence[str]) -> Iterator[Sequence[str]]:
    return (keys[first : first + _AT_ONCE] for first in range(0, len(keys), _AT_ONCE))
