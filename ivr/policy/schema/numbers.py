"""Telephone numbers, and what they begin with, as `reading.numbers` takes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ivr.policy.schema.values import matching

if TYPE_CHECKING:
    from ivr.policy.schema.values import Schema

#: Signs that a number may be written with, and that do not count.
_SIGNS: Final = "[ ().-]*"
_PREFIX: Final = rf"{_SIGNS}\+?{_SIGNS}(?:[0-9]{_SIGNS}){{1,15}}$"
_DIALLED: Final = r"^(?:\*[0-9]{1,15}|\+?[0-9][0-9 ().-]{0,30})$"
_SUBSCRIBER: Final = r"^\s*\+?\(?[0-9][0-9 ().-]{1,30}\s*$"

#: Keys of a telephone; "0" asks for a person everywhere.
KEYS: Final = tuple("123456789*#")


def dialled(description: str = "", **more: Any) -> Schema:
    """A number dialled, or a star code."""
    hint = 'write its digits, in quotes: "1800123456"; a star code: "*611"'
    return matching(description, _DIALLED, hint, **more)


def prefix(description: str = "", **more: Any) -> Schema:
    """What callers' numbers begin with; never 00, which is dialled so, but not signalled."""
    pattern = f"^(?!{_SIGNS}0{_SIGNS}0){_PREFIX}"
    return matching(
        description, pattern, 'write digits in quotes, such as "+97252" or "052"', **more
    )


def number_prefix(description: str = "", **more: Any) -> Schema:
    """What numbers of a kind begin with."""
    return matching(description, f"^{_PREFIX}", 'write digits in quotes, such as "1-957"', **more)


def subscriber(description: str, **more: Any) -> Schema:
    """A number that can be called."""
    return matching(description, _SUBSCRIBER, 'write "0521234567", in quotes', **more)
