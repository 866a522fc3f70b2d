"""Whether what was read out of a store is what its types say. Pure.

A disk, a tool or a person may have changed what lies there. A value of a wrong kind would fail far
from here, in the middle of a decision; a month that is none would be counted on from for ever.
"""

from __future__ import annotations

import re
from dataclasses import fields
from math import isfinite
from typing import TYPE_CHECKING, Any, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

T = TypeVar("T")

_MONTH: Final = re.compile(r"(?!0000)[0-9]{4}-(?:0[1-9]|1[0-2])")
#: By how a field is annotated; what is not here is looked at where it is made.
_KINDS: Final[dict[str, tuple[type, ...]]] = {
    "str": (str,),
    "str | None": (str, type(None)),
    "bool": (bool,),
    "float": (float, int),
    "int": (int,),
    "int | None": (int, type(None)),
    "Instant": (float, int),
    "Instant | None": (float, int, type(None)),
}
#: The fields of a type that are looked at.
_CHECKED: Final[dict[type, tuple[tuple[str, tuple[type, ...]], ...]]] = {}


class DamagedError(ValueError):
    """What was kept cannot be read."""


def sound(made: T) -> T:
    """The value itself, if its fields hold what they say. Raises `DamagedError`."""
    kind = type(made)
    if kind not in _CHECKED:
        _CHECKED[kind] = tuple(_checked(kind))
    for name, kinds in _CHECKED[kind]:
        value = getattr(made, name)
        if not isinstance(value, kinds) or (isinstance(value, float) and not isfinite(value)):
            raise DamagedError(f"the {name} of a {type(made).__name__} is no {kinds[0].__name__}")
    return made


def month(name: Any) -> str:
    """A calendar month, `YYYY-MM`. Raises `DamagedError`."""
    if not (isinstance(name, str) and _MONTH.fullmatch(name)):
        raise DamagedError("a month is not written YYYY-MM")
    return name


def _checked(kind: type[Any]) -> Iterator[tuple[str, tuple[type, ...]]]:
    for field in fields(kind):
        if str(field.type) in _KINDS:
            yield field.name, _KINDS[str(field.type)]
