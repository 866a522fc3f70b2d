"""What the columns of a recorded log mean: a small YAML file, read and checked as a whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import yaml

from ivr.callers.contacts import Outcome
from ivr.engine.desk import DeskError

if TYPE_CHECKING:
    from collections.abc import Mapping

_SEPARATORS: Final = {"comma": ",", "tab": "\t", "semicolon": ";"}
_KEYS: Final = {"separator", "caller", "started", "outcome", "leave_out", "vip"}
_EXAMPLE: Final = "docs/nuisance.md has an example"


@dataclass(frozen=True, slots=True)
class LogMapping:
    """Names of columns, and which of their values mean what.

    `caller` is who called; `started` are columns that, joined by a blank, are a local moment of the
    form `moment` (as strptime reads it). Rows with a value of `leave_out` are no contacts at all.
    Whoever has one call with a value of `vip` is exempt.
    """

    separator: str
    caller: str
    started: tuple[str, ...]
    moment: str
    outcome: str
    outcomes: Mapping[str, Outcome]
    leave_out: Mapping[str, frozenset[str]]
    vip: Mapping[str, frozenset[str]]

    @property
    def columns(self) -> frozenset[str]:
        """Every column that a log must have."""
        return frozenset({self.caller, *self.started, self.outcome, *self.leave_out, *self.vip})


def read_mapping(text: str) -> LogMapping:
    """The mapping that a file holds. Raises `DeskError`, which says what to write."""
    try:
        found = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise DeskError(f"the mapping is no YAML: {error}") from error
    table = _table(found, "the mapping")
    unknown = sorted(set(map(str, table)) - _KEYS)
    if unknown:
        raise DeskError(f"the mapping has no {', '.join(unknown)}: {', '.join(sorted(_KEYS))}")
    separator = table.get("separator", "comma")
    if separator not in _SEPARATORS:
        raise DeskError(f"separator is {separator!r}: write one of {', '.join(_SEPARATORS)}")
    started = _table(_needed(table, "started"), "started")
    outcome = _table(_needed(table, "outcome"), "outcome")
    return LogMapping(
        _SEPARATORS[separator],
        _text(_needed(table, "caller"), "caller"),
        _texts(_needed(started, "columns"), "started.columns"),
        _text(_needed(started, "format"), "started.format"),
        _text(_needed(outcome, "column"), "outcome.column"),
        _outcomes(outcome),
        _values(table.get("leave_out", {}), "leave_out"),
        _values(table.get("vip", {}), "vip"),
    )


def _outcomes(table: dict[Any, Any]) -> Mapping[str, Outcome]:
    kinds = (Outcome.ANSWERED, Outcome.ABANDONED)
    found = {
        value: kind
        for kind in kinds
        for value in _texts(_needed(table, kind.value), f"outcome.{kind.value}")
    }
    unknown = sorted(set(map(str, table)) - {"column", *(kind.value for kind in kinds)})
    if unknown:
        raise DeskError(f"outcome has no {', '.join(unknown)}: column, answered, abandoned")
    return found


def _values(table: Any, what: str) -> Mapping[str, frozenset[str]]:
    return {
        _text(column, what): frozenset(_texts(values, f"{what}.{column}"))
        for column, values in _table(table, what).items()
    }


def _table(value: Any, what: str) -> dict[Any, Any]:
    if not isinstance(value, dict):
        raise DeskError(f"{what} is no table of names and values: {_EXAMPLE}")
    return value


def _needed(table: dict[Any, Any], key: str) -> Any:
    if key not in table:
        raise DeskError(f"the mapping needs {key!r}: {_EXAMPLE}")
    return table[key]


def _texts(value: Any, what: str) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise DeskError(f"{what} is no list: write [one, two]")
    return tuple(_text(each, what) for each in value)


def _text(value: Any, what: str) -> str:
    """Numbers and dates are refused: YAML reads 052 as 42."""
    if not isinstance(value, str):
        raise DeskError(f"{what} has {value!r}, which is no text: put it in quotes")
    return value
