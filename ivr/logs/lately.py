"""What was used lately: a memory with a bound, which forgets what was not used for long."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Hashable

_T = TypeVar("_T")


class Lately(Generic[_T]):
    """Holds values that together weigh at most `most`; one over half of that is not held.

    There are two generations: what is used is of the young one, and when that weighs half, the old
    one goes and the young one is the old. So a use costs one look. For one thread.
    """

    def __init__(self, most: int) -> None:
        self._half = most // 2
        self._weight = 0
        self._young: dict[Hashable, tuple[_T, int]] = {}
        self._old: dict[Hashable, tuple[_T, int]] = {}

    def get(self, key: Hashable) -> _T | None:
        """The value, if it is held still."""
        found = self._young.get(key)
        if found is not None:
            return found[0]
        found = self._old.pop(key, None)
        if found is None:
            return None
        self.put(key, *found)
        return found[0]

    def put(self, key: Hashable, value: _T, weight: int) -> None:
        """Hold a value under a key that has none."""
        if weight > self._half:
            return
        if self._weight + weight > self._half:
            self._old, self._young, self._weight = self._young, {}, 0
        self._young[key] = value, weight
        self._weight += weight

    def clear(self) -> None:
        """Hold nothing any more."""
        self._young, self._old, self._weight = {}, {}, 0
