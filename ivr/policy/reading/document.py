"""Several files as one document: sections that merge, sections that stand once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from ivr.policy.model import Place
from ivr.policy.reading.nodes import Hole, Items, Node, Table, parse
from ivr.policy.reading.values import advice, closest, shown, whole, wrong_type

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ivr.policy.problems import Report
    from ivr.policy.reading.nodes import Scalar

#: The version of the format that this engine reads.
VERSION: Final = 1

#: Sections whose entries may be spread over files, each name once.
MAPS: Final = ("calendars", "queues", "entrypoints", "menus", "prompts", "paid_lines")
#: Lists that may be spread over files.
LISTS: Final = ("topics", "grants", "premium")
#: Sections that one file alone may hold: their order, or their word, decides.
ONCE: Final = ("timezone", "numbers", "languages", "retention", "nuisance", "tiers", "routes")

SECTIONS: Final = ("version", *ONCE[:5], *LISTS, *MAPS, *ONCE[5:])


@dataclass(frozen=True, slots=True)
class Document:
    """The sections of all files. `missing_at` is where to say that something is missing.

    `complete` is False where a file could not be read: what is missing here may stand there.
    `newer` says that the files are written in a format to come: nothing else is worth saying.
    """

    missing_at: Place
    sections: Mapping[str, Node]
    complete: bool
    newer: bool = False

    def whole(self, section: str) -> bool:
        """Whether all of a section could be read, so that what it lacks is lacking."""
        return self.complete and not isinstance(self.sections.get(section), Hole)


def read_document(files: Mapping[str, str], report: Report) -> Document:
    """The files as one document, or what is wrong with how they come together."""
    names = sorted(files)
    start = Place(names[0] if names else "routes", 1, 1)
    roots = {file: parse(file, files[file], report) for file in names}
    complete = not any(isinstance(root, Hole) for root in roots.values())
    tops = [entry for root in roots.values() if isinstance(root, Table) for entry in root.entries]
    versions = [value for key, value in tops if key.text == "version"]
    newer = [each for each in versions if _is_newer(each, report)]
    if newer:
        return Document(start, {}, complete, newer=True)
    if not versions and complete:
        report.add(start, "no 'version'", f"write 'version: {VERSION}' first")
    written: dict[str, list[tuple[Scalar, Node]]] = {}
    for file, root in roots.items():
        for key, value in _sections(file, root, report):
            written.setdefault(key.text, []).append((key, value))
    merged = {section: _merged(section, entries, report) for section, entries in written.items()}
    return Document(start, merged, complete)


def _is_newer(node: Node, report: Report) -> bool:
    version = whole(node, "the version", VERSION, 999, report)
    if version is None or version == VERSION:
        return False
    wrong = f"version {version} is newer than this engine reads"
    report.add(node.place, wrong, f"write version {VERSION}, or install a newer engine")
    return True


def _sections(file: str, root: Node | None, report: Report) -> list[tuple[Scalar, Node]]:
    if not isinstance(root, Table):
        if root is not None:
            wrong_type(root, f"the file {file}", "sections such as 'queues:'", report)
        return []
    found: list[tuple[Scalar, Node]] = []
    for key, value in root.entries:
        if key.text not in SECTIONS:
            wrong = f"a policy has no section {shown(key.text)}"
            report.add(key.place, wrong, advice(key.text, SECTIONS))
        meant = closest(key.text, SECTIONS)
        if meant is not None:  # a section that is nearly one is read as that
            found.append((replace(key, text=meant), value))
    return found


def _merged(section: str, entries: list[tuple[Scalar, Node]], report: Report) -> Node:
    first_key, first = entries[0]
    if section in MAPS:
        return _merged_map(section, entries, report)
    if section in LISTS:
        return _merged_list(section, entries, report)
    if section in ONCE:
        for key, _ in entries[1:]:
            wrong = f"'{section}' stands in {first_key.place.file} already"
            report.add(key.place, wrong, "keep it in one file")
    return first


def _merged_map(section: str, entries: list[tuple[Scalar, Node]], report: Report) -> Node:
    merged: dict[str, tuple[Scalar, Node]] = {}
    for _, node in entries:
        if not isinstance(node, Table):
            wrong_type(node, f"'{section}'", "a mapping of names", report)
            return Hole(node.place)
        for key, value in node.entries:
            if key.text in merged:
                where = merged[key.text][0].place
                wrong = f"{shown(key.text)} stands in {where.file}:{where.line} already"
                report.add(key.place, wrong, "keep one of them, or give it another name")
            else:
                merged[key.text] = (key, value)
    return Table(tuple(merged.values()), entries[0][0].place)


def _merged_list(section: str, entries: list[tuple[Scalar, Node]], report: Report) -> Node:
    items: list[Node] = []
    for _, node in entries:
        if not isinstance(node, Items):
            wrong_type(node, f"'{section}'", "a list such as [one, two]", report)
            return Hole(node.place)
        items.extend(node.items)
    return Items(tuple(items), entries[0][0].place)
