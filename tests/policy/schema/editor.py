"""A policy as an editor sees it: YAML 1.2, keys as text, and the schema.

PyYAML reads YAML 1.1, and so does the loader: there `on` and `no` are truths, `2027-05-12` is a
date and `12:30` a number. In YAML 1.2, which yaml-language-server reads, all four are text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import yaml
from jsonschema import Draft7Validator, ValidationError
from jsonschema.validators import extend

from ivr.policy.schema.document import schema

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator


class _Reader(yaml.SafeLoader):
    """The core schema of YAML 1.2.2 (10.3.2)."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        self.flatten_mapping(node)
        return {
            str(key.value): self.construct_object(value, deep=True) for key, value in node.value
        }


_Reader.yaml_implicit_resolvers = {}  # those of YAML 1.1


def _whole(reader: _Reader, node: yaml.ScalarNode) -> int:
    text = node.value
    return int(text, 0) if text[:2] in ("0x", "0o") else int(text)


for _kind, _form in {
    "null": "~|null|Null|NULL|",
    "bool": "true|True|TRUE|false|False|FALSE",
    "int": "[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+",
    "float": r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.inf|\.nan",
}.items():
    _Reader.add_implicit_resolver(f"tag:yaml.org,2002:{_kind}", re.compile(rf"(?:{_form})\Z"), None)
# Not of YAML 1.2, but yaml-language-server merges too.
_Reader.add_implicit_resolver("tag:yaml.org,2002:merge", re.compile(r"<<\Z"), ["<"])
_Reader.add_constructor("tag:yaml.org,2002:int", _whole)


def read(text: str) -> Any:
    """What a file holds; raises yaml.YAMLError where it is not YAML."""
    return yaml.load(text, Loader=_Reader)  # a SafeLoader


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: object) -> bool:
        return True


def write(data: Any) -> str:
    """Data as YAML that the loader and an editor read alike: all text in quotes that needs them."""
    return yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=10_000)


def _pattern(
    _validator: object, pattern: str, found: object, _schema: object
) -> Iterator[ValidationError]:
    """As ECMA-262 has it: `$` is the end, and not before a last line's end as well."""
    if isinstance(found, str) and not re.search(pattern.replace("$", r"\Z"), found):
        yield ValidationError(f"{found!r} does not match {pattern!r}")


SCHEMA = schema()
_VALIDATOR = extend(  # type: ignore[no-untyped-call] # the stubs leave it untyped
    Draft7Validator, {"pattern": _pattern}
)(SCHEMA)


def refusals(data: Any) -> list[ValidationError]:
    """What an editor underlines in a file; nothing in one that is empty."""
    return [] if data is None else list(_VALIDATOR.iter_errors(data))


def alternatives(part: Any) -> Iterator[dict[str, Any]]:
    """The schemas that a value may be of: through `$ref`, `allOf` and `anyOf`, not through `if`."""
    if not isinstance(part, dict):
        return
    if "$ref" in part:
        part = SCHEMA["definitions"][part["$ref"].rpartition("/")[2]]
    yield part
    for each in (*part.get("allOf", ()), *part.get("anyOf", ())):
        yield from alternatives(each)


def within(parts: Iterable[dict[str, Any]], key: str | int) -> list[dict[str, Any]]:
    """The schemas of what stands under a key, or at an index."""
    found: list[Any] = []
    for part in parts:
        if isinstance(key, int):
            found.append(part.get("items"))
        elif key in part.get("properties", {}):
            found.append(part["properties"][key])
        else:
            patterns = part.get("patternProperties", {})
            own = [each for pattern, each in patterns.items() if re.search(pattern, key)]
            found += own or [part.get("additionalProperties")]
    return [each for part in found for each in alternatives(part)]


def tables_of(parts: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those of the schemas that say which keys there are."""
    return [part for part in parts if part.get("type") == "object" and "properties" in part]
