"""Callers, authors and contacts to tell a store of."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from ivr.callers.caller import Author, Consent
from ivr.callers.contacts import Contact, Outcome

DANA: Final = "+972541111111"
NOAM: Final = "+972542222222"
DAY: Final = date(2026, 11, 22)
LONG_AGO: Final = date(2026, 10, 1)


def author(at: float = 1000.0, why: str = "twenty years a customer") -> Author:
    return Author("Ronit", "ronit", at, why)


def contact(sequence: int = 1, **values: Any) -> Contact:
    """Contact number `sequence` of one call each, about a minute long."""
    given: dict[str, Any] = {
        "system": "pbx1",
        "linked_id": f"1700000000.{sequence}",
        "decision": f"d{sequence}",
        "number": DANA,
        "started": 5000.0 + sequence,
        "ended": 5060.0 + sequence,
        "day": DAY,
        "outcome": Outcome.ANSWERED,
        "dialled": "1800123456",
        "topic": "fault",
        "route": "everyone",
        "queue": "main",
        "agent": "Agent/7",
        "hold": 12,
        "talk": 48,
    }
    return Contact(**{**given, **values})


def consent(sequence: int = 1, **values: Any) -> Consent:
    """Consent number `sequence`, of one call each."""
    given: dict[str, Any] = {
        "id": f"d{sequence}",
        "line": "service-052",
        "prompt": "price",
        "version": "3f2a",
        "key": "1",
        "at": 5030.0 + sequence,
        "decision": f"d{sequence}",
        "topic": "other",
    }
    return Consent(**{**given, **values})
