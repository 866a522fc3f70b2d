"""Opening hours and dates, as `reading.hours` takes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ivr.policy.reading.hours import CLOSED
from ivr.policy.schema.values import items, listed, matching, word

if TYPE_CHECKING:
    from ivr.policy.schema.values import Schema

_TIME: Final = "(?:[01]?[0-9]|2[0-3]):[0-5][0-9]"
#: From a time to the same one would be no time at all.
_NOT_EMPTY: Final = r"(?!0?([0-9]{1,2}:[0-5][0-9]) ?- ?0?\1$)"
_HOURS: Final = f"^{_NOT_EMPTY}{_TIME} ?- ?(?:{_TIME}|24:00)$"

#: Whether a month has as many days is for `ivr check`.
DATE: Final = "^(?!0000)[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])$"
DATE_HINT: Final = 'write year, month and day, in quotes: "2027-05-12"'


def hours(description: str) -> Schema:
    """The hours of a day, or a list of them."""
    return listed(description, _interval(), uniqueItems=True)


def hours_or_closed(description: str) -> Schema:
    """The same, where a day may be closed instead."""
    closed = word("", [CLOSED])
    ways = [_interval(), closed, items("", _interval(), minItems=1, uniqueItems=True)]
    return {
        "description": description,
        "anyOf": [*ways, items("", closed, minItems=1, maxItems=1)],
    }


def date(description: str) -> Schema:
    """A date."""
    return matching(description, DATE, DATE_HINT, examples=["2026-11-01"])


def _interval() -> Schema:
    hint = 'write from one time of a day to another, in quotes: "07:00-24:00"'
    return matching("", _HOURS, hint, examples=["07:00-24:00"])
