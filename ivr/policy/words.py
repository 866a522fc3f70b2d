"""Conditions and times in the words of routes/: what they are called, what they ask. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, assert_never

from ivr.policy.when import (
    AllOf,
    AnyOf,
    CallingPrefix,
    ContactCount,
    Granted,
    HasOpenCase,
    InCalendar,
    IsForwarded,
    IsOneOf,
    IsUndocumented,
    IsWithheld,
    NoneOf,
    NuisanceAt,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ivr.policy.when import Condition

_NAMES: Final[dict[type[Condition], str]] = {
    AllOf: "all",
    AnyOf: "any",
    NoneOf: "not",
    CallingPrefix: "prefix",
    ContactCount: "contacts",
    Granted: "granted",
    HasOpenCase: "open_case",
    InCalendar: "calendar",
    IsForwarded: "forwarded",
    IsUndocumented: "undocumented",
    IsWithheld: "withheld",
    NuisanceAt: "nuisance",
}

_UNITS: Final = ((86_400, "d"), (3600, "h"), (60, "m"))


def name_of(condition: Condition) -> str:
    """The key of a condition in routes/."""
    return condition.field.value if isinstance(condition, IsOneOf) else _NAMES[type(condition)]


def span(seconds: int) -> str:
    """A time as an operator would write it: `90s`, `20m`, `2h`, `14d`."""
    for length, unit in _UNITS:
        if seconds and seconds % length == 0:
            return f"{seconds // length}{unit}"
    return f"{seconds}s"


def asks(condition: Condition) -> str:
    """What a condition asks, as an operator would write it: `topic: fault`, `granted: [a, b]`.

    It can be read again, between `{` and `}`. A rule without conditions asks nothing: "".
    """
    match condition:
        case AllOf(parts):
            return ", ".join(map(asks, parts))
        case AnyOf(parts) | NoneOf(parts):
            return f"{name_of(condition)}: {_parts(parts)}"
        case _:
            return f"{name_of(condition)}: {_value(condition)}"


def _parts(parts: Sequence[Condition]) -> str:
    each = [f"{{{_part(part)}}}" for part in parts]
    return each[0] if len(each) == 1 else f"[{', '.join(each)}]"


def _part(part: Condition) -> str:
    """`not` with several keys could be read in two ways: the loader asks for `all`."""
    if isinstance(part, AllOf) and len(part.conditions) > 1:
        return f"all: {_parts(part.conditions)}"
    return asks(part)


def _value(leaf: Condition) -> str:
    match leaf:
        case IsOneOf(values=values) | Granted(values):
            return _listed(sorted(values))
        case CallingPrefix(prefixes):
            return _listed([f'"{prefix}"' for prefix in prefixes])
        case InCalendar(calendar, is_open):
            return f"{{{calendar.name}: {'open' if is_open else 'closed'}}}"
        case HasOpenCase(complex_, topic):
            return _open_case(complex_, topic)
        case NuisanceAt(stage):
            return stage.value
        case ContactCount():
            return _contacts(leaf)
        case IsWithheld(said) | IsForwarded(said) | IsUndocumented(said):
            return "true" if said else "false"
        case AllOf() | AnyOf() | NoneOf():
            return asks(leaf)
        case _:
            assert_never(leaf)


def _listed(values: Iterable[str]) -> str:
    shown = tuple(values)
    return shown[0] if len(shown) == 1 else f"[{', '.join(shown)}]"


def _open_case(complex_: bool | None, topic: str | None) -> str:
    parts = []
    if complex_ is not None:
        parts.append(f"complex: {'true' if complex_ else 'false'}")
    if topic is not None:
        parts.append(f"topic: {topic}")
    return f"{{{', '.join(parts)}}}" if parts else "true"


def _contacts(leaf: ContactCount) -> str:
    parts = [f"at_least: {leaf.at_least}"]
    parts.append(f"within: {'month' if leaf.days is None else f'{leaf.days}d'}")
    if leaf.about_case:
        parts.append("about: open-case")
    if leaf.answered:
        parts.append("answered: true")
    return f"{{{', '.join(parts)}}}"
