"""Building blocks of a schema: single values, lists and mappings, each with its description.

Patterns are those that ECMA-262 and Python read alike, except that Python's `$` also stands before
a last line's end. `patternErrorMessage` is what VS Code and others show instead of the pattern.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

from ivr.policy.reading.values import seconds
from ivr.policy.schema.ranges import duration_pattern

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

#: A schema, as `json.dumps` takes it.
Schema: TypeAlias = dict[str, Any]

#: What may reach Asterisk (`reading.values`).
SAFE: Final = "[A-Za-z0-9_.:/@+*-]"
_NAME: Final = f"^{SAFE}{{1,80}}$"
_NAME_HINT: Final = "write 1 to 80 of A-Z a-z 0-9 _ . : / @ + * -"


def text(description: str = "", **more: Any) -> Schema:
    """Any text; more of it by keyword (`examples`, `default`)."""
    return _with(description, {"type": "string", **more})


def matching(description: str, pattern: str, hint: str, **more: Any) -> Schema:
    """Text of a form; `hint` says what to write."""
    return text(description, pattern=pattern, patternErrorMessage=hint, **more)


def name(description: str = "", **more: Any) -> Schema:
    """A name, or whatever else reaches Asterisk or its logs."""
    return matching(description, _NAME, _NAME_HINT, **more)


def word(description: str, words: Iterable[str], **more: Any) -> Schema:
    """One of a few words."""
    return text(description, enum=list(words), **more)


def whole(description: str, least: int, most: int, **more: Any) -> Schema:
    """A whole number within bounds."""
    return _with(description, {"type": "integer", "minimum": least, "maximum": most, **more})


def flag(description: str, **more: Any) -> Schema:
    """`true` or `false`."""
    return _with(description, {"type": "boolean", **more})


def duration(description: str, least: str, most: str, **more: Any) -> Schema:
    """A time such as `5s`, `20m`, `2h` or `14d`, within bounds."""
    pattern = duration_pattern(seconds(least) or 0, seconds(most) or 0)
    hint = f"write a time from {least} to {most}: a number and s, m, h or d"
    return matching(description, pattern, hint, **more)


def listed(description: str, item: Schema, **more: Any) -> Schema:
    """One of `item`, or a list of them; `more` is of the list."""
    return _with(description, {"anyOf": [item, items("", item, minItems=1, **more)]})


def items(description: str, item: Schema, **more: Any) -> Schema:
    """A list."""
    return _with(description, {"type": "array", "items": item, **more})


def table(
    description: str, properties: Mapping[str, Schema], required: Iterable[str] = (), **more: Any
) -> Schema:
    """A mapping whose keys the format fixes."""
    needed = {"required": list(required)} if required else {}
    body = {"type": "object", "properties": dict(properties), **needed, **more}
    return _with(description, {**body, "additionalProperties": False})


def named(description: str, value: Schema, pattern: str = _NAME, hint: str = _NAME_HINT) -> Schema:
    """A mapping whose keys are the operator's own."""
    names = {"pattern": pattern, "patternErrorMessage": hint}
    return _with(
        description, {"type": "object", "propertyNames": names, "additionalProperties": value}
    )


def ref(definition: str, description: str = "", **more: Any) -> Schema:
    """A definition by its name. Within `allOf`: draft 7 reads nothing that stands beside `$ref`."""
    target = {"$ref": f"#/definitions/{definition}"}
    return _with(description, {"allOf": [target], **more}) if description or more else target


# --- what keys have to do with each other ----------------------------------------------------


def if_any(keys: Iterable[str], then: Schema) -> Schema:
    """What must hold where one of these keys is written."""
    return {"if": {"anyOf": [needs(key) for key in keys]}, "then": then}


def at_most_one(*keys: str) -> list[Schema]:
    """No two of these keys. Told of the key that is too much, which a `oneOf` could not do."""
    return [
        if_any([key], without(*keys[index + 1 :])) for index, key in enumerate(keys[:-1])
    ]  # the later ones are refused by the earlier


def one_at_least(*keys: str) -> Schema:
    """Some of these keys."""
    return {"anyOf": [needs(key) for key in keys]}


def needs(*keys: str) -> Schema:
    """All of these keys."""
    return {"required": list(keys)}


def without(*keys: str) -> Schema:
    """None of these keys."""
    return {"properties": dict.fromkeys(keys, False)}


def _with(description: str, body: Schema) -> Schema:
    return {"description": description, **body} if description else body
