"""How often one number calls: a flood from it must not take the service from all others."""

from __future__ import annotations

from typing import Final

from ivr.callers.numbers import is_no_number

_MINUTE: Final = 60.0
#: What sums of fractions of a minute may be off by.
_ROUNDING: Final = 1e-6
#: Numbers that are remembered before those are dropped that have not called for a while.
_MANY: Final = 1024


class Flood:
    """Lets each number call `a_minute` times at once, and then as often a minute, evenly.

    Kept for each is the moment at which its calls so far would be over, one after the other, if
    that often were meant (the generic cell rate algorithm of ITU-T I.371).
    """

    def __init__(self, a_minute: int) -> None:
        self._apart = _MINUTE / a_minute
        self._most = _MINUTE - self._apart + _ROUNDING
        self._over: dict[str, float] = {}
        self._many = _MANY

    def is_one(self, number: str, now: float) -> bool:
        """Whether a call of this number, at `now` in seconds, is one too many. Counts it if not.

        Callers who show no number are many, and nobody's flood.
        """
        if is_no_number(number):
            return False
        over = max(self._over.get(number, 0.0), now)
        if over - now > self._most:
            return True
        self._over[number] = over + self._apart
        if len(self._over) > self._many:
            self._forget(now)
        return False

    def _forget(self, now: float) -> None:
        self._over = {number: over for number, over in self._over.items() if over > now}
        self._many = max(_MANY, 2 * len(self._over))
