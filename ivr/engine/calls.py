"""The one use case of a call: look up → step → perform.

Whatever fails here, the caller is treated as regular and free, or the session ends without a
decision and the dialplan's fallback queue takes the call. Nothing that fails is silent.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from ivr.callers.caller import Author
from ivr.callers.numbers import dialled, is_doubtful, is_withheld, parse_number
from ivr.engine.interfaces import CallerGoneError, Decided, Found, OpenCall
from ivr.engine.windows import counted, reach
from ivr.routing.call import ARRIVING, Phase, carried
from ivr.routing.charge import refusals
from ivr.routing.step import step
from ivr.routing.steps import (
    Agree,
    Appeal,
    GaveUp,
    Go,
    Kept,
    LetGo,
    NewCall,
    NotKept,
    Price,
    Turn,
)
from ivr.routing.ticket import BadTicketError, Ticket, decode, encode

if TYPE_CHECKING:
    from collections.abc import Callable

    from ivr.callers.caller import Caller, Instant
    from ivr.engine.interfaces import Line, Watch
    from ivr.engine.keeping import Keeper
    from ivr.engine.reports import Arrival
    from ivr.policy.model import Policy
    from ivr.routing.step import Outcome
    from ivr.routing.steps import Before, Event

#: A call that says it began longer ago than this (or in the future) is taken to begin now.
_LONGEST_CALL: Final = 24 * 3600


@dataclass(slots=True)
class _Telling:
    """What is gathered on the way to one decision."""

    linked_id: str
    again: bool = False
    degraded: str = ""
    plays: int = 0
    played: float = 0.0
    path: list[Turn] = field(default_factory=list)

    def took(self, event: Event, outcome: Outcome) -> None:
        """One more turn."""
        state = outcome.state
        menu = state.menu if state.phase is Phase.IN_MENU else ""
        self.path.append(Turn(event, outcome.trace, outcome.step, state.phase.value, menu))


@dataclass(frozen=True, slots=True)
class Calls:
    """Decides calls. `now` is the epoch in seconds, `policy` gives the policy in force.

    A call that began under one policy ends by its ticket, whatever is in force by then.
    """

    policy: Callable[[], Policy]
    keeper: Keeper
    watch: Watch
    now: Callable[[], Instant]
    new_id: Callable[[], str]

    async def route(self, arrival: Arrival, line: Line) -> None:
        """Decide a new call, or one that was transferred back."""
        policy, began, telling = self.policy(), self.now(), _Telling(arrival.linked_id)
        earlier = self._ticket(arrival, telling) if arrival.state else None
        await self._decide(policy, arrival, line, telling, began, earlier)

    async def next(self, arrival: Arrival, line: Line) -> None:
        """Decide again for a call whose queue gave up, by what it carries."""
        began, telling = self.now(), _Telling(arrival.linked_id, again=True)
        ticket = self._ticket(arrival, telling)
        if ticket is None:
            await self._decide(self.policy(), arrival, line, telling, began, None)
            return
        event = GaveUp(arrival.status, arrival.waited)
        outcome = step(self.policy(), carried(ticket), event, began)
        telling.took(event, outcome)
        await self._perform(self.policy(), outcome, line, telling, began)

    def _ticket(self, arrival: Arrival, telling: _Telling) -> Ticket | None:
        try:
            return decode(arrival.state)
        except BadTicketError:
            self._degrade(telling, "bad-state")
            return None

    async def _decide(
        self,
        policy: Policy,
        arrival: Arrival,
        line: Line,
        telling: _Telling,
        began: Instant,
        earlier: Ticket | None,
    ) -> None:
        number = self._number(policy, arrival, telling, earlier)
        linked_id = None if arrival.is_own_channel or earlier else arrival.linked_id
        found = Found(None, None)
        if number is not None or linked_id is not None:
            found = await self._look_up(number, linked_id, policy, telling)
        if found.open_call is not None:
            earlier = self._earlier(found.open_call, telling)
        event = _new_call(policy, arrival, self.new_id(), began, number, found, earlier)
        outcome = self._first_step(policy, event, telling)
        await self._perform(policy, outcome, line, telling, began)

    def _number(
        self, policy: Policy, arrival: Arrival, telling: _Telling, earlier: Ticket | None
    ) -> str | None:
        if earlier is not None:
            return earlier.number
        if not arrival.is_own_channel or telling.degraded:
            return None
        doubt = _doubt(arrival, policy.region)
        if doubt:
            self._degrade(telling, doubt)
            return None
        return parse_number(arrival.ani, policy.region)

    async def _look_up(
        self, number: str | None, linked_id: str | None, policy: Policy, telling: _Telling
    ) -> Found:
        found = await self.keeper.look_up(number, linked_id, counted(policy, self.now()))
        if isinstance(found, Found):
            return found
        self._degrade(telling, found)
        return Found(None, None)

    def _earlier(self, call: OpenCall, telling: _Telling) -> Ticket | None:
        try:
            return decode(call.state)
        except BadTicketError:
            self._degrade(telling, "bad-state")
            return None

    def _first_step(self, policy: Policy, event: NewCall, telling: _Telling) -> Outcome:
        try:
            outcome = step(policy, ARRIVING, event, self.now())
        except Exception:  # a bug in a rule must cost one caller his tier, and nobody the call
            self._degrade(telling, "bug")
            event = NewCall(event.decision, event.number, event.dialled, event.first)
            outcome = step(policy, ARRIVING, event, self.now())
        telling.took(event, outcome)
        return outcome

    async def _perform(
        self, policy: Policy, outcome: Outcome, line: Line, telling: _Telling, began: Instant
    ) -> None:
        try:
            while not isinstance(outcome.step, Go | LetGo):
                event = await self._before(policy, outcome.step, line, telling)
                outcome = step(policy, outcome.state, event, self.now())
                telling.took(event, outcome)
            await self._end(outcome.step, line, telling, began)
        except CallerGoneError:
            self.watch.gone(telling.linked_id, outcome.state.ticket.decision)

    async def _before(self, policy: Policy, what: Before, line: Line, telling: _Telling) -> Event:
        """Do what comes before the decision, and say what came of it."""
        if isinstance(what, Agree):
            return await self._agree(policy, what)
        if isinstance(what, Appeal):
            return await self._appeal(what)
        asked = self.now()
        event = await (line.price(what) if isinstance(what, Price) else line.ask(what))
        telling.plays += 1
        telling.played += self.now() - asked
        return event

    async def _agree(self, policy: Policy, agree: Agree) -> Kept | NotKept:
        now, number = self.now(), agree.ticket.number

        def allowed(caller: Caller) -> bool:
            zone, rules = policy.zone, policy.nuisance
            return not refusals(agree.line, agree.call, caller, rules, zone, now)

        since = reach(policy.zone, now)
        kept = number is not None and await self.keeper.agree(number, agree.consent, allowed, since)
        self.watch.charged(agree.ticket, agree.line.name, kept)
        return Kept() if kept else NotKept()

    async def _appeal(self, appeal: Appeal) -> Kept | NotKept:
        number = appeal.ticket.number
        author = Author("the caller", "ivr", self.now(), "appealed by key")
        kept = number is not None and await self.keeper.appeal(number, author)
        return Kept() if kept else NotKept()

    async def _end(self, what: Go | LetGo, line: Line, telling: _Telling, began: Instant) -> None:
        if isinstance(what, Go):
            state = encode(what.ticket)
            await line.go(what, state)
            self._remember(what.ticket, state, telling.linked_id)
        busy = max(0.0, self.now() - began - telling.played)
        self.watch.decided(
            Decided(
                telling.linked_id, telling.again, what.ticket, what, telling.path, busy,
                telling.plays, telling.degraded,
            )
        )  # fmt: skip

    def _remember(self, ticket: Ticket, state: str, linked_id: str) -> None:
        if linked_id:
            self.keeper.remember(OpenCall(linked_id, ticket.number, state, self.now()))

    def _degrade(self, telling: _Telling, reason: str) -> None:
        telling.degraded = reason
        self.watch.degraded(reason)


def _new_call(
    policy: Policy,
    arrival: Arrival,
    decision: str,
    now: Instant,
    number: str | None,
    found: Found,
    earlier: Ticket | None,
) -> NewCall:
    first = arrival.first if now - _LONGEST_CALL < arrival.first <= now else int(now)
    at = arrival.extension if earlier else arrival.dialled or arrival.extension
    return NewCall(
        decision=decision,
        number=number,
        dialled=dialled(at, policy.region),
        first=first,
        caller=found.caller,
        forwarded_by=_forwarder(arrival.rdnis, policy.region),
        doubtful=is_doubtful(arrival.attest, arrival.verify),
        earlier=earlier,
    )


def _forwarder(rdnis: str, region: str) -> str:
    """Who forwarded the call; "": nobody. One who does not show his number forwarded it too."""
    if rdnis.strip().lower() in ("", "unknown"):  # what Asterisk says of a call that came directly
        return ""
    return dialled(rdnis, region) or "withheld"


def _doubt(arrival: Arrival, region: str) -> str:
    """Why the number that arrived is not used, if it is not."""
    if is_withheld(arrival.ani, arrival.presentation, arrival.privacy):
        return "withheld"
    if parse_number(arrival.ani, region) is None:
        return "bad-number"
    return "doubtful" if is_doubtful(arrival.attest, arrival.verify) else ""
