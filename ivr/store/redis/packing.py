"""Values as bytes, and days and months as numbers. Pure."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgpack

from ivr.store.sound import DamagedError, month

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

T = TypeVar("T")

#: What bytes that are not ours can fail with.
_NOT_OURS: Final = (ValueError, TypeError, LookupError, ArithmeticError, msgpack.UnpackException)

_EPOCH: Final = date(2000, 1, 1).toordinal()


def day_number(day: date) -> int:
    """Days since the first of January 2000."""
    return day.toordinal() - _EPOCH


def day_of(number: int) -> date:
    """The day of such a number."""
    return date.fromordinal(number + _EPOCH)


def month_number(name: str) -> int:
    """Months since the year 0, of a `YYYY-MM`."""
    return int(name[:4]) * 12 + int(name[5:]) - 1


def month_of(number: int) -> str:
    """The `YYYY-MM` of such a number."""
    return month(f"{number // 12:04}-{number % 12 + 1:02}")


def fours(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """Sums, taken four by four: a day or month, what it is about, two counts. Raises
    `DamagedError`.
    """
    if not isinstance(values, list | tuple) or len(values) % 4:
        raise DamagedError("sums are no list of them")
    numbers = {*map(type, values[::4]), *map(type, values[2::4]), *map(type, values[3::4])}
    if not (numbers <= {int} and {*map(type, values[1::4])} <= {str}):
        raise DamagedError("a sum is none")
    return zip(*(values[first::4] for first in range(4)), strict=True)


def packed(value: object) -> bytes:
    """As MessagePack."""
    as_bytes: bytes = msgpack.packb(value)
    return as_bytes


def unpacked(read: bytes) -> Any:
    """The value again. Raises msgpack's errors."""
    return msgpack.unpackb(read)


def opened(read: bytes, make: Callable[[Any], T]) -> T:
    """What is made of a value. Raises `DamagedError`."""
    try:
        return make(unpacked(read))
    except _NOT_OURS as error:
        raise DamagedError(f"what the store keeps cannot be read: {error}") from error


def opened_all(read: bytes, make: Callable[[Sequence[Any]], T]) -> T:
    """What is made of all values, one after the other. Raises `DamagedError`."""
    unpacker = msgpack.Unpacker()
    try:
        unpacker.feed(read)
        return make(list(unpacker))
    except _NOT_OURS as error:
        raise DamagedError(f"what the store keeps cannot be read: {error}") from error


def peeked(read: bytes, values: int, place: int) -> tuple[int, int]:
    """Of `values` and a list: the first, and what is at a place of the list. Nothing else is made
    of the bytes, which takes a tenth of the time. Raises `DamagedError`.
    """
    unpacker = msgpack.Unpacker()
    try:
        unpacker.feed(read)
        first = unpacker.unpack()
        for _ in range(values - 1):
            unpacker.skip()
        if unpacker.read_array_header() <= place:
            raise DamagedError("a list is too short")
        for _ in range(place):
            unpacker.skip()
        return int(first), int(unpacker.unpack())
    except _NOT_OURS as error:
        raise DamagedError(f"what the store keeps cannot be read: {error}") from error
