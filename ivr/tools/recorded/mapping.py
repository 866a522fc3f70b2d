"""What the columns of a recorded log mean: a small YAML file, read and checked as a whole."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import yaml

from ivr.callers.contacts import Outcome
from ivr.engine.desk import DeskError
from ivr.tools.recorded.timestamps import check_form

if TYPE_CHECKING:
    from collections.abc import Mapping

_SEPARATORS: Final = {"comma": ",", "tab": "\t", "semicolon": ";", "bar": "|"}
_COLUMNS: Final = ("dialled", "queue", "agent", "hold", "talk", "topic")
_KEYS: Final = {
    "separator", "encoding", "caller", "started", "outcome", "leave_out", "vip", *_COLUMNS,
}  # fmt: skip
#: What a mapping may say of Asterisk's own logs, and then nothing else.
_ASTERISK: Final = {"topics", "leave_out"}

_EXAMPLE: Final = "docs/recorded-calls.md has an example"

#: What a caller column holds: a telephone number, or whatever the log calls its callers by.
_NUMBER: Final = "number"
_KINDS: Final = ("name", _NUMBER)

#: How Excel writes UTF-8, and everybody else.
_USUAL: Final = "utf-8-sig"


@dataclass(frozen=True, slots=True)
class Column:
    """A column, whose value is none where another (or itself) has a value of `unless`.

    `values` says what its values are called here; empty: as they are. A value that it does not
    have is then none.
    """

    name: str
    unless: Mapping[str, frozenset[str]] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LogMapping:
    """Names of columns, and which of their values mean what.

    `caller` is who called, a telephone number if `numbers`; `started` are columns that, joined by a
    blank, are a local moment of the form `moment` (as strptime reads it). Rows with a value of
    `leave_out` are no calls at all. Whoever has one call with a value of `vip` is exempt. `hold`
    and `talk` are seconds, or a time as 1:02:03.
    """

    separator: str
    caller: Column
    started: tuple[str, ...]
    moment: str
    outcome: str
    outcomes: Mapping[str, Outcome]
    leave_out: Mapping[str, frozenset[str]]
    vip: Mapping[str, frozenset[str]]
    numbers: bool = False
    encoding: str = _USUAL
    dialled: Column | None = None
    queue: Column | None = None
    agent: Column | None = None
    hold: Column | None = None
    talk: Column | None = None
    topic: Column | None = None

    @property
    def columns(self) -> frozenset[str]:
        """Every column that a log must have."""
        given = (getattr(self, key) for key in _COLUMNS)
        own = [self.caller, *(column for column in given if column is not None)]
        named = {name for column in own for name in (column.name, *column.unless)}
        return frozenset({*named, *self.started, self.outcome, *self.leave_out, *self.vip})


@dataclass(frozen=True, slots=True)
class AsteriskMapping:
    """What Asterisk's logs do not say: topics by queue, and of a CDR which rows to leave out."""

    topics: Mapping[str, str] = field(default_factory=dict)
    leave_out: Mapping[str, frozenset[str]] = field(default_factory=dict)


def read_mapping(text: str) -> LogMapping | AsteriskMapping:
    """The mapping that a file holds. Raises `DeskError`, which says what to write."""
    table = _table(_yaml(text), "the mapping")
    if table and set(table) <= _ASTERISK:
        topics = _names(table.get("topics", {}), "topics")
        return AsteriskMapping(topics, _values(table.get("leave_out", {}), "leave_out"))
    return _table_mapping(table)


def _table_mapping(table: dict[Any, Any]) -> LogMapping:
    _known(table, _KEYS, "the mapping")
    started = _table(_needed(table, "started"), "started")
    outcome = _table(_needed(table, "outcome"), "outcome")
    caller = _needed(table, "caller")
    return LogMapping(
        _separator(table),
        _column(caller, "caller", "is"),
        _texts(_needed(started, "columns"), "started.columns"),
        _form(started),
        _text(_needed(outcome, "column"), "outcome.column"),
        _outcomes(outcome),
        _values(table.get("leave_out", {}), "leave_out"),
        _values(table.get("vip", {}), "vip"),
        _are_numbers(caller),
        _encoding(table),
        **{
            key: _column(table[key], key, *(["values"] if key == "topic" else []))
            for key in _COLUMNS
            if key in table
        },
    )


def _yaml(text: str) -> Any:
    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise DeskError(f"the mapping is no YAML: {error}") from error


def _form(started: dict[Any, Any]) -> str:
    _known(started, {"columns", "format"}, "started")
    form = _text(_needed(started, "format"), "started.format")
    check_form(form)
    return form


def _separator(table: dict[Any, Any]) -> str:
    separator = table.get("separator", "comma")
    if not isinstance(separator, str) or separator not in _SEPARATORS:
        raise DeskError(f"separator is {separator!r}: write one of {', '.join(_SEPARATORS)}")
    return _SEPARATORS[separator]


def _encoding(table: dict[Any, Any]) -> str:
    name = _text(table.get("encoding", _USUAL), "encoding")
    try:
        io.TextIOWrapper(io.BytesIO(), name)
    except (LookupError, ValueError):
        raise DeskError(f"encoding {name!r} is unknown: write utf-8, cp1255, utf-16, …") from None
    return name


def _are_numbers(caller: Any) -> bool:
    kind = caller.get("is", "name") if isinstance(caller, dict) else "name"
    if kind not in _KINDS:
        raise DeskError(f"caller.is has {kind!r}: write one of {', '.join(_KINDS)}")
    return bool(kind == _NUMBER)


def _column(value: Any, what: str, *more: str) -> Column:
    if not isinstance(value, dict):
        return Column(_text(value, what))
    _known(value, {"column", "unless", *more}, what)
    return Column(
        _text(_needed(value, "column"), f"{what}.column"),
        _values(value.get("unless", {}), f"{what}.unless"),
        _names(value.get("values", {}), f"{what}.values"),
    )


def _outcomes(table: dict[Any, Any]) -> Mapping[str, Outcome]:
    kinds = {kind.value: kind for kind in Outcome}
    _known(table, {"column", *kinds}, "outcome")
    for key in (Outcome.ANSWERED, Outcome.ABANDONED):
        _needed(table, key.value)
    return {
        value: kind
        for name, kind in kinds.items()
        if name in table
        for value in _texts(table[name], f"outcome.{name}")
    }


def _values(value: Any, what: str) -> Mapping[str, frozenset[str]]:
    return {
        _text(column, what): frozenset(_texts(values, f"{what}.{column}"))
        for column, values in _table(value, what).items()
    }


def _names(value: Any, what: str) -> Mapping[str, str]:
    return {_text(name, what): _text(of, what) for name, of in _table(value, what).items()}


def _known(table: dict[Any, Any], keys: set[str], what: str) -> None:
    unknown = sorted(set(map(str, table)) - keys)
    if unknown:
        raise DeskError(f"{what} has no {', '.join(unknown)}: {', '.join(sorted(keys))}")


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
