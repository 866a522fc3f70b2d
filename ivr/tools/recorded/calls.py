"""A call as a log remembers it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ivr.callers.caller import Instant
    from ivr.callers.contacts import Outcome


@dataclass(frozen=True, slots=True)
class RecordedCall:
    """One call, or one try to have one.

    `line` is where it stands in its file. `number` is who called: E.164, or what the log calls
    callers by; None where it does not say. `dialled` is "" where the log does not say. `started` is
    when it came in. `hold` are seconds in the queue (None: it never stood in one), `talk` seconds
    with the agent. `topic` is what it was about, where the mapping tells; `vip` that the mapping
    takes the caller for one.
    """

    line: int
    number: str | None
    started: Instant
    outcome: Outcome
    dialled: str = ""
    queue: str | None = None
    agent: str | None = None
    hold: int | None = None
    talk: int | None = None
    topic: str | None = None
    vip: bool = False

    @property
    def ended(self) -> Instant:
        """When it was over, as far as the log tells."""
        return self.started + (self.hold or 0) + (self.talk or 0)
