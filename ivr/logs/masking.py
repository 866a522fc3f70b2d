"""Callers' numbers in logs: enough to tell two callers apart at a desk, too little to call one.

A number is masked under the keys that carry one, wherever else in the same line it occurs, and
wherever free text (an exception, another library's message) has something that looks like one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, TypeAlias

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

if TYPE_CHECKING:
    from collections.abc import Iterable, MutableMapping

#: Keys whose value is a caller's number.
NUMBER_KEYS: Final = frozenset({"ani", "rdnis", "number", "caller", "callerid", "forwarded_by"})

#: Keys whose value was written by others, or carries a call's whole state.
TEXT_KEYS: Final = frozenset({"exception", "message", "state", "detail"})

WITHHELD: Final = "withheld"
_STARS: Final = "******"
_SHORTEST: Final = 8  # below it, a country code and two digits would be too much of a number
_TAIL: Final = 7  # digits that tell a number apart, however its beginning is written
_LIKE_A_NUMBER: Final = re.compile(r"(?<![\w.])\+?\d(?:-?\d){8,14}(?![\w.])")

_Pattern: TypeAlias = tuple[str, re.Pattern[str], str]


def masked(number: str | None) -> str:
    """A number with its country code and last two digits only: `+972******67`.

    None, the empty text and `withheld` are `withheld`; what is no number at all shows nothing.
    """
    if not number or number == WITHHELD:
        return WITHHELD
    digits = "".join(char for char in number if char in "0123456789")
    if len(digits) < _SHORTEST:
        return _STARS
    code = f"+{_country_code(digits)}" if number.startswith("+") else ""
    return f"{code}{_STARS}{digits[-2:]}"


def mask_line(line: MutableMapping[str, object]) -> None:
    """Mask every caller's number in a log line, in place."""
    patterns: list[_Pattern] = []
    for key in NUMBER_KEYS & line.keys():
        number = None if line[key] is None else str(line[key])
        line[key] = masked(number)
        patterns += _patterns(number or "")
    for key, value in line.items():
        if key in TEXT_KEYS and isinstance(value, str):
            value = _LIKE_A_NUMBER.sub(lambda match: masked(match[0]), value)
        line[key] = _without(value, patterns) if patterns else value


def may_hold(text: str, numbers: Iterable[str]) -> bool:
    """Whether something that ends as one of these numbers occurs in the text."""
    return any(tail in text for number in numbers for tail, _, _ in _patterns(number))


def mask_within(value: object, numbers: Iterable[str]) -> object:
    """The value with these numbers masked in each of its texts, however deep."""
    return _without(value, [pattern for number in numbers for pattern in _patterns(number)])


def _country_code(digits: str) -> str:
    for length in (1, 2, 3):
        if int(digits[:length]) in COUNTRY_CODE_TO_REGION_CODE:
            return digits[:length]
    return ""


def _patterns(number: str) -> Iterable[_Pattern]:
    """What finds a number within a text, with the part to look for before trying."""
    tail = "".join(char for char in number if char in "0123456789")[-_TAIL:]
    if len(tail) == _TAIL:
        yield tail, re.compile(rf"\+?\d*{tail}"), masked(number)


def _without(value: object, patterns: list[_Pattern]) -> object:
    """The value with every number that a pattern finds masked, however deep."""
    if isinstance(value, str):
        for tail, pattern, shown in patterns:
            if tail in value:
                value = pattern.sub(shown, value)
        return value
    if isinstance(value, list | tuple):
        return [_without(each, patterns) for each in value]
    if isinstance(value, dict):
        return {key: _without(each, patterns) for key, each in value.items()}
    return value
