"""Which use case an AGI script is: /route, /next, /ended; anything else is a new call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ivr.asterisk import dialplan as names
from ivr.asterisk.agi_commands import mset
from ivr.asterisk.line import AgiLine
from ivr.asterisk.reading import arrival, ending

if TYPE_CHECKING:
    from collections.abc import Callable

    from ivr.asterisk.fastagi import Session
    from ivr.engine.calls import Calls
    from ivr.engine.endings import Endings


@dataclass(frozen=True, slots=True)
class Scripts:
    """The handler of FastAGI sessions. `asked` is told each session's script."""

    calls: Calls
    endings: Endings
    prompt_bound: int
    asked: Callable[[str], None]

    async def __call__(self, session: Session) -> None:
        """Serve one session."""
        script = session.request.script
        self.asked(script)
        if script == names.SCRIPT_ENDED:
            await self._end(session)
            return
        line = AgiLine(session, self.prompt_bound)
        if script == names.SCRIPT_NEXT:
            await self.calls.next(arrival(session.request), line)
        else:
            await self.calls.route(arrival(session.request), line)

    async def _end(self, session: Session) -> None:
        if await self.endings.ended(ending(session.request), session.peer):
            await session.command(mset({names.DONE: "1"}))
