"""Small changes to a sound document, and what the loader and the schema say to them."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from ivr.policy.loader import load
from ivr.policy.problems import Problems
from tests.policy.schema.editor import alternatives, refusals, tables_of, within, write
from tests.policy.schema.places import Path, are_related, at, paths_at
from tests.policy.schema.unseen import why_unseen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ivr.policy.schema.values import Schema

#: Takes a key or an item out.
GONE: Final = object()

#: Values of every kind, and those at the bounds of what the format takes.
VALUES: Final[tuple[Any, ...]] = (
    None, True, False, -1, 0, 1, 2, 4, 5, 6, 12, 13, 127, 128, 10_000, 10_001, 100_000, 100_001,
    1.5, 10**9, [], {}, [[]], [{}], [None], {"zzz": 1}, ["welcome", "welcome"],
    "", " ", "x", "a b", "a\n", "ב", "x" * 80, "x" * 81, "true", "yes", "1", "9", "0", "#", "12",
    "0s", "1s", "2s", "3s", "000005s", "0000005s", "60s", "61s", "2m", "121s", "24h", "86401s",
    "1441m", "1d", "25h", "36h", "48h", "31d", "32d", "61d", "62d", "1487h", "90d", "91d",
    "3650d", "3651d", "5 s", "month",
    "07:00-24:00", "7:00-7:00", "07:00-7:00", "0:00-24:00", "24:00-24:00", "23:59-24:01",
    "7:60-8:00", "22:00 - 2:00", "22:00-2:00 ", ["07:00-08:00", "09:00-10:00"], "closed", "open",
    ["closed"], ["closed", "closed"], ["closed", "07:00-08:00"],
    "2026-11-01", "2026-13-01", "2026-11-32", "26-11-01", "0000-01-01",
    "*611", "611*", "*", "+1", "+", "052", "0 0", "00972", "1800-FLOWERS", "1800 123-456",
    "052 123 4567", "(052) 1234567", " 0521234567", "+972521234567", "1" * 40, "0" * 16,
    "general", "tk", "t(k)", "PJSIP/100", "PJSIP/0549876543@trunk", "100", "PJSIP/", "PJSIP//a",
    "PJSIP/a/", "sip:0521234567@host", "sips:0521234567@host", "PJSIP/0521234567@trunk",
    "../x", "/x", "welcome", "topics-slow", "fault", "main", "IL", "il", "Israel", "Asia/Jerusalem",
    "vip", "regular", "senior-required", "nuisance", "observed", "clear", "company", "tell", "dial",
    "refer", "redirect", "open-case", "sun", ["sun", "sun"], {"opens": "service"}, {"person": True},
    {"person": False}, {"topic": "fault", "menu": "more"}, {"language": "en"},
    {"after": "5s", "queue": "main"}, {"queue": "main"}, [{"after": "5s", "queue": "main"}],
    {"service": "open"}, {"service": "shut"}, {"complex": True}, {"granted": "golden-beam"},
    {"topic": "fault"}, {"tier": "vip"}, {"withheld": True}, [{"granted": "golden-beam"}],
    {"granted": "golden-beam", "forwarded": True}, {"not": {}}, {"any": []},
)  # fmt: skip


@dataclass(frozen=True)
class Change:
    """Another value at a path, or none (`GONE`). A key of that name may be new."""

    path: Path
    value: Any

    def __str__(self) -> str:
        shown = "gone" if self.value is GONE else repr(self.value)
        return f"{'/'.join(map(str, self.path))}: {shown}"

    def made(self, document: Any) -> Any:
        """A copy of the document with this change."""
        changed = copy.deepcopy(document)
        holder, last = at(changed, self.path[:-1]), self.path[-1]
        if self.value is GONE:
            del holder[last]
        else:
            holder[last] = copy.deepcopy(self.value)
        return changed


def disagreements(document: Any) -> list[str]:
    """Where the loader and the schema differ over a document, in what both can see."""
    text = write(document)
    loaded = load({"policy.yaml": text})
    problems = list(loaded) if isinstance(loaded, Problems) else []
    underlined = [tuple(error.absolute_path) for error in refusals(document)]
    told = [paths_at(text, each.place.line, each.place.column) for each in problems]
    found = [
        f"only the schema: {path}"
        for path in underlined
        if not any(are_related(path, place) for places in told for place in places)
    ]
    for problem, places in zip(problems, told, strict=True):
        near = any(are_related(path, place) for path in underlined for place in places)
        if not near and why_unseen(f"{problem.wrong}: {problem.instead}") is None:
            found.append(f"only the loader: {problem}")
    return found


def schemas_at(document: Any, schema: Schema) -> Iterator[tuple[Path, list[Schema]]]:
    """Every value of a document, with the schemas that it may be of."""

    def walk(value: Any, here: Path, parts: list[Schema]) -> Iterator[tuple[Path, list[Schema]]]:
        yield here, parts
        children = value.items() if isinstance(value, dict) else ()
        for key, child in enumerate(value) if isinstance(value, list) else children:
            yield from walk(child, (*here, key), within(parts, key))

    yield from walk(document, (), list(alternatives(schema)))


def kinds(document: Any, schema: Schema) -> list[Path]:
    """One path for each part of the schema that a document uses."""
    first: dict[tuple[int, ...], Path] = {}
    for path, parts in schemas_at(document, schema):
        first.setdefault(tuple(id(part) for part in parts), path)
    return [path for path in first.values() if path]


def known_keys(parts: list[Schema]) -> set[str]:
    """The keys that may stand in a mapping of these schemas."""
    return {key for table in tables_of(parts) for key in table["properties"]}
