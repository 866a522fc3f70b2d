"""A caller as a script: which keys are pressed, and when it is enough."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from twisted.internet.defer import fail, succeed

from ivr.engine.interfaces import CallerGoneError
from ivr.routing.steps import Go, KeyPressed, NoKey, PriceHeard, PromptFailed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from twisted.internet.defer import Deferred

    from ivr.routing.steps import Ask, Price

#: Seconds for which a price is heard that nobody cuts short: longer than any policy asks for.
_WHOLE: Final = 600.0


@dataclass(frozen=True, slots=True)
class Script:
    """What a caller does, question by question: `keys` in order, "" for none; then no key any more.

    The caller hangs up instead of answering question number `hang_up_at` (counted from 1; None:
    stays). Sounds in `failing` cannot be played. A price is heard for `hears_price` seconds, which
    is not to its end (None: it is).
    """

    keys: tuple[str, ...] = ()
    hang_up_at: int | None = None
    failing: frozenset[str] = frozenset()
    hears_price: float | None = None


@dataclass(slots=True)
class ScriptedLine:
    """A `Line` (ivr.engine.interfaces) to a caller who does as the script says.

    `heard` are the sounds that were played, in order; `went` where the call was handed to.
    """

    script: Script
    heard: list[str] = field(default_factory=list)
    went: Go | None = None
    _keys: list[str] = field(init=False)
    _questions: int = 0

    def __post_init__(self) -> None:
        self._keys = list(self.script.keys)

    def ask(self, ask: Ask) -> Deferred[KeyPressed | NoKey | PromptFailed]:
        """See `Line.ask`."""
        self._questions += 1
        if self._play(ask.sounds) and ask.whole:
            return succeed(PromptFailed())
        if self._questions == self.script.hang_up_at:
            return fail(CallerGoneError())
        if all(sound in self.script.failing for sound in ask.sounds):
            return succeed(PromptFailed())
        key = self._keys.pop(0) if self._keys else ""
        return succeed(KeyPressed(key) if key else NoKey())

    def price(self, price: Price) -> Deferred[PriceHeard | PromptFailed]:
        """See `Line.price`."""
        if self._play((price.sound,)):
            return succeed(PromptFailed())
        seconds = self.script.hears_price
        return succeed(PriceHeard(_WHOLE if seconds is None else seconds, seconds is None))

    def go(self, go: Go, state: str) -> Deferred[None]:
        """See `Line.go`."""
        self.went = go
        self._play(go.sounds)
        return succeed(None)

    def _play(self, sounds: Iterable[str]) -> bool:
        """Whether one of them failed."""
        wanted = tuple(sounds)
        self.heard.extend(sound for sound in wanted if sound not in self.script.failing)
        return any(sound in self.script.failing for sound in wanted)
