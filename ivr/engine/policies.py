"""The policy in force: loaded and checked as a whole, then swapped in one step, or not at all."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from twisted.internet.defer import DeferredLock

from ivr.policy.loader import load, read
from ivr.policy.model import Policy
from ivr.policy.problems import Problem, Problems
from ivr.routing.longest import too_long
from ivr.routing.untold import untold

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from pathlib import Path


def load_checked(path: Path) -> Policy | Problems:
    """A policy that calls can be decided by, or everything that is wrong with it."""
    files = read(path)
    return files if isinstance(files, Problems) else checked(files)


def checked(files: Mapping[str, str]) -> Policy | Problems:
    """The same, of texts by their names."""
    policy = load(files)
    if isinstance(policy, Problems):
        return policy
    problems = unfit(policy)
    return Problems(problems) if problems else policy


def unfit(policy: Policy) -> tuple[Problem, ...]:
    """What is wrong with a policy that is sound by its words: what a call could not be given."""
    return (*too_long(policy), *untold(policy))


@dataclass(slots=True)
class Policies:
    """Holds the policy in force. A bad one leaves it as it is.

    `load` reads a policy where calls do not wait for it; reloads take turns.
    """

    path: Path
    current: Policy
    load: Callable[[Path], Awaitable[Policy | Problems]]
    _turn: DeferredLock = field(default_factory=DeferredLock)

    async def reload(self) -> tuple[Policy | Problems, Policy]:
        """The policy that is now in force, or why the new one is not; and the one until now."""
        await self._turn.acquire()
        try:
            loaded, before = await self.load(self.path), self.current
            if isinstance(loaded, Policy):
                self.current = loaded
        finally:
            self._turn.release()
        return loaded, before
