"""Patterns of numbers and times within bounds: a schema has no other way to bound a text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Seconds of each unit, as in `reading.values`.
_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
#: Six digits at most.
_MOST: Final = 999_999


def duration_pattern(least: int, most: int, step: int = 1) -> str:
    """Times such as `5s` or `20m` from `least` to `most` seconds, in whole multiples of `step`."""
    ways = (_within(least, most, step, size, unit) for unit, size in _UNITS.items())
    return f"^(?=[0-9]{{1,6}}[smhd]$)0*(?:{'|'.join(way for way in ways if way)})$"


def _within(least: int, most: int, step: int, size: int, unit: str) -> str:
    """What may stand before one unit, and the unit; "" if nothing may."""
    first, last = -(-least // size), min(most // size, _MOST)
    if first > last:
        return ""
    if step <= size:
        return f"(?:{between(first, last)}){unit}"
    each = step // size
    fitting = range(-(-first // each) * each, last + 1, each)
    return f"(?:{'|'.join(map(str, fitting))}){unit}" if fitting else ""


def between(least: int, most: int) -> str:
    """A pattern of the whole numbers from `least` to `most`, without leading zeros."""
    ways: list[str] = []
    while least <= most:
        last = min(most, 10 ** len(str(least)) - 1)
        ways.extend(_alike(str(least), str(last)))
        least = last + 1
    return "|".join(ways)


def _alike(low: str, high: str) -> Iterator[str]:
    """Patterns of the numbers between two that have as many digits."""
    if low == "0" * len(low) and high == "9" * len(high):
        yield _digits(len(low))
        return
    first, last, rest = int(low[:1]), int(high[:1]), len(low) - 1
    if first == last:
        yield from (f"{first}{way}" for way in _alike(low[1:], high[1:]))
        return
    if low[1:] != "0" * rest:
        yield from (f"{first}{way}" for way in _alike(low[1:], "9" * rest))
        first += 1
    whole = last if high[1:] == "9" * rest else last - 1
    if first <= whole:
        yield (f"[{first}-{whole}]" if first < whole else str(first)) + _digits(rest)
    if whole < last:
        yield from (f"{last}{way}" for way in _alike("0" * rest, high[1:]))


def _digits(count: int) -> str:
    return f"[0-9]{{{count}}}" if count > 1 else "[0-9]" * count
