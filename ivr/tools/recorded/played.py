"""A recorded caller in front of a policy: what he would press, and where he would come to.

In a menu he presses the key that gives the topic of his recorded call, through menus below it if
need be; no key where the log tells no topic, or no key gives it. The price of a paid line he hears
to its end; then he presses nothing, unless he is said to agree.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from ivr.routing.call import ARRIVING, Phase
from ivr.routing.charge import refusals
from ivr.routing.step import step
from ivr.routing.steps import (
    Agree,
    Appeal,
    Go,
    Kept,
    KeyPressed,
    LetGo,
    NoKey,
    NotKept,
    Price,
    PriceHeard,
    Turn,
)

if TYPE_CHECKING:
    from ivr.callers.caller import Caller, Consent, Instant
    from ivr.policy.model import Policy
    from ivr.policy.paid import PaidLine
    from ivr.routing.call import CallState
    from ivr.routing.step import Outcome
    from ivr.routing.steps import Before, Event, NewCall

#: Seconds for which a price is heard that is heard to its end: longer than any policy asks for.
_WHOLE: Final = PriceHeard(600.0, to_its_end=True)

_NO_KEY: Final = NoKey()
_KEPT: Final = Kept()
_NOT_KEPT: Final = NotKept()


@dataclass(frozen=True, slots=True)
class Played:
    """A call as far as its place: every event with what came of it, and the last word.

    `offered` is the paid line of which he heard the price; `consent` what was agreed to just now.
    Charged is who is moved to a paid line: `final` is then a `Go` with `paid`.
    """

    path: tuple[tuple[Event, Outcome], ...]
    final: Go | LetGo
    offered: PaidLine | None = None
    consent: Consent | None = None

    @property
    def turns(self) -> tuple[Turn, ...]:
        """What happened, turn by turn, as `Decided.path` tells it."""
        return tuple(_turn(event, outcome) for event, outcome in self.path)


@dataclass(slots=True)
class Player:
    """Plays recorded callers to one policy. `agrees`: whoever is offered a paid line says yes."""

    policy: Policy
    agrees: bool = False
    _keys: dict[tuple[str, str], Event] = field(default_factory=dict, init=False)

    def play(self, arriving: NewCall, topic: str | None, now: Instant) -> Played:
        """The call, from its arrival to its place."""
        policy = self.policy
        outcome = step(policy, ARRIVING, arriving, now)
        path: list[tuple[Event, Outcome]] = [(arriving, outcome)]
        offered: PaidLine | None = None
        consent: Consent | None = None
        while not isinstance(outcome.step, Go | LetGo):
            offered = outcome.state.line or offered
            event = self._answer(outcome.state, outcome.step, arriving.caller, topic, now)
            if event is _KEPT and isinstance(outcome.step, Agree):
                consent = outcome.step.consent
            outcome = step(policy, outcome.state, event, now)
            path.append((event, outcome))
        return Played(tuple(path), outcome.step, offered or outcome.state.line, consent)

    def key(self, menu: str, topic: str) -> str:
        """The key in a menu that gives a topic, or leads to it; "" where none does."""
        event = self._pressed(menu, topic)
        return event.key if isinstance(event, KeyPressed) else ""

    def _answer(
        self,
        state: CallState,
        what: Before,
        caller: Caller | None,
        topic: str | None,
        now: Instant,
    ) -> Event:
        if state.phase is Phase.IN_MENU:
            return _NO_KEY if topic is None else self._pressed(state.menu, topic)
        if isinstance(what, Price):
            return _WHOLE
        if isinstance(what, Agree):
            return self._agree(what, caller, now)
        if isinstance(what, Appeal):
            return _NOT_KEPT
        if self.agrees and state.phase is Phase.ASKED and state.line is not None:
            return KeyPressed(state.line.consent_key)
        return _NO_KEY

    def _agree(self, what: Agree, caller: Caller | None, now: Instant) -> Event:
        """As production: kept only if the guard still lets it."""
        policy = self.policy
        against = refusals(what.line, what.call, caller, policy.nuisance, policy.zone, now)
        return _NOT_KEPT if against else _KEPT

    def _pressed(self, menu: str, topic: str) -> Event:
        found = self._keys.get((menu, topic))
        if found is None:
            key = key_for(self.policy, menu, topic)
            found = self._keys[menu, topic] = KeyPressed(key) if key else _NO_KEY
        return found


def play(
    policy: Policy, arriving: NewCall, topic: str | None, now: Instant, *, agrees: bool = False
) -> Played:
    """One call; for many, `Player` remembers which key gives which topic."""
    return Player(policy, agrees).play(arriving, topic, now)


def _turn(event: Event, outcome: Outcome) -> Turn:
    state = outcome.state
    menu = state.menu if state.phase is Phase.IN_MENU else ""
    return Turn(event, outcome.trace, outcome.step, state.phase.value, menu)


def key_for(policy: Policy, menu: str, topic: str) -> str:
    """The key of a menu on the shortest way to a topic; "" where no key leads to it."""
    ways = deque([(menu, "")])
    seen = {menu}
    while ways:
        name, first = ways.popleft()
        here = policy.menus.get(name)
        for key, choice in here.keys.items() if here else ():
            if choice.topic == topic:
                return first or key
            if choice.menu is not None and choice.menu not in seen:
                seen.add(choice.menu)
                ways.append((choice.menu, first or key))
    return ""
