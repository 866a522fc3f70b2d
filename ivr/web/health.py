"""What the engine says of itself over HTTP: may calls be sent to it, and what troubles it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum, unique


@unique
class Phase(StrEnum):
    """Where the process is in its life; only while `serving` should calls be sent to it."""

    STARTING = "starting"
    SERVING = "serving"
    DRAINING = "draining"


@dataclass(frozen=True, slots=True)
class Readiness:
    """What /readyz tells.

    `troubles` are for people: what is wrong and what it means for callers, such as "the store does
    not answer: every caller is regular". They never make the engine unready: all engines leaving
    at once is worse than engines that route everyone as regular.
    """

    phase: Phase
    policy_hash: str | None
    troubles: tuple[str, ...] = ()
    sessions: int = 0
    version: str = ""

    @property
    def ready(self) -> bool:
        """Whether calls may be sent here: a policy is loaded, and the engine is not leaving."""
        return self.phase is Phase.SERVING and self.policy_hash is not None

    def as_json(self) -> str:
        """One line of JSON, as docs/operating.md shows it."""
        return json.dumps(
            {
                "ready": self.ready,
                "phase": self.phase,
                "policy": self.policy_hash,
                "troubles": self.troubles,
                "sessions": self.sessions,
                "version": self.version,
            }
        )


@dataclass(frozen=True, slots=True)
class ReloadResult:
    """How a reload went: the hash now in force, and why the new policy was refused, if it was.

    `problems` are lines such as `routes/main.yaml:12:3: what is wrong: what to write instead`.
    """

    policy_hash: str | None
    problems: tuple[str, ...] = ()
