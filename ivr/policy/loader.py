"""From the text in routes/ to a sound `Policy`, or to every problem at once.

`load` is pure; `read` is all that touches the disk.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn, TypeVar

from ivr.policy.fairness import check_paid_routes, check_turned_away
from ivr.policy.model import Place, Policy, ToPaidLine
from ivr.policy.problems import Problem, Problems, Report
from ivr.policy.reach import unreachable
from ivr.policy.reading.calendars import read_calendar
from ivr.policy.reading.document import read_document
from ivr.policy.reading.entrypoints import read_entrypoints
from ivr.policy.reading.menus import read_menus
from ivr.policy.reading.names import Names
from ivr.policy.reading.nodes import Table
from ivr.policy.reading.nuisance import check_process, read_nuisance
from ivr.policy.reading.paid_lines import read_paid_lines
from ivr.policy.reading.prompts import Manifest, check_slow, read_prompt
from ivr.policy.reading.queues import read_queues
from ivr.policy.reading.routes import read_routes
from ivr.policy.reading.scope import Base, Scope
from ivr.policy.reading.settings import read_settings
from ivr.policy.reading.tiers import read_tiers
from ivr.policy.reading.values import name, shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ivr.policy.model import Menu, Route, TierRule
    from ivr.policy.reading.document import Document
    from ivr.policy.reading.nodes import Node

T = TypeVar("T")

_ENDINGS: Final = frozenset({".yaml", ".yml"})
#: No part of the policy beside which they lie: policies to copy from, and what `ivr test` runs.
_LEFT_OUT: Final = frozenset({"examples", "tests"})
_START: Final = "copy the sample policy there, or name the folder that holds yours"


def open_policy(path: Path) -> Policy | Problems:
    """The policy in a file or folder."""
    files = read(path)
    return files if isinstance(files, Problems) else load(files)


def read(path: Path) -> dict[str, str] | Problems:
    """The text of a policy's files by their names: one file, or all YAML below a folder.

    Hidden files and folders are left out, and folders called `examples` or `tests`.
    """
    try:
        found = _files(path)
        wrong = "no policy here" if path.exists() else "there is no such file or folder"
    except OSError as error:
        found, wrong = [], f"cannot be read ({error.strerror})"
    if not found:
        return Problems((Problem(Place(str(path), 1, 1), wrong, _START),))
    report = Report()
    texts = {str(file): _text(file, report) for file in found}
    return report.problems() if len(report) else texts


def load(files: Mapping[str, str]) -> Policy | Problems:
    """The policy that the files spell together, or all that is wrong with them."""
    report = Report()
    document = read_document(files, report)
    if document.newer:
        return report.problems()
    base = _read_base(document, report)
    menus = read_menus(*_section(document, "menus", report), base)
    doors = read_entrypoints(*_section(document, "entrypoints", report), menus, base)
    rules = read_nuisance(document.sections.get("nuisance"), report)
    scope = Scope(
        report,
        base.settings,
        base.calendars,
        base.prompts,
        queues=read_queues(*_section(document, "queues", report), base),
        entrypoints=doors,
        paid_lines=read_paid_lines(*_section(document, "paid_lines", report), doors, base),
    )
    tiers = read_tiers(document.sections.get("tiers"), scope)
    nowhere = document.missing_at if document.complete else None
    routes = read_routes(document.sections.get("routes"), nowhere, scope)
    _check_reach(tiers, routes, report)
    declared = "nuisance" in document.sections or not document.complete
    check_process(tiers, routes, declared, report)
    check_paid_routes(routes, declared, report)
    check_turned_away(routes, report)
    if len(report):
        return report.problems()
    return replace(_policy(files, scope, menus, tiers, routes), nuisance=rules)


def fingerprint(files: Mapping[str, str]) -> str:
    """What a policy is known by: the same text has the same one, wherever it lies."""
    digest = hashlib.sha256()
    for file in sorted(files):
        text = files[file].encode()
        digest.update(b"%d:%b" % (len(text), text))
    return digest.hexdigest()[:12]


# --- files -----------------------------------------------------------------------------------


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    if not path.exists():
        return []
    return [file for file in yaml_below(path) if not _is_left_out(file.relative_to(path))]


def yaml_below(folder: Path) -> list[Path]:
    """All YAML files below a folder that are not hidden, in order.

    Raises `OSError` where some of them cannot be known.
    """
    walked = os.walk(folder, onerror=_refuse)
    below = (Path(top, name) for top, _, names in walked for name in names)
    found = (file for file in below if file.suffix in _ENDINGS and _is_meant(file))
    return sorted(file for file in found if not _is_hidden(file.relative_to(folder)))


def _is_meant(file: Path) -> bool:
    """A file, or a link that leads nowhere: what should stand there would be missing in silence."""
    return file.is_file() or (file.is_symlink() and not file.exists())


def _refuse(error: OSError) -> NoReturn:
    """A folder that cannot be looked into: what stands there would be missing, and nobody knew."""
    raise error


def _is_hidden(file: Path) -> bool:
    return any(part.startswith(".") for part in file.parts)


def _is_left_out(file: Path) -> bool:
    return not _LEFT_OUT.isdisjoint(file.parts[:-1])


def _text(file: Path, report: Report) -> str:
    place = Place(str(file), 1, 1)
    try:
        raw = file.read_bytes()
    except OSError as error:
        report.add(place, f"cannot be read ({error.strerror})", "look at its owner and mode")
        return ""
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        place = replace(place, line=line)
        report.add(place, "not UTF-8", "save the file in the encoding UTF-8")
        return ""


# --- the parts -------------------------------------------------------------------------------


def _read_base(document: Document, report: Report) -> Base:
    settings = read_settings(document, report)
    calendars, whole = _section(document, "calendars", report)
    prompts, prompts_whole = _section(document, "prompts", report)
    manifest = Names(
        "prompt",
        "prompts",
        {
            each: read_prompt(each, node, settings.languages, report)
            for each, node in prompts.items()
        },
        prompts_whole,
    )
    check_slow(manifest, prompts, report)
    zone = settings.zone
    read_calendars = {
        each: read_calendar(each, node, zone, report) for each, node in calendars.items()
    }
    return Base(
        report,
        settings,
        Names("calendar", "calendars", read_calendars, whole),
        Manifest(manifest),
    )


#: Sections without which no call goes anywhere.
_NEEDED: Final = {
    "queues": "write queues: {main: {asterisk: main}}",
    "entrypoints": 'write entrypoints: {support: {pays: company, dialled: ["1800123456"]}}',
}


def _section(document: Document, section: str, report: Report) -> tuple[dict[str, Node], bool]:
    """The entries of a section by their names, each placed at its name; and whether that is all."""
    node = document.sections.get(section)
    entries = node.entries if isinstance(node, Table) else ()
    if section in _NEEDED and not entries and document.whole(section):
        place = node.place if node else document.missing_at
        report.add(place, f"no '{section}'", _NEEDED[section])
    for key, _ in entries:
        name(key, f"a name in '{section}'", report)
    return {key.text: replace(value, place=key.place) for key, value in entries}, (
        document.whole(section)
    )


def _check_reach(tiers: tuple[TierRule, ...], routes: tuple[Route, ...], report: Report) -> None:
    for later, earlier in unreachable([rule.when for rule in tiers]):
        rule = tiers[later]
        _never(f"this rule for {rule.tier}", rule.place, earlier, tiers, report)
    passing = {
        n for n, route in enumerate(routes) if isinstance(route.stages[0].target, ToPaidLine)
    }
    for later, earlier in unreachable([route.when for route in routes], passing):
        route = routes[later]
        _never(f"the route {shown(route.name)}", route.place, earlier, routes, report)


def _never(
    what: str,
    place: Place,
    earlier: int | None,
    among: tuple[TierRule, ...] | tuple[Route, ...],
    report: Report,
) -> None:
    if earlier is None:
        report.add(place, f"{what} can never match: its conditions exclude each other", "mend one")
        return
    taker = among[earlier]
    wrong = f"{what} can never match: line {taker.place.line} takes all its calls"
    report.add(place, wrong, "put it before that one, or take it out")


def _policy(
    files: Mapping[str, str],
    scope: Scope,
    menus: Names[Menu],
    tiers: tuple[TierRule, ...],
    routes: tuple[Route, ...],
) -> Policy:
    settings = scope.settings
    return Policy(
        hash=fingerprint(files),
        zone=settings.zone,
        region=settings.region,
        languages=tuple(settings.languages.values),
        topics=tuple(settings.topics.values),
        grants=tuple(settings.grants.values),
        granted_at=settings.grants.places,
        calendars=scope.calendars.sound(),
        queues=scope.queues.sound(),
        entrypoints=scope.entrypoints.sound(),
        menus=menus.sound(),
        prompts=scope.prompts.names.sound(),
        paid_lines=scope.paid_lines.sound(),
        retention_days=settings.retention_days,
        tiers=tiers,
        routes=routes,
    )
