"""What a condition may look at: the call, the caller, and the moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ivr.callers.nuisance import Stage

if TYPE_CHECKING:
    from ivr.callers.caller import Caller, Instant


@dataclass(frozen=True, slots=True)
class Facts:
    """The call as conditions see it.

    `caller` is None where nothing is known: withheld, or the store did not answer in time.
    `number` is E.164, or None where withheld. `topic` is None where nobody has given one;
    `topic_askable` says that a menu could still ask for it. `tier` is "" while tiers are judged.
    `nuisance` is how far the process has come for this number.
    """

    now: Instant
    caller: Caller | None
    number: str | None
    forwarded: bool
    dialled: str
    entrypoint: str
    language: str
    topic: str | None
    topic_askable: bool
    tier: str
    nuisance: Stage = Stage.CLEAR

    @property
    def last_agent(self) -> str | None:
        """The agent who answered this caller last."""
        return self.caller.last_agent if self.caller else None

    @property
    def withheld(self) -> bool:
        """Whether there is no number to go by."""
        return self.number is None
