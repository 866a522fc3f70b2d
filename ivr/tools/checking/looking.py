"""Looking at a policy: all that `ivr check` can say, before it is said in any form."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from ivr.engine.policies import unfit
from ivr.policy.doubts import Doubts, Playing, doubts
from ivr.policy.loader import load, read
from ivr.policy.problems import Problems
from ivr.routing.spoken import BLOCKS, DIGITS
from ivr.tools.recordings import DIALPLAN, WITH_DIGITS, language_of, missing, played

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from ivr.callers.caller import Instant
    from ivr.policy.doubts import Doubt
    from ivr.policy.model import Policy
    from ivr.policy.problems import Problem

#: Exit codes.
CLEAN: Final = 0
PROBLEMS: Final = 1
UNREAD: Final = 2
WARNINGS: Final = 3

#: What code plays, whoever names it.
_OWN: Final = frozenset({*BLOCKS, *DIGITS, *DIALPLAN})
_NOTHING: Final = Doubts(())


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found at a path.

    `files` are the policy's, none if it could not be read; `policy` is None where it is not sound.
    `recordings` are those that Asterisk would not find, a line each; `notes` say what was not
    looked at.
    """

    path: str
    files: tuple[str, ...] = ()
    policy: Policy | None = None
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Doubt, ...] = ()
    recordings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def exit_code(self, *, strict: bool) -> int:
        """What the command ends with."""
        if not self.files:
            return UNREAD
        if self.problems or self.recordings:
            return PROBLEMS
        return WARNINGS if strict and self.warnings else CLEAN


def look(path: Path, now: Instant, prompts: Path | None = None) -> Checked:
    """Everything that is wrong with the policy in a file or folder, and that is odd in it.

    `prompts` is a folder of Asterisk's sounds, where every recording is looked for. Nothing is said
    to be odd in a policy that cannot be loaded: it would be said of half a policy.
    """
    files = read(path)
    if isinstance(files, Problems):
        return Checked(str(path), problems=tuple(files))
    policy = load(files)
    if isinstance(policy, Problems):
        return Checked(str(path), tuple(files), problems=tuple(policy))
    problems = tuple(sorted(unfit(policy)))
    today = datetime.fromtimestamp(now, policy.zone).date()
    found = doubts(policy, playing(policy), today)
    lacking = missing(policy, prompts) if prompts is not None and not problems else ()
    return Checked(
        str(path), tuple(files), policy, problems, found.doubts, tuple(lacking), found.notes
    )


def playing(policy: Policy) -> Playing:
    """What the calls of a policy hear."""
    return Playing(played(policy), _OWN, _comes_with_asterisk)


def _comes_with_asterisk(prompt: str, language: str) -> bool:
    return prompt in DIGITS and language_of(language) in WITH_DIGITS


def counted(checked: Checked) -> dict[str, int]:
    """How much of everything there is in the policy, by what it is called."""
    sizes = {"file": len(checked.files)}
    if checked.policy is not None:
        parts: dict[str, Collection[object]] = {
            "entrypoint": checked.policy.entrypoints,
            "menu": checked.policy.menus,
            "route": checked.policy.routes,
            "queue": checked.policy.queues,
            "prompt": checked.policy.prompts,
        }
        sizes |= {what: len(part) for what, part in parts.items()}
    return sizes
