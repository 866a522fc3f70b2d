"""Callers' numbers in logs: enough to tell two callers apart at a desk, too little to call one.

With a key, a number has an alias instead: the same one wherever it stands, so that a caller can be
followed through logs and decisions, and of no use to anybody who has not the key.

A number is masked under the keys that carry one, wherever else in the same line it occurs, and
wherever free text (an exception, another library's message) has something that looks like one.
"""

from __future__ import annotations

import hmac
import re
from functools import lru_cache, partial
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
_ALIAS: Final = 8  # bytes: of ten million numbers, two share an alias once in 400,000 stores
#: Hexadecimal digits as consonants.
_LETTERS: Final = str.maketrans("0123456789abcdef", "bcdfghjklmnpqrst")
_SHORTEST: Final = 8  # below it, a country code and two digits would be too much of a number
_TAIL: Final = 7  # digits that tell a number apart, however its beginning is written
_LIKE_A_NUMBER: Final = re.compile(r"(?<![\w.])\+?\d(?:-?\d){8,14}(?![\w.])")
_RUN: Final = re.compile(r"\+?\d+")
_DIGITS: Final = "0123456789"
#: Country codes, as digits that a number may begin with.
_CODES: Final = frozenset(
    str(code).zfill(length) for code in COUNTRY_CODE_TO_REGION_CODE for length in (1, 2, 3)
)

#: The digits by which a number is found in a text, and the number.
_Found: TypeAlias = tuple[str, str]


@lru_cache(maxsize=2000)
def masked(number: str | None, key: bytes = b"") -> str:
    """A number with its country code and last two digits only, `+972******67`; with a key, its
    alias, `+972#kqhbtmdfrjncsplg`.

    None, the empty text and `withheld` are `withheld`; what is no number at all shows nothing.
    """
    if not number or number == WITHHELD:
        return WITHHELD
    digits = _digits(number)
    if len(digits) < _SHORTEST:
        return _STARS
    code = f"+{_country_code(digits)}" if number.startswith("+") else ""
    return f"{code}#{_alias(digits, key)}" if key else f"{code}{_STARS}{digits[-2:]}"


def _alias(digits: str, key: bytes) -> str:
    """64 bits of HMAC-SHA-256 in letters, which nothing takes for a number."""
    told = hmac.digest(key, digits.encode("ascii"), "sha256")[:_ALIAS].hex()
    return told.translate(_LETTERS)


def mask_line(line: MutableMapping[str, object], key: bytes = b"") -> None:
    """Mask every caller's number in a log line, in place."""
    found = _tails(mask_keys(line, key))
    for name, value in line.items():
        known = _without(value, found, key) if found else value  # first: one number, one alias
        if name in TEXT_KEYS and isinstance(known, str):
            known = _LIKE_A_NUMBER.sub(lambda match: masked(match[0], key), known)
        line[name] = known


def mask_keys(line: MutableMapping[str, object], key: bytes = b"") -> list[str]:
    """Mask what stands under the keys that carry a number, in place; what stood there."""
    numbers = []
    for name in NUMBER_KEYS:
        if name in line:
            number = "" if line[name] is None else str(line[name])
            line[name] = masked(number, key)
            numbers.append(number)
    return numbers


def may_hold(text: str, numbers: Iterable[str]) -> bool:
    """Whether something that ends as one of these numbers occurs in the text."""
    return any(tail in text for tail, _ in _tails(numbers))


def mask_within(value: object, numbers: Iterable[str], key: bytes = b"") -> object:
    """The value with these numbers masked in each of its texts, however deep."""
    return _without(value, _tails(numbers), key)


def _digits(number: str) -> str:
    plain = number.removeprefix("+")
    if plain.isascii() and plain.isdigit():  # as most are
        return plain
    return "".join(char for char in number if char in _DIGITS)


def _country_code(digits: str) -> str:
    return next((digits[:length] for length in (1, 2, 3) if digits[:length] in _CODES), "")


def _tails(numbers: Iterable[str]) -> list[_Found]:
    """By what each number is found in a text; what is too short to be one is not looked for."""
    found = [(_digits(number)[-_TAIL:], number) for number in numbers]
    return [each for each in found if len(each[0]) == _TAIL]


def _without(value: object, numbers: list[_Found], key: bytes) -> object:
    """The value with every number masked, however deep."""
    if isinstance(value, str):
        for tail, number in numbers:
            if tail in value:  # hardly ever
                value = _RUN.sub(partial(_hidden, tail, masked(number, key)), value)
        return value
    if isinstance(value, list | tuple):
        return [_without(each, numbers, key) for each in value]
    if isinstance(value, dict):
        return {name: _without(each, numbers, key) for name, each in value.items()}
    return value


def _hidden(tail: str, shown: str, run: re.Match[str]) -> str:
    """A run of digits, without the number that ends in `tail` if it holds one."""
    _, found, rest = run[0].rpartition(tail)
    return shown + rest if found else run[0]
