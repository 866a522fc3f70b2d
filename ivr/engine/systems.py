"""Which Asterisk reports under which system name: a contact's id holds only as long as they differ.

Linked ids are made of a clock and a count, so that two Asterisks can make the same one; what tells
their calls apart is `systemname` in asterisk.conf. Who reports is known by address.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from ivr.engine.interfaces import ClashError

if TYPE_CHECKING:
    from ivr.callers.caller import Instant

#: An Asterisk that reported nothing for this long (seconds) is taken to be gone, or to have moved.
_GONE: Final = 3600
#: The most that is remembered, and of a name shown: both come from outside.
_MOST: Final = 256
_LONGEST: Final = 40


@dataclass(slots=True)
class Systems:
    """Remembers who reported lately."""

    _seen: dict[tuple[str, str], Instant] = field(default_factory=dict)

    def reported(self, system: str, peer: str, now: Instant) -> None:
        """Note a report. Raises `ClashError` if it cannot be told from another Asterisk's.

        `peer` is the address from which it came, "" if nobody knows.
        """
        if not peer:
            return
        self._seen.pop((system, peer), None)
        self._seen[system, peer] = now
        self._forget(now)
        clash = self._clash(system)
        if clash:
            raise ClashError(clash)

    def clashes(self, now: Instant) -> tuple[str, ...]:
        """What clashes now, in words for an operator."""
        self._forget(now)
        found = (self._clash(system) for system in sorted({system for system, _ in self._seen}))
        return tuple(clash for clash in found if clash)

    def _clash(self, system: str) -> str:
        peers = sorted(peer for name, peer in self._seen if name == system)
        if len(peers) > 1:
            name = f"the system name {system[:_LONGEST]!r}" if system else "no system name"
            return f"{_listed(peers)} report under {name}: {_ADVICE}"
        others = sorted({peer for _, peer in self._seen} - set(peers))
        if system or not others:
            return ""
        return f"{peers[0]} reports under no system name, beside {_listed(others)}: {_ADVICE}"

    def _forget(self, now: Instant) -> None:
        old = [each for each, at in self._seen.items() if at <= now - _GONE]
        for each in [*old, *list(self._seen)[:-_MOST]]:
            self._seen.pop(each, None)


_ADVICE: Final = (
    "give each a systemname of its own in asterisk.conf, or contacts of one can be taken for the "
    "other's"
)


def _listed(peers: list[str]) -> str:
    return " and ".join(peers[:4])
