"""The ledger's entries: one contact for each conversation (or try) of a caller with a queue."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from ivr.callers.caller import Instant, Record


class Outcome(StrEnum):
    """How a contact ended, judged once."""

    ANSWERED = "answered"
    ABANDONED = "abandoned"
    DECLINED = "declined"
    OVERFLOWED = "overflowed"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Contact:
    """One ended contact. Told twice it counts once: `id` is what makes it one.

    `number` is E.164, or None where the caller withheld it (such a contact is kept, and belongs to
    nobody). `hold` and `talk` are seconds, None where Asterisk did not tell. `case` is what the
    agent said it was about; None lets `about` choose. `asked_for` tells a contact that we asked
    for, such as a call back. `note`, `disposition` and `marked_by` (not to the point, says this
    agent) are what agents add afterwards.
    """

    system: str
    linked_id: str
    decision: str
    number: str | None
    started: Instant
    ended: Instant
    day: date
    outcome: Outcome
    dialled: str = ""
    tier: str = "regular"
    topic: str | None = None
    route: str = ""
    queue: str | None = None
    agent: str | None = None
    hold: int | None = None
    talk: int | None = None
    transfer: str | None = None
    case: str | None = None
    asked_for: bool = False
    note: str | None = None
    disposition: str | None = None
    marked_by: str | None = None

    @property
    def id(self) -> str:
        """The call's linked id, the decision's id and Asterisk's system name, in one word."""
        return f"{self.linked_id}/{self.decision}/{self.system}"


def about(record: Record, topic: str | None) -> str | None:
    """The case that a contact is about when no agent said: the newest of its topic, or of none.

    Source: design, "How a policy is read".
    """
    fitting = [case for case in record.cases if case.topic is None or case.topic == topic]
    return max(fitting, key=lambda case: case.author.at).id if fitting else None


def is_evidence(contact: Contact) -> bool:
    """Whether a contact may count in the nuisance process.

    Answered ones only (`outcome`: one that broke off on our side is `broken`, not `answered`),
    minus those about an open case (`case`), and those that we asked for (`asked_for`).
    """
    return contact.outcome is Outcome.ANSWERED and contact.case is None and not contact.asked_for
