"""What happened in a world, remembered call by call."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ivr.callers.contacts import Contact
    from ivr.engine.interfaces import Decided
    from ivr.routing.ticket import Ticket


@dataclass(slots=True)
class Seen:
    """A `Watch` (ivr.engine.interfaces): what one call came to.

    `charges` are the paid lines that were agreed to, and whether the consent was kept; `contacts`
    those that were kept.
    """

    decisions: list[Decided] = field(default_factory=list)
    charges: list[tuple[str, bool]] = field(default_factory=list)
    contacts: list[Contact] = field(default_factory=list)

    def decided(self, decided: Decided) -> None:
        """See `Watch`."""
        self.decisions.append(decided)

    def charged(self, ticket: Ticket, line: str, kept: bool) -> None:
        """See `Watch`."""
        self.charges.append((line, kept))

    def recorded(self, contact: Contact, new: bool) -> None:
        """See `Watch`."""
        if new:
            self.contacts.append(contact)

    def degraded(self, reason: str) -> None:
        """See `Watch`; the decision has it."""

    def gone(self, linked_id: str, decision: str) -> None:
        """See `Watch`; no decision says as much."""

    def stored(self, operation: str, seconds: float, failure: str | None, why: str = "") -> None:
        """See `Watch`; nobody measures here."""

    def fell_back(self, linked_id: str, reason: str) -> None:
        """See `Watch`."""

    def unread(self, linked_id: str) -> None:
        """See `Watch`."""

    def lost(self, contact: Contact, why: str) -> None:
        """See `Watch`."""

    def clashed(self, problem: str) -> None:
        """See `Watch`."""
