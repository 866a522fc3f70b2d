"""A call that the engine speaks to, over AGI: steps become commands, replies become events."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from ivr.asterisk import dialplan as names
from ivr.asterisk.agi_commands import channel_status, exec_app, get_data, mset, stream_file
from ivr.asterisk.fastagi import SessionOver
from ivr.engine.interfaces import CallerGoneError
from ivr.routing.steps import KeyPressed, NoKey, PriceHeard, PromptFailed
from ivr.routing.ticket import encode

if TYPE_CHECKING:
    from ivr.asterisk.agi import Reply
    from ivr.asterisk.agi_commands import Command
    from ivr.asterisk.fastagi import Session
    from ivr.routing.steps import Ask, Go, Price
    from ivr.routing.ticket import Ticket

#: `CHANNEL STATUS` of a channel that is up.
_UP: Final = "6"
_KEYS: Final = "0123456789*#"
#: Samples a second, in which `STREAM FILE` tells where it ended.
_SAMPLES: Final = 8000
_GONE: Final = "-1"


class NotTakenError(Exception):
    """Asterisk answered the decision with an error: the dialplan's fallback has the call."""


@dataclass(slots=True)
class AgiLine:
    """One call. `prompt_bound` is how long, in seconds, the longest prompt may play."""

    session: Session
    prompt_bound: int
    _answered: bool = field(default=False, init=False)

    async def ask(self, ask: Ask) -> KeyPressed | NoKey | PromptFailed:
        """See `ivr.engine.interfaces.Line`. The call's bound is renewed before each prompt."""
        await self._command(mset(_before_prompt(ask.ticket, self.prompt_bound + ask.wait)))
        await self._answer()
        *before, question = ask.sounds
        for sound in before:
            key = await self._hear(sound)
            if key:
                return KeyPressed(key)
            if key is None and ask.whole:
                return PromptFailed()
        reply = await self._command(get_data(question, ask.wait * 1000, 1))
        if _is_nothing(reply):
            await self._check_up()
            return PromptFailed()
        return KeyPressed(reply.result) if reply.result else NoKey()

    async def price(self, price: Price) -> PriceHeard | PromptFailed:
        """See `ivr.engine.interfaces.Line`. No key is let through, and the end is checked."""
        await self._command(mset(_before_prompt(price.ticket, self.prompt_bound)))
        await self._answer()
        reply = await self._command(stream_file(price.sound))
        if _is_nothing(reply):
            await self._check_up()
            return PromptFailed()
        return PriceHeard((reply.endpos or 0) / _SAMPLES, to_its_end=reply.result == "0")

    async def go(self, go: Go, state: str) -> None:
        """See `ivr.engine.interfaces.Line`: one command, whatever was decided."""
        reply = await self._command(mset(variables(go, state)))
        if reply.code != 200:
            raise NotTakenError(f"Asterisk did not take the decision: {reply}")

    async def _answer(self) -> None:
        if not self._answered:
            await self._command(exec_app("Answer"))
            self._answered = True

    async def _hear(self, sound: str) -> str | None:
        """Play what comes before a question; a key ends it. None: it could not be played."""
        reply = await self._command(stream_file(sound, _KEYS))
        if _is_nothing(reply):
            await self._check_up()
            return None
        return reply.key

    async def _check_up(self) -> None:
        """A missing file looks like a hang-up: only the channel's state tells them apart."""
        status = await self._command(channel_status())
        if status.code != 200 or status.result != _UP:
            raise CallerGoneError

    async def _command(self, command: Command) -> Reply:
        try:
            return await self.session.command(command)
        except SessionOver as over:
            raise CallerGoneError from over


def _is_nothing(reply: Reply) -> bool:
    return reply.code != 200 or reply.result == _GONE


def _before_prompt(ticket: Ticket, bound: int) -> dict[str, str]:
    """What must be so before a caller is spoken to: also if he hangs up, his call has a ticket."""
    return {
        names.ABSOLUTE_TIMEOUT: str(bound),
        names.LANGUAGE: ticket.language,
        names.TIER: ticket.tier.value,
        names.DECISION: ticket.decision,
        names.STATE: encode(ticket),
    }


def variables(go: Go, state: str) -> dict[str, str]:
    """A decision as the dialplan's variables, in order, IVR_DONE last; `state` is its ticket.

    Every name is set each time: what an earlier decision left behind must not speak for this one.
    """
    ticket, post, paid = go.ticket, go.post, go.paid
    return {
        names.ACTION: go.action.value,
        names.QUEUE: post.queue if post else "",
        names.PRIO: str(go.priority),
        names.TIMEOUT: str(go.timeout) if go.timeout else "",
        names.QUEUE_OPTIONS: post.options if post else "",
        names.MUSIC: post.music if post else "",
        names.ANNOUNCE: post.announce if post else "",
        names.DIAL: go.dial,
        names.PAID_LINE: paid.line if paid else "",
        names.PAID_METHOD: paid.method.value if paid else "",
        names.CONSENT: paid.consent if paid else "",
        names.PROMPT: "&".join(go.sounds),
        names.THEN: "1" if go.then else "",
        names.ANSWER: go.answer.value,
        names.HANGUPCAUSE: "" if go.cause is None else str(go.cause),
        names.TIER: ticket.tier.value,
        names.ROUTE: ticket.route,
        names.DECISION: ticket.decision,
        names.STATE: state,
        names.LANGUAGE: ticket.language,
        names.DONE: "1",
    }
